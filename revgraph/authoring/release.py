"""solutions/ becomes course/: nbgrader releases it, and nothing that somebody has changed is written over."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI

from revgraph.authoring.chapters import PipelineError, find_chapters, nbgrader_settings, put_helpers_on_path
from revgraph.authoring.placing import Update, digest, digests, place


def generate(root: Path, out: Path) -> None:
    """Let nbgrader release every chapter of `root`/solutions into the folder `out`."""
    settings = nbgrader_settings(root)
    settings.CourseDirectory.release_directory = str(out)
    with tempfile.TemporaryDirectory() as scratch:
        gradebook = Path(scratch) / "gradebook.db"
        gradebook.write_bytes(empty_gradebook())
        settings.CourseDirectory.db_url = f"sqlite:///{gradebook}"
        api = NbGraderAPI(config=settings)
        for chapter in find_chapters(root / "solutions"):
            outcome = api.generate_assignment(chapter.stem)
            if not outcome["success"]:
                raise PipelineError(f"nbgrader could not release {chapter.stem}:\n{outcome['log']}")


@cache
def empty_gradebook() -> bytes:
    """A new SQLite gradebook; nbgrader takes seconds to make one, so it is made once a process."""
    put_helpers_on_path()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "gradebook.db"
        with Gradebook(f"sqlite:///{path}"):
            pass
        return path.read_bytes()


@contextmanager
def generated(root: Path) -> Iterator[Path]:
    """A temporary folder holding what `course/` should be."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "course"
        out.mkdir()
        generate(root, out)
        yield out


def update_course(root: Path, keep_copies: bool = False) -> Update:
    """Generate `course/` anew, leaving alone every file that somebody has changed; see `place`."""
    with generated(root) as out:
        return place(out, root / "course", keep_copies)


def differences(root: Path) -> list[str]:
    """The files in which `course/` is not what nbgrader makes of `solutions/`."""
    course = root / "course"
    with generated(root) as out:
        fresh = digests(out)
    notebooks = {path.relative_to(course).as_posix() for path in course.glob("*/*.ipynb")}
    return sorted(name for name in fresh.keys() | notebooks if digest(course / name) != fresh.get(name))


def report(update: Update) -> str:
    lines = [f"wrote course/{name}" for name in update.written]
    lines += [f"removed course/{name}, which solutions/ no longer has" for name in update.removed]
    lines += [f"kept your course/{name} as '{copy}'" for name, copy in update.copied.items()]
    lines += [f"left course/{name} alone: it has been changed" for name in update.refused]
    if update.refused:
        lines.append("To put new ones beside your own: revgraph course --keep-copies")
    return "\n".join(lines) or "course/ is up to date"
