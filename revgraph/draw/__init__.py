"""Pictures: graphs as SVG. The ground other packages describe themselves to; it knows no autodiff."""

from revgraph.draw.convolution import conv2d_frames
from revgraph.draw.graph import Edge, Graph, Node, collapsed
from revgraph.draw.picture import CannotRender, Picture
from revgraph.draw.plots import confusion_matrix, curves, decision_boundary, descent, descent_frames

__all__ = [
    "CannotRender",
    "Edge",
    "Graph",
    "Node",
    "Picture",
    "collapsed",
    "confusion_matrix",
    "conv2d_frames",
    "curves",
    "decision_boundary",
    "descent",
    "descent_frames",
]
