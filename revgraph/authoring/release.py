"""solutions/ becomes course/: nbgrader releases it, and nothing that somebody has changed is written over.

In other courses these folders are called as the settings say, by default source/ and release/.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from revgraph.authoring import good_answers
from revgraph.authoring.chapters import PipelineError, nbgrader_settings, put_helpers_on_path
from revgraph.authoring.placing import Update, bring_up_to_date, digest, digests, record_as_placed
from revgraph.checks.own.broken import Broken
from revgraph.grading.own_exercises import own_course
from revgraph.grading.refusals import refuse_before_release


def course_of(root: Path) -> CourseDirectory:
    return CourseDirectory(config=nbgrader_settings(root))


def folder_of(course: CourseDirectory, step: str, assignment: str = "") -> Path:
    return Path(course.format_path(step, ".", assignment))


def assignments(course: CourseDirectory) -> list[str]:
    """The folders of the course's source that hold a notebook."""
    source = folder_of(course, course.source_directory)
    return sorted({path.parent.name for path in source.glob("*/*.ipynb")})


def chosen(course: CourseDirectory, names: list[str]) -> list[str]:
    """The assignments named, or all of them. Raises PipelineError for a name that is not known."""
    source, known = folder_of(course, course.source_directory), assignments(course)
    if not source.is_dir():
        raise PipelineError(f"there is no {source}/, where the assignments of this course should be")
    if unknown := [name for name in names if name not in known]:
        raise PipelineError(f"no assignment {', '.join(unknown)} in {source}; there are {', '.join(known)}")
    return names or known


@contextmanager
def generated(root: Path, names: list[str], db_url: str = "") -> Iterator[Path]:
    """A temporary folder with what nbgrader releases of these assignments. They are entered into the
    gradebook at `db_url`; without one, into none that stays. Raises PipelineError for one that would not be
    graded, before any is entered."""
    _refuse(course_of(root), names)
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "release"
        out.mkdir()
        settings = nbgrader_settings(root)
        settings.CourseDirectory.release_directory = str(out)
        settings.CourseDirectory.db_url = db_url or f"sqlite:///{scratch}/gradebook.db"
        settings.GenerateAssignment.pop("post_convert_hook", None)  # the course's own folder stays as it is
        make_gradebook(settings.CourseDirectory.db_url)
        api = NbGraderAPI(config=settings)
        for name in names:
            outcome = api.generate_assignment(name)
            if not outcome["success"]:
                raise PipelineError(_why_not(name, outcome["log"]))
        yield out


def _refuse(course: CourseDirectory, names: list[str]) -> None:
    try:
        own = own_course(course)
        for name in names:
            refuse_before_release(own, folder_of(course, course.source_directory, name))
    except Broken as error:
        raise PipelineError(str(error)) from error


def _why_not(name: str, log: str) -> str:
    if "there are submissions associated with it" in log:
        return (
            f"students have handed in {name}, so no question of it can be added or removed any more. Next: "
            "put back what was removed; to drop a question, set its points to 0"
        )
    if path := re.search(r"No notebooks were matched by '(.*[\[*].*)'", log):
        return (
            f"nbgrader finds nothing in {path[1]}: it takes [ and * for a pattern. Next: rename the folder "
            "that has one of these in its name"
        )
    if broken := re.search(rf"\b{Broken.__name__}: (.+)", log):  # a course's own exercises
        return broken[1]
    return f"nbgrader could not release {name}:\n{log}"


def make_gradebook(db_url: str) -> None:
    """A new SQLite gradebook where there is none yet, for the instructor's eyes alone."""
    path = Path(db_url.removeprefix("sqlite:///"))
    if db_url.startswith("sqlite:///") and not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(empty_gradebook())


@cache
def empty_gradebook() -> bytes:
    """nbgrader takes seconds to make one, so it is made once a process."""
    put_helpers_on_path()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "gradebook.db"
        with Gradebook(f"sqlite:///{path}"):
            pass
        return path.read_bytes()


def update_course(root: Path, keep_copies: bool = False, names: list[str] | None = None) -> Update:
    """Release these assignments, or all: into the gradebook, and into the course's folder of releases. Every
    file there that somebody has changed is left alone; see placing.py."""
    course = course_of(root)
    good_answers.update(folder_of(course, course.source_directory))
    with generated(root, chosen(course, names or []), course.db_url) as out:
        return bring_up_to_date(out, folder_of(course, course.release_directory), keep_copies, names)


def differences(root: Path) -> list[str]:
    """The files in which what is released is not what nbgrader makes of the source."""
    course = course_of(root)
    release = folder_of(course, course.release_directory)
    with generated(root, chosen(course, [])) as out:
        fresh = digests(out)
    notebooks = {path.relative_to(release).as_posix() for path in release.glob("*/*.ipynb")}
    found = sorted(name for name in fresh.keys() | notebooks if digest(release / name) != fresh.get(name))
    return found + good_answers.outdated(folder_of(course, course.source_directory))


def remember_release(notebooks: list[str], **_: object) -> None:
    """nbgrader's own `generate_assignment` calls this in the course's folder, as its `post_convert_hook`: so
    the two ways of releasing agree on whose files they are."""
    course = course_of(Path.cwd())
    release = folder_of(course, course.release_directory)
    for name in {Path(notebook).parent.name for notebook in notebooks}:
        record_as_placed(release, name)


def update_text(update: Update, release: str = "course", source: str = "solutions") -> str:
    lines = [f"wrote {release}/{name}" for name in update.written]
    lines += [f"removed {release}/{name}, which {source}/ no longer has" for name in update.removed]
    lines += [f"kept your {release}/{name} as '{copy}'" for name, copy in update.copied.items()]
    lines += [f"left {release}/{name} alone: it has been changed since" for name in update.refused]
    if update.refused:
        lines.append("To put new ones beside your own: revgraph course --keep-copies")
        lines.append("To replace yours: nbgrader generate_assignment NAME --force")
    return "\n".join(lines) or f"{release}/ is up to date"
