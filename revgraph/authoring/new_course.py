"""`revgraph new-course`, `revgraph new-exercise`: files to begin with; nothing that is there is touched."""

from __future__ import annotations

import keyword
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from revgraph.authoring.chapters import PipelineError
from revgraph.authoring.trial import course_in
from revgraph.checks.own.broken import Broken
from revgraph.checks.own.course import CONFIG, read_settings
from revgraph.checks.registry import of_course

TEMPLATE = Path(__file__).with_name("template")
NAMED = (".md", ".py")  # files in which COURSE stands for the course's name
GITIGNORE = """\
# what belongs to one class, and to nobody else
gradebook.db*
/release/
/submitted/
/autograded/
/feedback/
/.revgraph/
/my_revgraph/
grades_*.csv
__pycache__/
.ipynb_checkpoints/
"""
SKELETON = '''"""{NAME}: one sentence on what is asked for."""

import numpy as np

from revgraph.checks import Exercise, Misconception, Recorded, case, edge


def {NAME}(x):
    """The right answer, written as plainly as a student may read it after a pass."""
    raise NotImplementedError


def cases(rng):
    """From simple to hard. What rng draws is new in every grading; the others are the same in all of them."""
    yield case(np.array([1.0, 2.0, 4.0]))
    yield case(rng.normal(size=5))
    yield edge("no numbers at all", np.array([]))


{CONSTANT} = Exercise(
    name="{NAME}",
    points=10,
    reference={NAME},
    cases=cases,
    recorded=[
        # A value from elsewhere: Recorded(case(np.array([1.0, 2.0])), 1.5, "by hand"),
    ],
    next="a question that leads on, where no misconception below knows a better one.",
    misconceptions=[
        # A wrong answer that students really give, and the sentence that tells them so:
        # Misconception("adds only", lambda x: x.sum(), "You added. Divide by how many there are."),
    ],
)

EXERCISES = [{CONSTANT}]
'''
CELLS = """\
Two cells for your notebook; what they are is set in nbgrader's Create Assignment panel:

    def {NAME}(x):                          (autograded answer)
        ### BEGIN SOLUTION
        ...
        ### END SOLUTION

    check({NAME})                           (autograder tests, 10 points)

Then fill in the file, and try it: revgraph exercises"""


def new_course(folder: Path) -> list[str]:
    """A small course that runs, in a folder that is new or empty; what was written, and what to do next.

    Raises PipelineError where something is there.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PipelineError(f"{folder} is there already, and not empty. Next: name a new folder")
    name = re.sub(r"[^\w-]+", "-", folder.resolve().name).strip("-") or "course"
    folder.mkdir(parents=True, exist_ok=True)
    for path in template_files():
        target = folder / path.relative_to(TEMPLATE)
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text("utf-8")
        target.write_text(
            text.replace("COURSE", name) if path.suffix in NAMED else text, "utf-8", newline="\n"
        )
    (folder / ".gitignore").write_text(GITIGNORE, "utf-8", newline="\n")
    return [
        f"made {folder}: a course with one notebook and two exercises",
        f"Next: cd {shlex.quote(str(folder))}; revgraph exercises",
    ]


def template_files() -> Iterator[Path]:
    for path in sorted(TEMPLATE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
            yield path


def new_exercise(root: Path, name: str) -> list[str]:
    """The skeleton of an exercise in the course's folder; what was written, and what to do next.

    Raises PipelineError for a name that no function can have, or that is taken.
    """
    if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("test_"):
        raise PipelineError(f"{name!r} is no name for an exercise. Next: one such as weighted_mean")
    if not (root / CONFIG).is_file():
        raise PipelineError(f"{root} holds no {CONFIG}: run this in the course's folder")
    settings = read_settings(root)
    if settings.exercises and not settings.folder.exists():
        settings.folder.mkdir(parents=True)
    course = course_in(root)
    assert course.folder is not None
    path = course.folder / f"{name}.py"
    if path.exists():
        raise PipelineError(f"{path} is there already. Next: another name, or open that file")
    if name in imported_in(course.folder):
        raise PipelineError(f"{name!r} is a module that exercises import. Next: another name")
    _refuse_taken(root, name)
    path.write_text(SKELETON.format(NAME=name, CONSTANT=name.upper()), "utf-8", newline="\n")
    return [f"wrote {path.relative_to(root.resolve())}", CELLS.format(NAME=name)]


def imported_in(folder: Path) -> set[str]:
    """The modules that the files of a folder import, and the skeleton does."""
    line = re.compile(r"^\s*(?:import|from)\s+(\w+)", re.MULTILINE)
    texts = [SKELETON, *(path.read_text("utf-8", "replace") for path in folder.rglob("*.py"))]
    return {name for text in texts for name in line.findall(text)}


def _refuse_taken(root: Path, name: str) -> None:
    """A file of the course that is broken keeps nobody from writing another one."""
    try:
        known = of_course(course_in(root)).exercises
    except Broken:
        return
    if name in known:
        where = known[name].chapter
        raise PipelineError(f"there is an exercise {name!r} already ({where}). Next: another name")
