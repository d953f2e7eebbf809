"""Putting generated files where people work: what somebody has changed is never written over.

A notebook of the course belongs to the learner from the moment it is changed. A `.generated.json` beside it
holds the SHA-256 of every file as it was last put there; a file that no longer matches, somebody has changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from revgraph.authoring.chapters import PipelineError
from revgraph.files import write_atomically

MANIFEST = ".generated.json"


@dataclass
class Update:
    """What became of each file, as paths relative to the course's folder."""

    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    copied: dict[str, str] = field(default_factory=dict)


def bring_up_to_date(
    source: Path, course: Path, keep_copies: bool = False, only: list[str] | None = None
) -> Update:
    """Bring `course`, or `only` these folders of it, to what is in `source`, leaving alone every file that
    somebody has changed.

    With `keep_copies` it is kept beside the new one, as "05_unbroadcast (yours 2026-11-21 093107).ipynb".
    """
    course.mkdir(parents=True, exist_ok=True)
    update, recorded, fresh = Update(), read_manifest(course), digests(source)
    for name in sorted(fresh | recorded):
        if only and name.partition("/")[0] not in only:
            continue
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
            if now != fresh[name]:
                (course / name).parent.mkdir(parents=True, exist_ok=True)
                write_atomically(course / name, (source / name).read_bytes())
                update.written.append(name)
            recorded[name] = fresh[name]
        else:
            (course / name).unlink(missing_ok=True)
            del recorded[name]
            update.removed.append(name)
    write_manifest(course, recorded)
    return update


def record_as_placed(course: Path, folder: str) -> None:
    """Record the files that lie in a folder of `course` now as put there by a release."""
    fresh = {f"{folder}/{name}": value for name, value in digests(course / folder).items()}
    others = {n: value for n, value in read_manifest(course).items() if n.partition("/")[0] != folder}
    write_manifest(course, others | fresh)


def digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def digests(folder: Path) -> dict[str, str]:
    """Of all files but the records, by their paths below `folder`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def read_manifest(course: Path) -> dict[str, str]:
    """What was last put there; without a readable record every file counts as changed."""
    record: dict[str, str] = {}
    for path in (course / MANIFEST, *course.glob(f"*/{MANIFEST}")):
        folder = path.parent.relative_to(course)
        with contextlib.suppress(ValueError, FileNotFoundError):
            files = json.loads(path.read_text(encoding="utf-8"))
            record |= {(folder / name).as_posix(): value for name, value in files.items()}
    return record


def write_manifest(course: Path, record: dict[str, str]) -> None:
    """A file in each chapter's folder, so that two people's chapters never conflict."""
    chapters: dict[str, dict[str, str]] = {path.parent.name: {} for path in course.glob(f"*/{MANIFEST}")}
    for name, value in record.items():
        chapter, _, rest = name.partition("/") if "/" in name else ("", "", name)
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
