"""What each student has earned in an assignment, and where there is no score to give out yet, why."""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory

from revgraph.checks.own import course as courses
from revgraph.checks.own.broken import Broken
from revgraph.grading import gradebook as book
from revgraph.grading.assignment import GONE, is_missing, look_safely
from revgraph.grading.lms.people import Student
from revgraph.grading.own_exercises import closed_files, own_course
from revgraph.grading.records import Records, source_digest
from revgraph.grading.released import NothingToGrade, released_notebooks, what_is_given
from revgraph.grading.report import printable
from revgraph.grading.rows import Row, rows
from revgraph.grading.student.limits import DEFAULT
from revgraph.grading.students import misnamed, roster
from revgraph.grading.submission.read import Given, Submission

ANY_SIZE = replace(DEFAULT, folder_bytes=10**15, files=1 << 30)  # of what comes with the assignment


class NothingToExport(Exception):
    """The message says what is missing."""


@dataclass
class Result:
    """`score` is what is left after the penalty for being late; None where `why` says why."""

    student: Student
    max_score: float
    score: float | None = None
    why: str = ""
    handed_in: bool = True
    told: list[str] = field(default_factory=list)  # to the student: reasons, and a grader's own comments

    @property
    def feedback(self) -> str:
        return "<br>".join(html.escape(printable(line), quote=False) for line in self.told)


def results(course: CourseDirectory, assignment: str) -> list[Result]:
    """One for everybody of the roster. Raises NothingToExport where the gradebook has no such assignment."""
    try:
        own = own_course(course)
        with courses.using(own.bundle if own else None), book.open_gradebook(course) as gradebook:
            return _results(course, gradebook, assignment)
    except Broken as reason:
        raise NothingToExport(str(reason)) from reason


def _results(course: CourseDirectory, gradebook: Gradebook, assignment: str) -> list[Result]:
    names = book.notebooks(gradebook, assignment)
    if names is None:
        known = ", ".join(sorted(a.name for a in gradebook.assignments)) or "none"
        raise NothingToExport(f"the gradebook knows no {assignment}; it knows {known}")
    given = what_is_given(course, assignment, tuple(names), ANY_SIZE)
    given = replace(given, closed=closed_files(course, assignment))
    sources = _sources(course, gradebook, assignment)
    everybody = roster(gradebook, course, assignment)
    handed_in = {one: _handed_in(course, assignment, one, given) for one in everybody if not misnamed(one)}
    times = _times(Records(course, assignment), handed_in)
    unpenalized = book.penalize(gradebook, course, assignment, times)
    found = [
        _result(gradebook, course, assignment, handed_in.get(one, []), sources, one) for one in everybody
    ]
    return [_without_penalty(result, unpenalized.get(result.student.id)) for result in found]


def _times(records: Records, handed_in: dict[str, list[Submission]]) -> dict[str, datetime | None]:
    """When those handed in of whom all that is there was graded: a time may have been corrected since."""
    graded = {
        student: [known.submission for one in found if (known := records.find(student, one.name))]
        for student, found in handed_in.items()
    }
    return {
        student: found[0].timestamp
        for student, found in handed_in.items()
        if found and graded[student] == [one.digest for one in found]
    }


def _without_penalty(result: Result, failed: book.LateRuleFailed | None) -> Result:
    return replace(result, score=None, why=str(failed)) if failed else result


def _sources(course: CourseDirectory, gradebook: Gradebook, assignment: str) -> dict[str, str]:
    """By notebook the digest of what it is graded against now; empty where nothing could be graded."""
    try:
        released = released_notebooks(course, gradebook, assignment)
    except NothingToGrade:
        return {}
    return {
        name: source_digest(book.source(gradebook, assignment, name, text)) for name, text in released.items()
    }


def _result(
    gradebook: Gradebook,
    course: CourseDirectory,
    assignment: str,
    handed_in: list[Submission],
    sources: dict[str, str],
    student_id: str,
) -> Result:
    student, most = _student(gradebook, student_id), gradebook.find_assignment(assignment).max_score
    if unfit := misnamed(student_id):
        return Result(student, most, why=f"{unfit}: rename it")
    records = Records(course, assignment)
    folder = Path(course.format_path(course.submitted_directory, student_id, assignment))
    graded = list(rows(gradebook, assignment, handed_in, records))
    result = Result(student, most, handed_in=any(submission.path for submission in handed_in))
    missing = [
        *_missing(gradebook, assignment, records, folder, handed_in, graded),
        *_graded_otherwise(assignment, records, sources, student_id),
    ]
    result.why = "; ".join(dict.fromkeys(missing))
    if not result.why:
        result.score = max(0.0, sum(row.score for row in graded))
        reasons = [reason for row in graded for reason in row.told]
        total = f"{result.score:.6g} of {most:.6g} points in {assignment}"  # a number first: no formula
        result.told = [total, *reasons, *_comments(gradebook, assignment, student_id)]
    return result


def _graded_otherwise(
    assignment: str, records: Records, sources: dict[str, str], student: str
) -> Iterator[str]:
    """Where a record tells that it was graded against something else; nbgrader itself leaves none."""
    for name, source in sources.items():
        known = records.find(student, name)
        if known and not known.failed and known.source != source:
            yield (
                "the release or an exercise has changed since it was graded: "
                f"run revgraph grade {assignment}, then export again"
            )


def _handed_in(course: CourseDirectory, assignment: str, student: str, given: Given) -> list[Submission]:
    """As it was looked at when it was graded: with other limits it would have other files."""
    folder = Path(course.format_path(course.submitted_directory, student, assignment))
    known = {name: Records(course, assignment).find(student, name) for name in given.notebooks}
    limits = {name: replace(DEFAULT, **one.limits) if one else DEFAULT for name, one in known.items()}
    return [look_safely(folder, student, name, given, limits[name]) for name in given.notebooks]


def _student(gradebook: Gradebook, student_id: str) -> Student:
    try:
        known = gradebook.find_student(student_id)
    except (MissingEntry, UnicodeEncodeError):
        return Student(student_id)
    columns = ("first_name", "last_name", "email", "lms_user_id")
    return Student(student_id, *(getattr(known, column) or "" for column in columns))


def _missing(
    gradebook: Gradebook,
    assignment: str,
    records: Records,
    folder: Path,
    handed_in: list[Submission],
    graded: list[Row],
) -> Iterator[str]:
    """What has to be done before there is a score."""
    by_name = {row.name: row for row in graded}
    for submission in handed_in:
        row = by_name[submission.name]
        if not row.has_score:
            yield "not graded" if submission.path else "handed in nothing, and is not graded"
        elif row.failed:
            yield "the grader failed"
        elif _is_newer(gradebook, assignment, records, submission):
            yield _since(submission, folder)
    if waiting := sum(row.to_mark for row in graded):
        yield f"{waiting} answer{'s' * (waiting > 1)} to mark by hand"


def _since(submission: Submission, folder: Path) -> str:
    """Why what is there now is not what was graded."""
    if submission.unopened:
        return submission.notes[0]
    return GONE if is_missing(folder) else "handed in again, and not graded since"


def _is_newer(gradebook: Gradebook, assignment: str, records: Records, submission: Submission) -> bool:
    """Than what was graded: by the record of our grader, or where nbgrader's own graded, by its time."""
    if known := records.find(submission.student, submission.name):
        return known.submission != submission.digest
    graded = gradebook.find_submission(assignment, submission.student).timestamp
    return submission.timestamp is not None and (graded is None or submission.timestamp > graded)


def _comments(gradebook: Gradebook, assignment: str, student: str) -> Iterator[str]:
    """What the grader wrote in formgrader, by hand."""
    by_cell: dict[str, list[str]] = defaultdict(list)
    for notebook in gradebook.find_submission(assignment, student).notebooks:
        for comment in notebook.comments:
            if comment.manual_comment:
                by_cell[comment.name].append(comment.manual_comment)
    return (f"{cell}: {' '.join(text.split())}" for cell, texts in by_cell.items() for text in texts)
