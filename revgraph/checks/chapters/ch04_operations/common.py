"""What the exercises of chapter 04 share: elementwise cases, and recorded operands."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.common import Array, Function, Rng

SHAPES = [(3,), (2, 3), (), (1,), (0, 4), (4, 1, 2)]
LARGE = 1e150


def cases_of(op: Function, *draws: Function, special: tuple[tuple[Any, ...], ...] = ()) -> Any:
    """Random cases of every shape, one drawing function an operand, then the ``special`` operands."""

    def cases(rng: Rng) -> Iterator[Case]:
        for shape in SHAPES:
            yield _case(rng, op, *(np.array(draw(rng, shape)) for draw in draws))
        for operands in special:
            yield _case(rng, op, *(np.array(operand, dtype=float) for operand in operands))

    return cases


def _case(rng: Rng, op: Function, *operands: Array) -> Case:
    return case(np.array(rng.normal(size=operands[0].shape)), np.array(op(*operands)), *operands)


def normal(rng: Rng, shape: tuple[int, ...]) -> Any:
    return rng.normal(size=shape)


def positive(rng: Rng, shape: tuple[int, ...]) -> Any:
    return rng.uniform(0.3, 3, size=shape)


def away_from_zero(rng: Rng, shape: tuple[int, ...]) -> Any:
    return rng.uniform(0.5, 2, size=shape) * rng.choice([-1, 1], size=shape)


A = np.array([1.0, -2.0, 3.0])
B = np.array([2.0, 4.0, -1.0])
G = np.array([2.0, -1.0, 3.0])
HEIGHTS = np.array([0.5, 1.0, -2.0])
TORCH = "PyTorch 2.13.0, Tensor.backward(g)"
NO_G = "Your result lacks g. A rule multiplies the local derivative by what arrives from above."
ONE_TUPLE = (
    "You returned a tuple with one array in it. For an operation of one argument, return the array itself."
)
SWAPPED = "The two gradients are in the wrong order: a's comes first."
ADD = "You returned g for both. That is the rule of addition, where a nudge of a moves the result by the same amount."
