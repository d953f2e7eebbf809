"""A course whose folder is a virtual environment too (`python -m venv .`), so that both lie in it mixed.

Submissions see `lib`, `share`, `etc` and the like of Python's folder, for packages keep their data there.
What neither Python nor a package has put there is the course's, and is hidden.
"""

from __future__ import annotations

import json
import os
import sys
import sysconfig
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from revgraph.grading.student.view import PYTHON


def among_python(folder: str) -> list[str]:
    """The outermost folders and files of the course in `folder` that lie in Python's parts of it. What can be
    imported is meant to be, and is none of these; nor are links, which lead to what has another name."""
    prefix = os.path.realpath(sys.prefix)
    if os.path.realpath(folder) != prefix:
        return []
    known = set(_installed(prefix))
    if not known:
        return []
    above = {str(parent) for path in known for parent in Path(path).parents}
    found, coming = list[str](), [prefix]
    while coming:
        for entry in os.scandir(here := coming.pop()):
            if entry.is_symlink() or entry.path in known or (here == prefix and entry.name not in PYTHON):
                continue
            (coming if entry.path in above else found).append(entry.path)
    return sorted(found)


def hidden_among_python(folder: str) -> Iterator[str]:
    """What an instructor has to know of it, in a sentence."""
    if found := [os.path.relpath(path, os.path.realpath(folder)) for path in among_python(folder)]:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield (
            f"The course's folder is Python's as well: {found[0]}{more} in it, which no package put there, "
            "is hidden from submissions."
        )


def _installed(prefix: str) -> Iterator[str]:
    """What belongs to a virtual environment, or to one of conda's; nothing where nobody has noted it."""
    notes = list(Path(prefix, "conda-meta").glob("*.json"))
    if not notes and not Path(prefix, "pyvenv.cfg").is_file():
        return
    packages = {os.path.realpath(sysconfig.get_path(name)) for name in ("purelib", "platlib")}
    yield from map(os.path.dirname, packages)
    yield from map(str, Path(prefix, "bin").glob("python*"))
    yield f"{prefix}/pyvenv.cfg"
    for note in notes:
        yield from (f"{prefix}/{path}" for path in json.loads(note.read_text("utf-8")).get("files", []))
    for package in distributions():
        for path in package.files or []:
            if path.parts[0] == "..":
                yield os.path.realpath(str(package.locate_file(path)))
