"""sum_vjp: what was added up is handed out again."""

from collections.abc import Iterator

import numpy as np

from revgraph.checks.call import Case, case, part
from revgraph.checks.chapters.ch07_matmul_and_reductions.common import FORGETS_G, NOT_MOVED, TORCH, A, draw
from revgraph.checks.chapters.ch07_matmul_and_reductions.reductions import (
    EXPANDS_KEPT,
    MORE,
    NO_AXIS,
    ONE_AXIS,
    REDUCTIONS,
    WHOLE,
    Axis,
    axis_forgotten,
    edges_of,
    reduced,
    restored,
)
from revgraph.checks.chapters.common import Array, Rng, fixed
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def sum_vjp(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, a.shape).copy()


def sum_cases(rng: Rng) -> Iterator[Case]:
    for name, arrays in REDUCTIONS.items():
        for one in (fixed(), rng):
            yield from (part(name, reduced(np.sum, one, draw(one, shape), how)) for shape, how in arrays)
    yield from edges_of(np.sum, rng)


def _always_expanded(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    return np.broadcast_to(restored(g, axis, False), a.shape).copy()


def _axes_one_by_one(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    if axis is not None and not keepdims:
        for one in axis if isinstance(axis, tuple) else (axis,):
            g = np.expand_dims(g, one)
    return np.broadcast_to(g, a.shape).copy()


def _negative_axis_unseen(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    axes = range(a.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return np.broadcast_to(
        g.reshape([1 if i in axes else size for i, size in enumerate(a.shape)]), a.shape
    ).copy()


SUM_VJP = Exercise(
    name="sum_vjp",
    points=15,
    reference=sum_vjp,
    cases=sum_cases,
    parts={WHOLE: 4, ONE_AXIS: 6, MORE: 5},
    recorded=[
        Recorded(
            part(ONE_AXIS, case(np.array([2.0, -1.0]), np.sum(A, axis=1), A, axis=1)),
            np.array([[2.0, 2.0, 2.0], [-1.0, -1.0, -1.0]]),
            TORCH,
        )
    ],
    why="With its axes back, as size 1, g can be spread over a: the sum's rule is a broadcast, as the broadcast's rule was a sum.",
    next="which shape would g have if the sum had kept its axes?",
    misconceptions=[
        Misconception("g as it came", lambda g, ans, a, axis=None, keepdims=False: g.copy(), NOT_MOVED),
        Misconception(
            "axis not put back",
            axis_forgotten,
            *NO_AXIS,
        ),
        Misconception(
            "expands what was kept", _always_expanded, EXPANDS_KEPT, "when is there no axis to put back?"
        ),
        Misconception(
            "expands without an axis",
            lambda g, ans, a, axis=None, keepdims=False: np.broadcast_to(np.expand_dims(g, axis), a.shape),
            "You always put an axis back. Without `axis` there is none to put back, and with `keepdims=True` it never went.",
            "in which of the cases is something missing from g?",
        ),
        Misconception(
            "one axis after another",
            _axes_one_by_one,
            "You put the axes back one after another. Their numbers count in the finished shape, which is "
            "not there yet after the first one.",
            "`np.expand_dims` takes all axes at once, as a tuple.",
        ),
        Misconception(
            "negative axis unseen",
            _negative_axis_unseen,
            "You looked for the axis among 0, 1, 2, …. A negative axis counts from the end and is never found there.",
            "which number does axis -1 have in an array with `a.ndim` axes?",
        ),
        Misconception(
            "forgets g",
            lambda g, ans, a, axis=None, keepdims=False: np.ones_like(a),
            FORGETS_G,
            "a nudge of one entry moves its sum by as much. And by how much does the loss move?",
        ),
        Misconception(
            "mean's rule",
            lambda g, ans, a, axis=None, keepdims=False: (
                sum_vjp(g, ans, a, axis, keepdims) * ans.size / a.size
            ),
            "You shared g out among the entries. That is the mean: in a sum, every entry counts in full.",
        ),
        Misconception(
            "multiplies by a",
            lambda g, ans, a, axis=None, keepdims=False: sum_vjp(g, ans, a, axis, keepdims) * a,
            "You multiplied by a. Nudge one entry, and the sum moves by as much, whatever the entry is.",
        ),
        Misconception(
            "sums g",
            lambda g, ans, a, axis=None, keepdims=False: np.full(a.shape, np.sum(g)),
            "Every entry got the sum of all of g. Each entry went into one of the sums, and only that one's g counts.",
            "which entries of a went into the first entry of ans?",
        ),
    ],
)
