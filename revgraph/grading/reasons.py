"""Why a submission did not earn more: in sentences for the instructor's table, and in kinds to be counted."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from nbgrader import utils
from traitlets.config import Config

from revgraph.grading import judging
from revgraph.grading.errors import DOES_NOT_PASS, NOT_RUN, PLAINLY
from revgraph.grading.hidden_tests import first_hidden, for_students
from revgraph.grading.runner import CheckResult
from revgraph.grading.submission.pictures import is_by_hand


def lateness(seconds: float, penalty: float) -> Iterator[str]:
    """`handed in 2 h 5 min late: 20 points off`; nothing for who was in time."""
    if seconds > 0:
        hours, minutes = divmod(math.ceil(seconds / 60), 60)
        days, hours = divmod(hours, 24)
        parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if n]
        yield f"handed in {' '.join(parts)} late" + (f": {penalty:g} points off" if penalty else "")


def results_of_checks(notebook: NotebookNode, judged: list[CheckResult]) -> list[CheckResult]:
    """Of each graded code cell that ran, in the notebook's order: the verdict of `judged`, or what became of
    a cell of plain assertions."""
    verdicts, found = iter(judged), list[CheckResult]()
    for place, cell in enumerate(notebook.cells):
        if is_result(cell):
            result = next(verdicts) if judging.judged_call(cell) else _test_result(cell, _error(cell))
            found.append(replace(result, reason=_with_cause(result.reason, notebook.cells[:place])))
    return found


CELL_FILE = re.compile(r"\(\d+\.py, (?=line \d+\)$)")  # what IPython calls a cell, new each time
UNDEFINED = re.compile(r"NameError: name '(\w+)' is not defined$")


def _with_cause(reason: str, above: list[NotebookNode]) -> str:
    """With the error of the last cell that was to define the missing name: a person would name that one."""
    missing = UNDEFINED.search(reason)
    defines = re.compile(rf"^(async +def|def|class) +{missing[1]}\b", re.MULTILINE) if missing else None
    cells = [c for c in above if c.cell_type == "code" and defines and defines.search(c.source)]
    error = _error(cells[-1]) if cells else None
    return f"{reason}: its cell ended with {CELL_FILE.sub('(', _summary(error))}" if error else reason


def is_result(cell: NotebookNode) -> bool:
    """Whether it is a test that ran, and not marked by hand."""
    if cell.cell_type != "code" or not utils.is_grade(cell) or utils.is_solution(cell):
        return False
    error = _error(cell)
    return error is None or error.ename != NOT_RUN


def _test_result(cell: NotebookNode, error: NotebookNode | None) -> CheckResult:
    points, most = utils.determine_grade(cell)
    name = cell.metadata.nbgrader.grade_id
    if error is None:
        reason = f"partial credit: {points:g} of {most:g}" if points < most else ""
        return CheckResult(name, points, most, reason, kind="partial credit" if reason else "")
    kind = PLAINLY.get(error.ename, f"{judging.error_name(error.ename)} in an assertion")
    return CheckResult(name, points, most, _summary(error), kind=kind, error=_summary(error))


def kinds_of_failure(notebook: NotebookNode, checks: list[CheckResult]) -> list[str]:
    """The kinds of what went wrong, each once, as they are counted over a class."""
    told = [error.evalue.partition(":")[0] for error in _errors(notebook) if error.ename == NOT_RUN]
    manual = [
        PLAINLY.get(error.ename, f"raised {judging.error_name(error.ename)}")
        for _, error in _manual_errors(notebook)
    ]
    return list(dict.fromkeys(filter(None, [*(check.kind for check in checks), *manual, *told])))


def reasons(notebook: NotebookNode, checks: list[CheckResult]) -> Iterator[str]:
    """What went wrong in the graded cells, each thing once: `sigmoid, softmax: not written yet`. What was not
    run is told once for the whole notebook, elsewhere."""
    by_reason: dict[str, list[str]] = {}
    told = [(check.reason, check.exercise.removeprefix("check_")) for check in checks if check.reason]
    told += [(_summary(error), name) for name, error in _manual_errors(notebook)]
    for reason, name in told:
        by_reason.setdefault(reason, []).append(name)
    return (f"{', '.join(names)}: {reason}" for reason, names in by_reason.items())


def told_to_students(
    notebook: NotebookNode, checks: list[CheckResult], notes: Iterable[str], config: Config
) -> list[str]:
    """All reasons of a row as its student may read them: see hidden_tests.py."""
    begin = first_hidden(notebook, config)
    if begin is None:
        return [*notes, *reasons(notebook, checks)]
    before = sum(map(is_result, notebook.cells[:begin]))
    told = [*checks[:before], *map(_without_words, checks[before:])]
    return [*notes, *reasons(for_students(notebook, config), told)]


def _without_words(check: CheckResult) -> CheckResult:
    harmless = check.kind == "partial credit" or check.reason in ("", *PLAINLY.values())
    return check if harmless else replace(check, reason=PLAINLY[DOES_NOT_PASS])


def _manual_errors(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    """Code that is marked by hand, and does not run."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and is_by_hand(cell):
            error = _error(cell)
            if error is not None and error.ename != NOT_RUN:
                yield cell.metadata.nbgrader.grade_id, error


def _errors(notebook: NotebookNode) -> Iterator[NotebookNode]:
    graded = (cell for cell in notebook.cells if cell.cell_type == "code" and utils.is_grade(cell))
    return filter(None, map(_error, graded))


def _error(cell: NotebookNode) -> NotebookNode | None:
    return next((output for output in cell.outputs if output.output_type == "error"), None)


def _summary(error: NotebookNode) -> str:
    first = (error.evalue.strip().splitlines() or [""])[0] or _failing_line(error)
    return PLAINLY.get(error.ename, f"{error.ename}: {first}"[:LONGEST].rstrip(": "))


LONGEST = 200  # characters of what an error says


def _failing_line(error: NotebookNode) -> str:
    """The cell's own line that raised, as IPython marks it: `assert double(3) == 6`."""
    found = ARROW.search(strip_ansi("\n".join(error.traceback)))
    return found[1].strip() if found else ""


ARROW = re.compile(r"^-+> \d+ (.*)", re.MULTILINE)
