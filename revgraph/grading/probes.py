"""What travels to a student's process along with the cases answers nothing that is judged there."""

from __future__ import annotations

import gc
import pickle
import types
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import cloudpickle.cloudpickle  # type: ignore[import-untyped]
import numpy as np

from revgraph.checks import Exercise
from revgraph.checks.own.broken import Broken
from revgraph.grading import judging

SECONDS = 1.0


def reachable(probe: Callable[..., Any], homes: tuple[str, ...]) -> list[Any]:
    """All functions, methods and classes that can be taken from the unpickled `probe`, and from
    modules and other objects that came along; those of `homes`, the beginnings of modules' names."""
    found: list[Any] = []
    seen: dict[int, Any] = {}
    coming = [_arrived(judging.by_value(probe))]
    while coming:
        one = coming.pop()
        if id(one) in seen:
            continue
        seen[id(one)] = one  # and so kept alive, and its id its own
        if not isinstance(one, types.FunctionType | types.ModuleType | type):
            found += [one] if isinstance(one, types.MethodType | partial) else []
            coming += [*gc.get_referents(one), *_methods(one, homes)]
        elif isinstance(one, types.ModuleType):
            # What it holds, and not the class that a library may have given it.
            coming += vars(one).values() if _home(one).startswith(homes) else []
        elif _home(one).startswith(homes):
            found.append(one)
            coming += [*gc.get_referents(one), *_within(one)]
        elif isinstance(one, types.FunctionType):  # another's, which may have been given one of ours
            coming += [one.__closure__, one.__defaults__, one.__kwdefaults__]
    return found


def _home(one: Any) -> str:
    return str(one.__name__ if isinstance(one, types.ModuleType) else one.__module__)


def _methods(one: Any, homes: tuple[str, ...]) -> Iterator[types.MethodType]:
    """Those that the class of an object of ours defines; not the one that would make the object anew, which
    may be in use here."""
    if _home(type(one)).startswith(homes):
        functions = (f for name, f in vars(type(one)).items() if name != "__init__")
        yield from (types.MethodType(f, one) for f in functions if isinstance(f, types.FunctionType))


def _within(function: Any) -> Iterator[types.FunctionType]:
    """The functions that it makes when it is called, of those that need nothing of that call."""
    for code in getattr(getattr(function, "__code__", None), "co_consts", ()):
        if isinstance(code, types.CodeType) and not code.co_freevars and code.co_name not in COMPREHENSIONS:
            yield types.FunctionType(code, function.__globals__)


COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")


def _arrived(probe: bytes) -> Any:
    """The probe as it is where it arrives, with classes of its own. In the process that has sent them,
    cloudpickle would take those that are here, and give them the methods that travel: with those, a right
    answer fails.
    """
    known = cloudpickle.cloudpickle._DYNAMIC_CLASS_TRACKER_BY_ID
    here = dict(known)
    known.clear()
    try:
        return pickle.loads(probe)
    finally:
        known.clear()
        known.update(here)


WRITE_ANOTHER = "write the probe without it"
ASK_BEFORE = "ask for {answered} above the cell that checks {probed}"


def refuse_answering_probe(
    exercise: Exercise, judged: Iterable[Exercise], homes: tuple[str, ...], step: str = WRITE_ANOTHER
) -> None:
    """Raises Broken where its probe brings along what answers one of those that are judged with it."""
    for found, answered in answers_within(exercise, judged, homes):
        name = getattr(found, "__qualname__", found)
        step = step.format(answered=answered.name, probed=exercise.name)
        raise Broken(
            f"the probe of {exercise.name} brings {name} along into the student's process, "
            f"and that answers {answered.name}. Next: {step}"
        )


def answers_within(
    exercise: Exercise, judged: Iterable[Exercise], homes: tuple[str, ...]
) -> Iterator[tuple[Any, Exercise]]:
    """What the exercise's probe brings along that is a right answer, each with the exercise it answers."""
    judged = list(judged)
    for found in reachable(exercise.probe, homes) if exercise.probe and judged else ():
        for other in judged:
            if _is_right(other, found):
                yield found, other


def _is_right(exercise: Exercise, candidate: Any) -> bool:
    put = exercise.caller(candidate, SECONDS)
    with np.errstate(all="ignore"):
        pairs = zip(*exercise.draw(0), strict=True)
        return all(exercise.compare(right, put(case)) is None for case, right in pairs)
