"""`draw_graph`: the graph of a tensor as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from revgraph.core.tensor import Tensor

if TYPE_CHECKING:
    from revgraph.draw import Picture


def draw_graph(
    tensor: Tensor | Sequence[Tensor],
    gradients: bool | Sequence[Tensor] = False,
    depth: int | None = None,
    distance: int | None = None,
    limit: int = 200,
    direction: str = "LR",
    legend: bool = True,
) -> Picture:
    """The graph that computes `tensor` (one or several): operations with shape and dtype, and what they need.

    gradients: draw the gradient graph too, in a second color: by the given tensors, or by all variables.
    depth:     how many levels of layers to unfold (a layer's operations stand in a frame): 0 draws each of
               the outermost as one node, None unfolds all.
    distance:  draw only what is at most that many operations away from `tensor` (and its gradients).
    limit:     a GraphError, instead of a picture no one can read, where there are more nodes than this.
    direction: "LR" draws from left to right, "TB" from top to bottom.
    legend:    say what shapes and colors stand for.
    """
    from revgraph.core.description import describe
    from revgraph.draw import Picture

    return Picture(describe(tensor, gradients, depth, distance, limit, direction, legend))


def display(tensor: Tensor, limit: int = 40) -> dict[str, str]:
    """What a notebook shows of a tensor: its graph, where it is small and can be drawn, and its repr."""
    from revgraph.core.errors import GraphError
    from revgraph.draw import CannotRender

    try:
        return {
            "image/svg+xml": draw_graph(tensor, limit=limit, legend=False).svg(),
            "text/plain": repr(tensor),
        }
    except (CannotRender, GraphError):
        return {"text/plain": repr(tensor)}
