"""Chapter 02: a number that remembers how it was computed, and the order in which to go back."""

from revgraph.checks.chapters.ch02_scalar_autodiff.backward import BACKWARD
from revgraph.checks.chapters.ch02_scalar_autodiff.topological_order import TOPOLOGICAL_ORDER
from revgraph.checks.chapters.ch02_scalar_autodiff.value_add import VALUE_ADD
from revgraph.checks.chapters.ch02_scalar_autodiff.value_mul import VALUE_MUL
from revgraph.checks.chapters.ch02_scalar_autodiff.value_pow import VALUE_POW
from revgraph.checks.chapters.ch02_scalar_autodiff.value_reflected import VALUE_REFLECTED
from revgraph.checks.chapters.ch02_scalar_autodiff.value_relu import VALUE_RELU

EXERCISES = [VALUE_ADD, VALUE_MUL, VALUE_POW, VALUE_RELU, VALUE_REFLECTED, TOPOLOGICAL_ORDER, BACKWARD]
