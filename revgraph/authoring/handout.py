"""`revgraph handout`: the released notebooks, requirements, and how to start, for students without git.

What is handed out is the release, never the source, and nothing that was changed since: a notebook that an
instructor has solved in the release's folder is refused.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import compute_checksum

from revgraph import __version__
from revgraph.authoring import requirements
from revgraph.authoring.chapters import NoCourse, PipelineError, nbgrader_settings
from revgraph.authoring.start import packaged_course
from revgraph.files import write_atomically

MARKS = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)")
TAGS = {"worked-answer", "instructor-only"}  # of cells that stay in the source
LEFT_OUT = {"my_revgraph", "feedback", "__pycache__"}  # what working in the folder has left there
MADE_AT = (1980, 1, 1, 0, 0, 0)  # the first date that a zip file can tell: equal files make equal zips
README = """\
{title}
{underline}

In the folder "course" are your notebooks. You need Python 3.11 or newer: https://www.python.org/downloads
Open a terminal in this folder, the one that holds README.txt.

Windows (PowerShell)

    py -3 -m venv .venv
    .venv\\Scripts\\python -m pip install -r requirements.txt
    .venv\\Scripts\\python -m jupyter lab course

macOS and Linux

    python3 -m venv .venv
    .venv/bin/python -m pip install -r requirements.txt
    .venv/bin/python -m jupyter lab course

The first two lines take a minute or two, and are needed once. The third opens JupyterLab in your browser,
every time. Ctrl-C in the terminal ends it.

{chapters}

Save your work with Ctrl+S (Cmd+S on a Mac), and hand in the notebook under the name it has.
"""


def hand_out(root: Path, names: list[str], to: Path, wheel: Path | None = None) -> Iterator[str]:
    """Write what students get to `to`, and say what. Raises PipelineError where something is in the way."""
    course, title = _released(root)
    folders = _chosen(course, names)
    files = {
        f"course/{path.relative_to(course).as_posix()}": path.read_bytes()
        for folder in folders
        for path in _files(folder)
    }
    for name, content in files.items():
        _refuse_what_stays(name, content)
    if (course / "README.md").is_file():
        files["course/README.md"] = (course / "README.md").read_bytes()
    of_revgraph, others, unknown = requirements.needed(files)
    what = f"revgraph[course]=={__version__}" if of_revgraph else "jupyterlab"
    if wheel is not None:
        what, files[wheel.name] = f"./{wheel.name}[course]", _content(wheel)
    files |= _beside(title, [folder.name for folder in folders], _with_own(root, [what, *others]))
    if to.suffix == ".zip":
        _write_zip(to, files)
    else:
        _write_folder(to, files)
    notebooks = sum(name.endswith(".ipynb") for name in files)
    what = f"{len(folders)} assignment{'s' * (len(folders) > 1)}, {notebooks} notebook{'s' * (notebooks > 1)}"
    yield f"{to}: {what} of the course {title}. Unpacked, README.txt says how to start"
    if unknown:
        yield (
            f"They import {', '.join(unknown)}, which is not installed here. Next: see that what brings it "
            "stands in requirements.txt, beside nbgrader_config.py"
        )


def _released(root: Path) -> tuple[Path, str]:
    """The folder of the releases of the course in `root`, and its title; else the installed course."""
    try:
        settings = CourseDirectory(config=nbgrader_settings(root))
    except NoCourse:
        return packaged_course(), "revgraph"
    folder = Path(settings.format_path(settings.release_directory, ".", "."))
    return folder, settings.course_id or root.resolve().name


def _chosen(course: Path, names: list[str]) -> list[Path]:
    known = {path.name: path for path in sorted(course.glob("*/")) if any(path.glob("*.ipynb"))}
    if not known:
        raise PipelineError(f"{course} holds no released notebook. Next: revgraph course")
    if unknown := [name for name in names if name not in known]:
        raise PipelineError(f"{', '.join(unknown)} is not released; there are {', '.join(known)}")
    return [known[name] for name in names or known]


def _files(folder: Path) -> Iterator[Path]:
    """All but what is hidden and what working there has left."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") or part in LEFT_OUT for part in parts):
            yield path


def _refuse_what_stays(name: str, content: bytes) -> None:
    """Raises PipelineError for a notebook with answers, hidden tests or marking guides in it."""
    if not name.endswith(".ipynb"):
        return
    try:
        notebook = nbformat.reads(content.decode("utf-8"), as_version=4)
    except ValueError as error:
        raise PipelineError(f"{name} is no notebook: {error}") from None
    for cell in notebook.cells:
        if mark := MARKS.search(cell.source):
            raise PipelineError(f"{name} says {mark[0]!r}: release it first, as nbgrader does")
        if TAGS & set(cell.metadata.get("tags", [])):
            raise PipelineError(f"{name} has a cell for instructors: release it first, as nbgrader does")
        if _is_changed(cell):
            raise PipelineError(
                f"{name} was changed since it was released, in the cell {cell.metadata.nbgrader.grade_id}: "
                "it may hold an answer. Next: move it away, and release it anew"
            )


def _is_changed(cell: NotebookNode) -> bool:
    known = cell.metadata.get("nbgrader", {}).get("checksum")
    return known is not None and known != compute_checksum(cell)


def _content(wheel: Path) -> bytes:
    if not wheel.is_file() or wheel.suffix != ".whl":
        raise PipelineError(f"{wheel} is no wheel. In a clone of revgraph, make package builds dist/*.whl")
    return wheel.read_bytes()


def _with_own(root: Path, wanted: list[str]) -> list[str]:
    """With what the course itself asks for, which says better what it names."""
    path = root / "requirements.txt"
    own = path.read_text("utf-8").splitlines() if path.is_file() else []
    first, *others = wanted
    named = set(map(requirements.named, own))
    return [first, *own, *(one for one in others if requirements.named(one) not in named)]


def _beside(title: str, chapters: list[str], wanted: list[str]) -> dict[str, bytes]:
    """How to start, and what to install."""
    listed = "\n".join(["In this folder:", "", *(f"    course/{name}" for name in chapters)])
    readme = README.format(title=title, underline="=" * len(title), chapters=listed)
    return {
        "README.txt": readme.replace("\n", "\r\n").encode(),  # Notepad of old wants both
        "requirements.txt": "\n".join([*wanted, ""]).encode(),
    }


def _write_zip(to: Path, files: dict[str, bytes]) -> None:
    """Replace an older one of ours, and never anything else."""
    if to.exists() and not _is_ours(to):
        raise PipelineError(f"{to} is there already, and no handout: move it away, or choose another by --to")
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{to.stem}/{name}", MADE_AT)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    write_atomically(to, buffer.getvalue())


def _is_ours(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            found = archive.namelist()
    except Exception:  # a folder, or damaged: zipfile has no one error for that
        return False
    return any(re.fullmatch(r"[^/]+/README\.txt", name) for name in found)


def _write_folder(to: Path, files: dict[str, bytes]) -> None:
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise PipelineError(f"{to} is there already: choose another by --to")
    for name, content in files.items():
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(to / name, content)
