"""solutions/ becomes course/: nbgrader releases it, and nothing that somebody has changed is written over.

A notebook in `course/` belongs to the learner from the moment it is changed. A `.generated.json` beside
it holds the SHA-256 of every file as it was last generated; a file that no longer matches was changed by
somebody, and is never written over.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI

from revgraph.authoring.chapters import PipelineError, find_chapters, nbgrader_settings, put_helpers_on_path
from revgraph.files import write_atomically

MANIFEST = ".generated.json"


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


@dataclass
class Update:
    """What became of each file of `course/`, as paths relative to it."""

    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    copied: dict[str, str] = field(default_factory=dict)


def update_course(root: Path, keep_copies: bool = False) -> Update:
    """Generate `course/` anew, leaving alone every file that somebody has changed.

    With `keep_copies` it is kept beside the new one, as "05_unbroadcast (yours 2026-11-21 093107).ipynb".
    """
    course = root / "course"
    course.mkdir(exist_ok=True)
    update, recorded = Update(), read_manifest(course)
    with generated(root) as out:
        fresh = digests(out)
        for name in sorted(fresh | recorded):
            now = digest(course / name)
            changed = now is not None and now not in (recorded.get(name), fresh.get(name))
            if changed and not keep_copies:
                update.refused.append(name)
                if name not in fresh:  # no longer a part of the course: theirs alone from now on
                    del recorded[name]
                continue
            if changed:
                update.copied[name] = set_aside(course / name).name
            if name in fresh:
                (course / name).parent.mkdir(parents=True, exist_ok=True)
                write_atomically(course / name, (out / name).read_bytes())
                recorded[name] = fresh[name]
                if now != fresh[name]:
                    update.written.append(name)
            else:
                (course / name).unlink(missing_ok=True)
                del recorded[name]
                update.removed.append(name)
    write_manifest(course, recorded)
    return update


def differences(root: Path) -> list[str]:
    """The files in which `course/` is not what nbgrader makes of `solutions/`."""
    course = root / "course"
    with generated(root) as out:
        fresh = digests(out)
    notebooks = {path.relative_to(course).as_posix() for path in course.glob("*/*.ipynb")}
    return sorted(name for name in fresh.keys() | notebooks if digest(course / name) != fresh.get(name))


def digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def read_manifest(course: Path) -> dict[str, str]:
    """What was last generated; without a readable record every file counts as changed."""
    record: dict[str, str] = {}
    for path in course.glob(f"*/{MANIFEST}"):
        with contextlib.suppress(ValueError):
            record |= {
                f"{path.parent.name}/{name}": value for name, value in json.loads(path.read_text()).items()
            }
    return record


def write_manifest(course: Path, record: dict[str, str]) -> None:
    """A file in each chapter's folder, so that two people's chapters never conflict."""
    chapters: dict[str, dict[str, str]] = {path.parent.name: {} for path in course.glob(f"*/{MANIFEST}")}
    for name, value in record.items():
        chapter, _, rest = name.partition("/")
        chapters.setdefault(chapter, {})[rest] = value
    for chapter, files in chapters.items():
        path = course / chapter / MANIFEST
        if files:
            write_atomically(path, json.dumps(files, indent=1, sort_keys=True) + "\n")
        else:
            path.unlink()


def set_aside(path: Path) -> Path:
    kept = path.with_name(f"{path.stem} (yours {datetime.now():%Y-%m-%d %H%M%S}){path.suffix}")
    if kept.exists():
        raise PipelineError(f"{kept} is there already; move it away first")
    return path.rename(kept)


def report(update: Update) -> str:
    lines = [f"wrote course/{name}" for name in update.written]
    lines += [f"removed course/{name}, which solutions/ no longer has" for name in update.removed]
    lines += [f"kept your course/{name} as '{copy}'" for name, copy in update.copied.items()]
    lines += [f"left course/{name} alone: it has been changed" for name in update.refused]
    if update.refused:
        lines.append("To put new ones beside your own: revgraph course --keep-copies")
    return "\n".join(lines) or "course/ is up to date"
