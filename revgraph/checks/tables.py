"""pandas' tables and single values as plain data; pandas is not imported until one of them is made.

A DataFrame is its columns, each with its values, and the labels of its rows; a Series is its values and those
labels. Numbers stay arrays with their dtype, everything else becomes a list.
"""

from __future__ import annotations

import sys
from datetime import timedelta, timezone
from typing import Any, NamedTuple

import numpy as np

TABLES = ("DataFrame", "Series", "Index", "ExtensionArray")
MISSING = ("NaTType", "NAType")
SINGLE = (*MISSING, "Timestamp", "Timedelta", "Period", "Interval")

# The dtypes of columns that their values do not tell. No others are made by their name, which comes from a
# student's process: one stands for gigabytes, another names a file.
NAMED = {
    *("object", "str", "string", "category", "boolean", "Float32", "Float64"),
    *(f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)),
}


class Parts(NamedTuple):
    """What a table consists of. A Series, an Index and an array have one column, called ''.

    ``dtypes`` are the columns' own; ``names`` those of the index's levels, of the columns' levels, and the
    Series' own, None where there is none. They are data of an input (`reset_index` makes columns of them); in
    a result only the numbers' dtypes are compared.
    """

    kind: str
    columns: list[Any]
    values: list[Any]
    dtypes: list[str]
    labels: list[Any]
    names: list[Any]


def kind(value: Any) -> str:
    """'DataFrame', 'Series', 'Index' or 'ExtensionArray'; empty for anything else."""
    return _class_of(value, TABLES)


def _class_of(value: Any, names: tuple[str, ...]) -> str:
    """Which of pandas' classes a value is of: by its class and not by pandas' names, which a notebook may
    give to something else."""
    if "pandas" not in sys.modules or type(value).__module__ in ("builtins", "numpy"):
        return ""
    found = {one.__name__ for one in type(value).__mro__ if str(one.__module__).split(".")[0] == "pandas"}
    return next((name for name in names if name in found), "")


def parts(value: Any) -> Parts:
    found, names = kind(value), _names(value)
    if found == "DataFrame":
        values = [_values(value.iloc[:, i]) for i in range(value.shape[1])]
        dtypes = list(map(str, value.dtypes))
        return Parts(found, value.columns.tolist(), values, dtypes, value.index.tolist(), names)
    labels = value.index.tolist() if found == "Series" else []
    return Parts(found, [""], [_values(value)], [str(value.dtype)], labels, names)


def _names(value: Any) -> list[Any]:
    found = kind(value)
    if found == "DataFrame":
        return [list(value.index.names), list(value.columns.names), None]
    if found == "Series":
        return [list(value.index.names), [], value.name]
    return [list(value.names) if found == "Index" else [], [], None]


def _values(column: Any) -> Any:
    array = column.to_numpy()
    if array.dtype.kind in "biufcmM":
        return array
    return [None if _missing(value) else value for value in array.tolist()]


def _missing(value: Any) -> bool:
    """What stands where a column of other things than numbers has no value: pandas chooses which of these."""
    return value is None or (isinstance(value, float) and value != value) or _class_of(value, MISSING) != ""


def made(found: Parts) -> Any:
    """The table of these parts. Raises ImportError where there is no pandas."""
    import pandas  # type: ignore[import-untyped]

    def named(labels: Any, names: list[Any]) -> Any:
        index = pandas.Index(labels, tupleize_cols=len(names) != 1)
        index.names = names if len(names) == index.nlevels else [None] * index.nlevels
        return index

    def column(values: Any, dtype: str, **options: Any) -> Any:
        return pandas.Series(values, dtype=dtype if dtype in NAMED else None, **options)

    of_index, of_columns, of_series = found.names
    if found.kind == "Index":
        return named(found.values[0], of_index)
    if found.kind == "ExtensionArray":
        return column(found.values[0], found.dtypes[0]).array
    index = named(found.labels, of_index)
    if found.kind == "Series":
        return column(found.values[0], found.dtypes[0], index=index, name=of_series)
    columns = [column(*one, index=index) for one in zip(found.values, found.dtypes, strict=True)]
    whole = pandas.DataFrame(dict(enumerate(columns)), index=index)
    whole.columns = named(found.columns, of_columns) if columns else whole.columns
    return whole


def same(one: Any, other: Any) -> bool:
    if kind(one) != kind(other):
        return False
    return bool(one.equals(other)) and _names(one) == _names(other)


def in_one_unit(one: Any, other: Any) -> tuple[Any, Any]:
    """Two columns, times in the finer of their units, which pandas chooses by how each was made."""
    arrays = isinstance(one, np.ndarray) and isinstance(other, np.ndarray)
    if not arrays or one.dtype.kind != other.dtype.kind or one.dtype.kind not in "mM":
        return one, other
    finer = np.promote_types(one.dtype, other.dtype)
    return one.astype(finer), other.astype(finer)


def is_na(value: Any) -> bool:
    """Whether it is pandas' NA, which no comparison can be made with."""
    return _class_of(value, ("NAType",)) != ""


def single_parts(value: Any) -> list[Any]:
    """What a time, a span or a missing value of pandas consists of, its class first. Empty for all others."""
    found = _class_of(value, SINGLE)
    if found == "Timestamp":
        offset = value.utcoffset()
        return [found, value.asm8, None if offset is None else offset.total_seconds()]
    if found == "Timedelta":
        return [found, value.asm8]
    if found == "Period":
        return [found, value.ordinal, value.freqstr]
    if found == "Interval":
        return [found, value.left, value.right, value.closed]
    return [found] if found else []


def single_made(found: str, *content: Any) -> Any:
    """The value of these parts. Raises ImportError where there is no pandas, any error for other parts."""
    import pandas

    if found in MISSING:
        return pandas.NaT if found == "NaTType" else pandas.NA
    if found == "Timestamp":
        moment, offset = content
        if not isinstance(moment, np.datetime64):  # pandas would read a time out of nearly anything
            raise TypeError(f"a moment by {type(moment).__name__}")
        if offset is None:
            return pandas.Timestamp(moment)
        return pandas.Timestamp(moment, tz="UTC").tz_convert(timezone(timedelta(seconds=offset)))
    if found == "Timedelta":
        (span,) = content
        if not isinstance(span, np.timedelta64):
            raise TypeError(f"a span by {type(span).__name__}")
        return pandas.Timedelta(span)
    if found == "Period":
        ordinal, unit = content
        return pandas.Period(ordinal=ordinal, freq=unit)
    left, right, closed = content
    return pandas.Interval(left, right, closed=closed)


def brief(value: Any) -> str:
    """A table in one line, as it would be written: `DataFrame({'name': ['Ada'], 'score': [3.5]})`, and
    `Series({'a': 1.5})` where its labels are more than numbers from 0 on."""
    found = parts(value)
    written = [_written(column) for column in found.values]
    if found.kind == "DataFrame":
        inside = _entries(found.columns, written)
    elif found.kind == "Series" and found.labels != list(range(len(found.labels))):
        inside = _entries(found.labels, written[0])
    else:
        inside = str(written[0])
    text = f"{found.kind}({inside})"
    if len(text) <= 100:
        return text
    rows = f"{found.kind} of {len(value)} rows"
    return f"{rows}, columns {', '.join(map(str, found.columns))}" if found.kind == "DataFrame" else rows


def _written(values: Any) -> list[Any]:
    """Times as people write them: NumPy makes numbers of those in nanoseconds."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "mM":
        return [str(value) for value in sys.modules["pandas"].Series(values)]
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


def _entries(keys: list[Any], values: list[Any]) -> str:
    return f"{{{', '.join(f'{key!r}: {value!r}' for key, value in zip(keys, values, strict=True))}}}"
