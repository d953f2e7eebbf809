"""Arrays of what users give as numbers. Where NumPy would lose or invent some in silence, it is refused."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def converted(value: Any, dtype: np.dtype[Any]) -> Array:
    """`value` as an array of `dtype`, without a copy where it is one.

    Raises TypeError and ValueError for what is no array of real numbers, and for fractions, or what is out
    of reach, where whole numbers or truth values are to be.
    """
    require_numbers(value)
    if dtype.kind not in "iub":
        return np.asarray(value, dtype)
    with np.errstate(invalid="ignore"):  # of nan and infinity any number is made
        array = np.asarray(value, dtype)
    if not np.array_equal(array, value):
        kinds = "truth values, or 0 and 1" if dtype.kind == "b" else f"integers that {dtype} holds"
        raise ValueError(f"it is not made of {kinds}")
    return array


def require_numbers(value: Any) -> None:
    """Raise where NumPy would make numbers of what is none: nan of None, 3.0 of a text."""
    if type(value) is np.ndarray and value.dtype.kind in "fiub":
        return
    if value is None:
        raise ValueError(
            "it is None. Next: see where the array was to come from; perhaps a return is missing"
        )
    require_no_mask(value)
    given = np.asarray(value)
    if given.dtype.kind not in "fiub" and not holds_numbers(given):
        raise ValueError(f"it holds {in_words(given)}")


def require_no_mask(value: Any) -> None:
    """Raise where entries are masked out, which NumPy would put back in silence."""
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise TypeError(
            "a tensor has no mask, and some entries of this array are masked. "
            "Next: array.filled(0.0), or another number in their place."
        )


def in_words(given: Array) -> str:
    """What an array holds that are no numbers."""
    if given.dtype != object:
        return f"{given.dtype}, and no real numbers"
    other = next(entry for entry in given.flat if not isinstance(entry, Real))
    return f"None or other objects, such as {other!r:.60}"


def holds_numbers(given: Array) -> bool:
    """Whether an array of objects, as a table with columns of several kinds is, holds numbers alone."""
    return given.dtype == object and all(isinstance(entry, Real) for entry in given.flat)
