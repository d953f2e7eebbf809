"""Notebooks whose checks would judge nobody: refused when they are released, and when they are graded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader import utils

from revgraph.checks import Exercise, registry
from revgraph.checks.own import course as courses
from revgraph.checks.own.broken import Broken
from revgraph.checks.own.course import Course
from revgraph.grading import judging
from revgraph.grading.kernels.student_package import (
    asked_exercises,
    cells_with_check,
    checked_exercises,
    given_imports,
    taken_pieces,
    tested_exercises,
)
from revgraph.grading.probes import ASK_BEFORE, refuse_answering_probe


def refuse_before_release(course: Course | None, folder: Path) -> None:
    """Raises Broken for the notebooks of an assignment's source that grading would refuse."""
    notebooks = list(_notebooks(folder))
    with courses.using(course.bundle if course else None):
        refuse_unjudged(notebooks)
        refuse_open_answers(notebooks)


def _notebooks(folder: Path) -> Iterator[NotebookNode]:
    for path in sorted(folder.glob("*.ipynb")):
        try:
            yield nbformat.read(path, as_version=4)
        except Exception:  # nbgrader tells of a file that is none
            continue


def refuse_unjudged(released: list[NotebookNode]) -> None:
    """Raises Broken where a graded cell uses `check` and is none that is judged: as it stands it would pass
    whatever was handed in."""
    for notebook in released:
        if not any(name.startswith("revgraph.checks") for name in given_imports(notebook)):
            continue  # a check of the notebook's own
        for cell in cells_with_check(notebook):
            if utils.is_grade(cell) and not utils.is_solution(cell) and not judging.check_call(cell.source):
                own = sorted(registry.known().own)
                known = f"its own exercises are {', '.join(own)}" if own else "it has no exercises of its own"
                raise Broken(
                    f"the cell {cell.metadata.nbgrader.grade_id} cannot be judged: {cell.source.strip()!r}. "
                    "A graded cell is one call, check(name), of an exercise that the course or revgraph has; "
                    f"{known}"
                )


def refuse_open_answers(released: list[NotebookNode]) -> None:
    """Raises Broken where an exercise's probe brings an answer along: to one of a course's own, or to one
    that the same notebook asks for only later. In a chapter of ours none does."""
    known = registry.known()
    checked, asked = (
        {name for notebook in released for name in found(notebook)} & (known.own | known.brought.keys())
        for found in (checked_exercises, asked_exercises)
    )
    homes = tuple(registry.own_packages())
    for name in sorted(checked):
        refuse_answering_probe(known.exercises[name], [known.exercises[one] for one in sorted(asked)], homes)
    for notebook in released:
        taken, later = taken_pieces(notebook), dict[str, Exercise]()
        for cell in filter(utils.is_grade, reversed(notebook.cells)):
            if call := judging.check_call(cell.source):
                others = [one for one in later.values() if one.chapter != call.exercise.chapter]
                refuse_answering_probe(call.exercise, others, ("revgraph", *homes), ASK_BEFORE)
            names = [call.exercise.name] if call else tested_exercises(cell, taken)
            later |= {name: known.exercises[name] for name in names}
