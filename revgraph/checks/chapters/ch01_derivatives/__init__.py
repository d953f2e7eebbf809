"""Chapter 01: derivatives by experiment."""

from revgraph.checks.chapters.ch01_derivatives.best_step import BEST_STEP
from revgraph.checks.chapters.ch01_derivatives.differences import CENTRAL_DIFFERENCE, FORWARD_DIFFERENCE
from revgraph.checks.chapters.ch01_derivatives.numerical_vjp import NUMERICAL_VJP
from revgraph.checks.chapters.ch01_derivatives.relative_error import RELATIVE_ERROR

EXERCISES = [FORWARD_DIFFERENCE, CENTRAL_DIFFERENCE, BEST_STEP, RELATIVE_ERROR, NUMERICAL_VJP]
