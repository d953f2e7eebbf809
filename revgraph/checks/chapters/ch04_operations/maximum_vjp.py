"""maximum_vjp: the winner takes all, and a tie is shared."""

import re

import numpy as np

from revgraph.checks.call import case, part
from revgraph.checks.chapters.ch04_operations.common import ADD, NO_G, TABLES, TORCH, G, cases_of, normal
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def maximum_vjp(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    to_a = (a > b) + 0.5 * (a == b)
    return g * to_a, g * (1 - to_a)


def _asks_for_all(g: Array, ans: Array, a: Array, b: Array) -> tuple[Array, Array]:
    if a > b:
        return g, np.zeros_like(g)
    if a < b:
        return np.zeros_like(g), g
    return g / 2, g / 2


MAXIMUM_VJP = Exercise(
    name="maximum_vjp",
    points=12,
    reference=maximum_vjp,
    parts={"numbers": 8, "ties": 4},
    cases=cases_of(
        np.maximum,
        normal,
        normal,
        always=(
            ([1, 4, -3], [3, -4, -2]),
            ([0.5, -0.25, 2], [0.25, 0.5, 1.5]),
            ([[0.75, 3]], [[1, 2.5]]),
            TABLES,
        ),
        special={"ties": (([2, -1, 0, 5], [2, 3, 0, -5]), ([[1, 2], [-1.5, 3]], [[1, 0], [-1.5, 4]]))},
        edges={"numbers as large as 1e200": ([1e200, 0], [-1e200, 5])},
    ),
    recorded=[
        Recorded(
            part(
                "ties",
                case(G, np.array([3.0, 2.0, 4.0]), np.array([1.0, 2.0, 4.0]), np.array([3.0, 2.0, -4.0])),
            ),
            (np.array([0.0, -0.5, 3.0]), np.array([2.0, -0.5, 0.0])),
            TORCH + " of torch.maximum",
        )
    ],
    next="nudge the smaller of the two: does the result move? And what if they are equal?",
    why="b's share is what a's leaves of 1, so that nothing of g is lost and nothing is counted twice, in a tie as well.",
    misconceptions=[
        Misconception(
            "tie to a",
            lambda g, ans, a, b: (g * (a >= b), g * (b > a)),
            "Where a and b are equal, you gave all of g to a. Give half to each.",
        ),
        Misconception(
            "tie to b",
            lambda g, ans, a, b: (g * (a > b), g * (b >= a)),
            "Where a and b are equal, you gave all of g to b. Give half to each.",
        ),
        Misconception(
            "tie to both",
            lambda g, ans, a, b: (g * (a == ans), g * (b == ans)),
            "Where a and b are equal, both got all of g, so it was counted twice. Give half to each.",
        ),
        Misconception(
            "tie to none",
            lambda g, ans, a, b: (g * (a > b), g * (b > a)),
            "Where a and b are equal, neither got anything, so g was lost. Give half to each.",
        ),
        Misconception(
            "loser takes all",
            lambda g, ans, a, b: tuple(reversed(maximum_vjp(g, ans, a, b))),
            "You gave g to the smaller operand. The result is the larger one, so only that one can move it.",
        ),
        Misconception(
            "passes the value",
            lambda g, ans, a, b: tuple(part * x for part, x in zip(maximum_vjp(g, ans, a, b), (a, b))),
            "You multiplied g by the operand. Nudge the larger one by 0.001, and the result moves by 0.001, whatever its size.",
        ),
        Misconception(
            "forgets g",
            lambda g, ans, a, b: maximum_vjp(np.ones_like(g), ans, a, b),
            NO_G,
            "who decides how much the winner's nudge matters to the loss?",
        ),
        Misconception("add's rule", lambda g, ans, a, b: (g.copy(), g.copy()), ADD),
        Misconception(
            "half without g",
            lambda g, ans, a, b: (g * (a > b) + 0.5 * (a == b), g * (b > a) + 0.5 * (a == b)),
            "In a tie, each got 0.5, without g: g multiplies only the first part of your sum.",
            "where do the parentheses belong?",
        ),
        Misconception(
            "half each, always",
            lambda g, ans, a, b: (g / 2, g / 2),
            "You gave half of g to each, everywhere. Only in a tie do they share; elsewhere the larger one gets all.",
        ),
        Misconception(
            "if on an array",
            _asks_for_all,
            "`if` needs one True or False, and `a > b` is a whole array of them.",
            "`a > b` is an array of True and False. Multiplied by numbers, True counts as 1 and False as 0.",
            seen=lambda source: bool(re.search(r"\bif\b", source)),
        ),
        Misconception(
            "the winner's value",
            lambda g, ans, a, b: (np.where(a > b, a, 0.0), np.where(b > a, b, 0.0)),
            "You returned the larger number itself. The exercise asks how much the loss moves with it: that is in g.",
        ),
    ],
)
