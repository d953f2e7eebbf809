"""transpose_vjp: every axis comes home."""

from collections.abc import Iterator

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch07_matmul_and_reductions.common import NOT_MOVED, TORCH, A, draw
from revgraph.checks.chapters.common import Array, Rng, Shape
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def transpose_vjp(g: Array, ans: Array, a: Array, axes: Shape | None = None) -> Array:
    return g.T if axes is None else g.transpose(np.argsort(axes))


def transpose_cases(rng: Rng) -> Iterator[Case]:
    pairs: list[tuple[Shape, Shape | None]] = [
        ((2, 3), None),
        ((2, 3), (1, 0)),
        ((2, 3), (0, 1)),
        ((2, 3, 4), None),
        ((2, 3, 4), (0, 2, 1)),
        ((1, 2, 3), (1, 2, 0)),
        ((2, 3, 4), (1, 2, 0)),
        ((2, 3, 4), (2, 0, 1)),
        ((2, 3, 4, 5), (1, 2, 3, 0)),
        ((2, 3, 4, 5), (0, 3, 1, 2)),
        ((1, 3, 1), (1, 2, 0)),
        ((0, 2, 3), (1, 2, 0)),
        ((4,), None),
    ]
    for shape, axes in pairs:
        a = draw(rng, shape)
        ans = a.transpose(axes)
        how = {} if axes is None else {"axes": axes}
        yield case(draw(rng, ans.shape), ans.copy(), a, **how)


TRANSPOSE_VJP = Exercise(
    name="transpose_vjp",
    points=10,
    reference=transpose_vjp,
    cases=transpose_cases,
    recorded=[
        Recorded(
            case(np.array([[1.0, 2.0], [-4.0, 3.0], [-5.0, 0.5]]), A.T, A),
            np.array([[1.0, -4.0, -5.0], [2.0, 3.0, 0.5]]),
            TORCH,
        ),
        Recorded(
            case(
                np.arange(6.0).reshape(2, 3, 1),
                np.ones((2, 3, 1)),
                np.ones((1, 2, 3)),
                axes=(1, 2, 0),
            ),
            np.array([[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]]),
            "PyTorch 2.13.0, Tensor.permute",
        ),
    ],
    next="axis i of the result was axis `axes[i]` of a. So where does axis i of g go?",
    misconceptions=[
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
