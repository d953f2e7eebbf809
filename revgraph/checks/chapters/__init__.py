"""The exercises, one file a chapter: ``chNN_name.py`` holds a list EXERCISES, in the chapter's order.

A long chapter is a folder ``chNN_name/`` with one file an exercise.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from revgraph.checks.exercise import Exercise


def find_exercises(folders: Iterable[str], package: str) -> dict[str, Exercise]:
    """The exercises of the chapters in these folders, by name.

    Raises ValueError where two have the same name.
    """
    found: dict[str, Exercise] = {}
    for module in sorted(m.name for m in iter_modules(folders) if m.name.startswith("ch")):
        for exercise in import_module(f"{package}{module}").EXERCISES:
            if exercise.name in found:
                raise ValueError(f"two exercises are called {exercise.name!r}, the second in {module}")
            found[exercise.name] = replace(exercise, chapter=module.removeprefix("ch"), course=found)
    return found


@cache
def _registry() -> dict[str, Exercise]:
    return find_exercises(__path__, f"{__name__}.")


def exercises() -> dict[str, Exercise]:
    """All exercises by name, in the order of the course."""
    return dict(_registry())
