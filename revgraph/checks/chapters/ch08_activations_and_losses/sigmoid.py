"""sigmoid: a probability from a score."""

import warnings
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from revgraph.checks.call import Case, case, edge, part
from revgraph.checks.chapters.ch08_activations_and_losses.common import LARGE, ORDINARY, PARTS, TORCH
from revgraph.checks.chapters.common import Array, Function, Rng, fixed, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def sigmoid(x: Array) -> Array:
    small = np.exp(-np.abs(x))  # never above 1
    return np.where(x >= 0, 1, small) / (1 + small)


def sigmoid_cases(rng: Rng) -> Iterator[Case]:
    for one in (fixed(), rng):
        yield part(ORDINARY, case(np.array([0.0, 1.0, -2.0])))
        yield part(ORDINARY, case(np.array([0.5, -0.5, 0.25, -0.25, 3.0])))
        yield part(ORDINARY, case(one.normal(size=(2, 3)).round(1)))
        yield part(LARGE, case(np.array([1000.0, 800.0]) + int(one.integers(9))))
        yield part(LARGE, case(np.array([-1000.0, -800.0]) - int(one.integers(9))))
        yield part(LARGE, case(np.array([[-1000.0, 0.0], [30.0, 1000.0]])))
        yield part(LARGE, case(one.normal(size=(4, 3, 2)) * 600))
    yield edge("a number without axes", np.array(1.5))
    yield edge("an empty array", np.zeros((0, 2)))


class Watched(np.ndarray):
    """An array that remembers an overflow in whatever is computed with it, even where the warning is silenced."""

    overflows: ClassVar[list[str]] = []

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **how: Any) -> Any:
        given = {name: plain(value) for name, value in how.items()}  # `where=` may be one of them
        if out is not None:
            given["out"] = tuple(map(plain, out))
        result = np.asarray(getattr(ufunc, method)(*map(plain, inputs), **given))
        if result.dtype.kind == "f" and np.isinf(result).any():
            self.overflows.append(ufunc.__name__)
        return out[0] if out is not None else result.view(Watched)


def plain(value: Any) -> Any:
    return np.asarray(value) if isinstance(value, Watched) else value


def sigmoid_probe(candidate: Function, x: Array) -> Any:
    """The result, and a warning where `np.errstate` has kept one back."""
    Watched.overflows.clear()
    found = candidate(x.view(Watched))
    if Watched.overflows:
        warnings.warn(f"overflow encountered in {Watched.overflows[0]}", RuntimeWarning, stacklevel=1)
    return plain(found)


def _naive_sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def _both_branches(x: Array) -> Array:
    return np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)))


def _branch_for_all(x: Array) -> Any:
    if x >= 0:
        return 1 / (1 + np.exp(-x))
    return np.exp(x) / (1 + np.exp(x))


def _silenced(x: Array) -> Array:
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


def _odds(x: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.exp(x)


def _cut_off(border: float) -> Any:
    return lambda x: 1 / (1 + np.exp(-np.clip(x, -border, border)))


SIGMOID = Exercise(
    name="sigmoid",
    points=10,
    reference=sigmoid,
    cases=sigmoid_cases,
    probe=sigmoid_probe,
    quiet=True,
    parts=PARTS,
    recorded=[
        Recorded(
            part(ORDINARY, case(np.array([0.0, 2.0, -2.0, 40.0, -40.0]))),
            np.array([0.5, 0.8807970779778823, 0.11920292202211755, 1.0, 4.248354255291589e-18]),
            TORCH + "torch.sigmoid",
        )
    ],
    why="e to the power -|x| is never above 1, so one exponential serves both forms, and np.where chooses between two harmless numbers.",
    next="e to which power can never be too large, whatever the sign of x?",
    misconceptions=[
        Misconception(
            "hides the warning",
            _silenced,
            "The values are right, but `np.exp(-x)` still overflows for a very negative x: `np.errstate` only hides it.",
            "e to which power can never be too large, whatever the sign of x?",
            seen=lambda source: "errstate" in source or "seterr" in source,
        ),
        Misconception(
            "overflows below",
            _naive_sigmoid,
            "The values are right, but for a very negative x, e to the power -x overflows. That it ends well here is luck.",
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
            seen=lambda source: "where(" in source,
        ),
        Misconception(
            "if on an array",
            _branch_for_all,
            "`if` needs one True or False, and `x >= 0` is a whole array of them.",
            "both forms can be written with one `exp` that is safe for every x. Then no `if` is needed around it.",
        ),
        *ways(
            "cut off",
            "You cut x off, and so near to 0 that it shows: beyond the border, all get the same result.",
            "e to which power can never be too large, whatever the sign of x?",
            *(_cut_off(border) for border in (5, 6, 10, 15, 20)),
        ),
        Misconception(
            "sign of x",
            lambda x: 1 / (1 + np.exp(x)),
            "Your curve falls where it should rise: it is the sigmoid of -x.",
        ),
        Misconception(
            "both forms mixed",
            lambda x: np.exp(x) / (1 + np.exp(-x)),
            "You mixed the two forms: e^x stands over 1 + e^x, and 1 over 1 + e^(-x).",
            "try x = 1. Can a probability be larger than 1?",
        ),
        Misconception(
            "the same on both sides",
            lambda x: 1 / (1 + np.exp(-np.abs(x))),
            "A negative x got the result of the positive one. Below 0 the curve falls on, towards 0.",
            "which form has e^x above the line, and for which x is it safe?",
        ),
        Misconception(
            "0 below 0",
            lambda x: np.where(x > 0, 1 / (1 + np.exp(-np.abs(x))), 0.0),
            "You gave 0 to every x that is not above 0. At 0 the curve is at 0.5, and it never ends at 0.",
            "what is 1 / (1 + e^2), the sigmoid of -2?",
        ),
        Misconception(
            "tanh of the whole x",
            lambda x: (np.tanh(x) + 1) / 2,
            "This is the sigmoid of 2x: the curve is right, but twice as steep.",
            "try x = 1. What should come out, and what does?",
        ),
        Misconception(
            "without parentheses",
            lambda x: 1 / 1 + np.exp(-x),
            "`1 / 1 + e` is (1 / 1) + e: Python divides before it adds.",
            "what must stand in parentheses?",
        ),
        Misconception(
            "tanh",
            lambda x: np.tanh(x),
            "That is tanh, which runs from -1 to 1. A probability lies between 0 and 1.",
            "what is the sigmoid of 0?",
        ),
        Misconception(
            "without the 1",
            _odds,
            "That is e^x, the odds. A probability is the odds divided by 1 + the odds.",
            "can your result be larger than 1?",
        ),
    ],
)
