"""docs/own-course.md, step by step: its commands are run, its files written, and what it shows is what comes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.grading.statistics_class import NAME, STUDENTS, hand_in
from tests.notebooks.one_exercise import PROJECT
from tests.project.test_shell_blocks import in_a_shell

PAGE = PROJECT / "docs" / "own-course.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
MEAN = "def weighted_mean(x, weights):\n    return {}"
ANSWERS = ["(x * weights).sum() / weights.sum()"] * 6 + ["np.mean(x)"] * 3 + ["sum(x * weights) / len(x)"]


def add_cell(folder: Path, source: str) -> None:
    """What nbgrader's panel makes of a cell that the page describes in its first line."""
    path = folder / "source" / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    first, source = source.split("\n", 1)
    kind, name, points = re.fullmatch(
        r"# (autograded answer|autograder tests): (\w+)(?:, (\d+) points)?", first
    ).groups()
    answer = kind == "autograded answer"
    mark = {"grade_id": name, "schema_version": 3, "task": False}
    mark |= {"solution": answer, "grade": not answer, "locked": not answer}
    mark |= {} if answer else {"points": int(points)}
    notebook.cells.append(nbformat.v4.new_code_cell(source.strip(), metadata={"nbgrader": mark}, id=name))
    nbformat.write(notebook, path)


def ten_submissions(folder: Path) -> None:
    released = (folder / "release" / NAME / f"{NAME}.ipynb").read_text("utf-8")
    for (student, (trimmed, counts, *_)), mean in zip(STUDENTS.items(), ANSWERS, strict=True):
        answers = {"trimmed_mean": trimmed, "word_counts": counts, "weighted_mean": MEAN.format(mean)}
        hand_in(folder, student, released, answers)


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """The course that comes of the page, and of each block of commands what it shows beside what was shown."""
    here = tmp_path_factory.mktemp("own")
    compared: list[tuple[str, str]] = []
    said = ""
    for language, text in BLOCK.findall(PAGE.read_text("utf-8")):
        if language == "sh":
            if "revgraph grade" in text:
                ten_submissions(here)
            said = in_a_shell(text.strip().splitlines(), here, whole=True)
            here = Path(said.splitlines()[-1])
        elif language == "text":
            compared += [(line, said) for line in text.splitlines()]
        elif file := re.match(r"# (\w+/\w+\.py)\n", text):
            (here / file[1]).write_text(text)
        elif text.startswith("# auto"):
            add_cell(here, text)
    return here, compared


def test_every_line_that_the_page_shows_comes(walked):
    _, compared = walked
    assert len(compared) > 8
    for line, said in compared:
        assert line in said, said


def test_the_lines_for_another_course_are_those_of_the_new_one(walked):
    course, _ = walked
    (block,) = [text for language, text in BLOCK.findall(PAGE.read_text("utf-8")) if "CarryExercises" in text]
    config = (course / "nbgrader_config.py").read_text()
    assert all(line.split("  #")[0] in config for line in block.splitlines() if line)


def test_a_students_copy_works_far_from_the_course(walked, tmp_path):
    """Its notebook as it was handed out, with a wrong answer in it: the mistake is named, and the way shown."""
    course, _ = walked
    shutil.copytree(course / "release" / NAME, tmp_path / "home" / NAME)
    notebook = nbformat.read(tmp_path / "home" / NAME / f"{NAME}.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.id == "weighted_mean":
            cell.source = MEAN.format("np.mean(x)")
    NotebookClient(
        notebook,
        timeout=120,
        allow_errors=True,
        resources={"metadata": {"path": str(tmp_path / "home" / NAME)}},
    ).execute()
    shown = {cell.id: str(cell.outputs) for cell in notebook.cells if cell.cell_type == "code"}
    assert "That is the plain mean" in shown["check_weighted_mean"]
    assert "not written yet" in shown["check_trimmed_mean"]
    panel = next(text for text in shown.values() if "Your progress" in text)
    assert "0 of 30 points" in panel
    assert "exercise 1, trimmed_mean" in panel
