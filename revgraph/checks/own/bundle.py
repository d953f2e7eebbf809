"""A course's own exercises as they travel: beside a released notebook, or to the workers of a cluster.

`exercises.revgraph` is a zip file of the exercise files that an assignment's notebooks need. A learner's
check reads it as it reads the installed package for our own chapters. Grading never does: it has the files of
the teacher.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from revgraph.checks.own.broken import Broken
from revgraph.checks.own.siblings import needed

FILE = "exercises.revgraph"
MANIFEST, INSIDE = "course.json", "exercises/"
LEFT_OUT = ("__pycache__", ".ipynb_checkpoints", ".pytest_cache")
MOST_BYTES = 500_000_000  # unpacked: a file of some kilobytes can be packed so that it fills any memory


@dataclass(frozen=True)
class Place:
    """Where an exercise stands: the notebook that checks it, and its assignment. ``points`` are its own."""

    name: str
    chapter: str
    notebook: str
    points: float = 0


@dataclass(frozen=True)
class Bundle:
    """Files by their paths below the folder of exercises, with /. ``folder`` is its name, for messages.

    ``places`` tells which notebook checks which exercise, in the course's order; ``ours`` whether our own
    chapters are a part of this course.
    """

    folder: str
    files: tuple[tuple[str, bytes], ...]
    places: tuple[Place, ...] = ()
    ours: bool = True

    @cached_property
    def digest(self) -> str:
        """Of all that decides how an exercise judges."""
        total = hashlib.sha256()
        for name, content in self.files:
            total.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(content).digest())
        return total.hexdigest()

    @property
    def sources(self) -> dict[str, bytes]:
        return {name: content for name, content in self.files if name.endswith(".py")}

    def needed_by(self, paths: Iterable[str]) -> set[str]:
        """These exercise files and all files that they import."""
        return {found for path in paths for found in needed(path, self.sources)}

    def only(self, paths: set[str], data: bool = True) -> Bundle:
        """With no Python files but these, and, with ``data``, all that are not Python files."""
        kept = [(n, c) for n, c in self.files if n in paths or (data and not n.endswith(".py"))]
        return replace(self, files=tuple(kept))

    def packed(self) -> bytes:
        """The zip file."""
        target = BytesIO()
        told = {"folder": self.folder, "ours": self.ours, "places": [vars(place) for place in self.places]}
        contents = {MANIFEST: json.dumps(told, indent=1)} | {INSIDE + name: c for name, c in self.files}
        with ZipFile(target, "w") as made:
            for name, content in contents.items():  # without a time: equal content makes equal files
                made.writestr(ZipInfo(name), content, ZIP_DEFLATED)
        return target.getvalue()


def of_folder(folder: Path, places: tuple[Place, ...] = (), ours: bool = True) -> Bundle:
    """All files of a folder but hidden ones and what Python keeps there."""
    files = [(path.relative_to(folder).as_posix(), path.read_bytes()) for path in files_in(folder)]
    return Bundle(folder.name, tuple(files), places, ours)


def files_in(folder: Path) -> list[Path]:
    """In an order that is the same on every system."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(
        path
        for path in found
        if not any(p in LEFT_OUT or p.startswith(".") for p in path.relative_to(folder).parts)
        and path.suffix != ".pyc"
    )


def unpacked(path: Path) -> Bundle:
    """The bundle in a zip file. Raises Broken for a file that `packed` has not made."""
    try:
        with ZipFile(path) as kept:
            if (size := sum(file.file_size for file in kept.infolist())) > MOST_BYTES:
                raise ValueError(f"it unpacks to {size:,} bytes")
            told = json.loads(kept.read(MANIFEST))
            names = [name for name in kept.namelist() if name.startswith(INSIDE)]
            files = tuple((name.removeprefix(INSIDE), kept.read(name)) for name in names)
        places = tuple(Place(**place) for place in told["places"])
        if any(part in ("", ".", "..") for name, _ in files for part in name.split("/")):
            raise ValueError("a file lies outside of it")
        return Bundle(str(told["folder"]), files, places, bool(told["ours"]))
    except Exception as error:  # damaged, encrypted, packed in another way: each has an error of its own
        raise Broken(
            f"{path} cannot be read ({type(error).__name__}: {error}). Next: fetch the assignment again, or "
            "put this file back as it was handed out"
        ) from error
