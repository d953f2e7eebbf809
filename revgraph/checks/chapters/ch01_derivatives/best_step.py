"""best_step: between the error of the bend and that of rounding."""

import re
from collections.abc import Iterator
from typing import Any

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch01_derivatives.common import FUNCTIONS, Scalar
from revgraph.checks.chapters.ch01_derivatives.differences import central_difference, forward_difference
from revgraph.checks.chapters.common import Function, Rng, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded, Tolerance


def best_step(f: Scalar, df: Scalar, x: float, steps: Any) -> float:
    return min(steps, key=lambda h: abs(central_difference(f, x, h) - df(x)))


def step_for(candidate: Any, f: str, x: float, steps: Any) -> Any:
    return candidate(*FUNCTIONS[f], x, steps)


def best_step_cases(rng: Rng) -> Iterator[Case]:
    # Where rounding decides, x is fixed: a lucky rounding would make another step the best.
    yield case("x**3", 2.0, [0.1, 0.01])
    yield case("-x**3", 2.0, [0.01, 0.1])
    yield case("x**3", 4.0, [0.1, 0.5])
    # After a larger error a smaller one may come, from either end.
    yield case("x**3", 2.0, [0.2, 0.3, 0.1, 0.4])
    yield case("exp(x)", -1.0, [0.3, 0.1, 0.4, 0.2])
    yield case("x**3", 2.0, [0.01, 0.002, 0.1, 0.001])
    yield case("x**3", 1.0, [0.001, 4e-5, 0.1, 2e-5])
    yield case("sin(x)", 1.0, [1e-1, 1e-5, 1e-13])
    yield case("exp(x)", 1.0, [1e-8, 1e-5, 1e-2])
    yield case("exp(x)", 2.0, [2e-5, 1e-9])
    # The best may lie further from the usual steps than the others, and have more of an error for its size.
    yield case("x**3", 2.0, [0.01, 1e-9])
    yield case("exp(x)", 1.0, [0.1, 2e-10])
    # The error of x**3 is h**2: it may be 4 or 16 or a billion, and one of them is still the smallest.
    yield case("x**3", 2.0, [3.0, 2.0])
    yield case("-x**3", 5.0, [4.0, 7.0, 5.0])
    yield case("x**3", 2.0, [1.1, 0.1, 0.9, 0.5])
    yield case("x**3", 1.0, [60_000.0, 50_000.0])
    # The slope of sin falls and rises with the step, sin(h) / h, whatever the sign of its cosine.
    yield case("sin(x)", 1.0, [9.2, 14.1, 15.4, 17.3])
    yield case("sin(x)", 2.5, [4.5, 3.0, 7.7])
    yield case("sin(x)", 2.0, [0.1, 0.2])
    yield case("sin(x)", 1.0, [1.9, 0.1, 3.1])
    yield case("-x**3", 3.0, [80_000.0, 40_000.0, 50_000.0])
    steps = rng.permutation(rng.uniform(1, 3, size=3) * [1e-1, 1e-5, 1e-14])
    yield case("exp(x)", float(rng.uniform(0.5, 2)), [float(h) for h in steps])
    yield case("-x**3", float(rng.uniform(1, 3)), rng.permutation([0.5, 0.2, 0.01]))
    yield case("sin(x)", float(rng.uniform(0.2, 1)), [0.2])


def _error(f: Scalar, df: Scalar, x: float, h: float) -> float:
    return abs(central_difference(f, x, h) - df(x))


def _starting_from(smallest: float, best: Function) -> Function:
    """A search in a loop that begins with an error of ``smallest`` and the step ``best(steps)``."""

    def search(f: Scalar, df: Scalar, x: float, steps: Any) -> Any:
        least, found = smallest, best(steps)
        for h in steps:
            if _error(f, df, x, h) < least:
                least, found = _error(f, df, x, h), h
        return found

    return search


def _never_noting(smallest: float, best: Function) -> Function:
    """The same, but the error of a better step is not kept."""

    def search(f: Scalar, df: Scalar, x: float, steps: Any) -> Any:
        better = [h for h in steps if _error(f, df, x, h) < smallest]
        return better[-1] if better else best(steps)

    return search


def _stops_early(f: Scalar, df: Scalar, x: float, steps: Any) -> Any:
    best = steps[0]
    for h in steps[1:]:
        if _error(f, df, x, h) > _error(f, df, x, best):
            break
        best = h
    return best


def _beside_a_step(smallest: Function) -> Function:
    """The error is compared with the best step, and not with its error."""

    def search(f: Scalar, df: Scalar, x: float, steps: Any) -> Any:
        best = smallest(steps)
        for h in steps:
            if _error(f, df, x, h) < best:
                best = h
        return best

    return search


def _by_rounded_errors(digits: int) -> Function:
    return lambda f, df, x, steps: min(steps, key=lambda h: round(_error(f, df, x, h), digits))


def _one_place_before(f: Scalar, df: Scalar, x: float, steps: Any) -> Any:
    return steps[min(range(len(steps)), key=lambda i: _error(f, df, x, steps[i])) - 1]


def _first(steps: Any) -> Any:
    return steps[0]


def _none(steps: Any) -> Any:
    return None


BEST_STEP = Exercise(
    name="best_step",
    points=15,
    reference=best_step,
    cases=best_step_cases,
    probe=step_for,
    tolerance=Tolerance(absolute=0),  # steps may be as small as errors are
    uses=("central_difference",),
    recorded=[
        Recorded(
            case("exp(x)", 0.5, [1e-2, 1e-5, 1e-12]),
            1e-5,
            "by hand: errors near h**2 / 4 and at least 1e-16 / h",
        )
    ],
    why="`min` with a key compares by the error and returns the step, so no position has to be looked up.",
    next="print the error of the central difference for each step. Which is the smallest, regardless of its sign?",
    misconceptions=[
        Misconception(
            "multiplies by h",
            lambda f, df, x, steps: min(steps, key=lambda h: abs((f(x + h) - f(x - h)) / 2 * h - df(x))),
            "Your slope is h² times what it should be: it was multiplied by h where it is to be divided.",
            "what does `central_difference` divide by?",
        ),
        Misconception(
            "divides by h",
            lambda f, df, x, steps: min(steps, key=lambda h: abs((f(x + h) - f(x - h)) / h - df(x))),
            "Your slope is twice what it should be: from x - h to x + h it is 2h, and you divided by h.",
            "what does `central_difference` divide by?",
        ),
        Misconception(
            "half a step",
            lambda f, df, x, steps: min(steps, key=lambda h: abs(central_difference(f, x, h / 2) - df(x))),
            "Your points lie h/2 to either side of x. The exercise asks for the best step for those that lie h away from it.",
            "where does `central_difference` ask for f?",
        ),
        Misconception(
            "slope without sign",
            lambda f, df, x, steps: min(steps, key=lambda h: abs(abs(central_difference(f, x, h)) - df(x))),
            "You took the size of the slope, and compared that with df(x). Where f falls, both are below zero.",
            "which number is to be made positive: the slope, or the error?",
        ),
        Misconception(
            "the slope at h",
            lambda f, df, x, steps: min(steps, key=lambda h: abs(central_difference(f, x, h) - df(h))),
            "You compared with df(h). The slope was estimated at x, so its exact counterpart is df(x).",
        ),
        Misconception(
            "stops early",
            _stops_early,
            "Your search ends as soon as an error is larger than the one before. A step further on may be better still.",
            "what ends your loop before it has seen all the steps?",
        ),
        *ways(
            "compared with a step",
            "You compared the error of a step with the best step so far. It is to be compared with the error of that step.",
            "which two numbers stand on the sides of your `<`, and what does each of them mean?",
            _beside_a_step(lambda steps: steps[0]),
            _beside_a_step(lambda steps: float("inf")),
        ),
        *ways(
            "rounded",
            "You compared rounded errors. Two steps whose errors become the same number are not equally good.",
            "which error is the smaller one, 0.00001 or 0.00002? Which of them is left after rounding?",
            *[_by_rounded_errors(digits) for digits in range(1, 9)],
        ),
        Misconception(
            "one place before",
            _one_place_before,
            "You returned the step that stands one place before the best one.",
            "at which number does the counting of places begin?",
        ),
        Misconception(
            "smallest step",
            lambda f, df, x, steps: min(steps),
            "You took the smallest step. It would be the best if computers did not round.",
            "what is left of f(x + h) - f(x - h) when h is 1e-13?",
        ),
        Misconception(
            "largest step",
            lambda f, df, x, steps: max(steps),
            "You took the largest step.",
        ),
        Misconception(
            "sign of the error",
            lambda f, df, x, steps: min(steps, key=lambda h: central_difference(f, x, h) - df(x)),
            "You took the error that lies furthest below zero. An error of -0.1 is worse than one of 0.001.",
            "which function makes an error positive?",
        ),
        *ways(
            "starts from a small error",
            "Where every step has a large error, none of them was chosen: your search begins with an error that they do not get below.",
            'what should the smallest error so far be, before you have seen any? `float("inf")` is larger than all.',
            *[_starting_from(e, best) for e in (1.0, 10.0, 100.0, 1e6, 1e9) for best in (_none, _first)],
        ),
        Misconception(
            "last step",
            lambda f, df, x, steps: steps[-1],
            "You returned the last of the steps, whatever its error.",
            "when you find a better step, do you also note its error, for the next comparison?",
        ),
        Misconception(
            "first step",
            lambda f, df, x, steps: steps[0],
            "You returned the first of the steps, whatever its error.",
            "does your loop get to the others?",
        ),
        Misconception(
            "forward difference",
            lambda f, df, x, steps: min(steps, key=lambda h: abs(forward_difference(f, x, h) - df(x))),
            "That step is the best for a forward difference. The exercise asks for the best for a central one.",
        ),
        Misconception(
            "the error",
            lambda f, df, x, steps: min(_error(f, df, x, h) for h in steps),
            "You returned how large the smallest error is. The exercise asks for the step that gives it.",
        ),
        Misconception(
            "the index",
            lambda f, df, x, steps: min(range(len(steps)), key=lambda i: _error(f, df, x, steps[i])),
            "You returned the position of the best step in the list. The exercise asks for the step that stands there.",
        ),
        Misconception(
            "the derivative",
            lambda f, df, x, steps: central_difference(f, x, best_step(f, df, x, steps)),
            "You returned the best estimate of the derivative. The exercise asks for the step that gives it.",
        ),
        *ways(
            "the error is not noted",
            "Among the steps whose error is below the one you begin with, you returned the last. The error of a better "
            "step has to be noted, for the comparison with the next.",
            "which variable holds the smallest error so far, and where does it change?",
            *[_never_noting(error, best) for error in (1.0, 10.0, 100.0) for best in (_none, _first)],
        ),
        Misconception(
            "the worst",
            lambda f, df, x, steps: max(steps, key=lambda h: _error(f, df, x, h)),
            "You returned the step with the largest error.",
            seen=lambda source: re.search(r"max|(?<!-)>|sort", source) is not None,
        ),
        Misconception(
            "compares with f",
            lambda f, df, x, steps: min(steps, key=lambda h: abs(central_difference(f, x, h) - f(x))),
            "You compared the slope with the value f(x). Its exact counterpart is df(x).",
        ),
        Misconception(
            "smallest slope",
            lambda f, df, x, steps: min(steps, key=lambda h: abs(central_difference(f, x, h))),
            "You looked for the smallest slope. The exercise asks for the slope nearest to df(x).",
        ),
    ],
)
