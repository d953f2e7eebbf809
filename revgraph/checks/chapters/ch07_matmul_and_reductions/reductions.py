"""What is reduced, and how: for the rules of sum, mean and max."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, edge
from revgraph.checks.chapters.ch07_matmul_and_reductions.common import draw
from revgraph.checks.chapters.common import Array, Rng, Shape

Axis = int | tuple[int, ...] | None


# What is reduced, and how.
WHOLE, ONE_AXIS, MORE = "the whole array", "one axis", "keepdims and tuples"
REDUCTIONS: dict[str, list[tuple[Shape, dict[str, Any]]]] = {
    WHOLE: [((4,), {}), ((2, 3), {}), ((2, 3, 4), {})],
    ONE_AXIS: [
        ((2, 3), {"axis": 0}),
        ((2, 3), {"axis": 1}),
        ((2, 3), {"axis": -1}),
        ((3, 3), {"axis": 1}),
        ((2, 3, 4), {"axis": 1}),
        ((2, 3, 4), {"axis": -3}),
        ((1, 4), {"axis": 0}),
    ],
    MORE: [
        ((2, 3), {"axis": 1, "keepdims": True}),
        ((2, 3), {"axis": -2, "keepdims": True}),
        ((2, 3), {"keepdims": True}),
        ((2, 3, 4), {"axis": (0, 2)}),
        ((2, 3, 4), {"axis": (2, 0)}),
        ((2, 3, 4), {"axis": (-3, -1)}),
        ((2, 3, 4), {"axis": (0, 1), "keepdims": True}),
        ((2, 3, 2), {"axis": (1, 2)}),
        ((2, 3, 4), {"axis": (0, 1, 2)}),
    ],
}


def restored(x: Array, axis: Axis, keepdims: bool) -> Array:
    """The result of a reduction with its axes back, as size 1."""
    return x if keepdims or axis is None else np.expand_dims(x, axis)


def reduced(op: Any, rng: Rng, a: Array, how: dict[str, Any]) -> Case:
    """The case of this array reduced in this way: g, ans, a, and how."""
    ans = np.array(op(a, **how))
    return case(draw(rng, ans.shape), ans, a, **how)


def edges_of(op: Any, rng: Rng, *, empty: bool = True) -> Iterator[Case]:
    """The edge cases that every reduction has; there is no mean, and no maximum, of no numbers."""
    arrays: list[tuple[str, Shape, dict[str, Any]]] = [
        ("a number without axes", (), {}),
        ("no rows", (0, 4), {"axis": 1}),
    ]
    for what, shape, how in [*arrays, *([("sums of no numbers", (0, 4), {"axis": 0})] if empty else [])]:
        one = reduced(op, rng, draw(rng, shape), how)
        yield edge(what, *one.args, **one.kwargs)


def axis_forgotten(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    return np.broadcast_to(g, a.shape).copy()


AXIS_GONE = (
    "The axis that was reduced is missing from g, and NumPy lines shapes up at their last axes. "
    "It must come back, with size 1, where it was."
)
NO_AXIS = (AXIS_GONE, "which NumPy function puts an axis of size 1 into a shape?")
EXPANDS_KEPT = "With `keepdims=True` the axis is still there, with size 1. You put in another one."
