"""Plain data as JSON and back: what crosses the border between grader and submission. Never a pickle."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from operator import index
from typing import Any

import numpy as np

from revgraph.checks import tables

LARGE = 1 << 53  # from here on JSON is not exact elsewhere, and Python itself refuses to read long numbers
LONGEST = 16_500  # characters of a number: of an integer, hexadecimal, 20,000 digits
TOO_LONG = {"other": "number of thousands of digits"}
KINDS = "biufcUMm"  # of arrays: bool, integers, floats, complex, text, times

# How values of these classes are written and read; a datetime is a date, and so stands before it. A fraction
# is never read from a text, of which a short one may stand for gigabytes.
SINGLE: dict[str, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "date": (date, date.isoformat, date.fromisoformat),
    "time": (time, time.isoformat, time.fromisoformat),
    "timedelta": (
        timedelta,
        lambda span: [span.days, span.seconds, span.microseconds],
        lambda parts: timedelta(*parts),
    ),
    "Decimal": (Decimal, str, lambda text: Decimal(_short(text))),
    "Fraction": (
        Fraction,
        lambda value: [encode(value.numerator), encode(value.denominator)],
        lambda parts: Fraction(*(index(_decode(part)) for part in parts)),
    ),
}


class NotPlain(ValueError):
    """A message that is not what `encode` writes."""


def encode(value: Any) -> Any:
    """JSON for numbers, strings, None, times, arrays, slices, tables of pandas and their values, and tuples,
    lists, sets and dicts of these.

    Anything else becomes its type's name: the grader says "got a generator", and nothing more is needed.
    """
    if value is None or isinstance(value, bool | str):
        return value if value is None or type(value) in (bool, str) else str.__str__(value)
    if isinstance(value, np.generic | np.ndarray):
        return _encode_array(value)
    if isinstance(value, int):
        return int(value) if abs(value) < LARGE else _if_short("int", hex(value))
    if isinstance(value, float):
        return float(value)
    if isinstance(value, tuple | list):
        return {"tuple" if isinstance(value, tuple) else "list": [encode(item) for item in value]}
    if isinstance(value, set | frozenset):
        return {"set" if isinstance(value, set) else "frozenset": [encode(item) for item in value]}
    if tables.kind(value):
        return {"table": [encode(part) for part in tables.parts(value)]}
    if single := tables.single_parts(value):
        return {"of pandas": [encode(part) for part in single]}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {"dict": [[encode(key), encode(item)] for key, item in value.items()]}
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, slice):
        return {"slice": [encode(part) for part in (value.start, value.stop, value.step)]}
    for name, (cls, write, _) in SINGLE.items():
        if isinstance(value, cls):
            return _if_short(name, write(value))
    return {"ellipsis": 0} if value is Ellipsis else {"other": type(value).__name__}


def _if_short(name: str, content: Any) -> dict[str, Any]:
    """Of a number that is too long to be compared the kind alone, so that all other answers arrive."""
    parts = content if isinstance(content, list) else [content]
    too_long = any(len(one) > LONGEST if isinstance(one, str) else one == TOO_LONG for one in parts)
    return TOO_LONG if too_long else {name: content}


def _encode_array(value: Any) -> Any:
    array = np.asarray(value)
    if array.dtype.kind == "O":
        return {"objects": [list(array.shape), [encode(item) for item in array.flat]]}
    if array.dtype.kind not in KINDS:
        return {"other": f"{type(value).__name__} of {array.dtype}"}
    data = base64.b64encode(array.tobytes()).decode()
    return {
        "number" if isinstance(value, np.generic) else "array": [array.dtype.str, list(array.shape), data]
    }


def decode(message: Any) -> Any:
    """What `encode` was given, from a message that may be anything. Raises NotPlain."""
    try:
        return _decode(message)
    except NotPlain:
        raise
    except Exception as error:
        raise NotPlain(f"{type(error).__name__}: {error}") from error


def _decode(message: Any) -> Any:
    if message is None or isinstance(message, bool | int | float | str):
        return message
    if not isinstance(message, dict) or len(message) != 1:
        raise NotPlain("not a message of ours")
    ((kind, content),) = message.items()
    return DECODERS[kind](content)


def _array(content: Any) -> np.ndarray:
    name, shape, data = content
    dtype = np.dtype(name)
    if dtype.kind not in KINDS:
        raise NotPlain(f"an array of {dtype}")
    return np.frombuffer(base64.b64decode(data), dtype).reshape(shape).copy()


def _objects(content: Any) -> np.ndarray:
    shape, items = content
    array = np.empty(len(items), object)
    for i, item in enumerate(items):
        array[i] = _decode(item)
    return array.reshape(shape)


def _short(text: str) -> str:
    if len(text) > LONGEST:
        raise NotPlain("a number too long to be compared")
    return text


def _int(text: Any) -> int:
    return int(_short(text), 16)


def _other(name: Any) -> Any:
    """Stands for an object of a type that does not travel; equal to nothing."""
    kind = type(str(name)[:80], (), {"__repr__": lambda self: f"<{type(self).__name__} object>"})
    return kind()


DECODERS: dict[str, Callable[[Any], Any]] = {
    "tuple": lambda items: tuple(map(_decode, items)),
    "list": lambda items: list(map(_decode, items)),
    "dict": lambda items: {_decode(key): _decode(item) for key, item in items},
    "set": lambda items: set(map(_decode, items)),
    "frozenset": lambda items: frozenset(map(_decode, items)),
    "table": lambda parts: tables.made(tables.Parts(*map(_decode, parts))),
    "of pandas": lambda parts: tables.single_made(*map(_decode, parts)),
    **{name: read for name, (_, _, read) in SINGLE.items()},
    "bytes": lambda text: base64.b64decode(text),
    "int": _int,
    "complex": lambda parts: complex(*parts),
    "slice": lambda parts: slice(*map(_decode, parts)),
    "ellipsis": lambda _: ...,
    "array": _array,
    "number": lambda content: _array(content)[()],
    "objects": _objects,
    "other": _other,
}
