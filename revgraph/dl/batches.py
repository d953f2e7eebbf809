"""Data on its way into a model: arrays checked, split, and cut into batches."""

from collections.abc import Sequence
from typing import Any

import numpy as np

import revgraph.core as rc


class Arrays(list[np.ndarray]):
    """One array for each of a model's inputs, checked."""

    def rows(self, indices: np.ndarray) -> "Arrays":
        return Arrays(array[indices] for array in self)


def as_inputs(x: Any, inputs: Sequence[rc.placeholder]) -> Arrays:
    """One array for each of the model's inputs: from an array, a list of arrays, or a dict by name."""
    if isinstance(x, Arrays):
        return x
    if isinstance(x, dict):
        names = [str(leaf.name) for leaf in inputs]
        if sorted(x) != sorted(names):
            raise ValueError(
                f"the model's inputs are {', '.join(names)}; given were {', '.join(map(str, x))}"
            )
        given = [x[name] for name in names]
    else:
        given = [x] if len(inputs) == 1 else list(x)
    if len(given) != len(inputs):
        raise ValueError(f"the model has {len(inputs)} inputs; given were {len(given)} arrays")
    return Arrays(np.asarray(array, leaf.dtype) for array, leaf in zip(given, inputs, strict=True))


def as_targets(y: Any, target: rc.placeholder) -> np.ndarray:
    """y as the loss wants it: numbers in a row become a column where the model has one output."""
    y = np.asarray(y, target.dtype)
    column = target.shape is not None and len(target.shape) == 2 and target.shape[1] == 1
    return y[:, None] if column and y.ndim == 1 else y


def require_same_length(x: Arrays, y: np.ndarray) -> None:
    lengths = [len(array) for array in x]
    if any(n != len(y) for n in lengths):
        found = " and ".join(map(str, lengths))
        raise ValueError(
            f"x has {found} samples and y has {len(y)}: each sample needs its target. "
            "Next: compare x.shape[0] with y.shape[0]."
        )
    if len(y) == 0:
        raise ValueError("there are no samples: x and y are empty")


def split(n: int, fractions: Sequence[float], order: np.ndarray) -> list[np.ndarray]:
    """The indices ``order`` of n samples, cut into parts of these fractions, which sum to 1."""
    if len(fractions) != 3 or min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-9:
        raise ValueError(f"train_test_validation holds three fractions that sum to 1, not {tuple(fractions)}")
    cuts = np.round(np.cumsum(fractions)[:-1] * n).astype(int)
    return np.split(order, cuts)


def batches(order: np.ndarray, batch_size: int) -> list[np.ndarray]:
    """The indices in portions of ``batch_size``; the last one may be smaller."""
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
