"""Write results where nbgrader keeps them: its gradebook and the autograded notebook. A single process
does so."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, InternalError, OperationalError, ProgrammingError

from revgraph.files import write_atomically
from revgraph.grading.source import Source
from revgraph.grading.students import misnamed
from revgraph.grading.submission.repair import OF_THE_EXCHANGE, grade_id, is_locked


def keep_private(course: CourseDirectory) -> None:
    """What this process writes from here on, and the gradebook, is for the instructor's eyes alone."""
    os.umask(0o077)
    file = file_of(course)
    if file and os.path.exists(file):
        os.chmod(file, 0o600)


def file_of(course: CourseDirectory) -> str:
    """The gradebook's file, also where db_url holds an address of SQLite's own, as in
    sqlite:///file:/grades.db?mode=rw&uri=true; empty where the gradebook is no file."""
    url = _address(course)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return ""
    address = url.database.startswith("file:")
    return os.path.abspath(unquote(urlsplit(url.database).path) if address else url.database)


def _address(course: CourseDirectory) -> URL:
    """Raises ValueError where no database has it, or Python cannot speak with that one."""
    try:
        url = make_url(course.db_url)
        url.get_dialect().import_dbapi()
    except (ArgumentError, ImportError) as error:
        raise ValueError(
            f"the gradebook's address, CourseDirectory.db_url, cannot be used: {error}. Next: correct it in "
            'nbgrader_config.py, or install its driver; pip install "revgraph[grading]" brings PostgreSQL\'s'
        ) from error
    return url


# A lock, a lost connection, a missing right: not what an entry's own content raises.
NO_ENTRY_S_FAULT = (OperationalError, ProgrammingError, InternalError)


def what_is_wrong(error: DatabaseError, otherwise: str) -> str:
    """In one sentence, with the next step: `otherwise` where it is nothing special."""
    why = " ".join(str(error.orig).split())
    if re.search("no such (table|column)|(relation|column) .*does not exist", why):
        return f"the gradebook is of another version of nbgrader ({why}). Next: nbgrader db upgrade"
    if type(error) is DatabaseError:  # what SQLite raises for a file that is no database
        return f"the gradebook is damaged ({why}). Next: put back the copy of it that your backups have"
    return f"the gradebook cannot be read or written ({why}). {otherwise}"


@contextlib.contextmanager
def open_gradebook(course: CourseDirectory) -> Iterator[Gradebook]:
    _address(course)
    with Gradebook(course.db_url, course.course_id) as gradebook:
        if gradebook.engine.dialect.name == "postgresql":
            event.listen(gradebook.engine, "begin", _wait_for_locks_no_longer)
        yield gradebook


LONGEST_WAIT = 30  # seconds for a lock that another program holds; SQLite waits 5 by itself


def _wait_for_locks_no_longer(connection: Connection) -> None:
    """Else PostgreSQL waits without end, and nobody knows for what."""
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LONGEST_WAIT}s'")


@dataclass(frozen=True)
class Entry:
    """A graded notebook on its way into the gradebook."""

    student: str
    name: str
    notebook: NotebookNode
    timestamp: datetime | None = None
    handed_in: bool = True
    before: NotebookNode | None = None  # what was graded the last time


def record(gradebook: Gradebook, course: CourseDirectory, assignment: str, entries: Iterable[Entry]) -> None:
    """Enter what the outputs of the graded cells earn, all entries in one transaction."""
    row = gradebook.find_assignment(assignment)
    rule = late_rule(course)
    with gradebook.db.no_autoflush:
        for entry in entries:
            submission = _submission(gradebook, row, entry)
            submission.timestamp = entry.timestamp
            notebook = next(nb for nb in submission.notebooks if nb.notebook.name == entry.name)
            _fill_in(notebook, entry)
            _penalize(gradebook, notebook, rule)
    gradebook.db.commit()


def late_rule(course: CourseDirectory) -> AssignLatePenalties:
    """The course's rule for late submissions: AssignLatePenalties.plugin_class of nbgrader_config.py."""
    rule = AssignLatePenalties(config=course.config)
    rule.init_plugin()
    return rule


class LateRuleFailed(Exception):
    """The course's own rule raised an error, or gave no number."""


def penalize(
    gradebook: Gradebook, course: CourseDirectory, assignment: str, times: Mapping[str, datetime | None]
) -> dict[str, LateRuleFailed]:
    """Compute the penalties of these students anew, by the times at which they handed in: since they were
    graded, these or a due date may have been corrected. Returns for whom the rule failed: theirs are as
    before."""
    rule, failed = late_rule(course), dict[str, LateRuleFailed]()
    for submission in gradebook.assignment_submissions(assignment):
        if submission.student_id in times:
            submission.timestamp = times[submission.student_id]
            for notebook in submission.notebooks:
                try:
                    _penalize(gradebook, notebook, rule)
                except LateRuleFailed as error:
                    failed[submission.student_id] = error
    gradebook.db.commit()
    return failed


def _penalize(gradebook: Gradebook, notebook: SubmittedNotebook, rule: AssignLatePenalties) -> None:
    """As nbgrader does it: no penalty is below 0 or above the score."""
    submission = notebook.assignment
    seconds, penalty = submission.total_seconds_late, None
    if seconds > 0:
        gradebook.db.flush()
        gradebook.db.refresh(notebook, ["score"])
        penalty = _by_the_rule(rule, submission.student_id, notebook.score, seconds)
    notebook.late_submission_penalty = penalty and min(max(penalty, 0), notebook.score)


def _by_the_rule(rule: AssignLatePenalties, student: str, score: float, seconds: float) -> float | None:
    try:
        penalty = rule.plugin_inst.late_submission_penalty(student, score, seconds)
        if penalty is not None and not math.isfinite(penalty):
            raise ValueError(f"{penalty} points")
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise LateRuleFailed(f"the rule for late submissions failed for {student} ({why})") from error
    return penalty


def _submission(gradebook: Gradebook, assignment: Assignment, entry: Entry) -> SubmittedAssignment:
    """The student's submission, made as nbgrader makes it where there is none yet."""
    student = gradebook.db.get(Student, entry.student) or Student(id=entry.student)
    gradebook.db.add(student)
    known = gradebook.db.query(SubmittedAssignment)
    found = known.filter_by(assignment_id=assignment.id, student_id=entry.student).one_or_none()
    return found or _new_submission(gradebook, assignment, student)


def _new_submission(gradebook: Gradebook, assignment: Assignment, student: Student) -> SubmittedAssignment:
    submission = SubmittedAssignment(assignment=assignment, student=student)
    for notebook in assignment.notebooks:
        copy = SubmittedNotebook(notebook=notebook, assignment=submission)
        for cell in [*notebook.grade_cells, *notebook.task_cells]:
            Grade(cell=cell, notebook=copy)
        for cell in [*notebook.solution_cells, *notebook.task_cells]:
            Comment(cell=cell, notebook=copy)
    gradebook.db.add(submission)
    return submission


def _fill_in(row: SubmittedNotebook, entry: Entry) -> None:
    cells = _by_name(entry.notebook)
    before = _by_name(entry.before) if entry.before else {}
    rewritten = entry.before is None or _written(entry.before) != _written(entry.notebook)
    for grade in row.grades:
        cell = cells[grade.cell.name]
        if utils.is_task(cell):  # the answer may stand anywhere
            _enter_score(grade, None if entry.handed_in else 0.0, rewritten)
        else:
            earlier = before.get(grade.cell.name)
            answer_is_new = earlier is None or earlier.source != cell.source
            _enter_score(grade, utils.determine_grade(cell)[0], answer_is_new)
    for comment in row.comments:
        _enter_comment(comment, cells[comment.cell.name])


def _by_name(notebook: NotebookNode) -> dict[str, NotebookNode]:
    return {str(grade_id(cell)): cell for cell in notebook.cells if grade_id(cell)}


def _written(notebook: NotebookNode) -> list[str]:
    """All that a student may have written."""
    return [cell.source for cell in notebook.cells if not is_locked(cell)]


def _enter_score(grade: Grade, score: float | None, answer_is_new: bool) -> None:
    """A score given by hand stays. It asks for another look where what it was given for has changed; nbgrader
    asks for one whenever it grades again."""
    changed = answer_is_new or score != grade.auto_score
    grade.auto_score = score
    grade.needs_manual_grade = score is None if grade.manual_score is None else changed


def _enter_comment(comment: Comment, cell: NotebookNode) -> None:
    untouched = cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
    comment.auto_comment = "No response." if untouched and not utils.is_task(cell) else None


def source(gradebook: Gradebook, assignment: str, name: str, released: str) -> Source:
    """The released notebook, with answers' stubs and points as the gradebook has them, as nbgrader does it.

    The file may have been changed since, by an instructor who has solved it; and locked cells have hidden
    tests in the gradebook alone.
    """
    notebook = with_ids(nbformat.reads(released, as_version=4))
    row = gradebook.find_notebook(name, assignment)
    known = {cell.name: cell for cell in row.source_cells}
    points = {cell.name: cell.max_score for cell in [*row.grade_cells, *row.task_cells]}
    graded = {}
    for cell in notebook.cells:
        if grade_id(cell) in points:
            cell.metadata.nbgrader.points = points[grade_id(cell)]
        found = known.get(str(grade_id(cell)))
        if found is None or found.source is None:
            continue
        if is_locked(cell):
            graded[found.name] = found.source
        else:
            cell.source = found.source
    return Source(nbformat.writes(notebook), tuple(sorted(graded.items())))


def with_ids(notebook: NotebookNode) -> NotebookNode:
    """The same in nbformat 4.5, where each cell has an id. Older ones have none: theirs tell the place."""
    for place, cell in enumerate(notebook.cells):
        cell.setdefault("id", f"given-{place}")
    notebook.nbformat_minor = max(5, notebook.nbformat_minor)
    return notebook


def notebooks(gradebook: Gradebook, assignment: str) -> list[str] | None:
    """The names of its notebooks; None for an assignment that is not known."""
    try:
        return sorted(notebook.name for notebook in gradebook.find_assignment(assignment).notebooks)
    except MissingEntry:
        return None


def save_autograded(
    course: CourseDirectory, assignment: str, student: str, name: str, notebook: NotebookNode
) -> Path:
    """Put the graded notebook where formgrader and feedback look for it, readable by the instructor alone."""
    path = _autograded(course, assignment, student, name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomically(path, nbformat.writes(notebook), mode=0o600)
    feedback = Path(course.format_path(course.feedback_directory, student, assignment))
    _make_older(feedback / f"{name}.html", path)
    return path


def _make_older(page: Path, graded: Path) -> None:
    """A page of feedback that is there was made before, whatever the clock said then: it may have been put
    back since, and then the page would pass for one of the new grades."""
    earlier = graded.stat().st_mtime - 1
    with contextlib.suppress(OSError):  # there is none, or it is another account's
        if page.stat().st_mtime > earlier:
            os.utime(page, (earlier, earlier))


PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")


def save_pictures(
    course: CourseDirectory, assignment: str, student: str, files: Iterable[tuple[str, Path]]
) -> None:
    """Put the pictures that a text cell may show beside the graded notebook. Pages and drawings (HTML, SVG)
    stay out: a browser would run their scripts."""
    folder = Path(course.format_path(course.autograded_directory, student, assignment))
    for name, path in files:
        target, is_ours = folder / name, name.partition("/")[0] in OF_THE_EXCHANGE
        if target.suffix.lower() in PICTURES and ".ipynb" not in name.lower() and not is_ours:
            try:
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                write_atomically(target, path.read_bytes(), mode=0o600)
            except OSError as error:  # a student's names may stand in each other's way
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise


def stale_feedback(course: CourseDirectory, assignment: str, students: Iterable[str]) -> list[str]:
    """Those whose page of feedback is older than what was graded."""
    steps = (course.feedback_directory, course.autograded_directory)

    def is_stale(student: str) -> bool:
        pages, graded = (Path(course.format_path(step, student, assignment)) for step in steps)
        both = ((page, graded / f"{page.stem}.ipynb") for page in pages.glob("*.html"))
        return any(file.exists() and page.stat().st_mtime < file.stat().st_mtime for page, file in both)

    return sorted(student for student in students if not misnamed(student) and is_stale(student))


def has_autograded(course: CourseDirectory, assignment: str, student: str, name: str) -> bool:
    """Whether the graded notebook is there; a power cut may leave it empty."""
    path = _autograded(course, assignment, student, name)
    return path.is_file() and path.stat().st_size > 0


def last_autograded(course: CourseDirectory, assignment: str, student: str, name: str) -> NotebookNode | None:
    """What `save_autograded` left the last time; None where there is none, or none that can be read."""
    path = _autograded(course, assignment, student, name)
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError):
        return None


def _autograded(course: CourseDirectory, assignment: str, student: str, name: str) -> Path:
    return Path(course.format_path(course.autograded_directory, student, assignment), f"{name}.ipynb")
