"""relative_error: when two numbers are equal enough."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.common import Function, Rng, calls_max, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def relative_error(a: Any, b: Any) -> float:
    size = np.maximum(np.abs(a), np.abs(b))
    return float(np.max(np.abs(a - b) / np.where(size == 0, 1, size)))


def relative_error_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([2.0, -4.0]), np.array([2.0, -5.0]))
    yield case(10.0, 8.0)
    yield case(rng.normal(size=3), rng.normal(size=3))
    yield case(np.array([1e-9, 3e-9]), np.array([2e-9, 3e-9]))
    yield case(np.array([3.0, 0.0]), np.array([3.0, 2.0]))
    yield case(-10.0, -8.0)
    yield case(np.array([-5.0, 2.0]), np.array([-4.0, 2.0]))
    yield case(np.array([-2.0, 1.0]), np.array([0.0, 1.0]))
    yield case(np.array([0.25, -0.5]), np.array([0.25, -0.375]))
    yield case(0.0, -3.0)
    yield case(np.array([4.0, 1.5]), np.array([-4.0, 1.5]))
    yield case(np.array([-3.0, -1.0, -8.0]), np.array([-3.0, -2.0, -7.0]))
    a = rng.normal(size=(3, 4))
    yield case(a, a * rng.uniform(0.8, 1.3, size=a.shape))
    yield case(a * [1, 1e-3, 1e6, -1e-12], a * [1.01, 1.2e-3, 1.1e6, -1.4e-12])
    yield case(np.array([2e-14, 5e3]), np.array([3e-14, 5e3]))
    yield case(a, a.copy())
    # Entries that add up to 0 are not all 0.
    yield case(np.array([2.0, -2.0]), np.array([1.0, -1.0]))
    yield case(np.array([[3.0, -1.0], [-2.0, 0.0]]), np.array([[3.0, -4.0], [1.0, 0.0]]))
    yield case(np.array([0.0, 1.0, 0.0]), np.array([0.0, 1.5, 0.0]))
    yield case(0.0, 0.0)
    yield case(np.zeros(3), np.zeros(3))
    yield case(np.zeros((1, 2)), np.zeros((1, 2)))
    yield case(np.zeros((2, 2)), np.array([[0.0, 0.0], [0.0, 1e-16]]))


def _larger(a: Any, b: Any) -> Any:
    return np.maximum(np.abs(a), np.abs(b))


def _where_not_0(size: Any) -> Any:
    return np.where(size == 0, 1, size)


def _divides_by(size: Function, guarded: bool = True) -> Function:
    """Division by a wrong size: by a learner who has thought of 0/0, or by one who has not."""

    def answer(a: Any, b: Any) -> Any:
        divisor = _where_not_0(size(a, b)) if guarded else size(a, b)
        return np.max(np.abs(a - b) / divisor)

    return answer


def _with_and_without_guard(size: Function) -> list[Function]:
    return [_divides_by(size), _divides_by(size, guarded=False)]


def _zero_if_any_is_zero(a: Any, b: Any) -> Any:
    return 0.0 if (_larger(a, b) == 0).any() else np.max(np.abs(a - b) / _larger(a, b))


def _of_one_entry(i: int) -> Function:
    return lambda a, b: relative_error(np.ravel(a)[i], np.ravel(b)[i])


ONE_SIDE = (
    "You divided by the size of {0} alone. Where {0} is 0 or small, that makes far too much of the error."
)
EXCHANGE = "exchange the two arguments: should the error be another one then?"
WHICH_MAXIMUM = "what does `np.maximum` do with two arrays?"
EXACTLY_0 = "can you treat a size of exactly 0 differently from all others?"

RELATIVE_ERROR = Exercise(
    name="relative_error",
    points=20,
    reference=relative_error,
    cases=relative_error_cases,
    recorded=[
        Recorded(case(np.array([1.0, -2.0]), np.array([1.0, 2.0])), 2.0, "by hand: |-2 - 2| / 2"),
        Recorded(case(np.array([100.0, 0.5]), np.array([101.0, 0.4])), 0.2, "by hand: 0.1 / 0.5"),
    ],
    why="It divides first and takes the maximum last, so a small entry that is wrong is seen beside large ones that are right.",
    next="write down |a - b|, the larger of |a| and |b|, and their ratio, entry by entry. Which ratio is the worst?",
    misconceptions=[
        Misconception(
            "0/0",
            _divides_by(_larger, guarded=False),
            "Right, except where both entries are 0: 0 divided by 0 is nan. Two zeros agree, so their error is 0.",
            "by which number could you divide there instead, so that 0 stays 0?",
        ),
        Misconception(
            "0 as soon as two are 0",
            _zero_if_any_is_zero,
            "Where one pair of entries is 0, you return 0 for all of them. The others may still differ.",
            EXACTLY_0,
        ),
        Misconception(
            "absolute",
            _divides_by(lambda a, b: 1),
            "That is the absolute error: nothing was divided by the size of the numbers. An error of 1 is large beside 2 and small beside a million.",
        ),
        *ways(
            "divides by a",
            ONE_SIDE.format("a"),
            EXCHANGE,
            *_with_and_without_guard(lambda a, b: np.abs(a)),
        ),
        *ways(
            "divides by b",
            ONE_SIDE.format("b"),
            EXCHANGE,
            *_with_and_without_guard(lambda a, b: np.abs(b)),
        ),
        *ways(
            "the larger with its sign",
            "You took the larger of a and b with their signs. For -4 and -5 that is -4, and the ratio becomes negative.",
            "what is the size of a negative number?",
            *_with_and_without_guard(np.maximum),
        ),
        *ways(
            "divides by the smaller",
            "You divided by the smaller of |a| and |b|. Here it is the larger of the two.",
            "which error should 4 and 5 have: 1/5, or 1/4?",
            *_with_and_without_guard(lambda a, b: np.minimum(np.abs(a), np.abs(b))),
        ),
        *ways(
            "Python's max",
            "Python's `max` compares two arrays as wholes, and cannot decide. Here the larger is wanted entry by entry.",
            WHICH_MAXIMUM,
            lambda a, b: np.max(np.abs(a - b) / max(np.abs(a), np.abs(b))),
            lambda a, b: max(abs(a - b) / max(abs(a), abs(b))),
            seen=calls_max,
        ),
        Misconception(
            "np.max of two arrays",
            lambda a, b: np.max(np.abs(a - b) / np.max(np.abs(a), np.abs(b))),
            "`np.max` takes one array; its second argument is an axis. Here the larger of two arrays is wanted, entry by entry.",
            WHICH_MAXIMUM,
        ),
        Misconception(
            "divides by the sum",
            _divides_by(lambda a, b: np.maximum(1e-8, np.abs(a) + np.abs(b))),
            "You divided by |a| + |b|. Here it is the larger of the two.",
            WHICH_MAXIMUM,
        ),
        *ways(
            "divides by the sum",
            "You divided by |a| + |b|. Here it is the larger of the two.",
            WHICH_MAXIMUM,
            *_with_and_without_guard(lambda a, b: np.abs(a) + np.abs(b)),
        ),
        *ways(
            "floor",
            "You never divide by less than a small number. Two gradients of 1e-9 and 2e-9 then seem to agree, though one is twice the other.",
            EXACTLY_0,
            *[_divides_by(lambda a, b, e=e: np.maximum(e, _larger(a, b))) for e in (1e-8, 1e-7, 1e-6, 1e-12)],
        ),
        *ways(
            "adds a small number",
            "You added a small number to what you divide by. Two gradients of 1e-9 and 2e-9 then seem to agree, though one is twice the other.",
            EXACTLY_0,
            *[_divides_by(lambda a, b, e=e: _larger(a, b) + e) for e in (1e-8, 1e-7, 1e-6, 1e-12)],
        ),
        Misconception(
            "at least 1",
            _divides_by(lambda a, b: np.maximum(1, _larger(a, b))),
            "You never divide by less than 1. Two gradients of 0.001 and 0.002 then seem to agree, though one is twice the other.",
            EXACTLY_0,
        ),
        Misconception(
            "first entry only",
            _of_one_entry(0),
            "Only the first pair of entries counts. The others may differ more.",
            "is your `return` inside the loop? It ends the loop at once.",
        ),
        Misconception(
            "last entry only",
            _of_one_entry(-1),
            "Only the last pair of entries counts. The others may differ more.",
            "does each round of your loop forget what the one before it found?",
        ),
        Misconception(
            "averages",
            lambda a, b: np.mean(np.abs(a - b) / _where_not_0(_larger(a, b))),
            "You averaged over the entries. One wrong entry among a million right ones would hardly be seen.",
            "which entry should decide?",
        ),
        Misconception(
            "sums",
            lambda a, b: np.sum(np.abs(a - b) / _where_not_0(_larger(a, b))),
            "You added up the errors of all entries. The exercise asks for the largest of them.",
        ),
        Misconception(
            "the smallest",
            lambda a, b: np.min(np.abs(a - b) / _where_not_0(_larger(a, b))),
            "You returned the smallest error. A gradient is only as right as its worst entry.",
        ),
        Misconception(
            "errors below zero do not count",
            lambda a, b: np.max((a - b) / _where_not_0(_larger(a, b))),
            "You took the largest of a - b with its sign. Where a is far below b, the error is negative, and the maximum passes over it.",
        ),
        Misconception(
            "signs do not count",
            lambda a, b: np.max(np.abs(np.abs(a) - np.abs(b)) / _where_not_0(_larger(a, b))),
            "You compared the sizes |a| and |b|. 4 and -4 are of the same size, and as far apart as can be.",
        ),
        Misconception(
            "largest over largest",
            lambda a, b: np.max(np.abs(a - b)) / (np.max(_larger(a, b)) or 1),
            "You divided the largest error by the largest entry. Entry by entry, the small ones count as much as the large ones.",
            "first divide, then take the maximum?",
        ),
        Misconception(
            "norms",
            lambda a, b: np.linalg.norm(a - b) / (max(np.linalg.norm(a), np.linalg.norm(b)) or 1),
            "You compared the lengths of whole vectors. A small entry that is quite wrong is lost beside a large one.",
            "can you divide entry by entry?",
        ),
        Misconception(
            "one error an entry",
            lambda a, b: np.abs(a - b) / _where_not_0(_larger(a, b)),
            "You returned an error for each entry. The exercise asks for one number.",
            "which of them tells whether all entries agree?",
        ),
    ],
)
