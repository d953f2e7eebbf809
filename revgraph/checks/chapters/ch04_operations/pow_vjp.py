"""pow_vjp: base and exponent can both learn."""

import numpy as np

from revgraph.checks.call import case, part
from revgraph.checks.chapters.ch04_operations.common import (
    NO_G,
    SWAPPED,
    TORCH,
    WHERE_G_IS_0,
    G,
    cases_of,
    normal,
    positive,
)
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def pow_vjp(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    return g * b * a ** (b - 1), g * ans * np.log(np.where(a == 0, 1, a))


def _where_after(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    return g * b * a ** (b - 1), np.where(a == 0, 0, g * ans * np.log(a))


POW_VJP = Exercise(
    name="pow_vjp",
    points=14,
    reference=pow_vjp,
    parts={"numbers": 10, "zeros": 4},
    cases=cases_of(
        np.power,
        positive,
        normal,
        always=(([2, 1, 4], [3, -2, 0.5]), ([[0.5, 3, 0.25], [1.5, 2, 1]], [[2, 0, 1.5], [-1, 1, 4]])),
        special={"zeros": (([0, 2, 0], [2, 0, 1]), ([[0, 0.5], [3, 0]], [[3.5, 2], [1, 1]]))},
        edges={"numbers as large as 1e100": ([1e-100, 1e100], [1, 2])},
    ),
    recorded=[
        Recorded(
            part(
                "numbers",
                case(G, np.array([8.0, 1.0, 2.0]), np.array([2.0, 1.0, 4.0]), np.array([3.0, -2.0, 0.5])),
            ),
            (np.array([24.0, 2.0, 0.75]), np.array([11.090354888959125, 0.0, 8.317766166719343])),
            TORCH,
        ),
        Recorded(
            part(
                "zeros",
                case(G, np.array([0.0, 8.0, 0.0]), np.array([0.0, 2.0, 0.0]), np.array([2.0, 3.0, 1.0])),
            ),
            (np.array([0.0, -12.0, 3.0]), np.array([0.0, -5.545177444479562, 0.0])),
            TORCH,
        ),
    ],
    quiet=True,
    next="two questions: b held still, a moves (the power rule); a held still, b moves (an exponential).",
    why="A 1 in place of each 0 makes the logarithm's input harmless; ans is 0 there, so whatever comes out counts for nothing.",
    misconceptions=[
        Misconception(
            "nan at zero",
            lambda g, ans, a, b: (g * b * a ** (b - 1), g * ans * np.log(a)),
            "The formulas are right, but where a is 0, log(a) is −inf, and 0 · −inf is nan.",
            "which number could stand in for a inside the logarithm, where ans is 0 anyway?",
        ),
        Misconception(
            "where too late",
            _where_after,
            "The numbers are right, but NumPy warned: np.where computes both of its branches everywhere, "
            "log(0) too, and only then chooses.",
            "what if np.where chose the argument of the log, instead of its result?",
            seen=lambda source: "where(" in source,
        ),
        Misconception(
            "divides by a",
            lambda g, ans, a, b: (g * b * ans / a, g * ans * np.log(np.where(a == 0, 1, a))),
            "You divided by a. Where a is 0, that is 0/0, which is nan.",
            "a power one lower: how do you write it without dividing?",
        ),
        Misconception(
            "both zero",
            lambda g, ans, a, b: (
                np.where(a == 0, 0, g * b * a ** (b - 1)),
                g * ans * np.log(np.where(a == 0, 1, a)),
            ),
            "You set both gradients to 0 where a is 0. Only the exponent's is: the slope of a¹ at 0 is 1.",
        ),
        Misconception(
            "power not lowered",
            lambda g, ans, a, b: (g * b * ans, g * ans * np.log(np.where(a == 0, 1, a))),
            "The gradient of a still has the power b. The derivative of a³ is 3·a², one power lower.",
        ),
        Misconception(
            "power rule twice",
            lambda g, ans, a, b: (g * b * a ** (b - 1), g * a * b ** (a - 1)),
            "You used the power rule for the exponent, too. When the exponent moves, it is an exponential: "
            "aᵇ = exp(b · log a).",
            "what is the derivative of exp(b · log a) by b?",
        ),
        Misconception(
            "no log",
            lambda g, ans, a, b: (g * b * a ** (b - 1), g * ans),
            "The gradient of b lacks the factor log(a). Only for a = e is an exponential its own derivative.",
            "aᵇ is exp(b · log a). What does the chain rule add?",
        ),
        Misconception(
            "log of the exponent",
            lambda g, ans, a, b: (g * b * a ** (b - 1), g * ans * np.log(b)),
            "You took the logarithm of the exponent. It is the logarithm of the base that belongs there.",
            "aᵇ is exp(b · log a). What is its derivative by b?",
        ),
        Misconception(
            "exponent is a constant",
            lambda g, ans, a, b: g * b * a ** (b - 1),
            "You returned the gradient of a alone. Here b is an array that can learn, too: return a tuple of two.",
            "by how much does 2³ grow when the 3 becomes 3.001?",
        ),
        Misconception(
            "forgets g",
            lambda g, ans, a, b: (b * a ** (b - 1), ans * np.log(np.where(a == 0, 1, a))),
            NO_G,
            WHERE_G_IS_0,
        ),
        Misconception(
            "divides by a, and log of 0",
            lambda g, ans, a, b: (g * b * ans / a, g * ans * np.log(a)),
            "The formulas are right where a is not 0. There, both give nan: ans / a is 0/0, and ans · log(a) is 0 · −inf.",
            "a power one lower: how do you write it without dividing? And which number could stand in for a inside the logarithm?",
        ),
        Misconception(
            "1 outside the power",
            lambda g, ans, a, b: (g * b * ans - 1, g * ans * np.log(np.where(a == 0, 1, a))),
            "`a**b - 1` is aᵇ less 1: Python takes the power first. The exponent is b − 1.",
            "where do the parentheses belong?",
        ),
        Misconception(
            "1 outside the power, in a bracket",
            lambda g, ans, a, b: (g * (b * ans - 1), g * ans * np.log(np.where(a == 0, 1, a))),
            "`a**b - 1` is aᵇ less 1: Python takes the power first. The exponent is b − 1.",
            "where do the parentheses belong?",
        ),
        Misconception(
            "1 subtracted from the power",
            lambda g, ans, a, b: (g * b * (ans - 1), g * ans * np.log(np.where(a == 0, 1, a))),
            "You subtracted 1 from the power. It is the exponent that is one lower.",
            "where do the parentheses belong?",
        ),
        Misconception(
            "swapped",
            lambda g, ans, a, b: pow_vjp(g, ans, a, b)[::-1],
            SWAPPED,
        ),
        Misconception(
            "no factor b",
            lambda g, ans, a, b: (g * a ** (b - 1), g * ans * np.log(np.where(a == 0, 1, a))),
            "The gradient of a lacks the factor b: the derivative of a³ is 3·a².",
        ),
        Misconception(
            "log of the exponent, made safe",
            lambda g, ans, a, b: (g * b * a ** (b - 1), g * ans * np.log(np.where(b <= 0, 1, b))),
            "You took the logarithm of the exponent. It is the logarithm of the base that belongs there.",
            "aᵇ is exp(b · log a). What is its derivative by b?",
        ),
    ],
)
