"""log_vjp: the rule of the natural logarithm."""

import numpy as np

from revgraph.checks.call import case
from revgraph.checks.chapters.ch04_operations.common import NO_G, ONE_TUPLE, TORCH, G, cases_of, positive
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def log_vjp(g: Array, ans: Array, a: Array) -> Array:
    return g / a


LOG_VJP = Exercise(
    name="log_vjp",
    points=8,
    reference=log_vjp,
    cases=cases_of(np.log, positive, special=(([1e-5, 1, 1e150],),)),
    recorded=[
        Recorded(
            case(G, np.log(np.array([0.5, 4.0, 8.0])), np.array([0.5, 4.0, 8.0])),
            np.array([4.0, -0.25, 0.375]),
            TORCH,
        )
    ],
    next="what is the slope of log at a = 1, at a = 2, at a = 10?",
    misconceptions=[
        Misconception(
            "forgets g",
            lambda g, ans, a: 1 / a,
            NO_G,
            "where g is 0, nothing that happens here matters to the loss. What must a rule return there?",
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
    ],
)
