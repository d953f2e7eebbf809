"""What a student's folder holds, read without trusting any of it, and ready to travel to a worker."""

from __future__ import annotations

import contextlib
import hashlib
import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from nbgrader.utils import parse_utc

from revgraph.grading.student.limits import Limits
from revgraph.grading.submission.repair import Unreadable, find_notebook, read_text

MOST_FILES = 200


@dataclass(frozen=True)
class Submission:
    """One notebook as it was handed in. `text` is None where there is nothing to run; `notes` say why."""

    student: str
    name: str
    text: str | None
    notes: tuple[str, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)
    timestamp: datetime | None = None

    def digest(self) -> str:
        content = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(self.files.items())}
        return hashlib.sha256(json.dumps([self.text, self.notes, content]).encode()).hexdigest()


def read_submission(folder: Path, student: str, name: str, released: Path, limits: Limits) -> Submission:
    """The notebook `name` in `folder` and the files beside it; those of the release come first."""
    timestamp, notes = read_timestamp(folder)
    try:
        path, found = find_notebook(folder, name)
        text = read_text(path, limits.notebook_bytes)
    except Unreadable as reason:
        return Submission(student, name, None, (str(reason), *notes), timestamp=timestamp)
    files = _files(folder, limits.folder_bytes // 2) | _files(released, limits.folder_bytes // 2)
    return Submission(student, name, text, (*found, *notes), files, timestamp)


def read_timestamp(folder: Path) -> tuple[datetime | None, list[str]]:
    path = folder / "timestamp.txt"
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return None, []
        with path.open(encoding="utf-8") as file:
            written = file.read(100).strip()
    except (OSError, UnicodeDecodeError):
        return None, []
    try:
        return parse_utc(written), []
    except (ValueError, OverflowError, TypeError):
        return None, [f"its timestamp cannot be read: {written[:40]!r}"]


def _files(folder: Path, most: int) -> dict[str, bytes]:
    """Plain files below `folder` but notebooks and hidden ones, by relative path, as long as they fit."""
    found: dict[str, bytes] = {}
    for path in _plain_files(folder):
        size = path.lstat().st_size
        if size <= most and len(found) < MOST_FILES:
            with contextlib.suppress(OSError):  # one that cannot be read: as if it were not there
                found[str(path.relative_to(folder))] = path.read_bytes()
                most -= size
    return found


def _plain_files(folder: Path) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for path in entries:
        mode = path.lstat().st_mode
        if path.name.startswith(".") or path.suffix == ".ipynb" or path.name == "timestamp.txt":
            continue
        if stat.S_ISDIR(mode):
            yield from _plain_files(path)
        elif stat.S_ISREG(mode):
            yield path
