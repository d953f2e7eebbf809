"""forward_difference and central_difference: the slope between two points of a curve."""

import re
from collections.abc import Iterator
from typing import Any

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch01_derivatives.common import FUNCTIONS, ROUNDED, Scalar
from revgraph.checks.chapters.common import Rng, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def forward_difference(f: Scalar, x: float, h: float = 1e-6) -> float:
    return (f(x + h) - f(x)) / h


def central_difference(f: Scalar, x: float, h: float = 1e-6) -> float:
    return (f(x + h) - f(x - h)) / (2 * h)


def difference_of(candidate: Any, f: str, x: float, **step: float) -> Any:
    return candidate(FUNCTIONS[f][0], x, **step)


def difference_cases(rng: Rng) -> Iterator[Case]:
    yield case("x**2", 3.0, h=0.5)
    yield case("x**3", 2.0, h=0.1)
    yield case("3*x + 1", -2.0, h=0.25)
    yield case("abs(x)", 0.0, h=0.1)
    yield case("-x**3", 1.0, h=0.5)
    yield case("1/x", 2.0, h=0.25)
    yield case("x**2", -3.0, h=0.5)
    yield case("exp(x)", -1.0, h=0.5)
    yield case("1/x", float(rng.uniform(-3, -2)), h=float(rng.uniform(0.1, 0.5)))
    yield case("exp(x)", float(rng.uniform(-1, 2)), h=float(rng.uniform(0.01, 0.1)))
    yield case("x**2", 1e4, h=0.01)
    yield case("exp(x)", 0.5)
    yield case("1/x", -0.25)
    yield case("sin(x)", float(rng.uniform(-3, 3)))


def _more_exact(f: Scalar, x: float, h: float = 1e-6) -> float:
    """The error of a central difference, four times as large at 2h, taken off."""
    return (4 * central_difference(f, x, h) - central_difference(f, x, 2 * h)) / 3


def _backward(f: Scalar, x: float, h: float = 1e-6) -> float:
    return (f(x) - f(x - h)) / h


HARD_CODED = "You wrote a fixed step into the formula. The step is the argument h; 1e-6 is only its default."


NOT_DIVIDED = "That is how far f moves, not how steep it is: nothing was divided by the length of the step."


PRECEDENCE = "Python divides before it subtracts: only the last term was divided."


ALWAYS_1 = "Yours is always 1, the step over itself. It is f that is to be asked at x + h and at x."


MULTIPLIED = (
    "You multiplied by h. To learn how much f changes for each *unit* of x, divide by how far x moved."
)
BY_X = "You divided by x. What counts is how far x moved, not where it stands."
NO_SIGN = "You took the size of the change. A function that falls has a slope below zero."
WHERE_PARENTHESES = "which part of the formula needs parentheses of its own?"


FORWARD_DIFFERENCE = Exercise(
    name="forward_difference",
    points=10,
    reference=forward_difference,
    cases=difference_cases,
    probe=difference_of,
    tolerance=ROUNDED,
    recorded=[Recorded(case("x**2", 2.0, h=1.0), 5.0, "by hand: (9 - 4) / 1")],
    why="It is the definition of the derivative without its limit: the change of f over the change of x.",
    next="how far does f move when x becomes x + h, and how far did x move?",
    misconceptions=[
        Misconception(
            "backward",
            _backward,
            "You stepped back, to x - h. A forward difference steps to x + h.",
        ),
        Misconception(
            "central",
            central_difference,
            "You stepped both ways. That is the next exercise; here one of the two points is x itself.",
        ),
        Misconception(
            "sign",
            lambda f, x, h=1e-6: (f(x) - f(x + h)) / h,
            "The sign is wrong: you took the value at x minus the value at x + h.",
            "if f rises, should its derivative be positive or negative?",
        ),
        Misconception("not divided", lambda f, x, h=1e-6: f(x + h) - f(x), NOT_DIVIDED),
        Misconception(
            "missing parentheses",
            lambda f, x, h=1e-6: f(x + h) - f(x) / h,
            PRECEDENCE,
            WHERE_PARENTHESES,
        ),
        Misconception(
            "adds h to f",
            lambda f, x, h=1e-6: (f(x) + h - f(x)) / h,
            ALWAYS_1,
            "does h stand inside the parentheses of f?",
        ),
        Misconception("fixed step", lambda f, x, h=1e-6: forward_difference(f, x), HARD_CODED),
        Misconception("multiplies by h", lambda f, x, h=1e-6: (f(x + h) - f(x)) * h, MULTIPLIED),
        Misconception("divides by x", lambda f, x, h=1e-6: (f(x + h) - f(x)) / x, BY_X),
        Misconception(
            "divides by x + h",
            lambda f, x, h=1e-6: (f(x + h) - f(x)) / (x + h),
            "You divided by x + h, the place where the step ends. What counts is how far x moved.",
        ),
        Misconception(
            "divides by 2h",
            lambda f, x, h=1e-6: (f(x + h) - f(x)) / (2 * h),
            "Everything is half of what is expected: x moved by h, and you divided by 2h.",
        ),
        Misconception(
            "f(x) not subtracted",
            lambda f, x, h=1e-6: f(x + h) / h,
            "You divided the value of f by the step. A slope needs how much f *changed*.",
            "what was f before the step?",
        ),
        Misconception("without sign", lambda f, x, h=1e-6: abs(f(x + h) - f(x)) / h, NO_SIGN),
    ],
)


CENTRAL_DIFFERENCE = Exercise(
    name="central_difference",
    points=10,
    reference=central_difference,
    cases=difference_cases,
    probe=difference_of,
    tolerance=ROUNDED,
    recorded=[Recorded(case("x**3", 1.0, h=1.0), 4.0, "by hand: (8 - 0) / 2")],
    why="The parentheses around 2 * h keep h below the line.",
    next="which two points lie h to either side of x, and how far apart are they?",
    misconceptions=[
        Misconception(
            "divides by h",
            lambda f, x, h=1e-6: (f(x + h) - f(x - h)) / h,
            "Everything is twice what is expected: you divided by h.",
            "how far is it from x - h to x + h?",
        ),
        Misconception(
            "two steps away",
            lambda f, x, h=1e-6: (f(x + 2 * h) - f(x - 2 * h)) / (2 * h),
            "Your points lie 2h to either side of x. They should lie h away from it; 2h is how far they are apart.",
        ),
        Misconception(
            "multiplies by h",
            lambda f, x, h=1e-6: (f(x + h) - f(x - h)) / 2 * h,
            "`a / 2 * h` divides by 2 and then multiplies by h. Python works from left to right.",
            WHERE_PARENTHESES,
            seen=lambda source: re.search(r"/ *2(\.0?)? *\* *h", source) is not None,
        ),
        Misconception(
            "multiplies by h",
            lambda f, x, h=1e-6: h * (f(x + h) - f(x - h)) / 2,
            MULTIPLIED,
        ),
        *ways(
            "more points",
            "That formula has four points and is more exact than what is asked. A central difference has two: x + h and x - h.",
            "which of your points can go?",
            _more_exact,
            lambda f, x, h=1e-6: _more_exact(f, x, h / 2),
        ),
        Misconception(
            "forward",
            forward_difference,
            "That is the forward difference again. Here the two points lie at equal distance on either side of x.",
        ),
        Misconception(
            "backward",
            _backward,
            "You stepped from x - h to x. The second point lies as far on the other side.",
        ),
        Misconception(
            "half a step",
            lambda f, x, h=1e-6: (f(x + h / 2) - f(x - h / 2)) / h,
            "A central difference indeed, but with half the step. Here the two points lie h away from x, not h/2.",
        ),
        Misconception(
            "half a step over 2h",
            lambda f, x, h=1e-6: (f(x + h / 2) - f(x - h / 2)) / (2 * h),
            "Your two points lie h/2 to either side of x, so they are h apart, and you divided by 2h.",
            "where are the two points, if they are to be 2h apart?",
        ),
        Misconception("not divided", lambda f, x, h=1e-6: f(x + h) - f(x - h), NOT_DIVIDED),
        Misconception(
            "missing parentheses",
            lambda f, x, h=1e-6: f(x + h) - f(x - h) / (2 * h),
            PRECEDENCE,
            WHERE_PARENTHESES,
        ),
        Misconception(
            "sign",
            lambda f, x, h=1e-6: (f(x - h) - f(x + h)) / (2 * h),
            "The sign is wrong: you took the value on the left minus the value on the right.",
            "if f rises, should its derivative be positive or negative?",
        ),
        Misconception("fixed step", lambda f, x, h=1e-6: central_difference(f, x), HARD_CODED),
        Misconception(
            "divides by 2",
            lambda f, x, h=1e-6: (f(x + h) - f(x - h)) / 2,
            "You divided by 2, but not by h. The two points lie 2h apart.",
        ),
        Misconception("divides by x", lambda f, x, h=1e-6: (f(x + h) - f(x - h)) / (2 * x), BY_X),
        Misconception(
            "half a forward difference",
            lambda f, x, h=1e-6: (f(x + h) - f(x)) / (2 * h),
            "You divided by 2h, but one of your points is x itself, so the two lie only h apart.",
            "where does the second point lie, and where is f to be called for it?",
        ),
        Misconception("without sign", lambda f, x, h=1e-6: abs(f(x + h) - f(x - h)) / (2 * h), NO_SIGN),
    ],
)
