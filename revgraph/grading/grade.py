"""Grade an assignment: every student of the roster, every folder in `submitted/`, one row each."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from revgraph.grading.execute import execute
from revgraph.grading.gradebook import open_gradebook, record, roster, save_autograded
from revgraph.grading.repair import Submission, read_submission


@dataclass
class Row:
    """What the instructor sees of one student. `reasons` says why points are missing or what was repaired."""

    student: str
    score: float
    max_score: float
    reasons: list[str]


def grade(course: CourseDirectory, assignment: str, timeout: int = 30) -> list[Row]:
    """Grade every submission of `assignment` into the gradebook."""
    with open_gradebook(course) as gradebook:
        names = [notebook.name for notebook in gradebook.find_assignment(assignment).notebooks]
        return [
            _grade_one(course, gradebook, assignment, name, student, timeout)
            for student in roster(gradebook, course)
            for name in names
        ]


def _grade_one(
    course: CourseDirectory, gradebook: Gradebook, assignment: str, name: str, student: str, timeout: int
) -> Row:
    folder = Path(course.format_path(course.submitted_directory, student, assignment))
    submission = read_submission(folder, name, released_notebook(course, assignment, name))
    notes = submission.notes + _run(submission, timeout)
    timestamp = course.get_existing_timestamp(str(folder))
    row = record(gradebook, assignment, student, name, submission.notebook, timestamp)
    save_autograded(course, assignment, student, name, submission.notebook)
    return Row(student, row.score, row.max_score, [*notes, *failures(submission.notebook)])


def _run(submission: Submission, timeout: int) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="revgraph-") as scratch:
        return execute(submission.notebook, Path(scratch), timeout)


def released_notebook(course: CourseDirectory, assignment: str, name: str) -> NotebookNode:
    folder = course.format_path(course.release_directory, ".", assignment)
    return nbformat.read(Path(folder, f"{name}.ipynb"), as_version=4)


def failures(notebook: NotebookNode) -> Iterator[str]:
    """What went wrong in the graded cells, each thing once: `sigmoid, softmax: not written yet`."""
    by_message: dict[str, list[str]] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and utils.is_grade(cell) and utils.has_failed(cell):
            name = cell.metadata.nbgrader.grade_id.removeprefix("check_")
            error = next((out for out in cell.outputs if out.output_type == "error"), None)
            by_message.setdefault(_summary(error).removeprefix(f"{name}: "), []).append(name)
    return (f"{', '.join(names)}: {message}" for message, names in by_message.items())


PLAINLY = {
    "NotImplementedError": "not written yet",
    "KeyboardInterrupt": "did not finish in time",
    "CellTimeoutError": "did not finish in time",
}


def _summary(error: NotebookNode | None) -> str:
    if error is None:
        return "wrote to stderr"
    first = (error.evalue.strip().splitlines() or [""])[0]
    first = first if error.ename in ("CheckFailed", "NotRun") else f"{error.ename}: {first}".rstrip(": ")
    return PLAINLY.get(error.ename, first)
