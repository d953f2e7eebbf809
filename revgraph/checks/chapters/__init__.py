"""The exercises, one file a chapter: ``chNN_name.py`` holds a list EXERCISES, in the chapter's order.

A long chapter is a folder ``chNN_name/`` with one file an exercise.
"""

from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from revgraph.checks.exercise import Exercise


@cache
def _registry() -> dict[str, Exercise]:
    found: dict[str, Exercise] = {}
    for module in sorted(m.name for m in iter_modules(__path__) if m.name.startswith("ch")):
        for exercise in import_module(f"{__name__}.{module}").EXERCISES:
            if exercise.name in found:
                raise ValueError(f"two exercises are called {exercise.name!r}, the second in {module}")
            found[exercise.name] = replace(exercise, chapter=module.removeprefix("ch"))
    return found


def exercises() -> dict[str, Exercise]:
    """All exercises by name, in the order of the course."""
    return dict(_registry())
