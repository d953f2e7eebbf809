"""max_vjp: the largest entries share."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, part
from revgraph.checks.chapters.ch07_matmul_and_reductions.common import FORGETS_G, draw
from revgraph.checks.chapters.ch07_matmul_and_reductions.reductions import (
    EXPANDS_KEPT,
    NO_AXIS,
    REDUCTIONS,
    Axis,
    edges_of,
    reduced,
    restored,
)
from revgraph.checks.chapters.ch07_matmul_and_reductions.sum_vjp import sum_vjp
from revgraph.checks.chapters.common import Array, Rng, Shape, fixed, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def max_vjp(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    if axis is not None and not keepdims:
        g, ans = np.expand_dims(g, axis), np.expand_dims(ans, axis)
    largest = a == ans
    return g * largest / largest.sum(axis=axis, keepdims=True)


def _largest(ans: Array, a: Array, axis: Axis, keepdims: bool) -> Array:
    return a == restored(ans, axis, keepdims)


UNTIED, TIES = "no ties", "ties"


def max_cases(rng: Rng) -> Iterator[Case]:
    for name, drawing in ((UNTIED, draw), (TIES, _with_ties)):
        for one in (fixed(), rng):
            for shape, how in chain(*REDUCTIONS.values()):
                yield part(name, reduced(np.max, one, drawing(one, shape), how))
    for a, axis in ((np.array([2.0, 2.001, 1.0]), None), (np.array([[3.0, 2.999], [-1.001, -1.0]]), 1)):
        yield part(UNTIED, reduced(np.max, fixed(), a, {"axis": axis}))
    alike = np.array([1.0, 1.0 + 1e-9, 0.5])
    yield replace(reduced(np.max, fixed(), alike, {}), edge="numbers alike in nine digits")
    yield from edges_of(np.max, rng, empty=False)


def _with_ties(rng: Rng, shape: Shape) -> Array:
    return np.array(rng.integers(-2, 1, size=shape), float)


def _count_without_axis(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    largest = _largest(ans, a, axis, keepdims)
    return restored(g, axis, keepdims) * largest / largest.sum(axis=axis)


def _count_as_asked(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    largest = _largest(ans, a, axis, keepdims)
    return restored(g, axis, keepdims) * largest / largest.sum(axis=axis, keepdims=keepdims)


def _max_each_full(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    return restored(g, axis, keepdims) * _largest(ans, a, axis, keepdims)


def _max_first_only(g: Array, ans: Array, a: Array, axis: Any = None, keepdims: bool = False) -> Array:
    out = np.zeros_like(a)
    if axis is None:
        out.flat[np.argmax(a)] = g.item()
        return out
    place = np.expand_dims(np.argmax(a, axis=axis), axis)
    np.put_along_axis(out, place, restored(g, axis, keepdims), axis)
    return out


def _max_shared_by_all(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    largest = _largest(ans, a, axis, keepdims)
    return restored(g, axis, keepdims) * largest / largest.sum()


def _max_of_everything(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    largest = a == np.max(a)
    return restored(g, axis, keepdims) * largest / largest.sum()


def _max_of_everything_by_axis(
    g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False
) -> Array:
    largest = a == np.max(a)
    return restored(g, axis, keepdims) * largest / largest.sum(axis=axis, keepdims=True)


def _max_axis_forgotten(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    largest = a == ans
    return g * largest / largest.sum(axis=axis, keepdims=True)


def _max_without_g(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    largest = _largest(ans, a, axis, keepdims)
    return largest / largest.sum(axis=axis, keepdims=True)


def _near(tolerance: float) -> Any:
    def answer(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
        near = np.abs(a - restored(ans, axis, keepdims)) <= tolerance
        return restored(g, axis, keepdims) * near / near.sum(axis=axis, keepdims=True)

    return answer


ROWS = np.array([[1.0, 3.0, 3.0], [2.0, 0.0, 1.0]])
LARGEST_OF_ALL = (
    "You compared with the largest entry of the whole array. Each row, or column, has a maximum of its own.",
    "which argument already holds the maxima?",
)


def _argmax_of_all(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    out = np.zeros_like(a)
    out.flat[np.argmax(a)] = np.sum(g)
    return out


MAX_VJP = Exercise(
    name="max_vjp",
    points=15,
    reference=max_vjp,
    cases=max_cases,
    parts={UNTIED: 9, TIES: 6},
    recorded=[
        Recorded(
            part(TIES, case(np.array([4.0, -1.0]), np.max(ROWS, axis=1), ROWS, axis=1)),
            np.array([[0.0, 2.0, 2.0], [-1.0, 0.0, 0.0]]),
            "PyTorch 2.13.0, torch.amax, which shares among ties",
        ),
        Recorded(
            part(TIES, case(np.array(6.0), np.array(3.0), np.array([[1.0, 3.0], [3.0, 3.0]]))),
            np.array([[0.0, 2.0], [2.0, 2.0]]),
            "PyTorch 2.13.0, torch.amax, which shares among ties",
        ),
    ],
    uses=("sum_vjp",),
    why="A mask does the work of an `if` for all entries at once; the count of those who share keeps its axis, so that each row has its own.",
    next="which entries are equal to their maximum, and how many of them are there?",
    misconceptions=[
        Misconception(
            "each the whole",
            _max_each_full,
            "Entries that tie each got all of g. They share it equally.",
            "how many entries are there to share with, along the axis?",
        ),
        Misconception(
            "first only",
            _max_first_only,
            "The first of several equal maxima got everything. Equal entries get equal shares.",
            "`argmax` knows only one place. How do you mark all of them?",
        ),
        Misconception(
            "shares with other maxima",
            _max_shared_by_all,
            "You counted the largest entries of the whole array. Only those of the same maximum share with one another.",
            "along which axis must the count run, and which shape must it keep?",
        ),
        Misconception("largest of all", _max_of_everything, *LARGEST_OF_ALL),
        Misconception("largest of all, counted by axis", _max_of_everything_by_axis, *LARGEST_OF_ALL),
        Misconception("axis not put back", _max_axis_forgotten, *NO_AXIS),
        Misconception(
            "axis not put back, each the whole",
            lambda g, ans, a, axis=None, keepdims=False: np.where(a == ans, g, 0.0),
            *NO_AXIS,
        ),
        Misconception(
            "expands what was kept",
            lambda g, ans, a, axis=None, keepdims=False: max_vjp(g, ans, a, axis, False),
            EXPANDS_KEPT,
            "when is there no axis to put back?",
        ),
        Misconception("forgets g", _max_without_g, FORGETS_G),
        Misconception(
            "sum's rule",
            sum_vjp,
            "Every entry got the gradient. Nudge an entry that is not the largest: the maximum stays where it is.",
        ),
        *ways(
            "count loses its axis",
            "The count of those who share has lost its axis, so it no longer stands beside its row: NumPy lines shapes up "
            "at their last axes.",
            "which argument of `np.sum` keeps the axis, with size 1?",
            _count_without_axis,
            _count_as_asked,
        ),
        Misconception(
            "multiplies by the maximum",
            lambda g, ans, a, axis=None, keepdims=False: max_vjp(g, ans, a, axis, keepdims) * a,
            "You multiplied by the entry itself. Nudge the largest by a little, and the maximum moves by as much, whatever its size.",
        ),
        Misconception(
            "largest of all, each the whole",
            lambda g, ans, a, axis=None, keepdims=False: restored(g, axis, keepdims) * (a == np.max(a)),
            "You compared with the largest entry of the whole array, and gave each of those that tie all of g. Each row, or column, has a maximum of its own.",
            "which argument already holds the maxima?",
        ),
        *ways(
            "near the largest",
            "Entries that are only near the largest got a share, too. Nudge one of them a little: the maximum stays "
            "where it is.",
            "is a tolerance needed, where `ans` is one of the entries itself?",
            *map(_near, (0.5, 0.1, 0.01)),
        ),
        Misconception(
            "argmax of all",
            _argmax_of_all,
            "You found one largest entry of the whole array, and gave it all of g. Each row, or column, has a maximum of its own.",
            "which argument already holds the maxima?",
        ),
    ],
)
