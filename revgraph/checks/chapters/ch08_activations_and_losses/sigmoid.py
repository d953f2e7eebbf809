"""sigmoid: a probability from a score."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch08_activations_and_losses.common import TORCH
from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def sigmoid(x: Array) -> Array:
    small = np.exp(-np.abs(x))  # never above 1
    return np.where(x >= 0, 1, small) / (1 + small)


def sigmoid_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([0.0, 1.0, -2.0]))
    yield case(rng.normal(size=(2, 3)))
    yield case(np.array(1.5))
    yield case(np.array([1000.0, 800.0]))
    yield case(np.array([-1000.0, -800.0]))
    yield case(np.array([[-1000.0, 0.0], [30.0, 1000.0]]))
    yield case(np.zeros((0, 2)))
    yield case(rng.normal(size=(4, 3, 2)) * 100)


def _naive_sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def _both_branches(x: Array) -> Array:
    return np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)))


def _branch_for_all(x: Array) -> Any:
    if x >= 0:
        return 1 / (1 + np.exp(-x))
    return np.exp(x) / (1 + np.exp(x))


SIGMOID = Exercise(
    name="sigmoid",
    points=10,
    reference=sigmoid,
    cases=sigmoid_cases,
    quiet=True,
    recorded=[
        Recorded(
            case(np.array([0.0, 2.0, -2.0, 40.0, -40.0])),
            np.array([0.5, 0.8807970779778823, 0.11920292202211755, 1.0, 4.248354255291589e-18]),
            TORCH + "torch.sigmoid",
        )
    ],
    next="e to which power can never be too large, whatever the sign of x?",
    misconceptions=[
        Misconception(
            "overflows below",
            _naive_sigmoid,
            "The values are right, but for a very negative x, `np.exp(-x)` overflows. That it ends well here is luck.",
        ),
        Misconception(
            "overflows above",
            lambda x: np.exp(x) / (1 + np.exp(x)),
            "Some of it is nan: for a large x, `np.exp(x)` is inf, and inf / inf is nan.",
        ),
        Misconception(
            "computes both branches",
            _both_branches,
            "The values are right, but `np.where` computes both branches for every x and chooses afterwards, so "
            "the wrong one still overflows.",
            "can both branches share one `exp` whose argument is never positive?",
        ),
        Misconception(
            "if on an array",
            _branch_for_all,
            "`if` needs one True or False, and `x >= 0` is a whole array of them.",
            "both forms can be written with one `exp` that is safe for every x. Then no `if` is needed around it.",
        ),
        Misconception(
            "sign of x",
            lambda x: 1 / (1 + np.exp(x)),
            "Your curve falls where it should rise: it is the sigmoid of -x.",
        ),
        Misconception(
            "tanh of the whole x",
            lambda x: (np.tanh(x) + 1) / 2,
            "This is the sigmoid of 2x: the curve is right, but twice as steep.",
            "try x = 1. What should come out, and what does?",
        ),
    ],
)
