"""Which of a course's files an exercise's answers, right and wrong, are written in.

A helper that only its cases use holds no answer, and may be seen while the exercise is judged.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from revgraph.checks.blame import closed_over
from revgraph.checks.exercise import Exercise
from revgraph.checks.own.loading import Loaded


def files_behind(exercise: Exercise, loaded: Loaded) -> set[str]:
    """Paths below the folder of exercises: its own file, and those whose functions its answers use."""
    answers = [exercise.reference, *(known.answer for known in exercise.misconceptions)]
    files = {loaded.files[exercise.name]}
    for module in _modules_behind(answers, loaded.package):
        if file := sys.modules[module].__file__:  # a folder without __init__.py has none
            files.add(Path(file).relative_to(loaded.folder).as_posix())
    return files


def _modules_behind(values: Iterable[Any], package: str) -> set[str]:
    found: set[str] = set()
    seen: dict[int, Any] = {}
    coming = list(values)
    while coming:
        one = coming.pop()
        if id(one) in seen:
            continue
        seen[id(one)] = one
        home = getattr(one, "__name__" if isinstance(one, ModuleType) else "__module__", None)
        inside = str(home).startswith(f"{package}.")
        if inside and isinstance(one, ModuleType | FunctionType | type):
            found.add(str(home))
        coming += _parts(one, inside)
    return found


def _parts(value: Any, inside: bool) -> Iterator[Any]:
    """What a value is made of: of a function, whatever its lines name."""
    if isinstance(value, FunctionType):
        for name in _names(value.__code__):
            yield value.__globals__.get(name)
            yield _imported_inside(name, value.__module__) if inside else None
        yield from closed_over(value)
        yield from (*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values())
    elif isinstance(value, partial):
        yield from (value.func, *value.args, *value.keywords.values())
    elif isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list | tuple | set):
        yield from value
    elif isinstance(value, property):
        yield from (value.fget, value.fset)
    elif inside and isinstance(value, type | ModuleType):
        yield from vars(value).values()
    for name in ("__wrapped__", "__func__"):
        if name in getattr(value, "__dict__", {}) or isinstance(value, staticmethod | classmethod):
            yield getattr(value, name, None)


def _imported_inside(name: str, home: str) -> ModuleType | None:
    """The module of the course's own that a line inside a function may import by this name."""
    package = home.partition(".")[0]
    for above in dict.fromkeys((home.rpartition(".")[0], package)):
        found = f"{above}.{name}"
        with contextlib.suppress(ImportError, ValueError):
            if found in sys.modules or find_spec(found):
                return import_module(found)
    return None


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _names(part)
