"""A row for every student: the score from the gradebook, and the reasons from the records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from nbgrader.api import Gradebook, MissingEntry, SubmittedNotebook

from revgraph.grading.reasons import lateness
from revgraph.grading.records import Record, Records
from revgraph.grading.runner import CheckResult
from revgraph.grading.students import misnamed
from revgraph.grading.submission.read import Submission


@dataclass
class Row:
    """What the instructor sees of one notebook of a student's. `penalty`, for being late, is off `score`
    already; `kinds` are the kinds of what went wrong, each once; `to_mark` answers wait to be marked by
    hand; `told` are the reasons as the student may read them."""

    student: str
    name: str
    score: float
    max_score: float
    reasons: list[str]
    checks: list[CheckResult] = field(default_factory=list)
    penalty: float = 0.0
    kinds: list[str] = field(default_factory=list)
    to_mark: int = 0
    failed: bool = False  # the grader did: `score` is what the gradebook had before
    has_score: bool = True
    told: list[str] = field(default_factory=list)


def rows(
    gradebook: Gradebook, assignment: str, submissions: Iterable[Submission], records: Records
) -> Iterator[Row]:
    for submission in sorted(submissions, key=lambda s: (s.student, s.name)):
        known = records.find(submission.student, submission.name)
        known = known or Record(submission.student, submission.name, "", "")
        try:
            entry = gradebook.find_submission_notebook(submission.name, assignment, submission.student)
        except MissingEntry:
            yield _without_score(gradebook, assignment, submission, known)
            continue
        penalty = entry.late_submission_penalty or 0.0
        yield Row(
            student=submission.student,
            name=submission.name,
            score=entry.score - penalty,
            max_score=entry.max_score,
            reasons=_reasons(known.reasons, entry, penalty),
            checks=known.checks,
            penalty=penalty,
            kinds=known.kinds,
            failed=known.failed,
            to_mark=sum(grade.needs_manual_grade for grade in entry.grades),
            told=_reasons(known.told, entry, penalty),
        )


def _reasons(known: list[str], entry: SubmittedNotebook, penalty: float) -> list[str]:
    """Why it did not earn more; of a notebook that earns no points, nothing."""
    late = lateness(entry.assignment.total_seconds_late, penalty)
    return [*known, *late] if entry.max_score else []


def _without_score(gradebook: Gradebook, assignment: str, submission: Submission, known: Record) -> Row:
    """The grader failed, and there is nothing from before."""
    most = gradebook.find_notebook(submission.name, assignment).max_score
    student, name = submission.student, submission.name
    return Row(student, name, 0.0, most, known.reasons, kinds=known.kinds, failed=True, has_score=False)


def misnamed_rows(
    gradebook: Gradebook, assignment: str, names: Iterable[str], students: Iterable[str]
) -> Iterator[Row]:
    """For the folders that the gradebook cannot hold: a row for each notebook of `names`."""
    most = {name: gradebook.find_notebook(name, assignment).max_score for name in names}
    for student in students:
        why = f"{misnamed(student)}: rename it"
        for name, max_score in most.items():
            yield Row(student, name, 0.0, max_score, [why], kinds=["a folder to be renamed"])
