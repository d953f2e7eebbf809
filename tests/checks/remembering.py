"""Exercises that put a case to a candidate once, and read its source once: nothing of it changes.

Diagnosing a mistake tries the known ones before it; without a memory, that is most of the tests' work.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import numpy as np

from revgraph.checks import Case, Exercise, Verdict, exercises
from revgraph.checks.form import Call
from revgraph.checks.source import function_source


@dataclass(frozen=True)
class Remembering(Exercise):
    memory: dict[Any, tuple[Any, Any]] = field(default_factory=dict, repr=False, compare=False)

    def draw(self, seed: int) -> Any:
        return remembered(self.memory, seed, super().draw, seed)

    def caller(self, candidate: Any, seconds: float | None = None) -> Call:
        call = super().caller(candidate, seconds)
        return lambda case: remembered(self.memory, (id(candidate), id(case)), call, case, candidate)

    def judge(self, candidate: Any, *args: Any, **options: Any) -> Verdict:
        source = partial(remembered, self.memory, ("source", id(candidate)), function_source, candidate)
        return super().judge(candidate, *args, **{"source": source} | options)


def remembered(
    memory: dict, key: Any, function: Callable[[Any], Any], argument: Any, owner: Any = None
) -> Any:
    """What the function gave first; all that is in a key by its id is kept, so that no other gets this id."""
    if key not in memory:
        memory[key] = function(argument), (argument, owner)
    return memory[key][0]


def remembering(exercise: Exercise) -> Remembering:
    """Many a case does not depend on the seed; here it is one object, whatever the seed."""
    known: dict[bytes, Case] = {}

    def cases(rng: np.random.Generator) -> Iterator[Case]:
        for case in exercise.cases(rng):
            yield known.setdefault(pickle.dumps(case), case)

    return Remembering(**{**vars(exercise), "cases": cases})


@cache
def remembered_exercise(name: str) -> Remembering:
    """One for all tests of an exercise: each asks what gives the result before it, a slip of the reference or
    a known mistake, and these are put to the same cases."""
    return remembering(exercises()[name])
