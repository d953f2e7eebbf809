"""causal_mask: who may look at whom, when nobody may look ahead."""

from collections.abc import Iterator

import numpy as np

from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case, edge


def reference(n: int) -> Array:
    return np.tril(np.ones((n, n), bool))


def cases(rng: Rng) -> Iterator[Case]:
    for n in (3, 1, 2, 5, int(rng.integers(6, 12))):
        yield case(n)
    yield edge("no tokens", 0)


CAUSAL_MASK = Exercise(
    name="causal_mask",
    points=5,
    reference=reference,
    why="`np.tril` keeps the lower triangle with the diagonal: in row i, the columns up to i.",
    cases=cases,
    recorded=[
        Recorded(
            case(3),
            np.array([[True, False, False], [True, True, False], [True, True, True]]),
            "by hand: the first token sees itself, the last one sees all three",
        )
    ],
    next="draw the table for n = 3: row 0 may look at column 0 alone. And row 2?",
    misconceptions=[
        Misconception(
            "looks ahead",
            lambda n: np.triu(np.ones((n, n), bool)),
            "Your mask is the mirror image: row i may look at the columns from i on, so at the future alone.",
        ),
        Misconception(
            "not at itself",
            lambda n: np.tril(np.ones((n, n), bool), -1),
            "A token may look at itself: the diagonal should be True. Your first row may look at nothing at all.",
        ),
        Misconception(
            "one step ahead",
            lambda n: np.tril(np.ones((n, n), bool), 1),
            "Each of your rows sees one token too many, the very one that is to be guessed.",
        ),
        Misconception(
            "turned around",
            lambda n: np.triu(np.ones((n, n), bool), 1),
            "True and False are exchanged: here True stands where a row may look.",
        ),
        Misconception(
            "numbers",
            lambda n: np.tril(np.ones((n, n))),
            "The ones stand in the right places, but they are numbers. Make them True and False.",
            "which second argument does `np.ones` take?",
        ),
        Misconception(
            "minus infinity",
            lambda n: np.where(np.tril(np.ones((n, n), bool)), 0.0, -np.inf),
            "You made the numbers that are added to the scores. The exercise asks for the mask itself: True and False.",
        ),
        Misconception(
            "everybody sees all",
            lambda n: np.ones((n, n), bool),
            "In your mask everybody sees everybody. Row i may look at the columns up to i.",
        ),
    ],
)
