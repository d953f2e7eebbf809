"""Grade an assignment: every student of the roster, every folder in `submitted/`, one row each.

This process reads what was handed in and alone writes the gradebook; workers run and judge (worker.py).
"""

from __future__ import annotations

import os
import pickle
import secrets
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from revgraph.checks.own import course as courses
from revgraph.checks.own.broken import Broken
from revgraph.checks.own.course import Course
from revgraph.cores import usable_cores
from revgraph.grading import gradebook as book
from revgraph.grading import schedule
from revgraph.grading.among_python import among_python, hidden_among_python
from revgraph.grading.exchange import keep_for_feedback
from revgraph.grading.kernels.student_package import answers_left_open
from revgraph.grading.own_exercises import (
    carried_otherwise,
    closed_files,
    own_course,
    packages_here,
    taken_and_closed,
)
from revgraph.grading.reasons import kinds_of_failure, reasons, told_to_students
from revgraph.grading.records import Record, Records, source_digest
from revgraph.grading.refusals import refuse_open_answers, refuse_unjudged
from revgraph.grading.released import (
    NothingToGrade,
    changed_since_release,
    released_notebooks,
    what_is_given,
)
from revgraph.grading.rows import Row, misnamed_rows, rows
from revgraph.grading.source import Source
from revgraph.grading.student.limits import DEFAULT, Limits
from revgraph.grading.students import STUDENT, astray, misnamed, nearly_alike, roster, split_names
from revgraph.grading.submission.pictures import are_graded
from revgraph.grading.submission.read import OF_FILES, Given, Submission, look_into
from revgraph.grading.submission.repair import Unopened, Unreadable
from revgraph.grading.worker import Graded, Setting, failed, grade_in_a_process, warm_process

DEFAULT_JOBS = usable_cores() + 1  # now and then each waits for its kernel
BATCH = 10  # results in one transaction
PATIENCE = 1.0  # seconds a result waits for others to share its transaction


@dataclass(frozen=True)
class Options:
    jobs: int = DEFAULT_JOBS
    students: tuple[str, ...] = ()  # none named: all
    scheduler: str = ""
    regrade: bool = False
    limits: Limits = DEFAULT
    allow_weak_sandbox: bool = False  # grade even where a submission could do what it must not
    figures: bool | None = None  # drawn anew; None: where a person grades what they show


@dataclass
class Plan:
    """What there is to grade. `changed` were graded before, against another source or exercise; `misnamed`
    are folders whose names the gradebook cannot hold; `gone` were graded before, and their folders are no
    longer there; `failed` are those for whom the grader failed; `sources` are digests of what is graded
    against, by the notebook's name."""

    todo: list[Submission] = field(default_factory=list)
    done: list[Submission] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    misnamed: list[str] = field(default_factory=list)
    gone: list[Submission] = field(default_factory=list)
    lacking: set[str] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)


@dataclass
class Outcome:
    """A row for everyone; which machine lacks which protections; whose source or exercise had changed; how
    many were graded before; for whom the grader failed; which answers its own cells give away, each with the
    module; and which sources are newer than their release, with what has changed."""

    rows: list[Row]
    lacking: list[str]
    changed: list[str]
    kept: int
    failed: list[str] = field(default_factory=list)
    open_answers: dict[str, str] = field(default_factory=dict)
    newer: dict[str, list[str]] = field(default_factory=dict)
    to_know: list[str] = field(default_factory=list)  # sentences to be read before the scores


Advance = Callable[[int, int], None]  # how many are graded, of how many


def grade_assignment(
    course: CourseDirectory, assignment: str, options: Options, advance: Advance = lambda *_: None
) -> Outcome:
    """Grade what is not graded yet into the gradebook, and return a row for everyone.

    Calls `advance` with what is done and what there is to do. Raises NothingToGrade for an assignment that
    was not released, WeakIsolation where a machine leaves gaps and `options` do not accept that, and
    CannotGrade where no kernel can be started.
    """
    book.keep_private(course)
    try:
        own = own_course(course)
        with courses.using(own.bundle if own else None):
            return _grade_assignment(course, own, assignment, options, advance)
    except Broken as error:
        raise NothingToGrade(str(error)) from error


def _grade_assignment(
    course: CourseDirectory, own: Course | None, assignment: str, options: Options, advance: Advance
) -> Outcome:
    records = Records(course, assignment)
    with book.open_gradebook(course) as gradebook:
        released = released_notebooks(course, gradebook, assignment)
        sources = {name: book.source(gradebook, assignment, name, text) for name, text in released.items()}
        setting = make_setting(course, own, assignment, sources, options)
        refuse_what_cannot_be_graded(setting)
        given = what_is_given(course, assignment, tuple(released), options.limits)
        given = replace(given, closed=closed_files(course, assignment))
        students = chosen(course, gradebook, assignment, released, options.students)
        plan = make_plan(course, students, setting, options, records, given)
        lost = [failed(setting, submission, GONE) for submission in plan.gone]
        enter(course, gradebook, setting, records, plan, lost)
        with closing(run_all(setting, plan, options)) as results:  # whatever happens, no worker goes on
            for count, batch in batches(results):
                enter(course, gradebook, setting, records, plan, batch)
                advance(count, len(plan.todo))
        times = {submission.student: submission.timestamp for submission in plan.done}
        unpenalized = book.penalize(gradebook, course, assignment, times)
        return Outcome(
            rows=[
                *rows(gradebook, assignment, [*plan.todo, *plan.done, *plan.gone], records),
                *misnamed_rows(gradebook, assignment, released, plan.misnamed),
            ],
            lacking=sorted(plan.lacking),
            changed=plan.changed,
            kept=len(plan.done),
            failed=sorted({*plan.failed, *unpenalized}),
            open_answers=answers_left_open(setting.released()),
            newer=changed_since_release(course, gradebook, assignment),
            to_know=[
                *to_know(course, own, setting, released, roster(gradebook, course, assignment)),
                *(f"{error}: the penalty is as before." for error in unpenalized.values()),
            ],
        )


def to_know(
    course: CourseDirectory,
    own: Course | None,
    setting: Setting,
    notebooks: Iterable[str],
    everyone: Iterable[str],
) -> Iterator[str]:
    """What is said before the scores of the course's files and folders."""
    yield from carried_otherwise(course, own, setting.assignment)
    yield from taken_and_closed(setting.released())
    yield from hidden_among_python(course.root)
    yield from filter(None, [astray(course, setting.assignment, notebooks)])
    yield from nearly_alike(everyone)


def refuse_what_cannot_be_graded(setting: Setting) -> None:
    """Raises NothingToGrade or Broken for what was released, before anybody is graded."""
    refuse_small_limits(setting)
    refuse_unjudged(setting.released())
    refuse_open_answers(setting.released())


def make_setting(
    course: CourseDirectory, own: Course | None, assignment: str, sources: dict[str, Source], options: Options
) -> Setting:
    """What the work on each submission needs to know: the notebooks, a secret seed, and the rest."""
    setting = Setting(
        assignment,
        tuple(sources.items()),
        secrets.randbits(60),
        options.limits,
        hidden=(*_private(course), *([str(own.folder)] if own else [])),
        own=own.bundle if own else None,
        packages=packages_here(),
        allow_weak_sandbox=options.allow_weak_sandbox,
    )
    figures = are_graded(setting.released()) if options.figures is None else options.figures
    return replace(setting, figures=figures)


def _private(course: CourseDirectory) -> tuple[str, ...]:
    """The course and its folders, that of a gradebook which lies elsewhere, and the exchange, under each name
    they have; and what of the course lies among Python's own files."""
    exchange = course.config.Exchange.root if "root" in course.config.Exchange else EXCHANGE
    steps = [getattr(course, f"{step}_directory").partition(STUDENT)[0] for step in STEPS]
    inside = [os.path.join(course.root, path) for path in steps]
    gradebook = book.file_of(course)
    beside = [os.path.dirname(gradebook)] if gradebook else []
    folders = [os.path.abspath(path) for path in (course.root, exchange, EXCHANGE, *inside, *beside)]
    return tuple(dict.fromkeys([*folders, *map(os.path.realpath, folders), *among_python(course.root)]))


EXCHANGE = "/usr/local/share/nbgrader"
STEPS = ("source", "release", "submitted", "autograded", "feedback")


def refuse_small_limits(setting: Setting) -> None:
    """Raises NothingToGrade where what was released would not be read if it were handed in."""
    for (name, _), notebook in zip(setting.sources, setting.released(), strict=True):
        written = sum(len(cell.source) for cell in notebook.cells)
        sizes = {"cells": len(notebook.cells), "notebook_bytes": written}
        for limit, size in sizes.items():
            if size > (most := getattr(setting.limits, limit)):
                raise NothingToGrade(
                    f"--limit {limit}={most} leaves out {name} itself, as it was released: {size} at least. "
                    "Next: raise it"
                )


def chosen(
    course: CourseDirectory,
    gradebook: Gradebook,
    assignment: str,
    notebooks: Iterable[str],
    named: tuple[str, ...],
) -> list[str]:
    """The students to grade. Raises NothingToGrade for a name that nobody has, which would
    otherwise make a student."""
    known = roster(gradebook, course, assignment)
    if not known:
        folder = course.format_path(course.submitted_directory, "STUDENT", assignment)
        elsewhere = astray(course, assignment, notebooks)
        told = f": {elsewhere}" if elsewhere else f". Next: put each student's notebooks into {folder}/"
        raise NothingToGrade(f"nobody has handed in {assignment}{told}")
    names = [name for text in named for name in split_names(text, known)]
    for name in names:
        if name in course.student_id_exclude.split(","):
            raise NothingToGrade(
                f"{name} is left out by CourseDirectory.student_id_exclude. Next: take the name out of it"
            )
        if name not in known:
            near = get_close_matches(name, known, 3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise NothingToGrade(f"no student is called {name!r} in the gradebook or submitted/{hint}")
    return list(dict.fromkeys(names)) or known


def make_plan(
    course: CourseDirectory,
    students: list[str],
    setting: Setting,
    options: Options,
    records: Records,
    given: Given,
) -> Plan:
    plan = Plan(sources={name: source_digest(source) for name, source in setting.sources})
    for student in students:
        if misnamed(student):
            plan.misnamed.append(student)
            continue
        folder = Path(course.format_path(course.submitted_directory, student, setting.assignment))
        for name, source in plan.sources.items():
            submission = look_safely(folder, student, name, given, setting.limits)
            known = records.find(student, name)
            same = known is not None and known.submission == submission.digest
            if known and same and known.source != source:
                plan.changed.append(student)
            kept = book.has_autograded(course, setting.assignment, student, name)
            finished = known and same and known.source == source and kept and not options.regrade
            if kept and known and not same and is_missing(folder):
                plan.gone.append(submission)
            else:
                (plan.done if finished else plan.todo).append(submission)
    return plan


GONE = "its folder is gone: put it back, or an empty one in its place, which earns nothing"


def is_missing(folder: Path) -> bool:
    """Whether nothing lies there: a folder that may not be looked into is not missing."""
    try:
        folder.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def look_safely(folder: Path, student: str, name: str, given: Given, limits: Limits) -> Submission:
    """A folder that cannot be read keeps no other from being read."""
    try:
        return look_into(folder, student, name, given, limits)
    except Exception as error:
        return Submission(
            student, name, notes=(f"cannot be read: {type(error).__name__}: {error}",), unopened=True
        )


def run_all(setting: Setting, plan: Plan, options: Options) -> Generator[Graded, None, None]:
    """The results of all that is to do, as they come in."""
    if not plan.todo:
        return
    if options.scheduler:
        pack = partial(load_to_travel, limits=setting.limits)
        results = schedule.on_dask(options.scheduler, partial(grade_in_a_process, setting), plan.todo, pack)
    else:
        warm = warm_process(setting)
        work = partial(grade_in_a_process, replace(setting, run_folder=warm.run_folder))
        results = schedule.on_this_machine(work, plan.todo, options.jobs)
    ended = "grading it ended the grader's worker"
    with closing(results):
        for submission, result in results:
            graded: Graded = pickle.loads(result) if result else failed(setting, submission, ended)
            plan.lacking |= {graded.lacking} - {""}
            yield graded


def load_to_travel(submission: Submission, limits: Limits) -> Submission:
    """The submission with its content, which lies on this machine alone; or with a note that says why it
    cannot be read."""
    try:
        return submission.load(limits)
    except Unreadable as reason:
        notes, unopened = (str(reason), *submission.notes), isinstance(reason, Unopened)
        return replace(submission, path=None, files=(), notes=notes, unopened=unopened)


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
    course: CourseDirectory,
    gradebook: Gradebook,
    setting: Setting,
    records: Records,
    plan: Plan,
    batch: list[Graded],
) -> None:
    """Notebooks first, then the scores in one transaction, then the records: see there. Of those for whom the
    grader failed only the reason is kept: their scores stay as they were."""
    entered = [graded for graded in batch if graded.final]
    try:
        _enter_scores(course, gradebook, setting.assignment, entered)
    except (OSError, *book.NO_ENTRY_S_FAULT):  # the disk is full, the database locked
        raise
    except Exception:
        gradebook.db.rollback()
        entered = [g for g in entered if _enter_alone(course, gradebook, setting.assignment, g)]
    for graded in batch:
        final = any(graded is other for other in entered)
        _write_record(course, setting.limits, plan, records, graded, final)
        if not final:
            plan.failed.append(graded.submission.student)


def _enter_scores(
    course: CourseDirectory, gradebook: Gradebook, assignment: str, batch: list[Graded]
) -> None:
    entries = [
        book.Entry(
            student=graded.submission.student,
            name=graded.submission.name,
            notebook=graded.notebook,
            timestamp=graded.submission.timestamp,
            handed_in=graded.ran,
            before=book.last_autograded(
                course, assignment, graded.submission.student, graded.submission.name
            ),
        )
        for graded in batch
    ]
    for entry, graded in zip(entries, batch, strict=True):
        book.save_autograded(course, assignment, entry.student, entry.name, entry.notebook)
        book.save_pictures(course, assignment, entry.student, graded.submission.files)
        keep_for_feedback(course, assignment, entry.student)
    book.record(gradebook, course, assignment, entries)


def _enter_alone(course: CourseDirectory, gradebook: Gradebook, assignment: str, graded: Graded) -> bool:
    """Enter one of a batch that could not be entered together, so that one bad entry keeps no other out.
    Whether that succeeded."""
    try:
        _enter_scores(course, gradebook, assignment, [graded])
    except (OSError, *book.NO_ENTRY_S_FAULT):
        raise
    except Exception as error:
        gradebook.db.rollback()
        graded.notes = [f"the grader failed to enter it: {type(error).__name__}: {error}"[:500]]
        return False
    return True


def _write_record(
    course: CourseDirectory, limits: Limits, plan: Plan, records: Records, graded: Graded, final: bool
) -> None:
    submission, checks = graded.submission, graded.checks
    source = plan.sources[submission.name]
    if final:
        record = Record(
            submission.student,
            submission.name,
            submission.digest,
            source,
            reasons=[*graded.notes, *reasons(graded.notebook, checks)],
            checks=checks,
            kinds=kinds_of_failure(graded.notebook, checks),
            told=told_to_students(graded.notebook, checks, graded.notes, course.config),
            limits={name: getattr(limits, name) for name in OF_FILES},
        )
    else:
        before = records.find(submission.student, submission.name)
        told, counted = graded.notes[:1], ["the grader failed"]
        checks = before.checks if before else []
        record = Record(submission.student, submission.name, "", source, told, checks, counted, failed=True)
    records.write(record)
