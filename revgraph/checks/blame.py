"""Whose mistake is it? An answer that fails may be right, and wrong what it calls of another exercise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from revgraph.checks.form import Form


def functions_of(candidate: Any) -> Iterator[Any]:
    """The function itself, or those that a class holds, without what wraps them."""
    held = vars(candidate).values() if isinstance(candidate, type) else (candidate,)
    for one in held:
        function = getattr(one, "__wrapped__", one)
        if hasattr(function, "__code__"):
            yield function


def names_around(candidate: Any) -> dict[str, Any]:
    """The global names that a function or class sees: those of its notebook."""
    return next((function.__globals__ for function in functions_of(candidate)), {})


def to_blame(exercise: Form, candidate: Any, passes: Callable[[Form, Any], bool]) -> list[str]:
    """The exercises whose functions make a right candidate fail; none where it fails by itself.

    ``passes(exercise, candidate)`` judges. The candidate is judged once more with the references of all
    exercises it uses; if it passes then, those are to blame that do not pass their own check.
    """
    around = names_around(candidate)
    lent = {name: exercise.course[name].reference for name in exercise.uses if name in exercise.course}
    used = {name: around[name] for name in lent if around.get(name, lent[name]) is not lent[name]}
    if not used:
        return []
    with put_in_place(around, {name: lent[name] for name in used}):
        if not passes(exercise, candidate):
            return []
    wrong = [name for name, function in used.items() if not passes(exercise.course[name], function)]
    return wrong or list(used)


@contextmanager
def put_in_place(names: dict[str, Any], others: Mapping[str, Any]) -> Iterator[None]:
    """For a while, some names mean something else."""
    before = {name: names[name] for name in others}
    names.update(others)
    try:
        yield
    finally:
        names.update(before)
