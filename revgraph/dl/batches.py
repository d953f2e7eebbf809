"""Data on its way into a model: arrays checked, split, and cut into batches."""

from collections import Counter
from collections.abc import Iterator, Sequence
from operator import index
from typing import Any

import numpy as np

import revgraph.core as rc
from revgraph.core.feeding import fed_array
from revgraph.dl.losses import checked_labels


class Arrays(list[np.ndarray]):
    """One array for each of a model's inputs, checked."""

    def rows(self, indices: np.ndarray) -> "Arrays":
        return Arrays(array.take(indices, 0) for array in self)

    def portion(self, place: slice) -> "Arrays":
        """Some rows, one after the other, without a copy."""
        return Arrays(array[place] for array in self)

    def given(self) -> Any:
        """As a user gives them: the array itself where there is one input."""
        return self[0] if len(self) == 1 else list(self)


def as_inputs(x: Any, inputs: Sequence[rc.placeholder]) -> Arrays:
    """One array for each of the model's inputs: from an array, a list of arrays, or a dict by name."""
    if isinstance(x, Arrays):
        return x
    if isinstance(x, dict):
        x = by_name(x, [str(leaf.name) for leaf in inputs])
    elif isinstance(x, Iterator):
        raise TypeError("x is a generator, which can be read only once. Next: pass np.array(list(x)).")
    elif len(inputs) == 1:
        x = [x]
    given = one_for_each(x, len(inputs))
    if len(given) != len(inputs):
        raise ValueError(f"the model has {len(inputs)} inputs; given were {len(given)} arrays")
    return Arrays(fed_array(leaf, array) for array, leaf in zip(given, inputs, strict=True))


def one_for_each(x: Any, n: int) -> list[Any]:
    """The arrays, or samples, for a model of n inputs: those of a list; a table's would be its columns."""
    if not isinstance(x, list | tuple | np.ndarray):
        raise TypeError(
            f"the model has {n} inputs, so x is a list of as many, or a dict by name; given was of type "
            f"{type(x).__name__}."
        )
    return list(x)


def by_name(x: dict[str, Any], names: Sequence[str]) -> list[Any]:
    """The entries of x in the order of the inputs' names."""
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        raise ValueError(
            f"several inputs are named {twice[0]!r}, so a dict cannot tell them apart. "
            "Next: name them, dl.inputs(2, name='left'), or pass a list."
        )
    if sorted(x) != sorted(names):
        raise ValueError(f"the model's inputs are {', '.join(names)}; given were {', '.join(map(str, x))}")
    return [x[name] for name in names]


def as_targets(y: Any, target: rc.placeholder, n_classes: int | None = None) -> np.ndarray:
    """y as the loss wants it: a row of numbers and a column are the same where the model has one output.

    n_classes: the number of classes where y holds class indices, which are checked.
    """
    if isinstance(y, Iterator):
        raise TypeError("y is a generator, which can be read only once. Next: pass np.array(list(y)).")
    y, shape = in_numbers(y, target), target.shape
    if shape is not None and len(shape) == 2 and y.ndim == 1:
        if shape[1] != 1:
            raise ValueError(
                f"y holds one number a sample, where the network has {shape[1]} outputs. Next: one-hot rows, "
                "np.eye(n_classes)[y], or dl.sparse_categorical_cross_entropy() for class indices."
            )
        y = y[:, None]
    elif shape is not None and len(shape) == 1 and y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    y = fed_array(target, y)
    return y if n_classes is None else checked_labels(y, n_classes)


def in_numbers(y: Any, target: rc.placeholder) -> np.ndarray:
    """y in the target's dtype, of any shape."""
    if holds_texts(np.asarray(y)):
        raise TypeError(
            "y holds texts, and a loss compares numbers. "
            "Next: classes, y = np.unique(y, return_inverse=True), for names of classes."
        )
    return fed_array(rc.placeholder(str(target.name), dtype=target.dtype), y)


def holds_texts(y: np.ndarray) -> bool:
    """Whether there are texts in it, also in one of objects, such as a column of a table."""
    return y.dtype.kind in "UST" or (y.dtype == object and any(isinstance(entry, str) for entry in y.flat))


def require_one_length(x: Arrays) -> None:
    lengths = [len(array) for array in x]
    if len(set(lengths)) > 1:
        found = " and ".join(map(str, lengths))
        raise ValueError(f"the model's inputs have a row a sample, and these have {found} rows")


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


def require_row_a_sample(predicted: np.ndarray, y: np.ndarray) -> None:
    if len(predicted) != len(y):
        raise ValueError(
            f"the network gives {len(predicted)} rows for {len(y)} samples, each of which has its target. "
            "Next: leave the first axis as it is, as rc.mean(x, axis=-1) does."
        )


def split_indices(n: int, fractions: Sequence[float], order: np.ndarray) -> list[np.ndarray]:
    """The indices ``order`` of n samples, cut into parts of these fractions, which sum to 1."""
    if not isinstance(fractions, Sequence | np.ndarray) or isinstance(fractions, str):
        raise TypeError(
            f"train_test_validation is three fractions, not {fractions!r}. Next: (0.8, 0.1, 0.1), say."
        )
    numbers = all(isinstance(one, int | float | np.integer | np.floating) for one in fractions)
    if len(fractions) != 3 or not numbers or min(fractions) < 0 or not abs(sum(fractions) - 1) <= 1e-9:
        raise ValueError(f"train_test_validation holds three fractions that sum to 1, not {tuple(fractions)}")
    cuts = np.round(np.cumsum(fractions)[:-1] * n).astype(int)
    parts = np.split(order, cuts)
    if len(parts[0]) == 0:
        raise ValueError(
            f"there is nothing to train on: {fractions[0]} of {n} samples is none. "
            "Next: a larger first fraction of train_test_validation."
        )
    return parts


class Parts:
    """x and y, and the samples of which to train, to test and to validate on."""

    def __init__(self, xs: Arrays, ys: np.ndarray, indices: Sequence[np.ndarray]) -> None:
        self.xs, self.ys = xs, ys
        self.indices = dict(zip(("train", "test", "validation"), indices, strict=True))
        self.batch: tuple[Arrays, np.ndarray] | None = None
        self._kept: dict[str, tuple[Any, np.ndarray]] = {}

    def give(self, part: str, x: Any, y: Any) -> None:
        """Let a part be these samples, in place of those that were split off."""
        self._kept[part] = x, y

    def has(self, part: str) -> bool:
        return part in self._kept or len(self.indices[part]) > 0

    def rows(self, part: str) -> tuple[Any, np.ndarray] | None:
        """x and y of a part, or of the present batch; None where it is empty. Copied when first asked for."""
        if part == "batch":
            return self.batch and (self.batch[0].given(), self.batch[1])
        indices = self.indices[part]
        if part not in self._kept and len(indices):
            self._kept[part] = self.xs.rows(indices).given(), self.ys[indices]
        return self._kept.get(part)


def batches(order: np.ndarray, batch_size: int | None) -> list[np.ndarray]:
    """The indices in portions of ``batch_size``, None for all at once; the last one may be smaller."""
    return [order[place] for place in portions(len(order), batch_size)]


def portions(n: int, batch_size: int | None) -> list[slice]:
    """Where the batches of n samples lie."""
    if batch_size is None:
        return [slice(0, n)] if n else []
    try:
        batch_size = index(batch_size)
    except TypeError:
        raise TypeError(f"batch_size is a whole number or None, not {batch_size!r}") from None
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    return [slice(start, start + batch_size) for start in range(0, n, batch_size)]
