"""What the exercises of chapter 04 share: elementwise cases, and recorded operands."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, edge, part
from revgraph.checks.chapters.common import Array, Function, Rng

Operands = Sequence[Any]

# Where numbers are drawn: arrays of these shapes.
SHAPES = [(3,), (2, 3), (1,), (4, 1, 2)]
UPSTREAM = np.array([2.0, -1.0, 3.0, 0.5, -4.0, 1.5])  # g, where the operands do not depend on the seed
LARGE = 1e150

# Readable operands for an operation of two: no two numbers alike, of both signs.
ROWS = ([1, -2, 3], [2, 4, -1])
TABLES = ([[0.5, -1, 4], [3, 2.5, -2]], [[-2, 3, 0.25], [1.5, -4, 5]])


def cases_of(
    op: Function,
    *draws: Function,
    always: Sequence[Operands],
    special: Mapping[str, Sequence[Operands]] | None = None,
    edges: Mapping[str, Operands] | None = None,
) -> Function:
    """The operands of ``always`` whatever the seed, then random ones, one drawing function an operand.

    ``special`` holds operands of a part of their own, by its name; all others then belong to "numbers".
    ``edges`` are edge cases beside the two that every operation has.
    """

    def cases(rng: Rng) -> Iterator[Case]:
        plain = "numbers" if special else ""
        for operands in always:
            yield part(plain, case(*inputs(op, operands)))
        for shape in SHAPES:
            drawn = [np.array(draw(rng, shape)) for draw in draws]
            yield part(plain, case(rng.normal(size=shape), np.array(op(*drawn)), *drawn))
        for name, several in (special or {}).items():
            for operands in several:
                g, *known = inputs(op, operands)
                yield part(name, case(g, *known))
                yield part(name, case(rng.normal(size=g.shape), *known))  # no table of answers knows g
        yield edge("numbers without axes", *inputs(op, [draw(rng, ()) for draw in draws]))
        yield edge("empty arrays", *inputs(op, [draw(rng, (0, 4)) for draw in draws]))
        for what, operands in (edges or {}).items():
            yield edge(what, *inputs(op, operands))

    return cases


def inputs(op: Function, operands: Operands) -> tuple[Array, ...]:
    """g, ans and the operands as arrays."""
    arrays = [np.array(operand, dtype=float) for operand in operands]
    ans = np.array(op(*arrays))
    return np.resize(UPSTREAM, ans.shape), ans, *arrays


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
WHERE_G_IS_0 = "where g is 0, nothing that happens here matters to the loss. What must a rule return there?"
ONE_TUPLE = (
    "You put the array into a tuple or a list. For an operation of one argument, return the array itself."
)
SWAPPED = "The two gradients are in the wrong order: a's comes first."
ADD = "You returned g for both. That is the rule of addition, where a nudge of a moves the result by the same amount."
