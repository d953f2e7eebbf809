"""Grade an assignment: every student of the roster, every folder in `submitted/`, one row each.

This process reads what was handed in and alone writes the gradebook; workers run and judge (worker.py).
"""

from __future__ import annotations

import math
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from revgraph.grading import gradebook as book
from revgraph.grading import schedule
from revgraph.grading.records import Ledger, Record, source_digest
from revgraph.grading.runner import Checked
from revgraph.grading.student.limits import DEFAULT, Limits
from revgraph.grading.submission.read import Submission, read_submission
from revgraph.grading.worker import Graded, Setting, grade_safely, not_run, start_warm_process

BATCH = 10  # results in one transaction
PATIENCE = 1.0  # seconds a result waits for others to share its transaction


@dataclass
class Row:
    """What the instructor sees of one notebook of a student's. `penalty`, for being late, is off `score`
    already; `failures` are the kinds of what went wrong, each once; `to_mark` answers wait to be marked by
    hand."""

    student: str
    name: str
    score: float
    max_score: float
    reasons: list[str]
    checks: list[Checked] = field(default_factory=list)
    penalty: float = 0.0
    failures: list[str] = field(default_factory=list)
    to_mark: int = 0


@dataclass(frozen=True)
class Options:
    jobs: int = os.cpu_count() or 1
    students: tuple[str, ...] = ()  # none named: all
    scheduler: str = ""
    regrade: bool = False
    limits: Limits = DEFAULT
    thin_walls: bool = False  # grade even where a submission could do what it must not


@dataclass
class Plan:
    """What there is to grade. `changed` were graded before, against another source or exercise; `misnamed`
    are folders whose names the gradebook cannot hold."""

    todo: list[Submission] = field(default_factory=list)
    done: list[Submission] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    misnamed: list[str] = field(default_factory=list)
    lacking: set[str] = field(default_factory=set)


@dataclass
class Outcome:
    """A row for everyone; which machine lacks which protections; whose source or exercise had changed; how
    many were graded before."""

    rows: list[Row]
    lacking: list[str]
    changed: list[str]
    kept: int


class NothingToGrade(Exception):
    """The message says what is missing."""


Report = Callable[[int, int], None]  # how many are graded, of how many


def grade(
    course: CourseDirectory, assignment: str, options: Options, report: Report = lambda *_: None
) -> Outcome:
    """Grade what is not graded yet into the gradebook, and return a row for everyone.

    Calls `report` with what is done and what there is to do. Raises NothingToGrade for an assignment that was
    not released, and ThinWalls where a machine leaves gaps and `options` do not accept that.
    """
    book.keep_private(course)
    released = released_notebooks(course, assignment)
    setting = Setting(
        assignment,
        tuple(released.items()),
        secrets.randbits(60),
        options.limits,
        hidden=_private(course),
        thin_walls=options.thin_walls,
    )
    ledger = Ledger(course, assignment)
    with book.open_gradebook(course) as gradebook:
        if not book.has_assignment(gradebook, assignment):
            raise NothingToGrade(
                f"the gradebook knows no {assignment}: nbgrader generate_assignment makes it known"
            )
        plan = make_plan(course, gradebook, setting, options, ledger)
        results = run_all(setting, plan, options)
        for count, batch in batches(results):
            enter(course, gradebook, setting, ledger, batch)
            report(count, len(plan.todo))
        book.penalize(gradebook, course, assignment, {submission.student for submission in plan.done})
        found = [*rows(gradebook, assignment, plan, ledger), *misnamed_rows(gradebook, setting, plan)]
        return Outcome(found, sorted(plan.lacking), plan.changed, len(plan.done))


def released_notebooks(course: CourseDirectory, assignment: str) -> dict[str, str]:
    """Each notebook of the released assignment as JSON, by name."""
    folder = Path(course.format_path(course.release_directory, ".", assignment))
    found = {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.ipynb"))}
    if not found:
        raise NothingToGrade(f"{folder} holds no notebook: release {assignment} first")
    return found


def _private(course: CourseDirectory) -> tuple[str, ...]:
    return (os.path.abspath(course.root), "/usr/local/share/nbgrader")


def make_plan(
    course: CourseDirectory, gradebook: Gradebook, setting: Setting, options: Options, ledger: Ledger
) -> Plan:
    plan = Plan()
    sources = {name: source_digest(setting.assignment, text) for name, text in setting.released}
    for student in options.students or book.roster(gradebook, course, setting.assignment):
        if book.misnamed(student):
            plan.misnamed.append(student)
            continue
        folder = Path(course.format_path(course.submitted_directory, student, setting.assignment))
        release = Path(course.format_path(course.release_directory, ".", setting.assignment))
        for name in sources:
            submission = read_submission(folder, student, name, release, setting.limits)
            known = ledger.find(student, name)
            same = known is not None and known.submission == submission.digest()
            if known and same and known.source != sources[name]:
                plan.changed.append(student)
            kept = book.has_autograded(course, setting.assignment, student, name)
            finished = known and same and known.source == sources[name] and kept and not options.regrade
            (plan.done if finished else plan.todo).append(submission)
    return plan


def run_all(setting: Setting, plan: Plan, options: Options) -> Iterator[Graded]:
    """The results of all that is to do, as they come in."""
    if not plan.todo:
        return
    if options.scheduler:
        results = schedule.on_dask(options.scheduler, partial(grade_safely, setting), plan.todo)
    else:
        work = partial(grade_safely, replace(setting, spool=start_warm_process(setting).spool))
        results = schedule.on_this_machine(work, plan.todo, options.jobs)
    for submission, result in results:
        graded = result or not_run(setting, submission, "grading it ended the grader's worker")
        plan.lacking |= {graded.lacking} - {""}
        yield graded


def batches(results: Iterable[Graded]) -> Iterator[tuple[int, list[Graded]]]:
    """Results in groups that are written together, with how many there have been."""
    count, batch, begun = 0, list[Graded](), time.monotonic()
    for result in results:
        count, batch = count + 1, [*batch, result]
        if len(batch) == BATCH or time.monotonic() - begun > PATIENCE:
            yield count, batch
            batch, begun = [], time.monotonic()
    if batch:
        yield count, batch


def enter(
    course: CourseDirectory, gradebook: Gradebook, setting: Setting, ledger: Ledger, batch: list[Graded]
) -> None:
    """Notebooks first, then the scores in one transaction, then the ledger: see there."""
    entries = [
        book.Entry(g.submission.student, g.submission.name, g.notebook, g.submission.timestamp) for g in batch
    ]
    for entry in entries:
        book.save_autograded(course, setting.assignment, entry.student, entry.name, entry.notebook)
    book.record(gradebook, course, setting.assignment, entries)
    for graded in batch:
        student, name = graded.submission.student, graded.submission.name
        source = source_digest(setting.assignment, dict(setting.released)[name])
        notes = [*graded.notes, *failures(graded)]
        digest = graded.submission.digest() if graded.final else ""
        ledger.write(Record(student, name, digest, source, notes, graded.checks, kinds(graded)))


def rows(gradebook: Gradebook, assignment: str, plan: Plan, ledger: Ledger) -> Iterator[Row]:
    for submission in sorted([*plan.todo, *plan.done], key=lambda s: (s.student, s.name)):
        entry = gradebook.find_submission_notebook(submission.name, assignment, submission.student)
        known = ledger.find(submission.student, submission.name)
        known = known or Record(submission.student, submission.name, "", "")
        penalty = entry.late_submission_penalty or 0.0
        yield Row(
            student=submission.student,
            name=submission.name,
            score=entry.score - penalty,
            max_score=entry.max_score,
            reasons=[*known.notes, *lateness(entry.assignment.total_seconds_late, penalty)],
            checks=known.checks,
            penalty=penalty,
            failures=known.failures,
            to_mark=sum(grade.needs_manual_grade for grade in entry.grades),
        )


def misnamed_rows(gradebook: Gradebook, setting: Setting, plan: Plan) -> Iterator[Row]:
    for student in plan.misnamed:
        why = f"{book.misnamed(student)}: rename it"
        for name, _ in setting.released:
            most = gradebook.find_notebook(name, setting.assignment).max_score
            yield Row(student, name, 0.0, most, [why], failures=["a folder to be renamed"])


def lateness(seconds: float, penalty: float) -> Iterator[str]:
    """`handed in 2 h 5 min late: 20 points off`; nothing for who was in time."""
    if seconds > 0:
        hours, minutes = divmod(math.ceil(seconds / 60), 60)
        days, hours = divmod(hours, 24)
        parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if n]
        yield f"handed in {' '.join(parts)} late" + (f": {penalty:g} points off" if penalty else "")


def kinds(graded: Graded) -> list[str]:
    """The kinds of what went wrong, as they are counted over a class."""
    found = [checked.failure for checked in graded.checks if checked.failure]
    return list(
        dict.fromkeys([*found, *(kind for _, error in _errors(graded.notebook) if (kind := _kind(error)))])
    )


def _kind(error: NotebookNode) -> str:
    """A check cell's own error is told by its verdict."""
    if error.ename == "CheckFailed":
        return ""
    if error.ename == "NotRun":
        return str(error.evalue).partition(":")[0]
    return PLAINLY.get(error.ename, f"{error.ename} in an assertion")


def failures(graded: Graded) -> Iterator[str]:
    """What went wrong in the graded cells, each thing once: `sigmoid, softmax: not written yet`."""
    by_message: dict[str, list[str]] = {}
    for checked in graded.checks:
        if checked.message:
            by_message.setdefault(checked.message, []).append(checked.exercise)
    for name, message in _failed_assertions(graded.notebook):
        by_message.setdefault(message, []).append(name)
    return (f"{', '.join(names)}: {message}" for message, names in by_message.items())


def _failed_assertions(notebook: NotebookNode) -> Iterator[tuple[str, str]]:
    """Graded cells that ran as they are, and failed. What was not run is told once for the whole notebook."""
    for name, error in _errors(notebook):
        if error.ename not in ("CheckFailed", "NotRun"):
            yield name.removeprefix("check_"), _summary(error)


def _errors(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    """The first error of each graded cell, by the cell's name."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and utils.is_grade(cell):
            for error in [out for out in cell.outputs if out.output_type == "error"][:1]:
                yield cell.metadata.nbgrader.grade_id, error


PLAINLY = {
    "NotImplementedError": "not written yet",
    "KeyboardInterrupt": "did not finish in time",
    "CellTimeoutError": "did not finish in time",
}


def _summary(error: NotebookNode) -> str:
    first = (error.evalue.strip().splitlines() or [""])[0]
    return PLAINLY.get(error.ename, f"{error.ename}: {first}".rstrip(": "))
