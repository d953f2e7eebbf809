"""Whether two pieces of plain data are the same. What does not equal itself (NaN, a date without a value,
pandas' NA) is the same as its like."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from revgraph.checks import tables

SMALL = 1 << 16  # bytes of an array
BY_BYTES = "biufcSU"  # kinds of arrays that are equal, nan included, where their bytes are


def same_data(a: Any, b: Any) -> bool:
    """Equality to the last bit for plain data, arrays included."""
    if tables.kind(a) or tables.kind(b):
        return tables.same(a, b)
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        a, b = np.asarray(a), np.asarray(b)
        alike = a.shape == b.shape and a.dtype == b.dtype
        return alike and (look_alike(a, b) or bool(np.all(same_entries(a, b))))
    if isinstance(a, tuple | list) and isinstance(b, tuple | list):
        return len(a) == len(b) and all(map(same_data, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        a, b = by_key(a), by_key(b)
        return a.keys() == b.keys() and all(same_data(a[key], b[key]) for key in a)
    return same_value(a, b)


def look_alike(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether arrays of one shape and dtype are equal, at a quick look: small ones of numbers or texts by
    their bytes, large ones, whose bytes are too many to be copied, by their entries. Others may be the same.
    """
    if a.dtype.kind not in BY_BYTES:
        return False
    return np.array_equal(a, b) if a.nbytes > SMALL else a.tobytes() == b.tobytes()


def same_entries(a: np.ndarray, b: np.ndarray, same: Callable[[Any, Any], bool] = same_data) -> Any:
    """Of two arrays of one shape, which entries are the same; objects by ``same``."""
    if a.dtype.names and a.dtype == b.dtype:
        return np.logical_and.reduce([same_entries(a[name], b[name], same) for name in a.dtype.names])
    if "O" in (a.dtype.kind, b.dtype.kind):
        found = np.array([same(x, y) for x, y in zip(a.flat, b.flat, strict=True)], bool)
        return found.reshape(a.shape)
    return (a == b) | ((a != a) & (b != b))


def same_value(a: Any, b: Any) -> bool:
    """Equality of two single values, or of two sets of them."""
    if isinstance(a, set | frozenset) and isinstance(b, set | frozenset):
        return by_key(dict.fromkeys(a)).keys() == by_key(dict.fromkeys(b)).keys()
    if tables.is_na(a) or tables.is_na(b):  # which equals neither one thing nor the other
        return a is b
    try:
        return bool(a == b) or (type(a) is type(b) and _not_itself(a) and _not_itself(b))
    except Exception:  # some values refuse to be compared: a time with a zone and one without
        return False


@dataclass(frozen=True)
class NotItself:
    """Stands for the first, second, ... of the keys or members that do not equal themselves."""

    number: int

    def __repr__(self) -> str:
        return "nan"


def by_key(entries: dict[Any, Any]) -> dict[Any, Any]:
    """A dict in which a key that does not equal itself is found as any other."""
    stand_ins = map(NotItself, count())
    return {next(stand_ins) if _not_itself(key) else key: value for key, value in entries.items()}


def _not_itself(value: Any) -> bool:
    return type(value) is not str and not tables.is_na(value) and bool(value != value)
