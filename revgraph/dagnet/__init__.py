"""A scalar autodiff engine: every number of a computation is a node of a directed acyclic graph."""

from revgraph.dagnet.engine import Value
from revgraph.dagnet.steps import step_through
from revgraph.dagnet.trace_graph import draw_dot

__all__ = ["Value", "draw_dot", "step_through"]
