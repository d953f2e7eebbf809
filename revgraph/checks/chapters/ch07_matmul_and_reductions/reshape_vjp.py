"""reshape_vjp: the numbers keep their order."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, edge
from revgraph.checks.chapters.ch07_matmul_and_reductions.common import (
    NOT_MOVED,
    TORCH,
    A,
    draw,
    draw_with_equals,
)
from revgraph.checks.chapters.common import Array, Rng, Shape, fixed
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def reshape_vjp(g: Array, ans: Array, a: Array, shape: Shape) -> Array:
    return g.reshape(a.shape)


SHAPES: list[tuple[Shape, Shape]] = [
    ((2, 3), (3, 2)),
    ((2, 3), (6,)),
    ((6,), (2, 3)),
    ((2, 3, 4), (6, 4)),
    ((2, 3, 4), (4, -1)),
    ((2, 3, 4), (-1,)),
    ((5, 4), (1, 5, 2, 2)),
]


def reshape_cases(rng: Rng) -> Iterator[Case]:
    for one in (fixed(), rng):
        yield from (case(*_reshaped(one, *shapes)) for shapes in SHAPES)
    yield edge("an array that loses all its axes", *_reshaped(rng, (1, 1), ()))
    yield edge("a number without axes", *_reshaped(rng, (), (1,)))
    yield edge("empty arrays", *_reshaped(rng, (0, 3), (3, 0)))


def _reshaped(rng: Rng, before: Shape, after: Shape) -> tuple[Any, ...]:
    """g, ans, a and the new shape."""
    a = draw_with_equals(rng, before)
    ans = a.reshape(after)
    return draw(rng, ans.shape), ans, a, after


RESHAPE_VJP = Exercise(
    name="reshape_vjp",
    points=5,
    reference=reshape_vjp,
    cases=reshape_cases,
    recorded=[
        Recorded(
            case(np.array([[1.0, 2.0], [-4.0, 3.0], [-5.0, 0.5]]), A.reshape(3, 2), A, (3, 2)),
            np.array([[1.0, 2.0, -4.0], [3.0, -5.0, 0.5]]),
            TORCH,
        )
    ],
    why="A reshape keeps the order in which numbers are read, so reading g in that order into the old shape brings each home.",
    next="which shape must come back?",
    misconceptions=[
        Misconception("g as it came", lambda g, ans, a, shape: g.copy(), NOT_MOVED),
        Misconception(
            "transposed",
            lambda g, ans, a, shape: g.T.reshape(a.shape),
            "You transposed g first. A reshape never changes the order in which the numbers are read, nor does its rule.",
        ),
        Misconception(
            "column by column",
            lambda g, ans, a, shape: g.reshape(a.shape, order="F"),
            "You filled the shape column by column. `a.reshape` read row by row, and so must its rule.",
        ),
        Misconception(
            "flat",
            lambda g, ans, a, shape: g.ravel().copy(),
            "The numbers are right and in the right order, but they lie flat. They need the shape of a.",
        ),
        Misconception(
            "a again",
            lambda g, ans, a, shape: ans.reshape(a.shape).copy(),
            "You turned the result back into a. It is the gradient that must travel back, not the values.",
        ),
    ],
)
