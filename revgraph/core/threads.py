"""Work shared among threads: NumPy releases Python's lock while it computes, which pays on large arrays."""

from __future__ import annotations

import contextvars
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np

from revgraph.core import blas
from revgraph.cores import usable_cores

Array = np.ndarray[Any, Any]

SHARED, SHARED_BLOCK = 1 << 20, 1 << 18  # entries of what several threads work on, and of a part of it
PARTS = 4  # how many, whatever the number of threads: so results never depend on it
OFTEN = 12  # times that a run shares work, from which BLAS keeps to one thread in the next
SEVERAL = 1 << 18  # entries from which even two parts pay, of work that goes through them several times


def share_rows(work: Callable[[slice], Any], rows: int, width: int) -> None:
    """`work(place)` for slices of so many rows of `width` entries; all at once where there are few entries.

    In parts it pays with one thread as well: what a part takes stays in the cache.
    """
    if rows * width < SHARED:
        work(slice(0, rows))
        return
    step = max(1, SHARED_BLOCK // width)
    share(work, ((slice(start, start + step),) for start in range(0, rows, step)))


def by_rows(work: Callable[..., Any], out: Array, *arrays: Array) -> Array:
    """`work(out, *arrays)`, on as many rows (the last axis) of each at a time as above; returns `out`.

    All have the same number of rows; those of the widest say how many are taken. `out` is contiguous.
    """
    if not out.size:
        return out
    rows = [array.reshape(-1, array.shape[-1]) for array in (out, *arrays)]
    width = max(array.shape[-1] for array in rows)
    share_rows(lambda place: work(*(array[place] for array in rows)), len(rows[0]), width)
    return out


def share_first(work: Callable[..., Any], *arrays: Array) -> None:
    """`work(*arrays)`, on parts of large arrays along their first axis, which is of the same size in all."""
    parts = parts_of(len(arrays[0]), max(array.size for array in arrays))
    if len(parts) < 2:
        work(*arrays)
        return
    share(work, [tuple(array[part] for array in arrays) for part in parts])


def parts_of(n: int, entries: int) -> list[slice]:
    """Where the parts of `n` rows lie that are worked on at a time; one part, where entries are few."""
    step = -(-n // PARTS) if entries >= SEVERAL else max(1, n)
    return [slice(start, start + step) for start in range(0, n, step)] or [slice(0)]


def share_products(work: Callable[..., Any], tasks: Sequence[tuple[Any, ...]], long: bool = False) -> None:
    """As `share`, for tasks of products: while BLAS takes threads of its own, one task after the other.

    `long` says that a task does so much besides products that our threads gain more than BLAS's. Where we
    have no more than PARTS threads, BLAS then keeps to one in the next run.
    """
    if long and len(tasks) > 1 and threads() <= PARTS:
        shared.times += OFTEN
    if blas.keeps_to_one():
        share(work, tasks)
        return
    for task in tasks:
        work(*task)


def share(work: Callable[..., Any], tasks: Iterable[tuple[Any, ...]]) -> None:
    """`work(*task)` for each of the tasks, in no certain order, by as many threads as there are cores."""
    waiting = deque(tasks)

    def take() -> None:
        while waiting:
            try:
                task = waiting.popleft()
            except IndexError:  # another thread took the last one
                return
            work(*task)

    helpers = [helper(take) for _ in range(min(threads(), len(waiting)) - 1)]
    if helpers:
        shared.times += 1
    try:
        take()
    finally:
        waiting.clear()  # after an error nothing more is begun
        for future in helpers:
            if future and not future.cancel():
                future.result()


class Shared(threading.local):
    """How often a thread has shared work with others."""

    times = 0


shared = Shared()


def helper(take: Callable[[], Any]) -> Future[Any] | None:
    """Another thread that works too, in this one's context (NumPy's errstate); None where none can be had."""
    try:
        return pool().submit(contextvars.copy_context().run, take)
    except RuntimeError:  # no thread can be started: in a browser, within a limit, while Python ends
        return None


@cache
def threads() -> int:
    """How many threads share work: one a core, unless OMP_NUM_THREADS, which BLAS goes by too, says fewer."""
    cores = usable_cores()
    told = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores, max(1, int(told))) if told.isdigit() else cores


@cache
def pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, threads() - 1), "revgraph")


if hasattr(os, "register_at_fork"):  # a forked process has none of the threads
    os.register_at_fork(after_in_child=pool.cache_clear)
