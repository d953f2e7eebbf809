"""Grade an assignment: every student of the roster, every folder in `submitted/`, one row each.

This process reads what was handed in and alone writes the gradebook; workers run and judge (worker.py).
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from revgraph.grading import gradebook as book
from revgraph.grading import schedule
from revgraph.grading.reasons import kinds, reasons
from revgraph.grading.records import Record, Records, source_digest
from revgraph.grading.rows import Row, misnamed_rows, rows
from revgraph.grading.student.limits import DEFAULT, Limits
from revgraph.grading.submission.read import Submission, read_submission
from revgraph.grading.worker import Graded, Setting, not_run, start_warm_process, try_to_run_and_judge

BATCH = 10  # results in one transaction
PATIENCE = 1.0  # seconds a result waits for others to share its transaction


@dataclass(frozen=True)
class Options:
    jobs: int = os.cpu_count() or 1
    students: tuple[str, ...] = ()  # none named: all
    scheduler: str = ""
    regrade: bool = False
    limits: Limits = DEFAULT
    allow_weak_sandbox: bool = False  # grade even where a submission could do what it must not


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


Advance = Callable[[int, int], None]  # how many are graded, of how many


def grade_assignment(
    course: CourseDirectory, assignment: str, options: Options, advance: Advance = lambda *_: None
) -> Outcome:
    """Grade what is not graded yet into the gradebook, and return a row for everyone.

    Calls `advance` with what is done and what there is to do. Raises NothingToGrade for an assignment that
    was not released, and WeakIsolation where a machine leaves gaps and `options` do not accept that.
    """
    book.keep_private(course)
    released = released_notebooks(course, assignment)
    setting = Setting(
        assignment,
        tuple(released.items()),
        secrets.randbits(60),
        options.limits,
        hidden=_private(course),
        allow_weak_sandbox=options.allow_weak_sandbox,
    )
    records = Records(course, assignment)
    with book.open_gradebook(course) as gradebook:
        if not book.has_assignment(gradebook, assignment):
            raise NothingToGrade(
                f"the gradebook knows no {assignment}: nbgrader generate_assignment makes it known"
            )
        plan = make_plan(course, gradebook, setting, options, records)
        results = run_all(setting, plan, options)
        for count, batch in batches(results):
            enter(course, gradebook, setting, records, batch)
            advance(count, len(plan.todo))
        book.penalize(gradebook, course, assignment, {submission.student for submission in plan.done})
        found = [
            *rows(gradebook, assignment, [*plan.todo, *plan.done], records),
            *misnamed_rows(gradebook, assignment, released, plan.misnamed),
        ]
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
    course: CourseDirectory, gradebook: Gradebook, setting: Setting, options: Options, records: Records
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
            known = records.find(student, name)
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
        results = schedule.on_dask(options.scheduler, partial(try_to_run_and_judge, setting), plan.todo)
    else:
        work = partial(
            try_to_run_and_judge, replace(setting, run_folder=start_warm_process(setting).run_folder)
        )
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
    course: CourseDirectory, gradebook: Gradebook, setting: Setting, records: Records, batch: list[Graded]
) -> None:
    """Notebooks first, then the scores in one transaction, then the records: see there."""
    entries = [
        book.Entry(g.submission.student, g.submission.name, g.notebook, g.submission.timestamp) for g in batch
    ]
    for entry in entries:
        book.save_autograded(course, setting.assignment, entry.student, entry.name, entry.notebook)
    book.record(gradebook, course, setting.assignment, entries)
    for graded in batch:
        student, name = graded.submission.student, graded.submission.name
        source = source_digest(setting.assignment, dict(setting.released)[name])
        told = [*graded.notes, *reasons(graded.notebook, graded.checks)]
        digest = graded.submission.digest() if graded.final else ""
        counted = kinds(graded.notebook, graded.checks)
        records.write(Record(student, name, digest, source, told, graded.checks, counted))
