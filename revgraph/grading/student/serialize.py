"""Plain data as JSON and back: what crosses the border between grader and submission. Never a pickle."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np

from revgraph.checks import tables

LARGE = 1 << 53  # from here on JSON is not exact elsewhere, and Python itself refuses to read long numbers
MOST_BITS = 66_000  # of an integer: 20,000 digits
KINDS = "biufcUMm"  # of arrays: bool, integers, floats, complex, text, times


class NotPlain(ValueError):
    """A message that is not what `encode` writes."""


def encode(value: Any) -> Any:
    """JSON for numbers, strings, None, arrays, slices, tables of pandas, and tuples, lists, sets and dicts of
    these.

    Anything else becomes its type's name: the grader says "got a generator", and nothing more is needed.
    """
    if value is None or isinstance(value, bool | str):
        return value if value is None or type(value) in (bool, str) else str.__str__(value)
    if isinstance(value, np.generic | np.ndarray):
        return _encode_array(value)
    if isinstance(value, int):
        return int(value) if abs(value) < LARGE else {"int": hex(value)}
    if isinstance(value, float):
        return float(value)
    if isinstance(value, tuple | list):
        return {"tuple" if isinstance(value, tuple) else "list": [encode(item) for item in value]}
    if isinstance(value, set | frozenset):
        return {"set" if isinstance(value, set) else "frozenset": [encode(item) for item in value]}
    if tables.kind(value):
        kind, columns, labels = tables.parts(value)
        return {
            "table": [kind, [[encode(key), encode(item)] for key, item in columns.items()], encode(labels)]
        }
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {"dict": [[encode(key), encode(item)] for key, item in value.items()]}
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, slice):
        return {"slice": [encode(part) for part in (value.start, value.stop, value.step)]}
    return {"ellipsis": 0} if value is Ellipsis else {"other": type(value).__name__}


def _encode_array(value: Any) -> Any:
    array = np.asarray(value)
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


def _table(content: Any) -> Any:
    kind, columns, labels = content
    return tables.made(kind, {_decode(key): _decode(item) for key, item in columns}, _decode(labels))


def _int(text: Any) -> int:
    if len(text) > MOST_BITS // 4:
        raise NotPlain("a number too long to be compared")
    return int(text, 16)


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
    "table": _table,
    "bytes": lambda text: base64.b64decode(text),
    "int": _int,
    "complex": lambda parts: complex(*parts),
    "slice": lambda parts: slice(*map(_decode, parts)),
    "ellipsis": lambda _: ...,
    "array": _array,
    "number": lambda content: _array(content)[()],
    "other": _other,
}
