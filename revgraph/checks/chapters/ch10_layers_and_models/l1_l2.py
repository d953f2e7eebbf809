"""l1_l2: the price of large weights."""

from collections.abc import Iterator
from math import sqrt

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def l1_l2(w: Array, l1: float, l2: float) -> float:
    return float(l1 * np.abs(w).sum() + l2 * np.square(w).sum())


def penalty_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([1.0, -2.0, 3.0]), l1=0.1, l2=0.01)
    for shape in ((3, 4), (2, 3, 4, 5), (), (0,)):
        yield case(
            np.array(rng.normal(size=shape)), l1=float(rng.uniform(0.1, 1)), l2=float(rng.uniform(0.1, 1))
        )


L1_L2 = Exercise(
    name="l1_l2",
    points=5,
    reference=l1_l2,
    cases=penalty_cases,
    recorded=[Recorded(case(np.array([3.0, -4.0]), l1=1.0, l2=0.1), 9.5, "by hand: 7 + 0.1 · 25")],
    next="two sums over all entries, each with its factor.",
    misconceptions=[
        Misconception(
            "means",
            lambda w, l1, l2: float(l1 * np.abs(w).sum() + l2 * np.square(w).sum()) / max(np.size(w), 1),
            "You averaged over the weights. The penalty is a sum.",
        ),
        Misconception(
            "norm",
            lambda w, l1, l2: float(l1 * np.abs(w).sum() + l2 * sqrt(np.square(w).sum())),
            "You took the root of the sum of squares. The l2 penalty is the sum itself.",
        ),
        Misconception(
            "half",
            lambda w, l1, l2: float(l1 * np.abs(w).sum() + l2 * np.square(w).sum() / 2),
            "Your l2 part has a factor of one half, as some books write it. Here there is none.",
        ),
        Misconception(
            "signed",
            lambda w, l1, l2: float(l1 * np.sum(w) + l2 * np.square(w).sum()),
            "Your l1 part adds the weights with their signs, so that they cancel. Take their sizes.",
        ),
        Misconception("swapped", lambda w, l1, l2: l1_l2(w, l2, l1), "You swapped the two factors."),
    ],
)
