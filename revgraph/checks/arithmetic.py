"""What relates a wrong result to the right one: nearly it, twice it, its negative, its transpose, one axis
reversed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Relation = tuple[str, str]  # its name, and the sentence that tells it
REAL = "biuf"  # kinds of numbers that relations are told of: no texts, no times, no complex ones


@dataclass(frozen=True)
class Pair:
    """What came back, what was expected, and the arguments by name, of one case."""

    got: Any
    expected: Any
    inputs: dict[str, Any]


def strong_relation(pairs: list[Pair]) -> Relation | None:
    """A relation that hardly comes about by chance and holds in every case."""
    moved = _transposed, _reversed_axis, _shifted
    return _first(pairs, (_nearly, _an_input, _factor, _one_nth, _reduced, _first_alone, *moved, _added))


def weak_relation(pairs: list[Pair]) -> Relation | None:
    """A relation that says less: it describes the result, rather than what was done."""
    return _first(pairs, (_zero, _function_of, _other_order, _other_shape))


def _first(
    pairs: list[Pair], relations: tuple[Callable[[list[Pair]], Relation | None], ...]
) -> Relation | None:
    numbers = [pair for pair in map(_as_numbers, pairs) if pair is not None]
    full = [pair for pair in numbers if pair.expected.size or pair.got.size]
    if len(numbers) < len(pairs) or not full:
        return None
    with np.errstate(all="ignore"):
        return next((told for relation in relations if (told := relation(full))), None)


def _as_numbers(pair: Pair) -> Pair | None:
    if isinstance(pair.expected, bool | np.bool_):
        return None  # False is not True, off by one
    try:
        got, expected = np.asarray(pair.got), np.asarray(pair.expected)
    except (TypeError, ValueError):
        return None
    if not (got.dtype.kind in REAL and expected.dtype.kind in REAL):
        return None
    return Pair(got.astype(float), expected.astype(float), pair.inputs)


def _close(a: Any, b: Any, within: float = 1e-6) -> bool:
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=within, atol=1e-12, equal_nan=True)


def numbers_in(pairs: list[Pair]) -> int:
    """How many numbers other than 0 are expected."""
    return _entries([pair for pair in map(_as_numbers, pairs) if pair is not None])


def _entries(pairs: list[Pair]) -> int:
    """How many numbers other than 0 the relation is tried on: a single one fits nearly every relation."""
    return sum(int(np.count_nonzero(pair.expected)) for pair in pairs)


def _nearly(pairs: list[Pair]) -> Relation | None:
    """Results that other relations would take for right: rounded, or with something small added."""
    if all(_whole(p.got) and _whole(p.expected) for p in pairs):
        return None
    if all(_close(p.got, p.expected, 1e-5) for p in pairs):
        asked = "Was a small number added, such as 1e-6, or something rounded, as float32 does?"
        return "nearly right", f"Your numbers are off by less than one part in 100,000. {asked}"
    return None


def _whole(numbers: Any) -> bool:
    return bool(np.all(numbers == np.round(numbers)))


def _an_input(pairs: list[Pair]) -> Relation | None:
    if _entries(pairs) < 2:
        return None
    for name, value in pairs[0].inputs.items():
        if isinstance(value, np.ndarray) and all(
            isinstance(p.inputs.get(name), np.ndarray) and _close(p.got, p.inputs[name]) for p in pairs
        ):
            return f"gives {name}", f"It gives back `{name}` as it is."
    return None


def _factor(pairs: list[Pair]) -> Relation | None:
    """One number by which everything, zeros included, was multiplied."""
    ratios = [float(r) for p in pairs if p.got.shape == p.expected.shape for r in _ratios(p)]
    if len(ratios) < 2 or not np.isfinite(ratios[0]) or np.isclose(ratios[0], [0, 1]).any():
        return None
    factor = ratios[0]
    if not all(_close(p.got, factor * p.expected) for p in pairs):
        return None
    if np.isclose(factor, -1):
        return "negative", "The sign is wrong: everything is the negative of what is expected."
    shown = f"{factor:.4g}" if abs(factor - 1) > 1e-3 else f"{factor:.7g}"
    return f"{shown} times", f"Everything is {shown} times what is expected."


def _ratios(pair: Pair) -> Any:
    return (pair.got / pair.expected)[pair.expected != 0]


def _one_nth(pairs: list[Pair]) -> Relation | None:
    """A factor that is the size of something: a mean for a sum, or the other way round."""
    if _entries(pairs) < 2 or any(p.got.shape != p.expected.shape for p in pairs):
        return None
    for words in _sizes(pairs[0]):
        sizes = [_sizes(p).get(words, 0) for p in pairs]
        if 0 in sizes or len(set(sizes)) == 1 == sizes[0]:
            continue
        if all(_close(p.got * n, p.expected) for p, n in zip(pairs, sizes, strict=True)):
            return "1/n", f"Everything is divided by {words} once too often."
        if all(_close(p.got, p.expected * n) for p, n in zip(pairs, sizes, strict=True)):
            return "n times", f"Everything is {words} times what is expected."
    return None


def _sizes(pair: Pair) -> dict[str, int]:
    """What may have been counted, in words."""
    found = {}
    for name, value in [*pair.inputs.items(), ("the result", pair.expected)]:
        shown = name if name == "the result" else f"`{name}`"
        if isinstance(value, np.ndarray) and value.ndim:
            found[f"the length of {shown}"] = value.shape[0]
            found[f"the number of entries of {shown}"] = value.size
            found[f"the last size of {shown}"] = value.shape[-1]
        elif isinstance(value, tuple | list):
            found[f"the length of {shown}"] = len(value)
    return found


def _reduced(pairs: list[Pair]) -> Relation | None:
    """What is expected, but summed, or averaged, over all of it or along one axis."""
    ndim = min(p.expected.ndim for p in pairs)
    if any(p.got.ndim >= p.expected.ndim or p.expected.size < 2 for p in pairs):
        return None
    for name, reduce in (("sum", np.sum), ("mean", np.mean)):
        for axis in (None, *range(ndim), *range(-ndim, 0)):
            if axis is not None and any(p.expected.shape[axis] < 2 for p in pairs):
                continue
            if all(_close(p.got, reduce(p.expected, axis=axis)) for p in pairs):
                along = "over all entries" if axis is None else f"along axis {axis}"
                return f"{name} of it", f"What came back is the {name}, {along}, of what is expected."
    return None


def _first_alone(pairs: list[Pair]) -> Relation | None:
    """Of several things one under another only the first, as after a `return` inside a loop."""
    one_of_many = all(
        p.got.ndim and len(p.got) == 1 and p.expected.ndim and len(p.expected) > 1 for p in pairs
    )
    if one_of_many and all(_close(p.got, p.expected[:1]) for p in pairs):
        return "the first alone", "Only the first is there, along axis 0; the others are missing."
    return None


def _transposed(pairs: list[Pair]) -> Relation | None:
    flat = all(p.expected.ndim < 2 for p in pairs)
    if not flat and all(_close(p.got.T, p.expected) for p in pairs):
        return "transposed", "It is the transpose of what is expected."
    return None


def _reversed_axis(pairs: list[Pair]) -> Relation | None:
    """An axis along which everything comes in the opposite order."""
    ndim = min(p.expected.ndim for p in pairs)
    for axis in [*range(ndim), *range(-ndim, 0)]:
        if all(p.got.shape == p.expected.shape and _close(np.flip(p.got, axis), p.expected) for p in pairs):
            words = "in the opposite order" if ndim == 1 else f"in the opposite order along axis {axis}"
            return f"reversed axis {axis}" if ndim > 1 else "reversed", f"The right values come {words}."
    return None


def _shifted(pairs: list[Pair]) -> Relation | None:
    """Everything stands one place too far along an axis."""
    ndim = min(p.expected.ndim for p in pairs)
    long = [p for p in pairs if p.got.shape == p.expected.shape and min(p.expected.shape, default=0) > 2]
    if len(long) < len(pairs):
        return None
    for axis in range(ndim):
        for back, words in ((1, "too far"), (-1, "too early")):
            if all(_is_shifted(p, axis, back) for p in pairs):
                return "shifted by one", f"The right values stand one place {words} along axis {axis}."
    return None


def _is_shifted(pair: Pair, axis: int, by: int) -> bool:
    got, expected = np.moveaxis(pair.got, axis, 0), np.moveaxis(pair.expected, axis, 0)
    moved, still = (got[1:], expected[:-1]) if by > 0 else (got[:-1], expected[1:])
    return _close(moved, still) and len(np.unique(still)) > 2


def _added(pairs: list[Pair]) -> Relation | None:
    """One number that was added everywhere."""
    numbers = [n for p in pairs if p.got.shape == p.expected.shape for n in np.ravel(p.got - p.expected)]
    if len(numbers) < 2 or not np.isfinite(numbers).all() or not np.allclose(numbers, numbers[0], rtol=1e-6):
        return None
    amount = float(abs(numbers[0]))
    if amount < 1e-6 or len(numbers) < sum(p.expected.size for p in pairs):
        return None
    word = "large" if numbers[0] > 0 else "small"
    return f"{amount:.4g} too {word}", f"Everything is {amount:.4g} too {word}."


FUNCTIONS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "square": (np.square, "the square of what is expected"),
    "root": (np.sqrt, "the square root of what is expected"),
    "reciprocal": (lambda x: 1 / x, "1 over what is expected"),
    "absolute value": (np.abs, "what is expected without its sign"),
    "log": (np.log, "the logarithm of what is expected"),
    "exp": (np.exp, "exp of what is expected"),
}


def _function_of(pairs: list[Pair]) -> Relation | None:
    if _entries(pairs) < 2:
        return None
    for name, (function, words) in FUNCTIONS.items():
        if all(_close(p.got, function(p.expected)) for p in pairs):
            return name, f"Everything is {words}."
    return None


def _zero(pairs: list[Pair]) -> Relation | None:
    for number in (0, 1):
        if all(p.got.size and np.all(p.got == number) for p in pairs) and _entries(pairs) > 1:
            return f"all {number}", f"Everything that came back is {number}."
    return None


def _other_order(pairs: list[Pair]) -> Relation | None:
    """The right numbers, but not in their places."""
    many = [p for p in pairs if p.expected.size > 2 and len(np.unique(p.expected)) > 2]
    same_shape = all(p.got.shape == p.expected.shape for p in pairs)
    if len(many) == len(pairs) and same_shape and all(_sorted_alike(p) for p in pairs):
        return "other order", "The values are right, but they stand in other places."
    return None


def _sorted_alike(pair: Pair) -> bool:
    return _close(np.sort(pair.got, axis=None), np.sort(pair.expected, axis=None))


def _other_shape(pairs: list[Pair]) -> Relation | None:
    other = [p for p in pairs if p.got.shape != p.expected.shape]
    if other and all(
        p.got.size == p.expected.size and _close(p.got.ravel(), p.expected.ravel()) for p in pairs
    ):
        got, expected = other[0].got.shape, other[0].expected.shape
        return "other shape", f"The values are right, but the shape is {got} instead of {expected}."
    return None
