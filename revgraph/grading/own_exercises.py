"""A course's own exercises while they are graded: found, closed, refused where they would judge nobody."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.coursedir import CourseDirectory

from revgraph.authoring.carry import carried
from revgraph.checks import Exercise, registry
from revgraph.checks.own import course as courses
from revgraph.checks.own import packages
from revgraph.checks.own.broken import Broken
from revgraph.checks.own.bundle import FILE, unpacked
from revgraph.checks.own.course import Course, teachers
from revgraph.grading import judging
from revgraph.grading.kernels.student_package import (
    asked_exercises,
    cells_with_check,
    checked_exercises,
    given_imports,
    open_own,
    taken_pieces,
    tested_exercises,
)
from revgraph.grading.probes import ASK_BEFORE, refuse_answering_probe


def own_course(course: CourseDirectory) -> Course | None:
    """The course's own exercises, from the teacher's folder. Raises Broken."""
    found = teachers(Path(course.root).resolve())
    if found:
        found.load()
    return found


def packages_here() -> tuple[tuple[str, str], ...]:
    """The packages that bring exercises, each with a digest: what grades elsewhere has to have the same."""
    brought = sorted(set(registry.known().brought.values()))
    return tuple((name, packages.digest(name)) for name in brought)


def refuse_unjudged(released: list[NotebookNode]) -> None:
    """Raises Broken where a graded cell uses `check` and is none that is judged: as it stands it would pass
    whatever was handed in."""
    for notebook in released:
        if not any(name.startswith("revgraph.checks") for name in given_imports(notebook)):
            continue  # a check of the notebook's own
        for cell in cells_with_check(notebook):
            if utils.is_grade(cell) and not judging.check_call(cell.source):
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


def closed_files(course: CourseDirectory, assignment: str) -> frozenset[str]:
    """The digests of what came with the notebook for its checks, whole and unpacked: a student may hand it in
    under any name."""
    own = courses.at_hand()
    contents = list(own.bundle.sources.values()) if own else []
    release = Path(course.format_path(course.release_directory, ".", assignment))
    contents += [path.read_bytes() for path in release.glob(FILE)]
    return frozenset(hashlib.sha256(content).hexdigest() for content in contents)


def carried_otherwise(course: CourseDirectory, own: Course | None, assignment: str) -> list[str]:
    """What students' own checks have in place of the exercises that were graded, where it is not the same."""
    source, release = (
        Path(course.format_path(step, ".", assignment))
        for step in (course.source_directory, course.release_directory)
    )
    expected = carried(own, source) if own and source.is_dir() else None
    if expected is None or not expected.sources:
        return []
    path = release / FILE
    if not path.is_file():
        return [f"{path.name} is missing in the release: students' own checks find no exercise."]
    if unpacked(path) == expected:
        return []
    return [
        f"{path.name} in the release is of before: the exercises have changed, students' checks have not."
    ]


def taken_and_closed(released: list[NotebookNode]) -> list[str]:
    """Pieces of own exercises that the notebooks take and that are closed while they are graded."""
    course = courses.at_hand()
    if course is None:
        return []
    files, shown = course.load().files, open_own(released)
    names = {name for notebook in released for name in taken_pieces(notebook)} & registry.known().own
    hidden = sorted(name for name in names if not shown or files[name] not in shown.sources)
    return [
        f"The notebook takes {name}, which is closed: {files[name]} holds, or imports, what is judged."
        for name in hidden
    ]
