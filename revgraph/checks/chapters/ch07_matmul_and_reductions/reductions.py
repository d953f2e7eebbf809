"""What is reduced, and how: for the rules of sum, mean and max."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.common import Array, Rng, Shape

Axis = int | tuple[int, ...] | None


# What is reduced, and how.
REDUCTIONS: list[tuple[Shape, dict[str, Any]]] = [
    ((4,), {}),
    ((2, 3), {}),
    ((2, 3), {"axis": 0}),
    ((2, 3), {"axis": 1}),
    ((2, 3), {"axis": 1, "keepdims": True}),
    ((2, 3), {"axis": -1}),
    ((2, 3), {"axis": -2, "keepdims": True}),
    ((2, 3), {"keepdims": True}),
    ((2, 3, 4), {"axis": 1}),
    ((2, 3, 4), {"axis": (0, 2)}),
    ((2, 3, 4), {"axis": (2, 0)}),
    ((2, 3, 4), {"axis": (-3, -1)}),
    ((2, 3, 4), {"axis": (0, 1), "keepdims": True}),
    ((2, 3, 4), {"axis": (0, 1, 2)}),
    ((1, 4), {"axis": 0}),
]


def restored(x: Array, axis: Axis, keepdims: bool) -> Array:
    """The result of a reduction with its axes back, as size 1."""
    return x if keepdims or axis is None else np.expand_dims(x, axis)


def reduction_cases(
    op: Any, draw: Callable[[Rng, Shape], Array], edges: Sequence[tuple[Shape, dict[str, Any]]] = ()
) -> Any:
    def cases(rng: Rng) -> Iterator[Case]:
        for shape, how in [*REDUCTIONS, *edges]:
            a = draw(rng, shape)
            ans = np.array(op(a, **how))
            yield case(draw(rng, ans.shape), ans, a, **how)

    return cases


def axis_forgotten(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    return np.broadcast_to(g, a.shape).copy()


AXIS_GONE = (
    "The axis that was reduced is missing from g, and NumPy lines shapes up at their last axes. "
    "It must come back, with size 1, where it was."
)
NO_AXIS = (AXIS_GONE, "which NumPy function puts an axis of size 1 into a shape?")
EXPANDS_KEPT = "With `keepdims=True` the axis is still there, with size 1. You put in another one."
