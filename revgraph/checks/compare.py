"""The first difference between an expected value and a learner's."""

from dataclasses import dataclass
from math import isfinite, isnan
from typing import Any

import numpy as np

from revgraph.checks import tables
from revgraph.checks.same import by_key, look_alike, same_entries, same_value

PLAIN = {bool, int, float, complex, str, type(None)}
NUMBERS = int | float | complex | np.number  # of NumPy's classes np.timedelta64 too, which is a time to us


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
    """Compare plain data: every entry, shape and dtype of arrays; numbers, times, tables; tuples, lists, sets
    and dicts of these.

    Returns None where they agree. A list counts where a tuple is asked, and the other way round. A number may
    come back as a Python or a NumPy number, or as an array without axes.
    """
    if type(expected) in PLAIN and type(got) is type(expected) and got == expected:
        return None  # most often so, and told at once
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
    elif isinstance(expected, NUMBERS) and not isinstance(expected, np.timedelta64):
        return _number_difference(expected, got, tolerance)
    elif isinstance(expected, str):
        agree = isinstance(got, str) and str(got) == expected  # a NumPy text counts as well
    elif isinstance(expected, set | frozenset):
        agree = type(got) is type(expected) and _sets_agree(expected, got, tolerance)
    else:
        agree = type(got) is type(expected) and same_value(expected, got)
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
    wrong = ~_agreeing(got, expected, tolerance)
    entries = tuple(map(tuple, np.argwhere(wrong).tolist()))
    return Difference("value", expected, got, entries=entries) if entries else None


def _agreeing(got: np.ndarray, expected: np.ndarray, tolerance: Tolerance) -> Any:
    """Which entries of two arrays of one shape agree."""
    if expected.dtype.kind in "fc":
        return _close(got, expected, tolerance)
    return same_entries(expected, got, lambda one, other: difference(one, other, tolerance) is None)


def _close(got: Any, expected: Any, tolerance: Tolerance) -> Any:
    return np.isclose(got, expected, rtol=tolerance.relative, atol=tolerance.absolute, equal_nan=True)


def _table_difference(expected: Any, got: Any, tolerance: Tolerance) -> Difference | None:
    """A table of pandas: its columns, their values, the labels of its rows."""
    if tables.kind(got) != tables.kind(expected):
        return Difference("type", expected, got)
    right, other = tables.parts(expected), tables.parts(got)
    if found := difference(right.columns, other.columns, tolerance):
        return _of_names("the columns", "the name of column", found)
    if found := difference(right.labels, other.labels, tolerance):
        return _of_names("the labels of the rows", "the label of row", found)
    for name, *values in zip(right.columns, right.values, other.values, strict=True):
        if found := difference(*tables.in_one_unit(*values), tolerance):
            return _inside("the values" if right.kind != "DataFrame" else f"column {name}", found)
    return None


def _of_names(all_of_them: str, one: str, found: Difference) -> Difference:
    """A difference in the names of columns or rows: in one of them, or in how many there are."""
    if not found.path:
        return _inside(all_of_them, found)
    at, *rest = found.path
    return Difference(found.kind, found.expected, found.got, (f"{one} {at}", *rest), found.entries)


def _number_difference(expected: Any, got: Any, tolerance: Tolerance) -> Difference | None:
    if isinstance(got, np.ndarray) and got.shape != ():
        return Difference("shape", expected, got)
    if not isinstance(got, NUMBERS | np.ndarray) or _kind(got) not in "iufc":
        return Difference("type", expected, got)
    whole = _kind(expected) in "iu"
    if whole and _kind(got) not in "iu":
        return Difference("dtype", expected, got)
    number = got if whole else _as_floats(got)
    agree = number == expected or (not whole and _numbers_close(number, expected, tolerance))
    return None if agree else Difference("value", expected, got)


def _numbers_close(number: Any, expected: Any, tolerance: Tolerance) -> bool:
    """As np.isclose, which takes ten times as long for a single number."""
    if "c" in (_kind(number), _kind(expected)):
        return bool(_close(number, expected, tolerance))
    one, other = float(number), float(expected)
    if not isfinite(other):
        return isnan(one) and isnan(other)
    return abs(one - other) <= tolerance.absolute + tolerance.relative * abs(other)


def _kind(number: Any) -> str:
    """Its NumPy kind; also of an integer that is too long for NumPy."""
    return "i" if isinstance(number, int) and not isinstance(number, bool) else np.asarray(number).dtype.kind


def _as_floats(number: Any) -> Any:
    try:
        return np.asarray(number, complex if _kind(number) == "c" else float)
    except OverflowError:  # an integer beyond all floats
        return np.inf


def _sequence_difference(expected: Any, got: Any, tolerance: Tolerance) -> Difference | None:
    if not isinstance(got, tuple | list):
        return Difference("type", expected, got)
    if len(got) != len(expected):
        return Difference("length", expected, got)
    return _first_inside(range(len(expected)), expected, got, tolerance)


def _dict_difference(expected: dict[Any, Any], got: Any, tolerance: Tolerance) -> Difference | None:
    if not isinstance(got, dict):
        return Difference("type", expected, got)
    expected, got = by_key(expected), by_key(got)
    # A wrong value says more than an entry too many or missing.
    both = [key for key in expected if key in got]
    found = _first_inside(both, expected, got, tolerance)
    if found is None and got.keys() != expected.keys():
        return Difference("length", expected, got)
    return found


def _sets_agree(expected: Any, got: Any, tolerance: Tolerance) -> bool:
    """Whether the members that only one of the sets holds are numbers, each close to its next."""
    right, other = (by_key(dict.fromkeys(members)).keys() for members in (expected, got))
    missing, extra = right - other, other - right
    if len(missing) != len(extra) or not all(isinstance(one, int | float) for one in missing | extra):
        return False
    return all(
        difference(one, another, tolerance) is None
        for one, another in zip(sorted(missing), sorted(extra), strict=True)
    )


def _first_inside(keys: Any, expected: Any, got: Any, tolerance: Tolerance) -> Difference | None:
    for key in keys:
        found = difference(expected[key], got[key], tolerance)
        if found:
            return _inside(key, found)
    return None


def _inside(step: Any, found: Difference) -> Difference:
    return Difference(found.kind, found.expected, found.got, (step, *found.path), found.entries)
