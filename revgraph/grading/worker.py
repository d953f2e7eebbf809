"""What a worker process does with one submission: repair, run, judge. It is trusted; its kernel is not."""

from __future__ import annotations

import atexit
import weakref
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from socket import gethostname

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils

from revgraph.grading import judging
from revgraph.grading.kernels.provisioner import WarmConnection, WarmProcess
from revgraph.grading.kernels.student_package import write_student_package
from revgraph.grading.kernels.temporary import TemporaryFolder
from revgraph.grading.runner import CheckResult, run
from revgraph.grading.student.limits import DEFAULT, Limits
from revgraph.grading.submission.read import Submission
from revgraph.grading.submission.repair import Unreadable, load_cells, repair
from revgraph.grading.submission.sanitize import sanitize


class WeakIsolation(Exception):
    """What a submission could do on this machine that it must not."""


@dataclass(frozen=True)
class Setting:
    """What all submissions of one assignment share. `released` holds each notebook as JSON, by name;
    `run_folder` leads to a warm process of this machine, and where it is empty a worker starts its own; with
    `allow_weak_sandbox` it does so even where a machine leaves gaps."""

    assignment: str
    released: tuple[tuple[str, str], ...]
    seed: int
    limits: Limits = DEFAULT
    hidden: tuple[str, ...] = ()
    run_folder: str = ""
    allow_weak_sandbox: bool = False

    def notebook(self, name: str) -> NotebookNode:
        return nbformat.reads(dict(self.released)[name], as_version=4)


@dataclass
class Graded:
    """A submission with its outputs, as the gradebook needs it."""

    submission: Submission
    notebook: NotebookNode
    notes: list[str]
    checks: list[CheckResult] = field(default_factory=list)
    lacking: str = ""  # `grader-3 lacks Landlock`, of the machine it ran on
    final: bool = True  # not where the grader failed: the next run tries again


def run_and_judge(setting: Setting, submission: Submission) -> Graded:
    released = setting.notebook(submission.name)
    if submission.text is None:
        return not_run(setting, submission, *submission.notes)
    try:
        repaired = repair(load_cells(submission.text), released)
    except Unreadable as reason:
        return not_run(setting, submission, str(reason), *submission.notes)
    warm = connection(setting)
    ran = run(repaired.notebook, warm, setting.limits, setting.seed, submission.files)
    for cell in repaired.notebook.cells:
        if not (is_given(cell, released) or judging.is_judged(cell)):
            sanitize(cell)
            make_gradable(cell)
    notes = [*submission.notes, *repaired.notes, *ran.notes]
    lacking = f"{gethostname()} lacks {', '.join(warm.lacking)}" if warm.lacking else ""
    return Graded(submission, repaired.notebook, notes, ran.checks, lacking)


def make_gradable(cell: NotebookNode) -> None:
    """nbgrader stops at a result that is no score, such as 1000 of 20 points: that one fails instead."""
    try:
        if utils.is_grade(cell):
            utils.determine_grade(cell)
    except Exception as error:
        name, why = type(error).__name__, str(error)
        cell.outputs = [new_output("error", ename=name, evalue=why, traceback=[why])]


def is_given(cell: NotebookNode, released: NotebookNode) -> bool:
    """Whether it is a text of the chapter's, word for word."""
    return cell.cell_type == "markdown" and any(cell.source == given.source for given in released.cells)


def try_to_run_and_judge(setting: Setting, submission: Submission) -> Graded:
    """A fault of ours costs one row its score, says so, and stops nobody else's. Raises WeakIsolation: no
    machine that leaves gaps runs anything."""
    try:
        return run_and_judge(setting, submission)
    except WeakIsolation:
        raise
    except Exception as error:
        failed = not_run(setting, submission, f"the grader failed: {type(error).__name__}: {error}")
        return replace(failed, final=False)


def not_run(setting: Setting, submission: Submission, why: str, *others: str) -> Graded:
    """A row with no points, and the reason."""
    notebook = setting.notebook(submission.name)
    for cell in notebook.cells:
        if cell.cell_type == "code" and utils.is_grade(cell):
            cell.outputs = [new_output("error", ename="NotRun", evalue=why, traceback=[f"Not run: {why}."])]
    return Graded(submission, notebook, [why, *others])


@lru_cache(maxsize=2)  # a worker of a cluster lives for many runs, whose warm processes it need not keep
def connection(setting: Setting) -> WarmConnection:
    if setting.run_folder:
        return WarmConnection(setting.run_folder)
    process = start_warm_process(setting)
    found = WarmConnection(process.run_folder)
    weakref.finalize(found, process.close)
    return found


def start_warm_process(setting: Setting) -> WarmProcess:
    """Ends with this process. Raises WeakIsolation."""
    shown = TemporaryFolder()
    notebooks = [setting.notebook(name) for name, _ in setting.released]
    package = write_student_package(Path(shown.name), notebooks)
    process = WarmProcess(str(package), setting.hidden)
    atexit.register(shown.remove)
    atexit.register(process.close)
    gaps = process.isolation.gaps()
    if gaps and not setting.allow_weak_sandbox:
        process.close()
        raise WeakIsolation(f"on {gethostname()} a submission could {', '.join(gaps)}")
    return process
