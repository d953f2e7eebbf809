"""The work of `revgraph export`: read what the LMS exported, fill it in, say what was done."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import DatabaseError
from traitlets import TraitError

from revgraph.authoring.chapters import PipelineError, nbgrader_settings
from revgraph.files import write_atomically
from revgraph.grading import gradebook as book
from revgraph.grading.lms import pages, sheet
from revgraph.grading.lms.canvas import Gradebook
from revgraph.grading.lms.fill import Export, fill, lines
from revgraph.grading.lms.moodle import Worksheet
from revgraph.grading.lms.results import NothingToExport, Result, results
from revgraph.grading.released import NothingToGrade
from revgraph.grading.report import printable


@dataclass(frozen=True)
class Options:
    column: str = ""
    feedback_column: str = ""
    scale: bool = False
    zip_feedback: bool = False
    submissions: tuple[Path, ...] = field(default=())  # the zip files that Canvas made of them
    to: Path | None = None


def run(root: Path, assignment: str, canvas: Path | None, moodle: Path | None, options: Options) -> None:
    """Fill the file of each LMS that is given. Exits with a message where that cannot be done."""
    if canvas is None and moodle is None:
        sys.exit("revgraph export: name the LMS's file: --canvas gradebook.csv or --moodle worksheet.csv")
    if canvas and moodle and options.to:
        sys.exit("revgraph export: --to is for one file; here are two")
    try:
        course = CourseDirectory(config=nbgrader_settings(root))
        earned = results(course, assignment)
    except (PipelineError, NothingToExport, NothingToGrade, ValueError) as reason:
        sys.exit(f"revgraph export: {reason}")
    except TraitError as error:
        sys.exit(f"revgraph export: a setting of nbgrader_config.py is not what nbgrader expects: {error}")
    except DatabaseError as error:
        sys.exit(f"revgraph export: {book.what_is_wrong(error, 'Next: run it again once it can')}")
    make: Callable[[sheet.Sheet], Export]
    if canvas:
        make = partial(Gradebook, assignment=assignment, column=options.column)
        one(course, assignment, canvas, make, earned, options)
    if moodle:
        make = partial(Worksheet, column=options.column, feedback_column=options.feedback_column)
        one(course, assignment, moodle, make, earned, options)


def one(
    course: CourseDirectory,
    assignment: str,
    path: Path,
    make: Callable[[sheet.Sheet], Export],
    earned: list[Result],
    options: Options,
) -> None:
    """Nothing is written where anything about the file is not as it should be."""
    try:
        export = make(sheet.read(path.read_bytes()))
        filled = fill(export, earned, options.scale)
        archives = options.submissions or _collected(course, assignment)
        packed = (
            pages.pack(course, assignment, export, filled.matched, earned, archives)
            if options.zip_feedback
            else None
        )
        target = (options.to or path).resolve()  # where it is a link, what it leads to
        write_atomically(target, export.sheet.content(), mode=stat.S_IMODE(path.stat().st_mode))
    except sheet.NotTheExport as reason:
        sys.exit(f"revgraph export: {path.name}: {reason}")
    except OSError as error:
        sys.exit(f"revgraph export: {error.filename2 or error.filename}: {error.strerror}")
    for line in lines(filled, target.name):
        print(printable(line))
    if packed is not None:
        _write_pages(course, assignment, export, packed)


def _collected(course: CourseDirectory, assignment: str) -> tuple[Path, ...]:
    """Where nbgrader zip_collect wants them."""
    return tuple(sorted(Path(course.root, "downloaded", assignment, "archive").glob("*.zip")))


def _write_pages(course: CourseDirectory, assignment: str, export: Export, packed: pages.Packed) -> None:
    lms = "canvas" if isinstance(export, Gradebook) else "moodle"
    target = Path(course.root, f"feedback_{assignment}_{lms}.zip")
    if packed.students:
        write_atomically(target, packed.content, mode=0o600)
        count = len(packed.students)
        print(f"{target.name}: the pages of {count} student{'s' * (count > 1)}")
    else:
        print("no page of feedback can be packed")
    for why, names in sorted(packed.left.items()):
        print(printable(f"  not in it, {why}: {'; '.join(names)}"))
