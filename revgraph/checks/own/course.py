"""Which course this code runs for ("the course at hand"), and which exercises are its own.

A teacher's course is a folder with an `nbgrader_config.py` that says

    c.RevgraphCourse.exercises = "exercises"    the folder of its exercise files
    c.RevgraphCourse.chapters = False           revgraph's own chapters are no part of it

The file is read here, not run: both are written as plain values. A learner's copy has `exercises.revgraph`
beside the notebook instead. While work is graded, nothing that was handed in decides which exercises count.
"""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from revgraph.checks.own import bundle as bundles
from revgraph.checks.own.broken import Broken
from revgraph.checks.own.bundle import FILE, Bundle, Place
from revgraph.checks.own.loading import Loaded, load

CONFIG = "nbgrader_config.py"
SECTION = "RevgraphCourse"
CHECKED = re.compile(r"\bcheck\(\s*[\"']?(\w+)")
LINE = re.compile(r"^\s*#.*$", re.MULTILINE)


@dataclass(frozen=True)
class Settings:
    """What a course's nbgrader_config.py says of its exercises; ``exercises`` is empty where it has none."""

    root: Path
    exercises: str = ""
    chapters: bool = True
    source: str = "source"

    @property
    def folder(self) -> Path:
        return self.root / self.exercises


@dataclass(frozen=True)
class Course:
    """A course with exercises of its own. ``home`` is where its learner's own library lies beside it."""

    bundle: Bundle
    home: Path
    folder: Path | None = None  # the teacher's, where it is at hand
    beside: tuple[Place, ...] = field(default=(), compare=False)  # of a learner's copy: in all assignments

    def load(self) -> Loaded:
        return load(self.bundle, self.folder)

    @property
    def places(self) -> tuple[Place, ...]:
        return self.beside or self.bundle.places


_given: ContextVar[tuple[Bundle | None] | None] = ContextVar("_given", default=None)


@contextmanager
def using(bundle: Bundle | None) -> Iterator[None]:
    """Set the course at hand for the body, as the grader does; None is one without exercises of its own."""
    token = _given.set((bundle,))
    try:
        yield
    finally:
        _given.reset(token)


def digest() -> str:
    """Of the course that the grader has set; empty where it has set none."""
    given = _given.get()
    return given[0].digest if given and given[0] else ""


def at_hand() -> Course | None:
    """The course with own exercises that this code runs for, if there is one. Raises Broken."""
    if given := _given.get():
        return Course(given[0], Path.cwd()) if given[0] else None
    here, graded = Path.cwd(), os.environ.get("NBGRADER_EXECUTION") == "autograde"
    return teachers(here.parent if graded else here) or (None if graded else learners(here))


# A teacher's


def teachers(here: Path) -> Course | None:
    """That of the nearest folder above, or here, whose nbgrader_config.py names a folder of exercises."""
    for root in (here, *here.parents):
        if (root / CONFIG).is_file() and (settings := read_settings(root)).exercises:
            return _of_settings(settings)
    return None


def read_settings(root: Path) -> Settings:
    """What nbgrader_config.py says, without running it. Raises Broken where a value is not a plain one."""
    path = root / CONFIG
    return _read_settings(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _read_settings(path: Path, changed: int) -> Settings:
    try:
        tree = ast.parse(path.read_text("utf-8"))
    except (SyntaxError, ValueError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
        raise Broken(f"{path}{line}: {error}") from error
    said: dict[str, Any] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign([ast.Attribute(ast.Attribute(ast.Name("c"), "RevgraphCourse"), name)], value):
                said[name] = _plain(name, value, path)
            case ast.Assign(
                [ast.Attribute(ast.Attribute(ast.Name("c"), "CourseDirectory"), "source_directory")],
                ast.Constant(str(name)),
            ):
                said["source"] = name
    return Settings(path.parent, **said)


KINDS = {"exercises": str, "chapters": bool}


def _plain(name: str, value: ast.expr, path: Path) -> Any:
    if name not in KINDS:
        raise Broken(
            f"{path}, line {value.lineno}: c.{SECTION}.{name} means nothing; it has {', '.join(KINDS)}"
        )
    if isinstance(value, ast.Constant) and isinstance(value.value, KINDS[name]):
        return value.value
    what = "a folder's name in quotes" if name == "exercises" else "True or False"
    raise Broken(f"{path}, line {value.lineno}: write c.{SECTION}.{name} as {what}: it is read, not run")


def _of_settings(settings: Settings) -> Course:
    if not settings.folder.is_dir():
        raise Broken(
            f"{settings.root / CONFIG} says c.{SECTION}.exercises = {settings.exercises!r}, and there is no "
            f"folder {settings.folder}. Next: revgraph new-exercise NAME makes one"
        )
    made = _bundle(settings, _state(settings))
    return Course(made, settings.root, settings.folder.resolve())


def _state(settings: Settings) -> tuple[Any, ...]:
    """What changes whenever an exercise file or a notebook of the course does."""
    files = [*bundles.files_in(settings.folder), *_notebooks(settings)]
    return tuple((str(path), (told := path.stat()).st_mtime_ns, told.st_size) for path in files)


def _notebooks(settings: Settings) -> list[Path]:
    return sorted((settings.root / settings.source).glob("*/*.ipynb"))


@lru_cache(maxsize=8)
def _bundle(settings: Settings, state: tuple[Any, ...]) -> Bundle:
    places = tuple(place for path in _notebooks(settings) for place in checked_in(path))
    return bundles.of_folder(settings.folder, places, settings.chapters)


def checked_in(path: Path) -> Iterator[Place]:
    """What a notebook's cells check, in their order; there may be no such exercise."""
    for source in code_of(path):
        for name in CHECKED.findall(LINE.sub("", source)):
            yield Place(name, path.parent.name, path.stem)


def code_of(path: Path) -> Iterator[str]:
    """The source of each code cell; of a file that is no notebook, nothing."""
    try:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        for cell in cells:
            if cell["cell_type"] == "code":
                yield "".join(cell["source"])
    except (OSError, ValueError, KeyError, TypeError):
        return


# A learner's


def learners(here: Path) -> Course | None:
    """That of the `exercises.revgraph` beside the notebook, or, from the folder above, of all assignments."""
    if (here / FILE).is_file():
        others = sorted(path for path in here.parent.glob(f"*/{FILE}") if path.parent != here)
        return _learners(here / FILE, others, here.parent)
    found = sorted(here.glob(f"*/{FILE}"))
    return _learners(found[0], found[1:], here) if found else None


def _learners(first: Path, others: list[Path], home: Path) -> Course:
    own = _unpacked(first, first.stat().st_mtime_ns)
    beside = [_unpacked(path, path.stat().st_mtime_ns) for path in others]
    same = [one for one in beside if one.folder == own.folder and one.ours == own.ours]
    places = sorted((p for one in [own, *same] for p in one.places), key=lambda place: place.chapter)
    return Course(own, home, beside=tuple(places))


@lru_cache(maxsize=32)
def _unpacked(path: Path, changed: int) -> Bundle:
    return bundles.unpacked(path)
