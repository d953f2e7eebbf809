"""exp_vjp: the function that is its own derivative."""

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


def exp_vjp(g: Array, ans: Array, a: Array) -> Array:
    return g * ans


EXP_VJP = Exercise(
    name="exp_vjp",
    points=8,
    reference=exp_vjp,
    cases=cases_of(
        np.exp,
        normal,
        always=(([0.5, 1, -2],), ([[0, 2, -1], [-0.5, 3, 1.5]],)),
        edges={"numbers as large as 600": ([-800, 0, 600],)},
    ),
    recorded=[
        Recorded(
            case(G, np.exp(HEIGHTS), HEIGHTS),
            np.array([3.2974425414002564, -2.718281828459045, 0.4060058497098381]),
            TORCH,
        )
    ],
    next="which of the three, g, ans and a, is the derivative of exp at a?",
    why="exp is its own derivative, and ans holds exp(a) already: one multiplication instead of another exponential.",
    misconceptions=[
        Misconception(
            "forgets g",
            lambda g, ans, a: ans.copy(),
            NO_G,
            WHERE_G_IS_0,
        ),
        Misconception(
            "exp of ans",
            lambda g, ans, a: g * np.exp(ans),
            "You took exp of `ans`, which is exp(a) already.",
            "what is the derivative of exp at a, and who has computed it before you?",
        ),
        Misconception(
            "power rule",
            lambda g, ans, a: g * a * np.exp(a - 1),
            "You used the power rule. In e**a it is the exponent that moves, not the base.",
            "which function is its own derivative?",
        ),
        Misconception(
            "multiplies by a",
            lambda g, ans, a: g * a,
            "You multiplied g by a. The derivative of exp at a is exp(a).",
            "which argument of your function holds exp(a)?",
        ),
        Misconception(
            "exp of g",
            lambda g, ans, a: np.exp(g) * ans,
            "You took exp of g. What arrives from above is only multiplied, never put through the operation.",
        ),
        Misconception("tuple", lambda g, ans, a: (g * ans,), ONE_TUPLE),
        Misconception(
            "times a as well",
            lambda g, ans, a: g * ans * a,
            "There is a factor a too many. The chain rule would bring one in if the exponent were a product with a; it is a itself.",
            "what is the derivative of a by a?",
        ),
        Misconception(
            "log's rule",
            lambda g, ans, a: g / a,
            "That is the rule of log. exp is the function that is its own derivative.",
        ),
        Misconception(
            "adds g",
            lambda g, ans, a: g + ans,
            "You added g. A rule multiplies: how much the loss moves with the result, times how much the result moves.",
        ),
        Misconception(
            "exp of the product",
            lambda g, ans, a: np.exp(g * a),
            "You took exp of g · a. What arrives from above is only multiplied, never put through the operation.",
        ),
        Misconception(
            "squared",
            lambda g, ans, a: g * ans**2,
            "Your slope is exp(a) squared. It is exp(a) itself.",
        ),
    ],
)
