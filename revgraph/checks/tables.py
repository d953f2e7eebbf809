"""pandas' tables as plain data, for courses that use them; pandas is not imported until one is made.

A DataFrame is its columns, each with its values, and the labels of its rows; a Series is its values and those
labels. Numbers stay arrays with their dtype, everything else becomes a list.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

Parts = tuple[str, dict[Any, Any], list[Any]]  # the kind, values by column, labels of the rows


def kind(value: Any) -> str:
    """'DataFrame', 'Series' or 'Index'; empty for anything else. By its classes and not by pandas' names,
    which a notebook may give to something else."""
    if "pandas" not in sys.modules:
        return ""
    names = {one.__name__ for one in type(value).__mro__ if str(one.__module__).split(".")[0] == "pandas"}
    return next((name for name in ("DataFrame", "Series", "Index") if name in names), "")


def parts(value: Any) -> Parts:
    """What a table consists of; the one column of a Series or an Index is called ''."""
    found = kind(value)
    if found == "DataFrame":
        columns = {name: _values(value.iloc[:, i]) for i, name in enumerate(value.columns)}
        return found, columns, _labels(value.index)
    return found, {"": _values(value)}, [] if found == "Index" else _labels(value.index)


def _values(column: Any) -> Any:
    array = column.to_numpy()
    if array.dtype.kind in "biufcmM":
        return array
    missing = getattr(sys.modules["pandas"], "NA", None)
    return [None if value is missing else value for value in array.tolist()]


def _labels(index: Any) -> list[Any]:
    return list(index.tolist())


def made(found: str, columns: dict[Any, Any], labels: list[Any]) -> Any:
    """The table of these parts. Raises ImportError where there is no pandas."""
    import pandas  # type: ignore[import-untyped]

    index = pandas.Index(labels)
    if found == "DataFrame":
        whole = pandas.DataFrame(dict(enumerate(columns.values())), index=index)
        whole.columns = pandas.Index(list(columns)) if columns else whole.columns
        return whole
    (values,) = columns.values()
    return pandas.Index(values) if found == "Index" else pandas.Series(values, index=index)


def same(one: Any, other: Any) -> bool:
    return kind(one) == kind(other) and bool(one.equals(other))


def brief(value: Any) -> str:
    """A table in one line, as it would be written: `DataFrame({'name': ['Ada'], 'score': [3.5]})`, and
    `Series({'a': 1.5})` where its labels are more than numbers from 0 on."""
    found, columns, labels = parts(value)
    written = {name: v.tolist() if isinstance(v, np.ndarray) else v for name, v in columns.items()}
    inside: Any = written if found == "DataFrame" else written[""]
    if found == "Series" and labels != list(range(len(labels))):
        inside = dict(zip(labels, inside, strict=True))
    text = f"{found}({inside})"
    if len(text) <= 100:
        return text
    rows = f"{found} of {len(value)} rows"
    return f"{rows}, columns {', '.join(map(str, columns))}" if found == "DataFrame" else rows
