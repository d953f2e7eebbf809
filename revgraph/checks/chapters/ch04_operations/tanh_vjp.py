"""tanh_vjp: a slope that can be read off the height."""

import numpy as np

from revgraph.checks.call import case
from revgraph.checks.chapters.ch04_operations.common import (
    HEIGHTS,
    NO_G,
    ONE_TUPLE,
    TORCH,
    G,
    cases_of,
    normal,
)
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def tanh_vjp(g: Array, ans: Array, a: Array) -> Array:
    return g * (1 - ans**2)


TANH_VJP = Exercise(
    name="tanh_vjp",
    points=10,
    reference=tanh_vjp,
    cases=cases_of(np.tanh, normal, special=(([-20, 0, 3],), ([-1000, 1000],))),
    recorded=[
        Recorded(
            case(G, np.tanh(HEIGHTS), HEIGHTS),
            np.array([1.5728954659318548, -0.41997434161402614, 0.2119524745594933]),
            TORCH,
        )
    ],
    quiet=True,
    next="the slope is 1 where tanh is 0, and 0 where tanh is 1 or −1. Which formula in `ans` does that?",
    misconceptions=[
        Misconception(
            "a for ans",
            lambda g, ans, a: g * (1 - a**2),
            "You squared a. In 1 − tanh(a)² it is the result that is squared.",
            "which argument holds tanh(a)?",
        ),
        Misconception(
            "tanh twice",
            lambda g, ans, a: g * (1 - np.tanh(ans) ** 2),
            "You took tanh of `ans`, which is tanh(a) already.",
            "what does `ans` stand for?",
        ),
        Misconception(
            "sigmoid's rule",
            lambda g, ans, a: g * ans * (1 - ans),
            "That is the rule of the sigmoid, s·(1 − s). tanh has another one.",
            "at a = 0 the result is 0. Is the curve flat there?",
        ),
        Misconception(
            "forgets g",
            lambda g, ans, a: 1 - ans**2,
            NO_G,
            "where g is 0, nothing that happens here matters to the loss. What must a rule return there?",
        ),
        Misconception(
            "no square",
            lambda g, ans, a: g * (1 - ans),
            "You left out the square. The slope at −a must be the same as at a.",
            "what does your formula give where tanh is −1? The curve is flat there.",
        ),
        Misconception(
            "cosh overflows",
            lambda g, ans, a: g / np.cosh(a) ** 2,
            "Dividing by cosh² is right, but cosh(1000) is too large for a float, and NumPy warned of it.",
            "`ans` lies between −1 and 1, however large a is. Can you do it with `ans`?",
        ),
        Misconception("tuple", lambda g, ans, a: (g * (1 - ans**2),), ONE_TUPLE),
    ],
)
