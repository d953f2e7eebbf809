"""mean_vjp: a sum's rule, divided."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, edge
from revgraph.checks.chapters.ch07_matmul_and_reductions.common import FORGETS_G, TORCH, A, draw
from revgraph.checks.chapters.ch07_matmul_and_reductions.reductions import (
    AXIS_GONE,
    REDUCTIONS,
    Axis,
    axis_forgotten,
    reduced,
)
from revgraph.checks.chapters.ch07_matmul_and_reductions.sum_vjp import sum_vjp
from revgraph.checks.chapters.common import Array, Rng, fixed
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def mean_vjp(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    return sum_vjp(g, ans, a, axis, keepdims) / (a.size / ans.size)


def mean_cases(rng: Rng) -> Iterator[Case]:
    for one in (fixed(), rng):
        for shape, how in chain(*REDUCTIONS.values()):
            yield reduced(np.mean, one, draw(one, shape), how)
    number = reduced(np.mean, rng, draw(rng, ()), {})
    yield edge("a number without axes", *number.args, **number.kwargs)


def _mean_of(count: Callable[[Array, Array, Axis], Any]) -> Any:
    def wrong_mean_vjp(g: Array, ans: Array, a: Array, axis: Axis = None, keepdims: bool = False) -> Array:
        return sum_vjp(g, ans, a, axis, keepdims) / count(a, ans, axis)

    return wrong_mean_vjp


def _count_with_axis_0_as_none(a: Array, ans: Array, axis: Axis) -> Any:
    if not axis:
        return a.size
    return np.prod([a.shape[i] for i in (axis if isinstance(axis, tuple) else (axis,))])


def _count_along_one_axis(a: Array, ans: Array, axis: Any) -> Any:
    return a.size if axis is None else a.shape[axis]


MEAN_VJP = Exercise(
    name="mean_vjp",
    points=5,
    reference=mean_vjp,
    cases=mean_cases,
    recorded=[
        Recorded(
            case(np.array([3.0, -1.5]), np.mean(A, axis=1), A, axis=1),
            np.array([[1.0, 1.0, 1.0], [-0.5, -0.5, -0.5]]),
            TORCH,
        )
    ],
    uses=("sum_vjp",),
    why="Every entry goes into exactly one mean, so the sizes alone tell how many went into each: no question about axes is left.",
    next="a mean is a sum divided by a number. How many entries went into one mean?",
    misconceptions=[
        Misconception(
            "by all, without g",
            lambda g, ans, a, axis=None, keepdims=False: np.ones(a.shape) / a.size,
            "Your result does not use g, and divides by all entries whatever `axis` says.",
            "what arrives from above, and how many entries went into one mean?",
        ),
        Misconception(
            "sum's rule",
            sum_vjp,
            "That is the rule of the sum. A mean is divided by a number, and so is its gradient.",
        ),
        Misconception(
            "divides by everything",
            _mean_of(lambda a, ans, axis: a.size),
            "You divided by the number of all entries. Only those that went into the same mean count.",
        ),
        Misconception(
            "axis not put back",
            lambda g, ans, a, axis=None, keepdims=False: (
                axis_forgotten(g, ans, a, axis, keepdims) / (a.size / ans.size)
            ),
            AXIS_GONE,
            "you have written a function that hands g out to all entries.",
        ),
        Misconception(
            "axis not put back, divides by everything",
            lambda g, ans, a, axis=None, keepdims=False: axis_forgotten(g, ans, a, axis, keepdims) / a.size,
            AXIS_GONE,
            "you have written a function that hands g out to all entries.",
        ),
        Misconception(
            "divides by the number of means",
            _mean_of(lambda a, ans, axis: ans.size),
            "You divided by how many means there are. What counts is how many entries went into each.",
        ),
        Misconception(
            "divides by the first axis",
            _mean_of(lambda a, ans, axis: len(a)),
            "You divided by the length of the first axis, whichever axis the mean ran over.",
        ),
        Misconception(
            "divides by the number of axes",
            _mean_of(lambda a, ans, axis: a.ndim if axis is None else np.size(axis)),
            "You divided by how many axes there are. What counts is how many entries went into each mean.",
            "over an axis of size 3, how many entries go into one mean?",
        ),
        Misconception(
            "axis 0 taken for None",
            _mean_of(_count_with_axis_0_as_none),
            "With `axis=0` you divided by the number of all entries: to Python, 0 is as false as None.",
            "how do you ask whether `axis` is None, and nothing else?",
        ),
        Misconception(
            "one axis only",
            _mean_of(_count_along_one_axis),
            "One axis comes out right. But `axis` can also be a tuple, and then there are several sizes to multiply.",
            "can you count the entries of one mean without asking for the axes at all?",
        ),
        Misconception(
            "forgets g",
            lambda g, ans, a, axis=None, keepdims=False: np.ones_like(a) * ans.size / a.size,
            FORGETS_G,
            "a nudge of one entry moves its mean by 1/n of it. And by how much does the loss move?",
        ),
        Misconception(
            "multiplies",
            lambda g, ans, a, axis=None, keepdims=False: (
                sum_vjp(g, ans, a, axis, keepdims) * (a.size / ans.size)
            ),
            "You multiplied by the number of entries. A mean is a sum divided by it, and so is its gradient.",
        ),
    ],
)
