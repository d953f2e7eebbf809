"""A release carries the exercises that its notebooks check, as `exercises.revgraph` beside them.

In a course's nbgrader_config.py:

    from revgraph.authoring.carry import CarryExercises
    c.GenerateAssignment.preprocessors.append(CarryExercises)

From then on `nbgrader generate_assignment`, formgrader's button and whatever else makes a release write the
file, and a release whose exercises are broken, or whose checks would judge nobody, is refused.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from revgraph.checks.own.broken import Broken
from revgraph.checks.own.bundle import FILE, Bundle
from revgraph.checks.own.course import Course, checked_in, code_of, teachers
from revgraph.checks.registry import Known, of_course
from revgraph.grading.refusals import refuse_before_release

TAKEN = re.compile(r"\b(?:mine|pieces)\(([^()]*)\)|\bfrom\s+my_revgraph\s+import\s+([\w, ]+)")
CHECK_CELL = re.compile(r"\s*check\(\s*[\"']?(\w+)[^()]*\)\s*")


class CarryExercises(NbGraderPreprocessor):
    """Hands `exercises.revgraph` to nbgrader as a file that belongs to the assignment."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        folder = Path(resources["metadata"]["path"]).resolve()
        course = teachers(folder)
        if course:
            made = carried(course, folder).packed()
            refuse_before_release(course, folder)
            resources["outputs"] = {**(resources.get("outputs") or {}), FILE: made}
        return nb, resources


def carried(course: Course, folder: Path) -> Bundle:
    """What the notebooks in `folder` need of the course's exercises: those that they check or take, and what
    these import; and all data files. Raises Broken for a check of an exercise that there is not."""
    known, loaded = of_course(course), course.load()
    notebooks = sorted(folder.glob("*.ipynb"))
    for path in notebooks:
        _refuse_unknown(path, known)
    places = [place for path in notebooks for place in checked_in(path) if place.name in known.exercises]
    names = {place.name for place in places} | {name for path in notebooks for name in taken_in(path)}
    names |= {used for name in names if name in known.exercises for used in known.exercises[name].uses}
    paths = course.bundle.needed_by(loaded.files[name] for name in sorted(names & known.own))
    with_points = tuple(replace(place, points=known.exercises[place.name].points) for place in places)
    return replace(course.bundle.only(paths), places=with_points)


def taken_in(path: Path) -> Iterator[str]:
    """The names that a notebook takes with `mine`, shows with `pieces`, or imports from my_revgraph."""
    for source in code_of(path):
        for quoted, imported in TAKEN.findall(source):
            yield from re.findall(r"\w+", quoted or imported)


def _refuse_unknown(path: Path, known: Known) -> None:
    """A check cell that would fail for everybody is found before anybody has it."""
    sources = list(code_of(path))
    if any(isinstance(node, ast.FunctionDef) and node.name == "check" for s in sources for node in _nodes(s)):
        return  # a check of the notebook's own
    for source in sources:
        found = CHECK_CELL.fullmatch(source)
        if found and found[1] not in known.exercises:
            names = ", ".join(sorted(known.own)) or "none"
            raise Broken(
                f"{path.name}: check({found[1]}) asks for no exercise of this course; they are {names}"
            )


def _nodes(source: str) -> Iterator[ast.AST]:
    try:
        return iter(list(ast.walk(ast.parse(source))))
    except SyntaxError:
        return iter(())
