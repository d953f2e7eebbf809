"""Chance: what ``dl.seed`` repeats. Initial weights, the masks of dropout, the order of the batches.

Weights are drawn from one generator. Each model has another one of its own, for its batches and masks, so a
fit does not depend on what other models draw meanwhile, in this thread or another.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


class Source:
    """What a seed sets: the generator of initial weights, and how many models have been made since."""

    def __init__(self, value: int | None = None) -> None:
        self.start(value)

    def start(self, value: int | None) -> None:
        sequence = np.random.SeedSequence(value)
        self.entropy = sequence.entropy
        self.generator = np.random.default_rng(sequence)
        self.models = itertools.count()
        self.mark = object()  # another one after every seed


_process = Source()
_thread = threading.local()


def current_source() -> Source:
    """This thread's own source if it has one, else that of the process."""
    return getattr(_thread, "source", _process)


def generator() -> np.random.Generator:
    """The generator that initial weights are drawn from."""
    return current_source().generator


def seed(value: int | None) -> None:
    """Make what follows repeatable: initial weights, dropout's masks, the order of the batches.

    value: a number from 0 on, or None for chance. Models that exist already start anew as well. In a thread
    of its own a seed holds for that thread alone, so that threads do not disturb each other.

    Raises ValueError for what is no seed.
    """
    if value is not None and (not hasattr(value, "__index__") or value < 0):
        raise ValueError(f"a seed is a whole number from 0 on, or None, not {value!r}")
    if threading.current_thread() is threading.main_thread():
        _process.start(value)
    else:
        _thread.source = Source(value)


@contextmanager
def seeded(value: int | None) -> Iterator[None]:
    """A seed for what happens inside, in this thread, that leaves everything outside as it is."""
    before = getattr(_thread, "source", None)
    _thread.source = Source(value)
    try:
        yield
    finally:
        if before is None:
            del _thread.source
        else:
            _thread.source = before


class Stream:
    """The generator of one model. After a ``dl.seed`` it starts anew, by the seed and the model's number."""

    def __init__(self) -> None:
        source = current_source()
        self.number = next(source.models)
        self._restart(source)

    def _restart(self, source: Source) -> None:
        self._mark = source.mark
        sequence = np.random.SeedSequence(source.entropy, spawn_key=(self.number,))
        self._generator = np.random.default_rng(sequence)

    def generator(self) -> np.random.Generator:
        source = current_source()
        if self._mark is not source.mark:
            self._restart(source)
        return self._generator

    def __getstate__(self) -> dict[str, Any]:
        return {"number": self.number, "_generator": self._generator}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Loaded, it goes on where it was saved, until the next seed."""
        self.__dict__.update(state, _mark=current_source().mark)


class Ambient:
    """Where a mask comes from that belongs to no model: the generator of initial weights."""

    def generator(self) -> np.random.Generator:
        return generator()

    def __reduce__(self) -> str:
        return "ambient"


ambient = Ambient()
