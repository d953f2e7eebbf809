"""best_step: between the error of the bend and that of rounding."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch01_derivatives.common import FUNCTIONS, Scalar
from revgraph.checks.chapters.ch01_derivatives.differences import central_difference, forward_difference
from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def best_step(f: Scalar, df: Scalar, x: float, steps: Any) -> float:
    return min(steps, key=lambda h: abs(central_difference(f, x, h) - df(x)))


def step_for(candidate: Any, f: str, x: float, steps: Any) -> Any:
    return candidate(*FUNCTIONS[f], x, steps)


def best_step_cases(rng: Rng) -> Iterator[Case]:
    # Where rounding decides, x is fixed: a lucky rounding would make another step the best.
    yield case("x**3", 2.0, [0.1, 0.01])
    yield case("-x**3", 2.0, [0.01, 0.1])
    yield case("x**3", 4.0, [0.1, 0.5])
    yield case("sin(x)", 1.0, [1e-1, 1e-5, 1e-13])
    yield case("exp(x)", 1.0, [1e-8, 1e-5, 1e-2])
    steps = rng.permutation(rng.uniform(1, 3, size=3) * [1e-1, 1e-5, 1e-14])
    yield case("exp(x)", float(rng.uniform(0.5, 2)), [float(h) for h in steps])
    yield case("-x**3", float(rng.uniform(1, 3)), rng.permutation([0.5, 0.2, 0.01]))
    yield case("sin(x)", float(rng.uniform(0.2, 1)), [0.2])


def _errors(f: Scalar, df: Scalar, x: float, steps: Any) -> Array:
    return np.array([abs(central_difference(f, x, h) - df(x)) for h in steps])


BEST_STEP = Exercise(
    name="best_step",
    points=15,
    reference=best_step,
    cases=best_step_cases,
    probe=step_for,
    recorded=[
        Recorded(
            case("exp(x)", 0.5, [1e-2, 1e-5, 1e-12]),
            1e-5,
            "by hand: errors near h**2 / 4 and at least 1e-16 / h",
        )
    ],
    next="print the error of the central difference for each step. Which is the smallest, regardless of its sign?",
    misconceptions=[
        Misconception(
            "smallest step",
            lambda f, df, x, steps: min(steps),
            "You took the smallest step. It would be the best if computers did not round.",
            "what is left of f(x + h) - f(x - h) when h is 1e-13?",
        ),
        Misconception(
            "sign of the error",
            lambda f, df, x, steps: min(steps, key=lambda h: central_difference(f, x, h) - df(x)),
            "You took the error that lies furthest below zero. An error of -0.1 is worse than one of 0.001.",
            "which function makes an error positive?",
        ),
        Misconception(
            "forward difference",
            lambda f, df, x, steps: min(steps, key=lambda h: abs(forward_difference(f, x, h) - df(x))),
            "That step is the best for a forward difference. Asked is the best for a central one.",
        ),
        Misconception(
            "the error",
            lambda f, df, x, steps: _errors(f, df, x, steps).min(),
            "You returned how large the smallest error is. Asked is the step that gives it.",
        ),
        Misconception(
            "the index",
            lambda f, df, x, steps: int(_errors(f, df, x, steps).argmin()),
            "You returned the position of the best step in the list. Asked is the step that stands there.",
        ),
        Misconception(
            "the derivative",
            lambda f, df, x, steps: central_difference(f, x, best_step(f, df, x, steps)),
            "You returned the best estimate of the derivative. Asked is the step that gives it.",
        ),
        Misconception(
            "the worst",
            lambda f, df, x, steps: max(steps, key=lambda h: abs(central_difference(f, x, h) - df(x))),
            "You returned the step with the largest error.",
        ),
        Misconception(
            "compares with f",
            lambda f, df, x, steps: min(steps, key=lambda h: abs(central_difference(f, x, h) - f(x))),
            "You compared the slope with the value f(x). Its exact counterpart is df(x).",
        ),
    ],
)
