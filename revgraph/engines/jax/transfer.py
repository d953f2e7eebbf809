"""Results on their way from the device to NumPy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import jax
import numpy as np

SHARED_FROM = 1 << 20  # bytes from which to share memory takes less time than to copy it


@cache
def on_processor() -> bool:
    return jax.default_backend() == "cpu"


def is_large(array: Any) -> bool:
    """Whether it pays to share its memory."""
    return array.size * array.dtype.itemsize >= SHARED_FROM


def brought_home(results: Sequence[jax.Array], others: Iterable[Any]) -> list[Any]:
    """Results as NumPy's arrays, which anybody may write to.

    A large one stays in the memory where JAX has put it, unless that is the memory of one of the `others`.
    """
    taken = {address(other) for other in others if is_large(other) and not is_deleted(other)}
    found = []
    for result in results:
        array = np.asarray(result)
        if is_large(array) and address(array) not in taken:
            taken.add(address(array))
            found.append(np.asarray(Memory(array)))
        else:
            found.append(np.array(array)[()])
    return found


class Memory:
    """That of an array of JAX, which nobody else has any more, for NumPy to write to."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.array = array  # as long as this is there, so is the memory
        self.__array_interface__ = {**array.__array_interface__, "data": (address(array), False)}


def address(array: Any) -> int:
    return array.unsafe_buffer_pointer() if isinstance(array, jax.Array) else array.ctypes.data


def is_deleted(array: Any) -> bool:
    """Whether its memory is another's now."""
    return isinstance(array, jax.Array) and array.is_deleted()
