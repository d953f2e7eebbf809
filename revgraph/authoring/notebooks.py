"""The notebook pipeline: `solutions/` is written by people, `course/` is made from it by nbgrader.

A notebook in `course/` belongs to the learner from the moment it is changed. A `.generated.json` beside
it holds the SHA-256 of every file as it was last generated; a file that no longer matches was changed by
somebody, and is never written over.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config, PyFileConfigLoader

MANIFEST = ".generated.json"
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


class PipelineError(Exception):
    """Something the author of a notebook has to mend; the message says what."""


# ---- finding things


def find_chapters(folder: Path) -> list[Path]:
    """Every NN_name/NN_name.ipynb in `folder`, in order."""
    return sorted(path for path in folder.glob("*/*.ipynb") if path.stem == path.parent.name)


def choose_chapters(folder: Path, names: list[str]) -> list[Path]:
    """The chapters named, or all of them; an unknown name is an error that lists the known ones."""
    chapters = {path.stem: path for path in find_chapters(folder)}
    unknown = [name for name in names if name not in chapters]
    if unknown:
        raise PipelineError(
            f"no chapter {', '.join(unknown)} in {folder}; there are {', '.join(chapters) or 'none'}"
        )
    return [chapters[name] for name in names or chapters]


def nbgrader_settings(root: Path) -> Config:
    """The project's nbgrader_config.py, as nbgrader itself would load it from `root`.

    Whoever is about to use nbgrader asks for these first, so its helpers are made known here too.
    """
    if not (root / "nbgrader_config.py").is_file() or not (root / "solutions").is_dir():
        raise PipelineError(
            f"{root} holds no nbgrader_config.py and solutions/: run this in the project's folder"
        )
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.CourseDirectory.root = str(root)
    _put_helpers_on_path()
    return config


def _put_helpers_on_path() -> None:
    """nbgrader starts alembic by its bare name. It lies beside our Python, also where nobody has activated
    the environment."""
    scripts, path = sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)
    if scripts not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([scripts, path])


# ---- solutions/ -> course/


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
    _put_helpers_on_path()
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
                place(out / name, course / name)
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
            path.write_text(json.dumps(files, indent=1, sort_keys=True) + "\n")
        else:
            path.unlink()


def place(source: Path, target: Path) -> None:
    """Copy in one step, so that an interrupted run leaves no half-written notebook."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.new")
    shutil.copyfile(source, half)
    os.replace(half, target)


def set_aside(path: Path) -> Path:
    kept = path.with_name(f"{path.stem} (yours {datetime.now():%Y-%m-%d %H%M%S}){path.suffix}")
    if kept.exists():
        raise PipelineError(f"{kept} is there already; move it away first")
    return path.rename(kept)


# ---- executing solutions/


def execute(path: Path, timeout: int = 120) -> None:
    """Run a solution notebook from top to bottom and save its outputs; nothing is saved when a cell fails.

    Running it twice gives the same bytes, as far as its own code repeats.
    """
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as home:
        client = NotebookClient(
            notebook,
            timeout=timeout,
            kernel_name="python3",
            record_timing=False,
            coalesce_streams=True,
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": str(path.parent)}},
        )
        try:
            client.execute(env={**os.environ, "REVGRAPH_HOME": home})
        except CellExecutionError as error:
            raise PipelineError(f"{path.stem}: a cell fails\n{error}") from error
    failed = [cell.source for cell in notebook.cells if has_error(cell) and not demonstrates_failure(cell)]
    if failed:  # in cells tagged raises-exception, or nbclient would have said so
        raise PipelineError(f"{path.stem}: the solution itself fails in\n" + "\n\n".join(failed))
    tidy(notebook)
    nbformat.write(notebook, path)


def check_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The automatically graded cells, by grade_id."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    graded = [(cell.metadata.get("nbgrader", {}), cell) for cell in cells]
    return {meta["grade_id"]: cell for meta, cell in graded if meta.get("grade") and not meta.get("solution")}


def has_error(cell: NotebookNode) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", []))


def demonstrates_failure(cell: NotebookNode) -> bool:
    """Whether an ungraded cell shows, on purpose, what a check says of a wrong answer."""
    names = [output.ename for output in cell.outputs if output.output_type == "error"]
    return names == ["CheckFailed"] and not cell.metadata.get("nbgrader", {}).get("grade")


def tidy(notebook: NotebookNode) -> None:
    """Keep what repeats: no Python version, no timing, and cell ids that follow from the content."""
    notebook.metadata = NotebookNode(kernelspec=KERNELSPEC, language_info={"name": "python"})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    taken: set[str] = set()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        cell.id = cell_id(cell, taken)
        taken.add(cell.id)


def cell_id(cell: NotebookNode, taken: set[str]) -> str:
    """The grade_id where there is one, else a digest of the source: converting again changes nothing."""
    name = (
        cell.metadata.get("nbgrader", {}).get("grade_id")
        or hashlib.sha256(cell.source.encode()).hexdigest()[:8]
    )
    name = re.sub(r"[^a-zA-Z0-9_-]", "-", name)[:60]
    return next(
        unique for n in range(len(taken) + 1) if (unique := f"{name}-{n}" if n else name) not in taken
    )


# ---- what the two commands say


def report(update: Update) -> str:
    lines = [f"wrote course/{name}" for name in update.written]
    lines += [f"removed course/{name}, which solutions/ no longer has" for name in update.removed]
    lines += [f"kept your course/{name} as '{copy}'" for name, copy in update.copied.items()]
    lines += [f"left course/{name} alone: it has been changed" for name in update.refused]
    if update.refused:
        lines.append("To put new ones beside your own: revgraph course --keep-copies")
    return "\n".join(lines) or "course/ is up to date"
