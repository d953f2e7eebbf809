"""What the exercises of chapter 08 share: scores, axes and batches."""

from collections.abc import Iterator

import numpy as np

from revgraph.checks.call import Case, case, edge, part
from revgraph.checks.chapters.common import Array, Rng, Shape, fixed
from revgraph.checks.report import SHOWN

# Rows so far apart that no shift serves them all.
APART = np.array([[1000.0, 1001.0, 999.0], [0.0, 2.0, 1.0], [-1000.0, -1002.0, -1001.0]])

# The parts of most exercises: the size of the scores.
ORDINARY, LARGE = "ordinary scores", "large scores"


def scores_and_axes(rng: Rng) -> Iterator[tuple[str, Array, dict[str, int]]]:
    """Scores of both sizes, the part they belong to, and the axis along which they belong together."""
    shapes: list[tuple[Shape, dict[str, int]]] = [
        ((3,), {}),
        ((2, 3), {}),
        ((2, 3), {"axis": 0}),
        ((2, 3), {"axis": 1}),
        ((3, 3), {}),
        ((2, 3, 4), {"axis": 1}),
        ((2, 3, 4), {"axis": -2}),
        ((2, 1, 3), {}),
        ((3, 1, 2), {"axis": 2}),
    ]
    for shape, how in shapes:
        yield ORDINARY, draw(rng, shape), how
    yield LARGE, np.array([1000.0, 1000.0]) + int(rng.integers(9)), {}
    yield LARGE, np.array([-1000.0, -1001.0, -1002.0]) - int(rng.integers(9)), {}
    yield LARGE, np.array([-1000.0, 0.0, 1000.0]) + int(rng.integers(9)), {}
    yield LARGE, np.array([[0.0, 1500.0, -50.0], [3.0, 1.0, 2.0]]) + int(rng.integers(9)), {}
    yield LARGE, APART + rng.normal(size=APART.shape), {}
    yield LARGE, APART.T + rng.normal(size=APART.shape), {"axis": 0}


def draw(rng: Rng, shape: Shape) -> Array:
    """Random numbers; where a message shows them all, they are easy to read."""
    size = int(np.prod(shape))
    if size <= SHOWN:
        return rng.choice(np.arange(-3.0, 4.0), size, replace=False).reshape(shape)
    return rng.normal(size=shape)


def score_cases(rng: Rng) -> Iterator[Case]:
    for one in (fixed(), rng):
        yield from (part(name, case(x, **how)) for name, x, how in scores_and_axes(one))
    yield edge("a single class", draw(rng, (4, 1)))
    yield edge("no rows", draw(rng, (0, 3)))


def naive_softmax(x: Array, axis: int = -1) -> Array:
    return np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True)


def shifted(x: Array, axis: int = -1) -> Array:
    return np.exp(x - np.max(x, axis=axis, keepdims=True))


def batches(rng: Rng) -> Iterator[tuple[str, Array, Array]]:
    """Logits and labels, and the part they belong to. Few and simple at first; every label differs from its neighbor's."""
    yield ORDINARY, np.array([[1.0, 0.0, -1.0], [0.5, 2.0, 0.0]]) + int(rng.integers(9)), np.array([0, 2])
    yield ORDINARY, np.zeros((4, 10)), np.array([3, 1, 4, 9])
    yield ORDINARY, rng.normal(size=(5, 3)), rng.permutation([0, 1, 2, 2, 1])
    yield ORDINARY, rng.normal(size=(3, 3)), np.array([2, 0, 1])
    yield ORDINARY, rng.normal(size=(3, 4)), np.array([3, 1, 0])
    yield LARGE, APART[[1, 0]] + rng.normal(size=(2, 3)), np.array([2, 0])
    yield LARGE, np.array([[1000.0, 0.0, -1000.0], [0.0, 5.0, -5.0]]) + int(rng.integers(9)), np.array([2, 0])
    yield LARGE, np.array([[0.0, 800.0, -50.0], [3.0, 1.0, 2.0]]) + int(rng.integers(9)), np.array([2, 1])
    yield LARGE, APART + rng.normal(size=(3, 3)), np.array([1, 0, 2])


def one_hot_rows(logits: Array, labels: Array) -> Array:
    return np.eye(logits.shape[1])[labels]


A = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])
P = np.array(
    [
        [0.118499654535, 0.0058997504019, 0.875600595063],
        [0.0291217615375, 0.964380295147, 0.00649794331566],
    ]
)
TORCH = "PyTorch 2.13.0, "
OVERFLOWS = "`np.exp` overflowed: beyond about 709, e to that power is larger than the largest float."
ONE_SHIFT = (
    "You subtracted the largest number of the whole array. A row far below it then becomes all zeros; "
    "each row needs a shift of its own."
)
SUM_WITHOUT_AXIS = (
    "The sum has lost its axis, so it no longer stands beside its row: NumPy lines shapes up at their last axes.",
    "which argument of `np.sum` keeps the axis, with size 1?",
)
SHIFT_QUESTION = (
    "subtracting the same number from all scores changes nothing. Which number keeps `exp` in range?"
)
FORGETS_G = "Your result lacks g. The chain rule multiplies the local derivative by what arrives from above."
BENT_LOGARITHM = (
    "A small number inside the logarithm avoids log(0), but it also bends the result: however unlikely the "
    "class, the logarithm stays near that of the small number."
)
SMALL = (1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15)  # what programs add
PARTS = {ORDINARY: 4, LARGE: 6}
FORGETS_MEAN = (
    "The loss is a mean over the batch, so each example's gradient carries a factor 1/n; yours does not."
)
