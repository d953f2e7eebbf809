"""What a worker process does with one submission: repair, run, judge. It is trusted; its kernel is not."""

from __future__ import annotations

import contextlib
import gc
import pickle
import re
import sys
import weakref
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from socket import gethostname
from time import process_time
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils

from revgraph.checks import registry
from revgraph.checks.own import course as courses
from revgraph.checks.own import packages
from revgraph.checks.own.broken import Broken
from revgraph.checks.own.bundle import Bundle
from revgraph.grading import judging
from revgraph.grading.bounded import Ended, TooMuch, cpu_time, in_a_process
from revgraph.grading.errors import NOT_RUN
from revgraph.grading.kernels.student_package import checked_exercises, large_imports, write_student_package
from revgraph.grading.kernels.temporary import TemporaryFolder
from revgraph.grading.kernels.warm import WarmConnection, WarmProcess, WarmProcessEnded
from revgraph.grading.reasons import results_of_checks
from revgraph.grading.runner import CELLS_OUTPUT, CheckResult, Runner, rehearse, result_in_short
from revgraph.grading.source import Source
from revgraph.grading.student.limits import DEFAULT, Limits
from revgraph.grading.submission.pictures import show_as_handed_in
from revgraph.grading.submission.read import Submission
from revgraph.grading.submission.repair import (
    Unopened,
    Unreadable,
    load_cells,
    repair,
    well_formed,
)
from revgraph.grading.submission.sanitize import as_code, as_raw_code, sanitize

SECONDS_TO_READ = 20  # of CPU time, a notebook
SECONDS_TO_SANITIZE, SECONDS_FOR_ALL = 2.0, 20.0  # of CPU time, one of its cells, and all of them
LONGEST_NUMBER = 20_000  # digits that a number of a student's may have


class WeakIsolation(Exception):
    """What a submission could do on this machine that it must not."""


class CannotGrade(Exception):
    """No submission can be graded here; the message says why."""


@dataclass(frozen=True)
class Setting:
    """What all submissions of one assignment share: its notebooks by name, the secret seed, the limits, and
    the folders that are hidden. `own` are the course's own exercises, `packages` the digests of those that
    installed packages bring. `run_folder` leads to a warm process of this machine, and where it is empty a
    worker starts its own; with `allow_weak_sandbox` it does so even where a machine leaves gaps. Without
    `figures` none is drawn anew."""

    assignment: str
    sources: tuple[tuple[str, Source], ...]
    seed: int
    limits: Limits = DEFAULT
    hidden: tuple[str, ...] = ()
    own: Bundle | None = None
    packages: tuple[tuple[str, str], ...] = ()
    run_folder: str = ""
    allow_weak_sandbox: bool = False
    figures: bool = True

    def source(self, name: str) -> Source:
        return dict(self.sources)[name]

    def released(self) -> list[NotebookNode]:
        return [source.as_graded() for _, source in self.sources]


@dataclass
class Graded:
    """A submission with its outputs, as the gradebook needs it. Where the grader failed it is not `final`:
    nothing is entered, and the next run tries again."""

    submission: Submission
    notebook: NotebookNode
    notes: list[str]
    checks: list[CheckResult] = field(default_factory=list)
    lacking: str = ""  # `grader-3 lacks Landlock`, of the machine it ran on
    final: bool = True
    ran: bool = True  # False where nothing was handed in that could be run


def grade_in_a_process(setting: Setting, submission: Submission) -> bytes:
    """A pickled Graded for it, whatever it is. Raises WeakIsolation and CannotGrade: no machine that leaves
    gaps runs anything."""
    with courses.using(setting.own):
        return _grade_in_a_process(setting, submission)


def _grade_in_a_process(setting: Setting, submission: Submission) -> bytes:
    run_folder = setting.run_folder or warm_process(setting).run_folder
    prepare(setting)
    work = partial(run_and_judge, replace(setting, run_folder=run_folder), submission)
    try:
        return in_a_process(work, setting.limits)
    except Ended as why:
        return pickle.dumps(failed(setting, submission, str(why)))


def prepare(setting: Setting) -> None:
    """What is the same for all submissions is found once, before the first fork."""
    _prepare(replace(setting, run_folder=""))


@lru_cache(maxsize=2)
def _prepare(setting: Setting) -> None:
    judging.draw_all(check_names(setting), setting.seed)
    # The texts of these copies compile the patterns that students' texts need.
    for notebook in setting.released():
        for cell in notebook.cells:
            sanitize(cell)


def run_and_judge(setting: Setting, submission: Submission) -> Graded:
    """A fault of ours costs one row its score, says so, and stops nobody else's."""
    sys.set_int_max_str_digits(LONGEST_NUMBER)
    submission = replace(submission, notes=tuple(map(well_formed, submission.notes)))
    try:
        graded = _run_and_judge(setting, submission)
        make_well_formed(graded)
        return graded
    except Exception as error:
        return failed(setting, submission, f"the grader failed: {type(error).__name__}: {error}")


def _run_and_judge(setting: Setting, submission: Submission) -> Graded:
    source = setting.source(submission.name)
    released = source.notebook()
    try:
        with cpu_time(SECONDS_TO_READ):
            loaded = submission.load(setting.limits).loaded
            if loaded is None:
                why_not = failed if submission.unopened else not_run
                return why_not(setting, submission, *submission.notes)
            notes: list[str] = []
            repaired = repair(load_cells(loaded.text, setting.limits, notes), released)
    except TooMuch:
        return not_run(setting, submission, "the notebook takes too long to read", *submission.notes)
    except Unopened as reason:
        return failed(setting, submission, str(reason))
    except Unreadable as reason:
        return not_run(setting, submission, str(reason), *submission.notes)
    source.complete(repaired.notebook)
    warm = WarmConnection(setting.run_folder)
    ran = Runner(repaired.notebook, warm, setting.limits, setting.seed, loaded.files).run_notebook()
    if not setting.figures:
        show_figures(repaired.notebook.cells, loaded.text, setting.limits.output_bytes)
    own = [c for c in repaired.notebook.cells if not (is_given(c, released) or judging.judged_call(c))]
    sanitize_in_time(own)
    for cell in own:
        make_gradable(cell)
    checks = results_of_checks(repaired.notebook, ran.checks)
    notes = [*submission.notes, *notes, *repaired.notes, *ran.notes]
    lacking = f"{gethostname()} lacks {', '.join(warm.lacking)}" if warm.lacking else ""
    return Graded(replace(submission, loaded=None), repaired.notebook, notes, checks, lacking)


def show_figures(cells: list[NotebookNode], text: str, of_a_cell: int) -> None:
    """Those that were handed in. No score depends on them: what takes too long, or too much, is not shown."""
    with contextlib.suppress(TooMuch, MemoryError), cpu_time(SECONDS_TO_READ):
        show_as_handed_in(cells, text, of_a_cell, CELLS_OUTPUT * of_a_cell)


def sanitize_in_time(cells: list[NotebookNode]) -> None:
    """What cannot be made safe in time is not shown; `submitted/` has it."""
    end = process_time() + SECONDS_FOR_ALL
    for cell in cells:
        left = min(SECONDS_TO_SANITIZE, end - process_time())
        if left <= 0 or not _is_sanitized(cell, left):
            gc.collect()  # what it had made so far
            _hide(cell)


def _is_sanitized(cell: NotebookNode, seconds: float) -> bool:
    try:
        with cpu_time(seconds):
            sanitize(cell)
        return True
    except (TooMuch, MemoryError, RecursionError):
        return False


def _hide(cell: NotebookNode) -> None:
    """Say why it is not shown; that it ended with an error stays, and the number that may be a score."""
    if cell.cell_type == "code":
        shown = cell.outputs
        names = [str(out.get("ename"))[:80] for out in shown if out.output_type == "error"][:1]
        texts = [result_in_short(out.data) for out in shown if out.output_type == "execute_result"]
        told = "[not shown: it takes too long to make it safe to be shown]"
        cell.outputs = [new_output("stream", name="stdout", text=told)]
        cell.outputs += [new_output("error", ename=name, evalue="", traceback=[]) for name in names]
        cell.outputs += [new_output("execute_result", {"text/plain": text}) for text in texts[:1]]
    else:
        cell.source = as_code(cell.source) if cell.cell_type == "markdown" else as_raw_code(cell.source)


def make_well_formed(graded: Graded) -> None:
    """Files are UTF-8, and so hold no halves of characters."""
    for cell in graded.notebook.cells:
        cell.update(_well_formed({key: cell[key] for key in ("source", "outputs") if key in cell}))
    graded.notes = _well_formed(graded.notes)
    graded.checks = [CheckResult(**_well_formed(asdict(check))) for check in graded.checks]


def _well_formed(content: Any) -> Any:
    if isinstance(content, str):
        return well_formed(content)
    if isinstance(content, dict):
        return type(content)({_well_formed(key): _well_formed(value) for key, value in content.items()})
    return list(map(_well_formed, content)) if isinstance(content, list) else content


def make_gradable(cell: NotebookNode) -> None:
    """nbgrader stops at a result that is no score, such as 1000 of 20 points: that one fails instead. So do
    NaN and a number below 0, for which it would give all points."""
    try:
        if utils.is_grade(cell):
            if cell.cell_type == "code" and not utils.is_solution(cell):
                read = _make_plain if cell.metadata.nbgrader.points else _show_alone
                read(cell)
            utils.determine_grade(cell)
    except Exception as error:
        name, why = type(error).__name__, str(error)
        cell.outputs = [new_output("error", ename=name, evalue=why, traceback=[why])]


NUMPY_SCALAR = re.compile(r"np\.(?:float|u?int|u?long)\w*\('?([^()']+)'?\)")  # `np.float64(0.5)`


def _make_plain(cell: NotebookNode) -> None:
    """Show a NumPy scalar that the cell ends in as a plain number: else nbgrader gives all points for it.
    Raises ValueError for a number that is no score."""
    for result in [output for output in cell.outputs if output.output_type == "execute_result"]:
        shown = "".join(result.data["text/plain"]).strip()
        scalar = NUMPY_SCALAR.fullmatch(shown)
        plain = scalar[1] if scalar else shown
        number = _number(plain)
        if number is not None and not number >= 0:
            raise ValueError(f"the cell ends in {plain}, and partial credit is a number from 0 up")
        if number is not None:
            result.data["text/plain"] = plain


def _show_alone(cell: NotebookNode) -> None:
    """Show what the cell ends in without its being a score: a question that was dropped, by its points set to
    0, may still reckon them."""
    for result in [output for output in cell.outputs if output.output_type == "execute_result"]:
        result.output_type = "display_data"
        result.pop("execution_count", None)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def is_given(cell: NotebookNode, released: NotebookNode) -> bool:
    """Whether it is a text of the chapter's, word for word."""
    return cell.cell_type == "markdown" and any(cell.source == given.source for given in released.cells)


def not_run(setting: Setting, submission: Submission, why: str, *others: str) -> Graded:
    """A row with no points, and the reason."""
    notebook = setting.source(submission.name).as_graded()
    for cell in notebook.cells:
        if cell.cell_type == "code" and utils.is_grade(cell):
            cell.outputs = [new_output("error", ename=NOT_RUN, evalue=why, traceback=[f"Not run: {why}."])]
    return Graded(replace(submission, loaded=None), notebook, [why, *others], ran=False)


def failed(setting: Setting, submission: Submission, why: str, *others: str) -> Graded:
    """A row that has what it had before, and the reason why it has no new score."""
    return replace(not_run(setting, submission, why, *others), final=False)


def check_names(setting: Setting) -> set[str]:
    return {name for notebook in setting.released() for name in checked_exercises(notebook)}


def expect_exercises(setting: Setting) -> None:
    """Raises CannotGrade where an exercise that is judged cannot be loaded on this machine."""
    try:
        known = registry.known()
    except Broken as error:
        raise CannotGrade(f"{error} (on {gethostname()})") from error
    for name, digest in setting.packages:
        if packages.digest_or_nothing(name) != digest:
            raise CannotGrade(f"{gethostname()} lacks the {name} of this machine: install it there")
    if unclear := [known.unclear[name] for name in check_names(setting) if name in known.unclear]:
        raise CannotGrade("; ".join(unclear))


@lru_cache(maxsize=2)  # a worker of a cluster lives for many runs, whose warm processes it need not keep
def warm_process(setting: Setting) -> WarmProcess:
    return start_warm_process(setting)


def start_warm_process(setting: Setting) -> WarmProcess:
    """One that ends with this process, or when nobody holds it any more.

    Raises WeakIsolation, and CannotGrade where no kernel comes of it.
    """
    with courses.using(setting.own):
        expect_exercises(setting)
        process = WarmProcess()
        try:
            return _warmed(process, setting)
        except BaseException:
            process.close()
            raise


def _warmed(process: WarmProcess, setting: Setting) -> WarmProcess:
    shown = TemporaryFolder()
    weakref.finalize(process, shown.remove)
    released = setting.released()
    package = write_student_package(Path(shown.name), released)
    hidden = (*setting.hidden, *packages.folders())
    process.told(str(package), hidden, large_imports(released), setting.figures)
    prepare(setting)
    try:
        gaps = process.isolation.gaps()
        if gaps and not setting.allow_weak_sandbox:
            could = f"on {gethostname()} a submission could {', '.join(gaps)}."
            raise WeakIsolation(" ".join([could, *process.isolation.remedies()]))
        process.keep_fonts()
        work = partial(rehearse, process.run_folder, setting.limits)
        if why := pickle.loads(in_a_process(work, setting.limits)):
            raise no_kernel(why)
    except (Ended, WarmProcessEnded) as why:
        raise no_kernel(str(why)) from None
    return process


def no_kernel(why: str) -> CannotGrade:
    return CannotGrade(
        f"no kernel can be started on {gethostname()}: {why}. Next: where you gave limits, raise them "
        "(revgraph grade --limits lists all); else see what revgraph grade --selftest says"
    )
