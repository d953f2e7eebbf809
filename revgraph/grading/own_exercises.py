"""A course's own exercises while they are graded: found, and closed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory

from revgraph.authoring.carry import carried
from revgraph.checks import registry
from revgraph.checks.own import course as courses
from revgraph.checks.own import packages
from revgraph.checks.own.bundle import FILE, unpacked
from revgraph.checks.own.course import Course, teachers
from revgraph.grading.kernels.student_package import open_own, taken_pieces


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
        f"{path.name} in the release is out of date: the exercises have changed, students' checks have not."
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
