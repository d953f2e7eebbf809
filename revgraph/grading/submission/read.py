"""What a student's folder holds, found without trusting any of it.

`look_into` finds the files and takes their digest; it keeps none of them in memory. `Submission.load` reads
them, where they are worked on.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from nbgrader.utils import parse_utc

from revgraph.checks.own.bundle import FILE
from revgraph.grading.student.limits import Limits
from revgraph.grading.submission.repair import (
    Unopened,
    Unreadable,
    find_notebook,
    is_hidden,
    is_notebook,
    read_text,
)

MOST_ENTRIES = 20_000  # of a folder that are looked at
DEEPEST = 20  # folders within folders
NOT_TAKEN = ("timestamp.txt", "__pycache__")  # Python would run what lies there in place of a module's text
OF_FILES = ("files", "folder_bytes")  # the limits by which files are left out
Paths = dict[str, Path]


@dataclass(frozen=True)
class Loaded:
    """What a submission consists of: the notebook's text, and the files beside it by relative path."""

    text: str
    files: dict[str, bytes]


@dataclass(frozen=True)
class Submission:
    """One notebook as it was handed in. `path` is None where there is nothing to run; `notes` say why, and
    `unopened` whether that is no fault of the student's."""

    student: str
    name: str
    path: Path | None = None
    files: tuple[tuple[str, Path], ...] = ()
    notes: tuple[str, ...] = ()
    timestamp: datetime | None = None
    digest: str = ""
    loaded: Loaded | None = None
    unopened: bool = False

    def load(self, limits: Limits) -> Submission:
        """The same with its content, ready to be worked on or to travel. Raises Unreadable."""
        if self.loaded or self.path is None:
            return self
        text = read_text(self.path, PICTURES * limits.notebook_bytes)
        files = {}
        for name, path in self.files:
            try:
                files[name] = path.read_bytes()
            except PermissionError:  # as if it were not there
                continue
            except OSError as error:
                raise Unopened(f"{name} cannot be opened: {error.strerror}") from error
        return replace(self, loaded=Loaded(text, files))


PICTURES = 10  # times notebook_bytes: outputs are dropped unread, and what is left is measured


@dataclass(frozen=True)
class Given:
    """What an assignment brings along: the names of its notebooks, the files beside them, and which of those
    a student may hand in changed; `closed` are the digests of files that no kernel may see."""

    notebooks: tuple[str, ...]
    files: Paths = field(default_factory=dict)
    may_change: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()


def look_into(folder: Path, student: str, name: str, given: Given, limits: Limits) -> Submission:
    """The notebook `name` in `folder` and the files beside it; those that are given come first."""
    timestamp, notes = read_timestamp(folder)
    try:
        if os.path.islink(folder) or os.path.islink(folder.parent):
            raise Unreadable("the submission's folder is a link, which is not followed")
        path, found = find_notebook(folder, name, given.notebooks)
    except Unreadable as reason:
        found_notes, unopened = (str(reason), *notes), isinstance(reason, Unopened)
        digest = _digest(found_notes)
        return Submission(student, name, None, (), found_notes, timestamp, digest, unopened=unopened)
    beside, left_out = files_beside(path.parent, limits)
    own, closed = without_exercises(beside, given.closed)
    changed = given.may_change & own.keys()
    files_given = {name: path for name, path in given.files.items() if name not in changed}
    merged, clashes = _together(own, files_given)
    all_notes = (*found, *left_out, *closed, *clashes, *notes)
    files = tuple(sorted(merged.items()))
    digest = _digest(all_notes, ("", path), *files)
    return Submission(student, name, path, files, all_notes, timestamp, digest)


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


def _digest(notes: tuple[str, ...], *files: tuple[str, Path]) -> str:
    total = hashlib.sha256(json.dumps(notes).encode())
    for name, path in files:
        total.update(json.dumps(name).encode())
        with contextlib.suppress(OSError):
            if stat.S_ISREG(path.lstat().st_mode):  # a pipe would keep us waiting
                with path.open("rb") as file:
                    total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def files_beside(folder: Path, limits: Limits) -> tuple[Paths, list[str]]:
    """Plain files below `folder` but notebooks and hidden ones, by relative path, and what was left out.

    Python files come first: a notebook imports them. Half of what a submission may write is for these.
    """
    found: Paths = {}
    left_out: list[str] = []
    room = limits.folder_bytes // 2
    for path, size in sorted(_plain_files(folder, left_out), key=lambda file: _helpers_first(file[0])):
        name = os.path.relpath(path, folder)
        if size > room or len(found) >= limits.files:
            left_out.append(name)
        else:
            found[name], room = path, room - size
    return found, _told(left_out, limits)


def without_exercises(own: Paths, closed: frozenset[str]) -> tuple[Paths, list[str]]:
    """Without what came with the notebook for its checks, and without exercise files that were unpacked."""
    kept = {name: path for name, path in own.items() if path.name != FILE}
    if not closed:
        return kept, []
    copies = [name for name, path in kept.items() if _sha256(path) in closed]
    notes = [f"{name}: a copy of the course's exercises, closed while answers are judged" for name in copies]
    return {name: path for name, path in kept.items() if name not in copies}, notes


def _sha256(path: Path) -> str:
    with contextlib.suppress(OSError), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
    return ""


def _helpers_first(path: Path) -> tuple[bool, str]:
    return path.suffix != ".py", str(path)


def _told(left_out: list[str], limits: Limits) -> list[str]:
    if not left_out:
        return []
    most = f"{limits.files} files of {limits.folder_bytes // 2_000_000} MB together"
    others = f" and {len(left_out) - 1} more" if len(left_out) > 1 else ""
    return [
        f"not taken along: {left_out[0]}{others} (what can be opened, at most {most}, lies beside a notebook)"
    ]


def _plain_files(folder: Path, left_out: list[str]) -> Iterator[tuple[Path, int]]:
    """Each plain file with its size. What cannot be looked into, or lies too deep, is added to `left_out`."""
    coming, entries = [(folder, 0)], 0
    while coming:
        here, depth = coming.pop()
        try:
            with os.scandir(here) as inside:
                found = list(islice(inside, MOST_ENTRIES - entries))
        except OSError:
            if depth:
                left_out.append(os.path.relpath(here, folder))
            continue
        entries += len(found)
        for entry in found:
            path = Path(entry.path)
            if is_hidden(entry.name) or is_notebook(path) or entry.name in NOT_TAKEN:
                continue
            if entry.is_dir(follow_symlinks=False):
                if depth < DEEPEST:
                    coming.append((path, depth + 1))
                else:
                    left_out.append(os.path.relpath(path, folder))
            elif entry.is_file(follow_symlinks=False):
                try:
                    yield path, entry.stat(follow_symlinks=False).st_size
                except OSError:
                    left_out.append(os.path.relpath(path, folder))


def _together(own: Paths, given: Paths) -> tuple[Paths, list[str]]:
    """The release's files, and the student's where they do not stand in the way of those: a file in the place
    of a folder, or of one above; what Python would import in place of a module."""
    folders = {str(above) for name in given for above in Path(name).parents}
    modules = {path for name in given for path in _imported_as(name)}
    clashing = [n for n in own if n in folders or any(str(above) in given for above in Path(n).parents)]
    standing_in = [n for n in own.keys() - given.keys() if modules.intersection(_imported_as(n)[:1])]
    notes = [f"{name}: the release has a folder or a file of this name, which is used" for name in clashing]
    notes += [f"{name}: the release has a module of this name, which is used" for name in sorted(standing_in)]
    kept = own.keys() - {*clashing, *standing_in}
    return {name: path for name, path in own.items() if name in kept} | given, notes


def _imported_as(name: str) -> list[str]:
    """The module that a file is, as a path, and the packages it lies in, from the inside out; nothing where
    Python imports no such file."""
    path = Path(name)
    if path.suffix not in IMPORTED:
        return []
    module = path.with_name(path.name.partition(".")[0])
    found = [module, *module.parents][:-1]
    return [str(one) for one in (found[1:] if module.name == "__init__" else found)]


IMPORTED = (".py", ".pyc", ".so")
