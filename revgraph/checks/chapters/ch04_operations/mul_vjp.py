"""mul_vjp: each operand's gradient holds the other operand."""

import numpy as np

from revgraph.checks.call import case
from revgraph.checks.chapters.ch04_operations.common import (
    ADD,
    LARGE,
    NO_G,
    TORCH,
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


MUL_VJP = Exercise(
    name="mul_vjp",
    points=8,
    reference=mul_vjp,
    cases=cases_of(np.multiply, normal, normal, special=((LARGE, 2 / LARGE), ([0, 3], [5, 0]))),
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
            "where g is 0, nothing that happens here matters to the loss. What must a rule return there?",
        ),
        Misconception("add's rule", lambda g, ans, a, b: (g.copy(), g.copy()), ADD),
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
    ],
)
