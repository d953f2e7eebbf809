"""Who is in the class, and where their work is looked for."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from nbgrader.api import Gradebook, Student
from nbgrader.coursedir import CourseDirectory

from revgraph.grading.submission.repair import MOST_ENTRIES, folded, meant_as


def roster(gradebook: Gradebook, course: CourseDirectory, assignment: str) -> list[str]:
    """Every student the gradebook knows, and everyone who has a folder of this assignment in `submitted/`,
    without those whom the settings exclude."""
    known = {student.id for student in gradebook.students} | set(_handed_in(course, assignment))
    return sorted(known - set(course.student_id_exclude.split(",")))


def split_names(text: str, known: Collection[str]) -> list[str]:
    """The names between commas: `Lovelace, Ada,grace` is two where a student's id is `Lovelace, Ada`."""
    parts, found = text.split(","), list[str]()
    while parts:
        names = {n: ",".join(parts[:n]).strip() for n in range(len(parts), 0, -1)}
        taken = next((n for n, name in names.items() if name in known), 1)
        found.append(names[taken])
        parts = parts[taken:]
    return [name for name in found if name]


def _handed_in(course: CourseDirectory, assignment: str) -> Iterator[str]:
    """The names in place of STUDENT in the course's `submitted/STUDENT/ASSIGNMENT`."""
    path = Path(course.format_path(course.submitted_directory, STUDENT, assignment))
    place = next(at for at, part in enumerate(path.parts) if STUDENT in part)
    above, (before, _, after) = Path(*path.parts[:place]), path.parts[place].partition(STUDENT)
    for folder in above.iterdir() if above.is_dir() else []:
        name = folder.name.removeprefix(before).removesuffix(after)
        if folder.name == f"{before}{name}{after}" and _may_hold(folder.joinpath(*path.parts[place + 1 :])):
            yield name


STUDENT = "{student_id}"


def _may_hold(path: Path) -> bool:
    """A folder that cannot be looked into gets a row too, which says so."""
    try:
        return path.exists()
    except PermissionError:
        return True


def misnamed(student: str) -> str:
    """Why a gradebook cannot hold the name, or no folder can have it; empty for a name that will do."""
    most = Student.id.type.length
    if any("\ud800" <= character <= "\udfff" for character in student):
        return f"the folder's name {student!r} is not written in UTF-8"
    if not student.isprintable():
        return f"the name {student!r} holds characters that cannot be seen"
    if len(student) > most:
        return f"the name has {len(student)} characters, and at most {most} fit"
    return "no folder can have this name" if student in ("", ".", "..") or "/" in student else ""


def nearly_alike(students: Iterable[str]) -> Iterator[str]:
    """Sentences about names that may be one person's: the gradebook's, and that of a folder."""
    alike = defaultdict[str, list[str]](list)
    for student in students:
        alike[folded(student)].append(student)
    for names in alike.values():
        if len(names) > 1:
            yield (
                f"{' and '.join(sorted(names))} differ in capitals alone, or in how an accent is written, "
                "and each has a row. Next: if they are one person, name the folder as in the gradebook."
            )


def astray(course: CourseDirectory, assignment: str, notebooks: Iterable[str]) -> str:
    """A sentence about what looks like this assignment and lies where it is not looked for: its notebook
    outside of any folder of the assignment's, its folder by a name that is nearly right, or above the
    student's. Empty where nothing does, or where the settings have another structure than nbgrader's."""
    right = Path(course.format_path(course.submitted_directory, STUDENT, assignment))
    found = list(_astray(right, list(notebooks))) if right.parent.name == STUDENT else []
    if not found:
        return ""
    first, others = found[0].relative_to(right.parents[2]), len(found) - 1
    what = f"{first} and {others} more look" if others else f"{first} looks"
    where = f"{right.parents[1].name}/STUDENT/{assignment}"
    return f"{what} like {assignment}, and nothing is graded there. Next: put each student's into {where}/"


def _astray(right: Path, notebooks: list[str]) -> Iterator[Path]:
    for path in _entries(right.parents[1]):
        inside = [] if _may_hold(path / right.name) else _entries(path)
        if _is_notebook(path, notebooks):
            yield path
        elif meant_as(path.name, [right.name]):  # or somebody has that name
            below = [file for inner in inside for file in _entries(inner)]
            yield from [path] if any(_is_notebook(one, notebooks) for one in (*inside, *below)) else []
        else:
            named = (one for one in inside if one.is_dir() and meant_as(one.name, [right.name]))
            yield from islice(chain(named, (one for one in inside if _is_notebook(one, notebooks))), 1)


def _is_notebook(path: Path, names: list[str]) -> bool:
    return path.suffix.lower() == ".ipynb" and meant_as(path.stem, names) is not None


def _entries(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return sorted(islice(folder.iterdir(), MOST_ENTRIES))
    return []
