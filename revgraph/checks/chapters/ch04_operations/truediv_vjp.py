"""truediv_vjp: the rule of a / b."""

import numpy as np

from revgraph.checks.call import case
from revgraph.checks.chapters.ch04_operations.common import (
    LARGE,
    NO_G,
    ROWS,
    SWAPPED,
    TABLES,
    TORCH,
    WHERE_G_IS_0,
    A,
    B,
    G,
    away_from_zero,
    cases_of,
    normal,
)
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def truediv_vjp(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    return g / b, -g * ans / b


TRUEDIV_VJP = Exercise(
    name="truediv_vjp",
    points=10,
    reference=truediv_vjp,
    cases=cases_of(
        np.divide,
        normal,
        away_from_zero,
        always=(
            ROWS,
            TABLES,
            ([0, 3], [5, -2]),
            ([2, -1, 3], [0.02, 1e-3, -4]),
            ([[0.5], [3]], [[-4e-4], [7]]),
        ),
        edges={"numbers as large as 1e150": (3 * LARGE, LARGE)},
    ),
    recorded=[
        Recorded(
            case(G, A / B, A, B),
            (
                np.array([1.0, -0.25, -3.0]),
                np.array([-0.5, -0.125, -9.0]),
            ),
            TORCH,
        )
    ],
    next="a / b is a · b⁻¹. What are the derivatives of that by a and by b?",
    why="−a / b² is −ans / b, and ans is there already: no square is needed, and none that could overflow.",
    misconceptions=[
        Misconception(
            "no minus",
            lambda g, ans, a, b: (g / b, g * ans / b),
            "The gradient of b has the wrong sign.",
            "when b grows, does a / b (both positive) grow or shrink?",
        ),
        Misconception(
            "b not squared",
            lambda g, ans, a, b: (g / b, -g * ans),
            "The gradient of b lacks a division by b: the derivative of 1/b is −1/b².",
            "write 1/b as b⁻¹ and take the power rule.",
        ),
        Misconception("swapped", lambda g, ans, a, b: (-g * ans / b, g / b), SWAPPED),
        Misconception(
            "forgets g",
            lambda g, ans, a, b: (1 / b, -ans / b),
            NO_G,
            WHERE_G_IS_0,
        ),
        Misconception(
            "mul's rule",
            lambda g, ans, a, b: (g * b, g * a),
            "That is the rule of multiplication. Here the operands are divided.",
        ),
        Misconception(
            "whole quotient rule",
            lambda g, ans, a, b: (g * (b - a) / b**2, g * (b - a) / b**2),
            "You used the quotient rule with a′ = b′ = 1, which moves a and b together. "
            "A gradient moves one operand and holds the other still.",
            "what is left of the quotient rule when b is a constant? And when a is?",
        ),
        Misconception(
            "forgets a",
            lambda g, ans, a, b: (g / b, -g / b**2),
            "The gradient of b lacks the factor a. That would be the rule for 1 / b.",
            "a / b is a times 1 / b. What does the constant factor a do to the derivative?",
        ),
        Misconception(
            "cancels",
            lambda g, ans, a, b: (g / b, -g * a),
            "Your gradient of b is −g·a, as if nothing were divided. Python goes from left to right: `a / b * b` is (a / b) · b.",
            "how do you write a divided by the square of b?",
        ),
        Misconception(
            "both alike",
            lambda g, ans, a, b: (g / b, g / a),
            "You treated both operands alike. a stands above the line and b below it.",
            "write a / b as a · b⁻¹. What is the derivative of b⁻¹?",
        ),
        Misconception(
            "upside down",
            lambda g, ans, a, b: (g / b, -g * b / a**2),
            "In the gradient of b, a and b have changed places: it is −a / b².",
        ),
        Misconception(
            "cubed",
            lambda g, ans, a, b: (g / b, -g * ans / b**2),
            "You divided ans, which is a / b already, by b² once more: that makes b³.",
            "−a / b² in terms of ans: what is left to divide by?",
        ),
        Misconception(
            "a logarithm",
            lambda g, ans, a, b: (g / b, g * a * np.log(b**2) / 2),
            "There is a logarithm in the gradient of b: log(b) is what 1/b is the slope of. The exercise asks for the slope of 1/b itself.",
            "write 1/b as b⁻¹ and take the power rule.",
        ),
    ],
)
