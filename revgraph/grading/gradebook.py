"""Write results where nbgrader keeps them: its gradebook and the autograded notebook. One process does."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import Comment, Grade, Gradebook, MissingEntry, SubmittedNotebook
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning


@contextmanager
def open_gradebook(course: CourseDirectory) -> Iterator[Gradebook]:
    with Gradebook(course.db_url, course.course_id) as gradebook:
        yield gradebook


def roster(gradebook: Gradebook, course: CourseDirectory) -> list[str]:
    """Every student the gradebook knows, and everyone who has a folder in `submitted/`."""
    submitted = Path(course.root, course.submitted_directory)
    folders = [path.name for path in submitted.iterdir() if path.is_dir()] if submitted.is_dir() else []
    return sorted({student.id for student in gradebook.students} | set(folders))


def record(
    gradebook: Gradebook,
    assignment: str,
    student: str,
    name: str,
    notebook: NotebookNode,
    timestamp: str | None = None,
) -> SubmittedNotebook:
    """Enter what the outputs of the graded cells earn, and return the submission's row."""
    gradebook.update_or_create_student(student)
    with warnings.catch_warnings():  # nbgrader adds a submission in an order that SQLAlchemy 2.1 warns of
        warnings.simplefilter("ignore", SAWarning)
        gradebook.update_or_create_submission(assignment, student, timestamp=timestamp)
    row = gradebook.find_submission_notebook(name, assignment, student)
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}
    for grade in row.grades:
        _enter_score(grade, cells[grade.name])
    for comment in row.comments:
        _enter_comment(comment, cells[comment.name])
    gradebook.db.commit()
    return row


def _enter_score(grade: Grade, cell: NotebookNode) -> None:
    """As nbgrader's SaveAutoGrades does: a grader's own score stays, and asks for another look."""
    grade.auto_score, _ = utils.determine_grade(cell)
    grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None


def _enter_comment(comment: Comment, cell: NotebookNode) -> None:
    untouched = cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
    comment.auto_comment = "No response." if untouched and not utils.is_task(cell) else None


def has_assignment(gradebook: Gradebook, assignment: str) -> bool:
    try:
        gradebook.find_assignment(assignment)
    except MissingEntry:
        return False
    return True


def save_autograded(
    course: CourseDirectory, assignment: str, student: str, name: str, notebook: NotebookNode
) -> Path:
    """Put the graded notebook where formgrader and feedback look for it, readable by the instructor alone."""
    path = Path(course.format_path(course.autograded_directory, student, assignment), f"{name}.ipynb")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_suffix(".part")
    unfinished.touch(mode=0o600)
    unfinished.write_text(nbformat.writes(notebook), "utf-8")
    os.replace(unfinished, path)
    return path
