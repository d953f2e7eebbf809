"""l1_l2: the price of large weights."""

from collections.abc import Iterator
from math import sqrt

import numpy as np

from revgraph.checks.call import Case, case, edge
from revgraph.checks.chapters.common import Array, Rng, fixed
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def l1_l2(w: Array, l1: float, l2: float) -> float:
    return float(l1 * np.sum(np.abs(w)) + l2 * np.sum(w**2))


def penalty_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([1.0, -2.0, 3.0]), l1=0.1, l2=0.01)
    for source in (fixed(), rng):
        for shape in ((3, 4), (2, 3, 4, 5), (6,)):
            l1, l2 = source.uniform(0.1, 1, 2)
            yield case(source.normal(size=shape), l1=float(l1), l2=float(l2))
    yield edge("a single number", np.array(-1.5), l1=0.5, l2=0.25)
    yield edge("an array without weights", np.zeros((0, 3)), l1=0.5, l2=0.25)


def sizes(w: Array) -> float:
    return float(np.sum(np.abs(w)))


def squares(w: Array) -> float:
    return float(np.sum(w**2))


L1_L2 = Exercise(
    name="l1_l2",
    points=5,
    reference=l1_l2,
    cases=penalty_cases,
    recorded=[Recorded(case(np.array([3.0, -4.0]), l1=1.0, l2=0.1), 9.5, "by hand: 7 + 0.1 · 25")],
    next="two sums over all entries, each with its factor.",
    why="`np.sum` without an axis adds up every entry, whatever the shape.",
    misconceptions=[
        Misconception(
            "means",
            lambda w, l1, l2: (l1 * sizes(w) + l2 * squares(w)) / max(np.size(w), 1),
            "You averaged over the weights. The penalty is a sum.",
        ),
        Misconception(
            "norm",
            lambda w, l1, l2: l1 * sizes(w) + l2 * sqrt(squares(w)),
            "You took the root of the sum of squares. The l2 penalty is the sum itself.",
        ),
        Misconception(
            "a matrix's norm",
            lambda w, l1, l2: float(l1 * np.linalg.norm(w, 1) + l2 * np.linalg.norm(w) ** 2),
            "Of a matrix, `np.linalg.norm(w, 1)` is the largest sum of a column. Here the sizes of all entries are added.",
            "which function adds up all entries of an array, whatever its shape?",
            seen=lambda source: "norm(" in source,
        ),
        Misconception(
            "half",
            lambda w, l1, l2: l1 * sizes(w) + l2 * squares(w) / 2,
            "Your l2 part has a factor of one half, as some books write it. Here there is none.",
        ),
        Misconception(
            "signed",
            lambda w, l1, l2: float(l1 * np.sum(w) + l2 * squares(w)),
            "Your l1 part adds the weights with their signs, so that they cancel. Take their sizes.",
        ),
        Misconception(
            "size of the sum",
            lambda w, l1, l2: float(l1 * np.abs(np.sum(w)) + l2 * squares(w)),
            "Your l1 part takes the size of the sum. Take the sum of the sizes.",
            "which comes first, `abs` or `sum`?",
        ),
        Misconception(
            "square of the sum",
            lambda w, l1, l2: float(l1 * sizes(w) + l2 * np.sum(w) ** 2),
            "Your l2 part takes the square of the sum. Take the sum of the squares.",
            "which comes first, the square or the sum?",
        ),
        Misconception(
            "not squared",
            lambda w, l1, l2: (l1 + l2) * sizes(w),
            "Both of your parts add up sizes. The one with l2 adds up squares.",
        ),
        Misconception("swapped", lambda w, l1, l2: l1_l2(w, l2, l1), "You swapped the two factors."),
        Misconception("only l1", lambda w, l1, l2: l1 * sizes(w), "The part with l2 is missing."),
        Misconception("only l2", lambda w, l1, l2: l2 * squares(w), "The part with l1 is missing."),
        Misconception(
            "not summed",
            lambda w, l1, l2: l1 * np.abs(w) + l2 * w**2,
            "You returned a penalty for each weight. Add them up.",
        ),
        Misconception(
            "along one axis",
            lambda w, l1, l2: np.sum(l1 * np.abs(w) + l2 * w**2, axis=0),
            "You summed along one axis only. The penalty is one number, whatever the shape.",
        ),
        Misconception(
            "without the factors",
            lambda w, l1, l2: sizes(w) + squares(w),
            "You added the two sums without their factors l1 and l2.",
        ),
        Misconception(
            "product",
            lambda w, l1, l2: l1 * sizes(w) * l2 * squares(w),
            "You multiplied the two parts. They are added.",
        ),
        Misconception(
            "largest",
            lambda w, l1, l2: float(l1 * np.abs(w).max(initial=0) + l2 * (w**2).max(initial=0)),
            "You took the largest weight alone. All weights count: sum over them.",
        ),
        Misconception(
            "of the sums",
            lambda w, l1, l2: float(l1 * np.abs(np.sum(w)) + l2 * np.sum(w) ** 2),
            "You summed the weights first. Take the size and the square of each, then sum.",
            "which comes first, the sum or the square?",
        ),
    ],
)
