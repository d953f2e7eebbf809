"""Chapter 06: backpropagation, on graphs of nodes that know no more than their operation and its arguments."""

from revgraph.checks.chapters.ch06_backprop.evaluate import EVALUATE
from revgraph.checks.chapters.ch06_backprop.gradients import GRADIENTS
from revgraph.checks.chapters.ch06_backprop.graph_order import GRAPH_ORDER
from revgraph.checks.chapters.ch06_backprop.minimize import MINIMIZE

EXERCISES = [GRAPH_ORDER, EVALUATE, GRADIENTS, MINIMIZE]
