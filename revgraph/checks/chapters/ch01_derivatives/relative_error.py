"""relative_error: when two numbers are equal enough."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.common import Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def relative_error(a: Any, b: Any) -> float:
    size = np.maximum(np.abs(a), np.abs(b))
    return float(np.max(np.abs(np.subtract(a, b)) / np.where(size == 0, 1, size), initial=0.0))


def relative_error_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([2.0, -4.0]), np.array([2.0, -5.0]))
    yield case(10.0, 8.0)
    yield case(rng.normal(size=3), rng.normal(size=3))
    yield case(np.array([1e-9, 3e-9]), np.array([2e-9, 3e-9]))
    yield case(np.array([3.0, 0.0]), np.array([3.0, 2.0]))
    a = rng.normal(size=(3, 4))
    yield case(a, a * rng.uniform(0.8, 1.3, size=a.shape))
    yield case(a * [1, 1e-3, 1e6, -1e-12], a * [1.01, 1.2e-3, 1.1e6, -1.4e-12])
    yield case(a, a.copy())
    yield case(np.array([0.0, 1.0, 0.0]), np.array([0.0, 1.5, 0.0]))
    yield case(0.0, 0.0)


def _ratios(a: Any, b: Any, size: Any) -> Any:
    return np.max(np.abs(np.subtract(a, b)) / size)


def _larger(a: Any, b: Any) -> Any:
    return np.maximum(np.abs(a), np.abs(b))


def _divides_by(name: str, size: Callable[[Any, Any], Any], diagnosis: str, next: str) -> list[Misconception]:
    """Division by a wrong size: by a learner who has thought of 0/0, and by one who has not."""

    def guarded(a: Any, b: Any) -> Any:
        return _ratios(a, b, np.where(size(a, b) == 0, 1, size(a, b)))

    return [
        Misconception(f"divides by {name}", guarded, diagnosis, next),
        Misconception(f"divides by {name}, 0/0", lambda a, b: _ratios(a, b, size(a, b)), diagnosis, next),
    ]


ONE_SIDE = (
    "You divided by the size of {0} alone. Where {0} is 0 or small, that makes far too much of the error."
)


EXCHANGE = "exchange the two arguments: should the error be another one then?"


PYTHONS_MAX = "Python's `max` compares two arrays as wholes, and cannot decide. Here the larger is wanted entry by entry."


RELATIVE_ERROR = Exercise(
    name="relative_error",
    points=20,
    reference=relative_error,
    cases=relative_error_cases,
    recorded=[
        Recorded(case(np.array([1.0, -2.0]), np.array([1.0, 2.0])), 2.0, "by hand: |-2 - 2| / 2"),
        Recorded(case(np.array([100.0, 0.5]), np.array([101.0, 0.4])), 0.2, "by hand: 0.1 / 0.5"),
    ],
    next="write down |a - b|, the larger of |a| and |b|, and their ratio, entry by entry. Which ratio is the worst?",
    misconceptions=[
        Misconception(
            "0/0",
            lambda a, b: _ratios(a, b, _larger(a, b)),
            "Right, except where both entries are 0: 0 divided by 0 is nan. Two zeros agree, so their error is 0.",
            "by which number could you divide there instead, so that 0 stays 0?",
        ),
        Misconception(
            "absolute",
            lambda a, b: _ratios(a, b, 1),
            "That is the absolute error: nothing was divided by the size of the numbers. An error of 1 is large beside 2 and small beside a million.",
        ),
        *_divides_by("a", lambda a, b: np.abs(a), ONE_SIDE.format("a"), EXCHANGE),
        *_divides_by("b", lambda a, b: np.abs(b), ONE_SIDE.format("b"), EXCHANGE),
        *_divides_by(
            "the larger with its sign",
            lambda a, b: np.maximum(a, b),
            "You took the larger of a and b with their signs. For -4 and -5 that is -4, and the ratio becomes negative.",
            "what is the size of a negative number?",
        ),
        Misconception(
            "max of two arrays",
            lambda a, b: np.max(np.abs(a - b) / max(np.abs(a), np.abs(b))),
            PYTHONS_MAX,
            "what does `np.maximum` do with two arrays?",
        ),
        Misconception(
            "max of two arrays, abs",
            lambda a, b: np.max(abs(a - b) / max(abs(a), abs(b))),
            PYTHONS_MAX,
            "what does `np.maximum` do with two arrays?",
        ),
        Misconception(
            "divides by the sum",
            lambda a, b: _ratios(a, b, np.maximum(1e-8, np.abs(a) + np.abs(b))),
            "You divided by |a| + |b|. Here it is the larger of the two.",
            "what does `np.maximum` do with two arrays?",
        ),
        Misconception(
            "floor",
            lambda a, b: _ratios(a, b, np.maximum(1e-8, _larger(a, b))),
            "You never divide by less than 1e-8. Two gradients of 1e-9 and 2e-9 then seem to agree, though one is twice the other.",
            "can you treat a size of exactly 0 differently from all others?",
        ),
        Misconception(
            "adds a small number",
            lambda a, b: _ratios(a, b, _larger(a, b) + 1e-8),
            "You added a small number to what you divide by. Two gradients of 1e-9 and 2e-9 then seem to agree, though one is twice the other.",
            "can you treat a size of exactly 0 differently from all others?",
        ),
        Misconception(
            "averages",
            lambda a, b: np.mean(np.abs(np.subtract(a, b)) / np.where(_larger(a, b) == 0, 1, _larger(a, b))),
            "You averaged over the entries. One wrong entry among a million right ones would hardly be seen.",
            "which entry should decide?",
        ),
        Misconception(
            "errors below zero do not count",
            lambda a, b: np.max(np.subtract(a, b) / np.where(_larger(a, b) == 0, 1, _larger(a, b))),
            "You took the largest of a - b with its sign. Where a is far below b, the error is negative, and the maximum passes over it.",
        ),
        Misconception(
            "largest over largest",
            lambda a, b: np.max(np.abs(np.subtract(a, b))) / (np.max(_larger(a, b)) or 1),
            "You divided the largest error by the largest entry. Entry by entry, the small ones count as much as the large ones.",
            "first divide, then take the maximum?",
        ),
        Misconception(
            "norms",
            lambda a, b: np.linalg.norm(np.subtract(a, b)) / (max(np.linalg.norm(a), np.linalg.norm(b)) or 1),
            "You compared the lengths of whole vectors. A small entry that is quite wrong is lost beside a large one.",
            "can you divide entry by entry?",
        ),
        Misconception(
            "one error an entry",
            lambda a, b: np.abs(np.subtract(a, b)) / np.where(_larger(a, b) == 0, 1, _larger(a, b)),
            "You returned an error for each entry. Asked is one number.",
            "which of them tells whether all entries agree?",
        ),
    ],
)
