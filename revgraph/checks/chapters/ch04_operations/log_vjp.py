"""log_vjp: the rule of the natural logarithm."""

import numpy as np

from revgraph.checks.call import case
from revgraph.checks.chapters.ch04_operations.common import (
    NO_G,
    ONE_TUPLE,
    TORCH,
    WHERE_G_IS_0,
    G,
    cases_of,
    positive,
)
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def log_vjp(g: Array, ans: Array, a: Array) -> Array:
    return g / a


LOG_VJP = Exercise(
    name="log_vjp",
    points=8,
    reference=log_vjp,
    cases=cases_of(
        np.log,
        positive,
        always=(([0.5, 4, 8],), ([[1, 0.1, 3], [2.5, 10, 0.25]],), ([0.02, 1e-3, 5],), ([[4e-4], [7]],)),
        edges={"numbers as small as 1e-5 and as large as 1e150": ([1e-5, 1, 1e150],)},
    ),
    recorded=[
        Recorded(
            case(G, np.log(np.array([0.5, 4.0, 8.0])), np.array([0.5, 4.0, 8.0])),
            np.array([4.0, -0.25, 0.375]),
            TORCH,
        )
    ],
    next="what is the slope of log at a = 1, at a = 2, at a = 10?",
    why="The derivative of log at a is 1 / a; g / a is g times that, in one operation.",
    misconceptions=[
        Misconception(
            "forgets g",
            lambda g, ans, a: 1 / a,
            NO_G,
            WHERE_G_IS_0,
        ),
        Misconception(
            "divides by ans",
            lambda g, ans, a: g / ans,
            "You divided by log(a). The derivative of log at a is one over a itself.",
            "unlike exp, log does not need its own result: which argument is left?",
        ),
        Misconception(
            "exp's rule",
            lambda g, ans, a: g * ans,
            "That is the rule of exp, the one function that is its own derivative. log is not.",
        ),
        Misconception(
            "multiplies",
            lambda g, ans, a: g * a,
            "You multiplied by a. The curve of log gets flatter as a grows, so its slope must shrink.",
            "which simple function of a is 1 at a = 1 and 1/10 at a = 10?",
        ),
        Misconception(
            "log10",
            lambda g, ans, a: g / (a * np.log(10)),
            "That is the derivative of the logarithm to base 10. np.log is the natural one.",
            "what is the log of the base, if the base is e?",
        ),
        Misconception("tuple", lambda g, ans, a: (g / a,), ONE_TUPLE),
        Misconception(
            "second derivative",
            lambda g, ans, a: -g / a**2,
            "That is the second derivative of the logarithm. The exercise asks for the first, its slope.",
            "in the picture, is the slope of log positive or negative?",
        ),
        Misconception(
            "upside down",
            lambda g, ans, a: a / g,
            "You divided a by g. It is g that is multiplied, by 1 / a.",
        ),
        Misconception(
            "adds g",
            lambda g, ans, a: g + 1 / a,
            "You added g. A rule multiplies: how much the loss moves with the result, times how much the result moves.",
        ),
        Misconception(
            "a squared",
            lambda g, ans, a: g / a**2,
            "You divided by the square of a. The slope of log at a is 1 / a.",
            "what is the slope at a = 2, in the picture?",
        ),
    ],
)
