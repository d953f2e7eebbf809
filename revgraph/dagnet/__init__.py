"""A scalar autodiff engine: every number of a computation is a node of a directed acyclic graph."""

from revgraph.dagnet.engine import Value

__all__ = ["Value"]
