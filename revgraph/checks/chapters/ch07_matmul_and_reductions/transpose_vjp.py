"""transpose_vjp: every axis comes home."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from revgraph.checks.call import Case, case, part
from revgraph.checks.chapters.ch07_matmul_and_reductions.common import (
    NOT_MOVED,
    TORCH,
    A,
    draw,
    draw_with_equals,
)
from revgraph.checks.chapters.common import Array, Rng, Shape, fixed
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def transpose_vjp(g: Array, ans: Array, a: Array, axes: Shape | None = None) -> Array:
    return g.T if axes is None else g.transpose(np.argsort(axes))


WITHOUT, WITH = "without axes", "with axes"
TURNS: dict[str, list[tuple[Shape, Shape | None]]] = {
    WITHOUT: [((2, 3), None), ((2, 3, 4), None), ((1, 3, 2), None)],
    WITH: [
        ((2, 3), (1, 0)),
        ((2, 3), (0, 1)),
        ((2, 3, 4), (0, 2, 1)),
        ((1, 2, 3), (1, 2, 0)),
        ((2, 3, 4), (1, 2, 0)),
        ((2, 3, 4), (2, 0, 1)),
        ((2, 3, 4, 5), (1, 2, 3, 0)),
        ((2, 3, 4, 5), (0, 3, 1, 2)),
        ((1, 3, 1), (1, 2, 0)),
    ],
}


def transpose_cases(rng: Rng) -> Iterator[Case]:
    for name, turns in TURNS.items():
        for one in (fixed(), rng):
            yield from (part(name, _turned(one, shape, axes)) for shape, axes in turns)
    yield replace(_turned(rng, (4,), None), edge="an array of one axis")
    yield replace(_turned(rng, (0, 2, 3), (1, 2, 0)), edge="empty arrays")


def _turned(rng: Rng, shape: Shape, axes: Shape | None) -> Case:
    a = draw_with_equals(rng, shape)
    ans = a.transpose(axes).copy()
    return case(draw(rng, ans.shape), ans, a, **({} if axes is None else {"axes": axes}))


TRANSPOSE_VJP = Exercise(
    name="transpose_vjp",
    points=10,
    reference=transpose_vjp,
    cases=transpose_cases,
    recorded=[
        Recorded(
            part(WITHOUT, case(np.array([[1.0, 2.0], [-4.0, 3.0], [-5.0, 0.5]]), A.T, A)),
            np.array([[1.0, -4.0, -5.0], [2.0, 3.0, 0.5]]),
            TORCH,
        ),
        Recorded(
            part(
                WITH,
                case(
                    np.arange(6.0).reshape(2, 3, 1),
                    np.ones((2, 3, 1)),
                    np.ones((1, 2, 3)),
                    axes=(1, 2, 0),
                ),
            ),
            np.array([[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]]),
            "PyTorch 2.13.0, Tensor.permute",
        ),
    ],
    parts={WITHOUT: 3, WITH: 7},
    why="np.argsort of a permutation tells at which position each axis stands, and that is the way back.",
    next="axis i of the result was axis `axes[i]` of a. So where does axis i of g go?",
    misconceptions=[
        Misconception(
            "the last two alone",
            lambda g, ans, a, axes=None: np.swapaxes(g, -1, -2),
            "You swapped the last two axes, whatever the axes were. Each axis of g goes back to where it was in a.",
        ),
        Misconception("g as it came", lambda g, ans, a, axes=None: g.copy(), NOT_MOVED),
        Misconception(
            "same axes again",
            lambda g, ans, a, axes=None: g.transpose(axes),
            "You moved the axes the same way once more. That undoes a swap of two; a turn of three goes on turning.",
            "which permutation takes you back? Try (1, 2, 0) on paper.",
        ),
        Misconception(
            "always reversed",
            lambda g, ans, a, axes=None: g.T.copy(),
            "You reversed the axes. That is right without `axes`, and only then.",
        ),
        Misconception(
            "axes read backwards",
            lambda g, ans, a, axes=None: g.T if axes is None else g.transpose(axes[::-1]),
            "You read `axes` backwards. The inverse of a permutation is something else: it brings every axis home.",
            "which permutation takes you back? Try (1, 2, 0) on paper.",
        ),
        Misconception(
            "reshape",
            lambda g, ans, a, axes=None: g.reshape(a.shape).copy(),
            "The shape is right, but the numbers sit in the wrong places: a reshape keeps their order, a transpose does not.",
        ),
        Misconception(
            "no default",
            lambda g, ans, a, axes=None: g.transpose(np.argsort(axes)),
            "With a permutation you are right. Without `axes`, NumPy reverses the axes, and there is no permutation to invert.",
            "`a.transpose()` is `a.T`. What is the way back?",
        ),
    ],
)
