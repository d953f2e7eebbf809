"""The pages of feedback in one zip file, under the names by which Moodle and Canvas know whose they are.

Moodle reads `Full name_123_assignfeedback_file_/page.html`; 123 is the participant's number in the worksheet.
Canvas reads the first two numbers between underscores: `lovelaceada_4711_98765_page.html` is for user 4711,
and 98765 has to be a file that this student handed in there. So the names come from the zip that Canvas made.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from revgraph.grading.lms.canvas import Gradebook
from revgraph.grading.lms.moodle import Worksheet
from revgraph.grading.lms.people import Matched, Person
from revgraph.grading.lms.results import Result
from revgraph.grading.lms.sheet import NotTheExport


@dataclass
class Packed:
    content: bytes = b""
    students: list[str] = field(default_factory=list)
    left: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # why → whose


def pack(
    course: CourseDirectory,
    assignment: str,
    export: Gradebook | Worksheet,
    matched: Matched,
    results: list[Result],
    submissions: Iterable[Path],
) -> Packed:
    """The pages of everybody whose score is out. `submissions` are the zip files that Canvas made."""
    packed, buffer = Packed(), io.BytesIO()
    begins = canvas_prefixes(submissions) if isinstance(export, Gradebook) else {}
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for result in results:
            person = matched.pairs.get(result.student.id)
            if person is None:
                continue  # `fill` has told
            pages = list(_pages(course, assignment, result.student.id))
            begin = _begin(export, person, begins)
            if why := _why_not(course, assignment, result, pages, begin):
                packed.left[why].append(result.student.id)
                continue
            for page in pages:
                archive.write(page, begin + page.name)
            packed.students.append(result.student.id)
    packed.content = buffer.getvalue()
    return packed


def _begin(export: Gradebook | Worksheet, person: Person, begins: dict[str, str]) -> str:
    """What stands before the page's name; empty where Canvas would not know whose it is."""
    if isinstance(export, Gradebook):
        return begins.get(export.user(person), "")
    return _moodle_folder(*export.participant(person))


def _pages(course: CourseDirectory, assignment: str, student: str) -> Iterator[Path]:
    folder = Path(course.format_path(course.feedback_directory, student, assignment))
    yield from sorted(folder.glob("*.html"))


def _why_not(course: CourseDirectory, assignment: str, result: Result, pages: list[Path], begin: str) -> str:
    if result.score is None:
        return result.why
    if not pages:
        return f"no page: revgraph grade {assignment} --feedback"
    graded = Path(course.format_path(course.autograded_directory, result.student.id, assignment))
    for page in pages:
        notebook = graded / f"{page.stem}.ipynb"
        if notebook.exists() and notebook.stat().st_mtime > page.stat().st_mtime:
            return f"the page is older than the grade: revgraph grade {assignment} --feedback"
    return "" if begin else "Canvas's zip has no file of theirs"


def _moodle_folder(number: str, full_name: str) -> str:
    """Moodle cuts a folder's name at underscores, so a person's name has none."""
    plain = re.sub(r'[\x00-\x1f/\\:*?"<>|_]+', " ", full_name).strip(" .")
    return f"{plain}_{number}_assignfeedback_file_/"


def canvas_prefixes(archives: Iterable[Path]) -> dict[str, str]:
    """Of each user of Canvas, what the names of the files begin with that were handed in there."""
    found: dict[str, str] = {}
    for path in archives:
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except Exception as error:  # damaged: zipfile has no one error for that
            raise NotTheExport(f"{path} cannot be read ({error}): download the submissions anew") from None
        found |= dict(filter(None, map(_user_and_prefix, names)))
    return found


def _user_and_prefix(name: str) -> tuple[str, str] | None:
    """Canvas begins with the student's name, which may be a number that it would take for the user's."""
    first, *parts = name.rpartition("/")[2].split("_")
    numbers = [at for at, part in enumerate(parts) if part.isdecimal()][:2]
    if len(numbers) < 2:
        return None
    first = "student" if first.isdecimal() else first
    return parts[numbers[0]], "_".join([first, *parts[: numbers[1] + 1], ""])
