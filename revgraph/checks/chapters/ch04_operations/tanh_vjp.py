"""tanh_vjp: a slope that can be read off the height."""

import numpy as np

from revgraph.checks.call import case
from revgraph.checks.chapters.ch04_operations.common import (
    HEIGHTS,
    NO_G,
    ONE_TUPLE,
    TORCH,
    WHERE_G_IS_0,
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
    cases=cases_of(
        np.tanh,
        normal,
        always=(
            ([0.5, 1, -2],),
            ([[0, 0.3, -1], [-0.5, 3, 1.5]],),
            ([-20, 0, 3],),
            ([4, -3.5, -5],),
            ([[3.25], [-4.5]],),
        ),
        edges={"numbers as large as 1000": ([-1000, 1000],)},
    ),
    recorded=[
        Recorded(
            case(G, np.tanh(HEIGHTS), HEIGHTS),
            np.array([1.5728954659318548, -0.41997434161402614, 0.2119524745594933]),
            TORCH,
        )
    ],
    quiet=True,
    next="the slope is 1 where tanh is 0, and 0 where tanh is 1 or −1. Which formula in `ans` does that?",
    why="1 − tanh² needs only ans, which lies between −1 and 1, so it cannot overflow as 1 / cosh² does.",
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
            WHERE_G_IS_0,
        ),
        Misconception(
            "no square",
            lambda g, ans, a: g * (1 - ans),
            "You left out the square. The slope at −a must be the same as at a.",
            "what does your formula give where tanh is −1? The curve is flat there.",
        ),
        Misconception("tuple", lambda g, ans, a: (g * (1 - ans**2),), ONE_TUPLE),
        Misconception(
            "g times 1 alone",
            lambda g, ans, a: g - ans**2,
            "Only the 1 was multiplied by g: `g * 1 - ans**2` is (g · 1) − ans². Python multiplies before it subtracts.",
            "where do the parentheses belong?",
        ),
        Misconception(
            "g times the square alone",
            lambda g, ans, a: 1 - g * ans**2,
            "Only the square was multiplied by g. The whole slope, 1 − ans², must be.",
            "where do the parentheses belong?",
        ),
        Misconception(
            "of g",
            lambda g, ans, a: g * (1 - g**2),
            "You squared g, what arrives from above. In 1 − tanh(a)² it is the result that is squared.",
            "which argument holds tanh(a)?",
        ),
        Misconception(
            "of g, no square",
            lambda g, ans, a: g * (1 - g),
            "You took the slope from g, what arrives from above. The slope depends on the result, and it is squared: 1 − tanh(a)².",
            "which argument holds tanh(a)?",
        ),
        Misconception(
            "plus",
            lambda g, ans, a: g * (1 + ans**2),
            "That is the slope of tan, 1 + tan². The slope of tanh gets smaller with its height.",
            "what does your formula give where tanh is 1? The curve is flat there.",
        ),
        Misconception(
            "bracket squared",
            lambda g, ans, a: g * (1 - ans) ** 2,
            "You squared the whole bracket. Only ans is squared: 1 − ans².",
            "what does your formula give where tanh is −1? The curve is flat there.",
        ),
        Misconception(
            "arctan's rule",
            lambda g, ans, a: g / (1 + a**2),
            "That is the rule of arctan. tanh has another one, and it is written in ans.",
        ),
        Misconception(
            "the root",
            lambda g, ans, a: g * np.sqrt(1 - ans**2),
            "You took the root of 1 − ans². The slope is 1 − ans² itself.",
        ),
        Misconception(
            "cosh not squared",
            lambda g, ans, a: g / np.cosh(a),
            "You divided by cosh(a). It is 1 / cosh², and 1 − ans² is the same number without an overflow.",
        ),
        Misconception(
            "tanh of g",
            lambda g, ans, a: g * (1 - np.tanh(g) ** 2),
            "You took tanh of g. What arrives from above is only multiplied, never put through the operation.",
            "which argument holds tanh(a)?",
        ),
    ],
)
