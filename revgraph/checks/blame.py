"""Whose mistake is it? An answer may be right and fail because another exercise's function, which it calls,
is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import islice
from types import FunctionType, ModuleType
from typing import Any

from revgraph.checks.call import codes_of, put_in_place
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


def reached(candidate: Any) -> list[Any]:
    """Whatever a candidate's code may use by the names it mentions, and what that uses in turn."""
    found: dict[int, Any] = {}
    coming = [candidate]
    while coming:
        one = coming.pop()
        if id(one) not in found:
            found[id(one)] = one
            coming += _used_by(one)
    return list(found.values())


def _used_by(one: Any) -> Iterator[Any]:
    if isinstance(one, dict | list | tuple):  # a table of functions
        yield from islice(one.values() if isinstance(one, dict) else one, MANY)
    elif isinstance(one, partial):
        yield one.func
    elif isinstance(one, FunctionType | type):
        around = names_around(one)
        for code in codes_of(one):
            yield from (around[name] for name in code.co_names if name in around)
        for function in functions_of(one):
            yield from closed_over(function)
    elif not isinstance(one, ModuleType):
        yield type(one)


def closed_over(function: Any) -> Iterator[Any]:
    """The values that a function has from the functions around it."""
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # of a name that has no value yet
            yield cell.cell_contents


MANY = 1000  # entries of a table that are looked at


@dataclass(frozen=True)
class Blame:
    """The exercises whose functions make a right candidate fail, and whether their own checks fail."""

    names: tuple[str, ...]
    fail_too: bool = True


def to_blame(exercise: Form, candidate: Any, passes: Callable[[Form, Any], bool]) -> Blame | None:
    """The exercises whose functions make a right candidate fail; None where it fails by itself.

    ``passes(exercise, candidate)`` judges. The candidate is judged once more with the references of all
    exercises it uses; if it passes then, those are to blame that do not pass their own check.
    """
    around = names_around(candidate)
    lent = lending(exercise)
    asked = [name for name in exercise.uses if name in lent]
    by_name = {id(one) for one in reached(candidate)}
    own = {name: around[name] for name in asked if name in around and around[name] is not lent[name]}
    used = {name: one for name, one in own.items() if id(one) in by_name}
    if not used:
        return None
    with put_in_place(around, {name: one for name, one in lent.items() if name in around}):
        if not passes(exercise, candidate):
            return None
    wrong = [name for name, function in used.items() if not passes(exercise.course[name], function)]
    by_itself = [name for name in wrong if not to_blame(exercise.course[name], used[name], passes)]
    return Blame(tuple(by_itself or wrong or used), fail_too=bool(wrong))


def lending(exercise: Form) -> dict[str, Any]:
    """The references of the exercises that this one uses, and the classes of the course that they make their
    results of, each by its name: the learner's `isinstance(x, Value)` has to mean the same one.
    """
    lent = {name: exercise.course[name].reference for name in exercise.uses if name in exercise.course}
    classes = {one.reference.__name__ for one in exercise.course.values() if isinstance(one.reference, type)}
    around = [pair for one in lent.values() for pair in names_around(one).items()]
    made_of = {name: one for name, one in around if name in classes and isinstance(one, type)}
    return {**made_of, **lent}
