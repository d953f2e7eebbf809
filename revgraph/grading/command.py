"""The command `revgraph grade`: progress while it runs, and what the instructor sees at the end."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from pathlib import Path

from nbgrader.apps import NbGraderAPI
from nbgrader.preprocessors import Execute
from rich import console as terminal
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.exc import DatabaseError
from traitlets import TraitError
from traitlets.config import Config

from revgraph.authoring.chapters import NoCourse, PipelineError, nbgrader_settings
from revgraph.grading import gradebook as book
from revgraph.grading import report, selftest
from revgraph.grading.assignment import DEFAULT_JOBS, NothingToGrade, Options, Outcome, grade_assignment
from revgraph.grading.hidden_tests import ForStudents
from revgraph.grading.schedule import ClusterFailed
from revgraph.grading.student.limits import DEFAULT, Limits
from revgraph.grading.worker import CannotGrade, WeakIsolation

GOES_ON = "What was graded is kept; the same command goes on from there."
FAILED_FOR_SOME = 3  # the exit status; 1 is that nothing could be, or the run ended early
WIDE = 160  # columns of a file, where no line of a table need be broken


class Console(terminal.Console):
    """One that lets the command go on where nobody reads any more what it shows, as after `head`."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)


def run(
    root: Path,
    assignment: str,
    jobs: int | None,
    students: tuple[str, ...],
    scheduler: str,
    regrade: bool,
    feedback: bool,
    allow_weak_sandbox: bool,
    limits: list[str],
    figures: bool | None = None,
) -> None:
    """Grade `assignment` of the course in `root`. Exits with a message where that cannot be done."""
    with told_in_a_sentence():
        settings = nbgrader_settings(root)
        given = read_limits(limits, course_limits(settings))
        options = Options(
            jobs or DEFAULT_JOBS, students, scheduler, regrade, given, allow_weak_sandbox, figures
        )
        api = NbGraderAPI(config=settings)
        expect_placeholders(api)
        outcome = grade_with_progress(api, assignment, options)
        show(root, assignment, outcome, everyone=not students)
        if feedback:
            write_feedback(api, assignment)
        else:
            tell_of_stale_feedback(api, assignment, outcome)
    if outcome.failed:
        sys.exit(FAILED_FOR_SOME)


def expect_placeholders(api: NbGraderAPI) -> None:
    """Raises NothingToGrade where nbgrader could form no path."""
    try:
        api.coursedir.format_path("step", "student", "assignment")
    except (LookupError, ValueError) as error:
        wrong = f"there is no {{{error.args[0]}}}" if isinstance(error, KeyError) else str(error)
        raise NothingToGrade(
            f"nbgrader_config.py, c.CourseDirectory.directory_structure: {wrong}. Next: make it of "
            "{nbgrader_step}, {student_id} and {assignment_id}"
        ) from None


@contextlib.contextmanager
def told_in_a_sentence() -> Iterator[None]:
    """Exits with a sentence, and with status 1, for whatever keeps the body from its end."""
    try:
        with told_of_the_disk(), terminated_as_by_ctrl_c():
            yield
    except (NothingToGrade, CannotGrade, PipelineError, ClusterFailed, ValueError) as reason:
        sys.exit(f"revgraph grade: {reason}")
    except WeakIsolation as gap:
        sys.exit(f"revgraph grade: {gap} If you know who wrote the submissions: --allow-weak-sandbox")
    except KeyboardInterrupt:
        sys.exit(f"revgraph grade: interrupted. {GOES_ON}")
    except TraitError as error:
        sys.exit(f"revgraph grade: a setting of nbgrader_config.py is not what nbgrader expects: {error}")
    except DatabaseError as error:
        sys.exit(f"revgraph grade: {book.what_is_wrong(error, GOES_ON)}")


@contextlib.contextmanager
def terminated_as_by_ctrl_c() -> Iterator[None]:
    """SIGTERM, by which systems that shut down or stop a container end a program, interrupts the body."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def told_of_the_disk() -> Iterator[None]:
    """Exits with a sentence where the disk is full, or may not be written on."""
    try:
        yield
    except shutil.Error as error:  # of copies for kernels: (from, to, the error's text) of each
        why = str(error.args[0][0][-1])
        if not any(os.strerror(code) in why for code in FULL):
            raise
        sys.exit(f"revgraph grade: the disk of {tempfile.gettempdir()} is full. {GOES_ON}")
    except OSError as error:
        if error.errno in FULL:
            sys.exit(f"revgraph grade: the disk is full. {GOES_ON}")
        if error.errno in CLOSED:
            sys.exit(f"revgraph grade: {error.filename} cannot be written: {error.strerror}. {GOES_ON}")
        raise


FULL = (errno.ENOSPC, errno.EDQUOT)
CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR)


def write_feedback(api: NbGraderAPI, assignment: str) -> None:
    """Let nbgrader write a page for each student. Exits with a sentence where some could not be written."""
    api.config.GenerateFeedback.preprocessors.insert(0, ForStudents)
    outcome = api.generate_feedback(assignment)
    if not outcome["success"]:
        why = last_error(outcome.get("log") or outcome.get("error") or "")
        sys.exit(
            f"revgraph grade: not all feedback could be written ({why}). The grades are entered. Next: "
            f"nbgrader generate_feedback {assignment} --force, which shows nbgrader's log"
        )
    print(f"Feedback: {api.coursedir.feedback_directory}/")


def last_error(log: str) -> str:
    """The last line of nbgrader's log that names an error."""
    lines = [line.strip() for line in log.splitlines()]
    named = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Exit): ", line)]
    told = [line.partition("] ")[2] for line in lines if "| ERROR]" in line]
    return (named or told or ["see the log"])[-1][:300]


def tell_of_stale_feedback(api: NbGraderAPI, assignment: str, outcome: Outcome) -> None:
    if stale := book.stale_feedback(api.coursedir, assignment, {row.student for row in outcome.rows}):
        print(
            f"Feedback is older than the grades of {len(stale)}. Next: revgraph grade {assignment} --feedback"
        )


def progress_bar(console: Console) -> Progress:
    """How many are graded, of how many, and the time left."""
    columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, auto_refresh=False)


def grade_with_progress(api: NbGraderAPI, assignment: str, options: Options) -> Outcome:
    with progress_bar(Console(stderr=True)) as progress:
        task = progress.add_task("", total=None)

        def advance(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total, refresh=True)

        try:
            return grade_assignment(api.coursedir, assignment, options, advance)
        finally:  # there may have been nothing to do, or a reason not to begin
            progress.update(task, visible=progress.tasks[task].total is not None)


def show(root: Path, assignment: str, outcome: Outcome, everyone: bool = True) -> None:
    """Write the file of grades, then show the tables, which may end in an error."""
    path = root / f"grades_{assignment}.csv"
    report.write_csv(outcome.rows, path, keep_others=not everyone)
    console = Console()
    if not console.is_terminal:
        console.width = WIDE
    for line in report.remarks(outcome):
        console.print(line)
    console.print(report.table(outcome.rows, assignment))
    console.print(report.exercises(outcome.rows))
    console.print(report.summary(outcome.rows))
    console.print(f"Grades: {path.name}", highlight=False)


def course_limits(settings: Config) -> Limits:
    """The defaults, with as much time for a cell as nbgrader_config.py gives it: `c.Execute.timeout`."""
    seconds = Execute(config=settings).timeout
    if not seconds or seconds < 0:  # nbgrader's ways to say that a cell may run for ever
        return DEFAULT
    submission, cpu = max(DEFAULT.submission_seconds, 2 * seconds), max(DEFAULT.cpu_seconds, seconds)
    return replace(DEFAULT, cell_seconds=seconds, submission_seconds=submission, cpu_seconds=cpu)


def read_limits(given: list[str], others: Limits = DEFAULT) -> Limits:
    """Limits with `name=number` for each of `given` in place of the `others`. Raises ValueError."""
    changed = {}
    for text in given:
        name, _, number = text.partition("=")
        if name not in asdict(DEFAULT) or not number.isdigit():
            raise ValueError(f"--limit {text}: write name=number, with a name from revgraph grade --limits")
        changed[name] = int(number)
    return replace(others, **changed)


def describe_limits(root: Path) -> str:
    """The limits of the course in `root`; the defaults where there is none. Raises PipelineError for settings
    that cannot be read."""
    try:
        limits = course_limits(nbgrader_settings(root))
    except NoCourse:
        limits = DEFAULT
    return "\n".join(f"{field.name}={getattr(limits, field.name)}" for field in fields(Limits))


def run_selftest() -> None:
    """Show which walls hold on this machine. Exits with 1 where one does not."""
    shown, all_hold = selftest.attack()
    console = Console()
    for part in shown:
        console.print(part)
    sys.exit(0 if all_hold else 1)
