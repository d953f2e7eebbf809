"""How many threads OpenBLAS takes, by which NumPy multiplies matrices, where it is what NumPy was built with.

After a product its threads wait for the next one in a loop, for some 26 milliseconds: on cores that threads
of ours need. So while a program shares much of its work among threads, BLAS keeps to one, and large products
are shared among our threads as well.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

NAMES = ("scipy_openblas_{}_num_threads64_", "openblas_{}_num_threads64_", "openblas_{}_num_threads")

lock = threading.Lock()
programs = 0  # how many run for which it keeps to one
as_before = 0  # how many threads it took before the first of them began


@cache
def control() -> tuple[Callable[[], int], Callable[[int], Any]] | None:
    """OpenBLAS's functions that tell and set how many threads it takes; None where NumPy has another BLAS."""
    numpy = sys.modules.get("numpy._core._multiarray_umath")
    try:
        library = ctypes.CDLL(numpy.__file__)  # type: ignore[union-attr]  # and what it is linked with
    except (AttributeError, OSError, TypeError):
        return None
    for name in NAMES:
        if hasattr(library, name.format("set")) and hasattr(library, name.format("get")):
            return getattr(library, name.format("get")), getattr(library, name.format("set"))
    return None


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Keep BLAS to one thread, where it can be told so, until all that asked for it have ended."""
    global programs, as_before
    functions = control()
    if functions is None:
        yield
        return
    get, put = functions
    with lock:
        if not programs:
            as_before = get()
            put(1)
        programs += 1
    try:
        yield
    finally:
        with lock:
            programs -= 1
            if not programs:
                put(as_before)


def keeps_to_one() -> bool:
    """Whether BLAS takes no threads of its own now."""
    return programs > 0
