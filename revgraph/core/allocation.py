"""Where arrays lie, and keeping memory that a program will take again at its next run.

A training step makes and drops the same arrays each time. The C library of most Linux systems, glibc, hands
freed memory back to the system early, and getting a page anew takes longer than filling it: a step on arrays
of a megabyte can take three times as long as its arithmetic. So it is told to keep some.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # glibc's names and numbers, <malloc.h>
KEPT = 1 << 28  # bytes of freed memory that stay with the process
SINGLE = 1 << 25  # bytes from which an array still gets pages of its own; glibc allows no more
ALIGNMENT = 64  # bytes: a line of the cache; compilers such as XLA's want arrays to begin with one
ALIGNED_FROM = 1 << 14  # bytes from which a variable begins so


@cache
def keep_memory() -> bool:
    """Let the process keep freed memory, from the first program on; whether its C library can be told so."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another system's library, or none
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, SINGLE) and mallopt(M_TRIM_THRESHOLD, KEPT))


def aligned_copy(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    memory = np.empty(array.nbytes + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    copy = memory[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy
