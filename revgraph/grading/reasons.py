"""Why a submission did not earn more: in sentences for the instructor's table, and in kinds to be counted."""

from __future__ import annotations

import math
from collections.abc import Iterator

from nbformat import NotebookNode
from nbgrader import utils

from revgraph.grading.runner import CheckResult


def lateness(seconds: float, penalty: float) -> Iterator[str]:
    """`handed in 2 h 5 min late: 20 points off`; nothing for who was in time."""
    if seconds > 0:
        hours, minutes = divmod(math.ceil(seconds / 60), 60)
        days, hours = divmod(hours, 24)
        parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if n]
        yield f"handed in {' '.join(parts)} late" + (f": {penalty:g} points off" if penalty else "")


def kinds(notebook: NotebookNode, checks: list[CheckResult]) -> list[str]:
    """The kinds of what went wrong, each once, as they are counted over a class."""
    found = [*(check.kind for check in checks), *(_kind(error) for _, error in _errors(notebook))]
    return list(dict.fromkeys(filter(None, found)))


def _kind(error: NotebookNode) -> str:
    """A check cell's own error is told by its verdict."""
    if error.ename == "CheckFailed":
        return ""
    if error.ename == "NotRun":
        return str(error.evalue).partition(":")[0]
    return PLAINLY.get(error.ename, f"{error.ename} in an assertion")


def reasons(notebook: NotebookNode, checks: list[CheckResult]) -> Iterator[str]:
    """What went wrong in the graded cells, each thing once: `sigmoid, softmax: not written yet`."""
    by_reason: dict[str, list[str]] = {}
    for check in checks:
        if check.reason:
            by_reason.setdefault(check.reason, []).append(check.exercise)
    for name, reason in _failed_assertions(notebook):
        by_reason.setdefault(reason, []).append(name)
    return (f"{', '.join(names)}: {reason}" for reason, names in by_reason.items())


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
