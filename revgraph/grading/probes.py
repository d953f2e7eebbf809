"""What travels to a student's process along with the cases answers nothing that is judged there."""

from __future__ import annotations

import pickle
import types
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from typing import Any

import cloudpickle.cloudpickle  # type: ignore[import-untyped]
import numpy as np

from revgraph.checks import Exercise
from revgraph.checks.own.broken import Broken
from revgraph.grading import judging

SECONDS = 1.0


def reachable(probe: Callable[..., Any], homes: tuple[str, ...]) -> list[Any]:
    """All functions and classes that whoever has the unpickled `probe` can take from it; those of `homes`,
    which are the beginnings of modules' names."""
    found: list[Any] = []
    seen: dict[int, Any] = {}
    coming = [_arrived(judging.by_value(probe))]
    while coming:
        one = coming.pop()
        one = one.func if isinstance(one, partial) else one
        one = one.__wrapped__ if isinstance(one, type(cache(abs))) else one
        if id(one) in seen:
            continue
        seen[id(one)] = one  # and so kept alive, and its id its own
        if isinstance(one, types.FunctionType) and one.__module__.startswith(homes):
            found.append(one)
            closed_over = map(_content, one.__closure__ or ())
            coming += [*one.__globals__.values(), *closed_over, *(one.__defaults__ or ())]
        elif isinstance(one, type) and one.__module__.startswith(homes):
            found.append(one)
            coming += vars(one).values()
        elif isinstance(one, dict | list | tuple | set):
            coming += one.values() if isinstance(one, dict) else one
    return found


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


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it is empty
        return None


def refuse_answering_probe(exercise: Exercise, judged: Iterable[Exercise], homes: tuple[str, ...]) -> None:
    """Raises Broken where its probe brings along what answers one of those that are judged with it."""
    for found, answered in answers_within(exercise, judged, homes):
        step = f"write the probe without it, or check {answered.name} before {exercise.name}"
        raise Broken(
            f"the probe of {exercise.name} brings {found.__qualname__} along into the student's process, "
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
