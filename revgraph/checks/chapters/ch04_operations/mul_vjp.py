"""mul_vjp: each operand's gradient holds the other operand."""

import numpy as np

from revgraph.checks.call import case
from revgraph.checks.chapters.ch04_operations.common import (
    ADD,
    LARGE,
    NO_G,
    ROWS,
    TABLES,
    TORCH,
    WHERE_G_IS_0,
    A,
    B,
    G,
    cases_of,
    normal,
)
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def mul_vjp(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    return g * b, g * a


def _divides(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    with np.errstate(invalid="ignore"):
        return g * ans / a, g * ans / b


def _all_in_g(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    g *= b
    g *= a
    return g, g


MUL_VJP = Exercise(
    name="mul_vjp",
    points=8,
    reference=mul_vjp,
    cases=cases_of(
        np.multiply,
        normal,
        normal,
        always=(ROWS, TABLES, ([0, 3, 2], [5, 0, -1]), ([[0, 1.5], [-2, 0]], [[4, 0], [3, 0]])),
        edges={"numbers as large as 1e150": (LARGE, 2 / LARGE)},
    ),
    recorded=[
        Recorded(
            case(G, A * B, A, B),
            (
                np.array([4.0, -4.0, -3.0]),
                np.array([2.0, 2.0, 9.0]),
            ),
            TORCH,
        )
    ],
    next="hold b still and nudge a by 1: by how much does a * b change?",
    why="Each operand's gradient holds the other one: with b held still, a * b is a straight line in a, and b is its slope.",
    misconceptions=[
        Misconception(
            "own operand",
            lambda g, ans, a, b: (g * a, g * b),
            "You multiplied each gradient by its own operand. The derivative of a·b by a is b.",
            "hold b still: how fast does a·b grow when a grows?",
        ),
        Misconception(
            "forgets g",
            lambda g, ans, a, b: (b.copy(), a.copy()),
            NO_G,
            WHERE_G_IS_0,
        ),
        Misconception("add's rule", lambda g, ans, a, b: (g.copy(), g.copy()), ADD),
        Misconception(
            "one array for all",
            _all_in_g,
            "`da = g` makes no copy: your two gradients are one and the same array, g itself, and each `*=` multiplies it again.",
            "`a * b` makes a new array; into which one does `a *= b` write?",
            seen=lambda source: "*=" in source,
        ),
        Misconception(
            "the product",
            lambda g, ans, a, b: (g * ans, g * ans),
            "You multiplied g by the product a·b itself, instead of by its derivative.",
            "the graph of 3·a is a straight line. What is its slope?",
        ),
        Misconception(
            "product rule in one",
            lambda g, ans, a, b: g * (a + b),
            "You added the two gradients into one array. Each operand needs its own: return a tuple.",
            "what is a's part alone, with b held still?",
        ),
        Misconception(
            "sums up",
            lambda g, ans, a, b: (np.sum(g * b), np.sum(g * a)),
            "You summed each gradient into one number. Every entry of a has a gradient of its own.",
            "what shape must the gradient of a have?",
        ),
        Misconception(
            "divides the product",
            _divides,
            "You divided ans by the operand. That gives the other one, except where the operand is 0: 0 / 0 is nan.",
            "which argument holds the other operand already?",
        ),
        Misconception(
            "adds g",
            lambda g, ans, a, b: (g + b, g + a),
            "You added g. A rule multiplies: how much the loss moves with the result, times how much the result moves.",
        ),
        Misconception(
            "one gradient",
            lambda g, ans, a, b: g * b,
            "You returned the gradient of a alone. b can move, too: return a tuple of two.",
            "hold a still and nudge b. By how much does a * b change?",
        ),
    ],
)
