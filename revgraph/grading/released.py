"""What was released of an assignment: its notebooks, the files beside them, and if its source is newer."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry, Notebook
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files, is_grade, is_solution, is_task

from revgraph.checks.own.bundle import FILE
from revgraph.grading.student.limits import Limits
from revgraph.grading.submission.read import Given
from revgraph.grading.submission.repair import grade_id


class NothingToGrade(Exception):
    """The message says what is missing."""


def released_notebooks(course: CourseDirectory, gradebook: Gradebook, assignment: str) -> dict[str, str]:
    """Each notebook that the gradebook knows of the assignment, as it was released: JSON, by name.

    Raises NothingToGrade where release and gradebook do not agree, and for another kernel than Python's.
    """
    if not assignment:
        folders = Path(course.format_path(course.source_directory, ".", "")).glob("*/")
        raise NothingToGrade(f"name an assignment, one of {', '.join(sorted(path.name for path in folders))}")
    release = f"Next: revgraph course {assignment}, which enters it and writes {course.release_directory}/"
    try:
        known = gradebook.find_assignment(assignment).notebooks
    except MissingEntry:
        hint = _near(course, assignment) or f". {release}"
        raise NothingToGrade(f"the gradebook knows no assignment {assignment!r}{hint}") from None
    folder = Path(course.format_path(course.release_directory, ".", assignment))
    found: dict[str, str] = {}
    for notebook in sorted(known, key=lambda notebook: notebook.name):
        path = folder / f"{notebook.name}.ipynb"
        if not path.is_file():
            raise NothingToGrade(f"there is no {path}. {release}")
        found[notebook.name] = path.read_text("utf-8")
        _expect_the_same(path, found[notebook.name], notebook, release)
    if not found:
        raise NothingToGrade(f"the gradebook knows no notebook of {assignment}. {release}")
    return found


def _expect_the_same(path: Path, text: str, known: Notebook, release: str) -> None:
    try:
        notebook = nbformat.reads(text, as_version=4)
    except Exception as error:  # nbformat raises whatever it stumbles over
        raise NothingToGrade(f"{path} is no notebook: {error}. {release}") from error
    if kernel := other_kernel(notebook):
        raise NothingToGrade(
            f"{path.name} is written for the kernel {kernel}, and revgraph grade runs Python alone. "
            f"Next: nbgrader autograde {path.parent.name}"
        )
    lacking = _names(known) - {grade_id(cell) for cell in notebook.cells}
    if lacking:
        lack = ", ".join(sorted(lacking))
        raise NothingToGrade(f"{path} lacks {lack}, which the gradebook knows. {release}")


def _names(notebook: Notebook) -> set[str]:
    return {cell.name for cell in [*notebook.grade_cells, *notebook.solution_cells, *notebook.task_cells]}


def _near(course: CourseDirectory, assignment: str) -> str:
    """A hint at the assignments whose names are like it; empty for one that is in the source itself."""
    folders = Path(course.format_path(course.source_directory, ".", "")).glob("*/")
    near = get_close_matches(assignment, [path.name for path in folders], 3)
    if assignment in near:
        return ""
    return f"; did you mean {' or '.join(near)}?" if near else ""


def other_kernel(notebook: NotebookNode) -> str:
    """The name of a notebook's kernel where it is none of Python's; empty where it is, or may be."""
    kernel, language = notebook.metadata.get("kernelspec", {}), notebook.metadata.get("language_info", {})
    name = kernel.get("name", "")
    spoken = kernel.get("language") or language.get("name") or _language(name) or "python"
    return "" if spoken.lower().startswith(("python", "ipython")) else name or spoken


def _language(kernel: str) -> str:
    """Of a kernel that is installed here; empty for any other."""
    try:
        return str(KernelSpecManager().get_kernel_spec(kernel).language)
    except NoSuchKernel:
        return ""


def what_is_given(
    course: CourseDirectory, assignment: str, notebooks: tuple[str, ...], limits: Limits
) -> Given:
    """As nbgrader has it: the source's files come before the release's, and both before a student's."""
    found: dict[str, Path] = {}
    for step in (course.release_directory, course.source_directory):
        folder = course.format_path(step, ".", assignment)
        for path in find_all_files(folder, [*course.ignore, ".*", "*.ipynb", FILE]):
            found[os.path.relpath(path, folder)] = Path(path)
    size = sum(path.stat().st_size for path in found.values())
    if size > limits.folder_bytes // 2 or len(found) > limits.files:
        raise NothingToGrade(
            f"{len(found)} files of {size / 1e6:.0f} MB lie beside the notebooks of {assignment}: too much. "
            f"Next: --limit folder_bytes={2 * size + limits.folder_bytes} --limit files={2 * len(found)}"
        )
    may_change = Autograde(config=course.config).exclude_overwriting.get(assignment, [])
    return Given(notebooks, found, frozenset(may_change))


def changed_since_release(
    course: CourseDirectory, gradebook: Gradebook, assignment: str
) -> dict[str, list[str]]:
    """By each source notebook that is newer than its release: the graded cells that differ from it."""
    folder = Path(course.format_path(course.source_directory, ".", assignment))
    found = {}
    for known in gradebook.find_assignment(assignment).notebooks:
        path = folder / f"{known.name}.ipynb"
        if changed := _changed(_read(path), known):
            found[os.path.relpath(path, course.root)] = changed
    return found


def _read(path: Path) -> NotebookNode | None:
    """None where the source is missing or cannot be read just now: what counts is the release."""
    try:
        return nbformat.read(path, as_version=4)
    except Exception:
        return None


def _changed(source: NotebookNode | None, known: Notebook) -> list[str]:
    if source is None:
        return []
    points = {cell.name: cell.max_score for cell in [*known.grade_cells, *known.task_cells]}
    texts = {cell.name: cell.source for cell in known.source_cells}
    marked = {name: cell for cell in source.cells if (name := grade_id(cell))}
    gone = [name for name in points if name not in marked]
    other_points = [
        name
        for name, cell in marked.items()
        if (is_grade(cell) or is_task(cell)) and cell.metadata.nbgrader.get("points") != points.get(name)
    ]
    rewritten = [
        name for name, cell in marked.items() if _is_as_released(cell) and cell.source != texts.get(name)
    ]
    return sorted({*gone, *other_points, *rewritten})


def _is_as_released(cell: NotebookNode) -> bool:
    """Whether nbgrader enters the cell's text as it stands: not answers, nor tests that it makes itself."""
    is_test = cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)
    return is_test and "AUTOTEST" not in cell.source and "BEGIN SOLUTION" not in cell.source
