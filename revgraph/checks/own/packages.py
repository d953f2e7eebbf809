"""Exercises that installed packages bring, by the entry-point group `revgraph.exercises`.

    [project.entry-points."revgraph.exercises"]
    stats101 = "stats101.exercises"

names a package: a folder whose modules hold EXERCISES. It is hidden as a whole while work is graded, which a
single file beside others could not be. A package that cannot be loaded stops no check of another exercise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType

from revgraph.checks.exercise import Exercise
from revgraph.checks.own.broken import Broken

GROUP = "revgraph.exercises"


@dataclass
class Installed:
    """What all packages bring: exercises by name, the package of each, and what is wrong with a package.

    ``twice`` holds names that two packages use: neither is taken.
    """

    exercises: dict[str, Exercise] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)
    twice: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


@cache
def installed() -> Installed:
    found = Installed()
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            for exercise in _exercises(point):
                _add(found, exercise, point.value)
        except Exception as error:
            found.broken.append(f"the package {point.value} brings exercises that cannot be loaded: {error}")
    return found


def _exercises(point: EntryPoint) -> Iterator[Exercise]:
    """Of a package, and of each of its modules; the chapter is the module's name."""
    package = point.load()
    if not isinstance(package, ModuleType) or not hasattr(package, "__path__"):
        raise Broken(f"{point.value} is no package. Next: name a folder of modules, not a single file")
    modules = walk_packages(package.__path__, f"{package.__name__}.")
    for module in [package, *(import_module(one.name) for one in modules)]:
        chapter = point.name if module is package else module.__name__.rpartition(".")[2]
        for exercise in getattr(module, "EXERCISES", ()):
            yield replace(exercise, chapter=chapter)


def _add(found: Installed, exercise: Exercise, package: str) -> None:
    name = exercise.name
    if name in found.twice or name in found.exercises:
        first = found.packages.get(name, "")
        found.twice.setdefault(name, f"{first} and {package} both bring an exercise {name!r}: uninstall one")
        found.exercises.pop(name, None)
    else:
        found.exercises[name], found.packages[name] = exercise, package


def folders() -> tuple[str, ...]:
    """Where the packages' files lie, whether or not they can be loaded: hidden while work is graded."""
    found = []
    for point in entry_points(group=GROUP):
        try:
            spec = find_spec(point.module)
        except (ImportError, ValueError):
            continue
        found += list(spec.submodule_search_locations or ()) if spec else []
    return tuple(dict.fromkeys(found))


@cache
def names() -> tuple[str, ...]:
    """Of the packages; kept, since every check asks for them and looking through all that is installed takes
    20 ms."""
    return tuple(sorted({point.module for point in entry_points(group=GROUP)}))


def digest_or_nothing(package: str) -> str:
    """The digest of a package; empty where this machine has no such package."""
    try:
        return digest(package)
    except (ImportError, AttributeError):
        return ""


def digest(package: str) -> str:
    """Of all Python files of a package, so that another version is noticed, here or on another machine."""
    total = hashlib.sha256()
    for folder in import_module(package).__path__:
        for path in sorted(Path(folder).rglob("*.py")):
            total.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return total.hexdigest()
