"""The first difference between an expected value and a learner's."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from revgraph.checks import tables
from revgraph.checks.call import look_alike


@dataclass(frozen=True)
class Tolerance:
    """Two numbers agree where ``|yours - expected| <= absolute + relative * |expected|``."""

    relative: float = 1e-7
    absolute: float = 1e-9


@dataclass(frozen=True)
class Difference:
    """Where two values part: ``kind`` is 'type', 'length', 'shape', 'dtype' or 'value'.

    ``expected`` and ``got`` are the two pieces that differ; ``path`` leads to them through tuples and dicts;
    for arrays, ``entries`` lists the indices of all differing entries.
    """

    kind: str
    expected: Any
    got: Any
    path: tuple[int | str, ...] = ()
    entries: tuple[tuple[int, ...], ...] = ()

    @property
    def fact(self) -> str:
        """Of several facts that a probe tells, the name of the one that differs; empty for a mere result."""
        name = self.path[0] if self.path else ""
        return name if isinstance(name, str) else ""


def difference(expected: Any, got: Any, tolerance: Tolerance) -> Difference | None:
    """Compare plain data: every entry, shape and dtype of arrays; numbers; tuples, lists and dicts of these.

    Returns None where they agree. A list counts where a tuple is asked, and the other way round. A number may
    come back as a Python or a NumPy number, or as an array without axes.
    """
    if isinstance(expected, np.ndarray):
        return _array_difference(expected, got, tolerance)
    if tables.kind(expected):
        return _table_difference(expected, got, tolerance)
    if isinstance(expected, tuple | list):
        return _sequence_difference(expected, got, tolerance)
    if isinstance(expected, dict):
        return _dict_difference(expected, got, tolerance)
    if isinstance(expected, bool | np.bool_):
        agree = isinstance(got, bool | np.bool_) and bool(got) == bool(expected)
    elif isinstance(expected, int | float | np.number):
        return _number_difference(expected, got, tolerance)
    elif isinstance(expected, str):
        agree = isinstance(got, str) and str(got) == expected  # a NumPy text counts as well
    else:
        agree = type(got) is type(expected) and got == expected
    return None if agree else Difference("value" if type(got) is type(expected) else "type", expected, got)


def _array_difference(expected: np.ndarray, got: Any, tolerance: Tolerance) -> Difference | None:
    if not isinstance(got, np.ndarray | np.generic):
        return Difference("type", expected, got)
    got = np.asarray(got)
    if got.shape != expected.shape:
        return Difference("shape", expected, got)
    if (
        got.dtype != expected.dtype and not got.dtype.kind == expected.dtype.kind == "U"
    ):  # texts, by the longest
        return Difference("dtype", expected, got)
    if look_alike(got, expected):  # most often so, and much faster than to measure how close they are
        return None
    wrong = ~_close(got, expected, tolerance)
    entries = tuple(tuple(int(i) for i in index) for index in np.argwhere(wrong))
    return Difference("value", expected, got, entries=entries) if entries else None


def _close(got: Any, expected: Any, tolerance: Tolerance) -> Any:
    if np.asarray(expected).dtype.kind not in "fc" or np.asarray(got).dtype.kind not in "biufc":
        return np.equal(got, expected)
    return np.isclose(got, expected, rtol=tolerance.relative, atol=tolerance.absolute, equal_nan=True)


def _table_difference(expected: Any, got: Any, tolerance: Tolerance) -> Difference | None:
    """A table of pandas: its columns, their values, the labels of its rows."""
    if tables.kind(got) != tables.kind(expected):
        return Difference("type", expected, got)
    (_, columns, labels), (_, others, other_labels) = tables.parts(expected), tables.parts(got)
    steps: list[tuple[str, Any, Any]] = [
        ("the columns", list(columns), list(others)),
        ("the labels of the rows", labels, other_labels),
    ]
    steps += [
        (f"column {name}" if name else "the values", columns[name], others.get(name)) for name in columns
    ]
    for step, right, other in steps:
        if found := difference(right, other, tolerance):
            return Difference(found.kind, found.expected, found.got, (step, *found.path), found.entries)
    return None


def _number_difference(expected: Any, got: Any, tolerance: Tolerance) -> Difference | None:
    if isinstance(got, np.ndarray) and got.shape != ():
        return Difference("shape", expected, got)
    if isinstance(got, bool) or not isinstance(got, int | float | np.number | np.ndarray):
        return Difference("type", expected, got)
    whole = isinstance(expected, int | np.integer)
    if whole and not np.issubdtype(np.asarray(got).dtype, np.integer):
        return Difference("dtype", expected, got)
    agree = got == expected or _close(got, expected, tolerance)
    return None if agree else Difference("value", expected, got)


def _sequence_difference(expected: Any, got: Any, tolerance: Tolerance) -> Difference | None:
    if not isinstance(got, tuple | list):
        return Difference("type", expected, got)
    if len(got) != len(expected):
        return Difference("length", expected, got)
    return _first_inside(range(len(expected)), expected, got, tolerance)


def _dict_difference(expected: dict[Any, Any], got: Any, tolerance: Tolerance) -> Difference | None:
    if not isinstance(got, dict):
        return Difference("type", expected, got)
    # A wrong value says more than an entry too many or missing.
    both = [key for key in expected if key in got]
    found = _first_inside(both, expected, got, tolerance)
    if found is None and got.keys() != expected.keys():
        return Difference("length", expected, got)
    return found


def _first_inside(keys: Any, expected: Any, got: Any, tolerance: Tolerance) -> Difference | None:
    for key in keys:
        found = difference(expected[key], got[key], tolerance)
        if found:
            return Difference(found.kind, found.expected, found.got, (key, *found.path), found.entries)
    return None
