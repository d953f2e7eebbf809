"""The rules hold of every chapter; and a planted fault of each kind is found, so the rules are not asleep."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output

from revgraph.authoring.chapters import find_chapters
from revgraph.authoring.execute import execute
from revgraph.authoring.release import update_course
from revgraph.checks import exercises
from tests.notebooks.lint import SHORTER, Chapter, answers, check_cells, complaints, graded, readable, tags
from tests.notebooks.one_exercise import PROJECT, write_project

CHAPTERS = find_chapters(PROJECT / "solutions")


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter_keeps_the_rules(path: Path) -> None:
    worth = {name: exercise.points for name, exercise in exercises().items() if exercise.chapter == path.stem}
    assert worth, f"no exercises are declared for {path.stem}"
    release = PROJECT / "course" / path.stem / path.name
    assert complaints(Chapter(read(path), read(release), worth)) == []


def test_what_other_tests_shorten_stands_in_the_chapters() -> None:
    code = "\n".join(cell.source for path in CHAPTERS for cell in read(path).cells)
    assert [line for line in SHORTER if line not in code] == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_begins_with_questions_and_ends_with_one_that_folds_open(path: Path) -> None:
    cells = read(path).cells
    first_section = next(i for i, cell in enumerate(cells) if cell.source.startswith("## "))
    assert "warm_up()" in [cell.source for cell in cells[:first_section]]
    (written,) = (i for i, cell in enumerate(cells) if cell.cell_type == "markdown" and graded(cell))
    assert cells[written + 1].source == f'good_answer("{graded(cells[written])["grade_id"]}")'


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_saved_verdicts_count_the_cases_that_there_are(path: Path) -> None:
    """A case more in a check: `make solutions` has to save its verdict anew."""
    for grade_id, cell in check_cells(read(path)).items():
        cases, _ = exercises()[grade_id.removeprefix("check_")].draw(0)
        n = sum(not case.edge for case in cases)
        assert f"all {n} cases pass" in "".join(map(readable, cell.outputs)), grade_id


# Each is explained, in italics or bold, in the cell where learners meet it first.
TERMS = """
upstream, node, leaf, parameter, learning rate, finite differences, batch, adjoint, Jacobian, activation,
logits, variance, hidden layer, seed, epoch, overfitting, stride, channel, normal distribution, ln,
transformer, token, query, head, n-gram
"""


def told_to_learners() -> Iterator[str]:
    """The text cells that are handed out, in their order, without headings and code."""
    for path in CHAPTERS:
        for cell in read(PROJECT / "course" / path.stem / path.name).cells:
            if cell.cell_type == "markdown":
                text = re.sub(r"```.*?```|`[^`]*`|<summary>.*?</summary>", "", cell.source, flags=re.DOTALL)
                yield re.sub(r"^#.*$", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("term", re.split(r",\s", TERMS.strip()))
def test_a_term_is_explained_where_learners_meet_it_first(term: str) -> None:
    first = next(text for text in told_to_learners() if re.search(rf"\b{term}", text))
    assert re.search(rf"\*[^*\n]{{0,30}}\b{term}", first), first


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Chapter:
    root = tmp_path_factory.mktemp("project")
    path = write_project(root)
    execute(path)
    update_course(root)
    return Chapter(read(path), read(root / "course" / "00_double" / "00_double.ipynb"), {"double": 90})


def test_small_chapter_keeps_the_rules(untouched: Chapter) -> None:
    assert complaints(untouched) == []


def check_cell(chapter: Chapter) -> NotebookNode:
    return check_cells(chapter.source)["check_double"]


def worked_answer(chapter: Chapter) -> NotebookNode:
    return next(cell for cell in chapter.source.cells if "worked-answer" in tags(cell))


def rewrite(old: str, new: str) -> Callable[[Chapter], None]:
    def plant(chapter: Chapter) -> None:
        for cell in chapter.source.cells:
            cell.source = cell.source.replace(old, new)

    return plant


def show_in_release(text: str) -> Callable[[Chapter], None]:
    return lambda chapter: chapter.release.cells.append(new_markdown_cell(text))


FAULTS: dict[str, tuple[Callable[[Chapter], object], str]] = {
    "invalid metadata": (lambda c: graded(check_cell(c)).pop("locked"), "metadata:"),
    "not tidied": (lambda c: c.source.metadata.update(jupytext={}), "make solutions"),
    "no progress panel": (lambda c: c.source.cells.pop(2), "no cell with progress()"),
    "empty panel": (lambda c: c.source.cells[2].update(outputs=[]), "shows nothing"),
    "somebody's panel": (
        lambda c: c.source.cells[2].outputs.append(new_output("stream", text="1 of 2 exercises")),
        "somebody's progress",
    ),
    "points": (lambda c: graded(check_cell(c)).update(points=91), "sum to 101"),
    "points not the exercise's": (lambda c: graded(check_cell(c)).update(points=91), "declares 90"),
    "no check cell": (lambda c: c.source.cells.remove(check_cell(c)), "check cells []"),
    "no solution cell": (lambda c: c.source.cells.remove(answers(c.source)["double"]), "no solution cell"),
    "checks something else": (rewrite("check(double)", "check(print)"), "not one line that checks double"),
    "Run All stops": (lambda c: check_cell(c).metadata.update(tags=[]), "lacks the tag raises-exception"),
    "check open to changes": (lambda c: graded(check_cell(c)).update(locked=False), "not locked"),
    "no question": (lambda c: c.source.cells.pop(), "0 written questions"),
    "no marking guide": (
        rewrite("=== BEGIN MARK SCHEME ===", ""),
        "lacks its model answer or its marking guide",
    ),
    "an answer's line": (show_in_release("see:\n\n    return twice_the_number"), "shows a line of an answer"),
    "a worked answer's text": (show_in_release("Worked answer: 2 * x."), "shows a line of an answer"),
    "solution marks": (show_in_release("### BEGIN SOLUTION"), "BEGIN SOLUTION stands in"),
    "hidden tests": (show_in_release("### BEGIN HIDDEN TESTS"), "HIDDEN TESTS stands in"),
    "worked answer cell": (lambda c: c.release.cells.append(worked_answer(c)), "instructor's cell"),
    "outputs in the release": (lambda c: c.release.cells[1].update(execution_count=1), "has outputs"),
    "no stub": (lambda c: answers(c.release)["double"].update(source="def double(x): ..."), "no stub"),
    "no time": (rewrite("**Time:**", ""), "does not state the time"),
    "no difficulty": (rewrite("●○○○○", ""), "double lacks difficulty and minutes"),
    "no minutes": (rewrite("about 5 minutes", ""), "double lacks difficulty and minutes"),
    "hints not nested": (rewrite("Hint 2", "Hint 1"), "double lacks nested hints"),
    "hints unfolded": (rewrite("<details>", "<details open>"), "double lacks nested hints"),
    "a level of headings skipped": (
        rewrite("### Exercise 1", "##### Exercise 1"),
        "has level 5 below one of",
    ),
    "no worked answer": (lambda c: c.source.cells.remove(worked_answer(c)), "double has no worked answer"),
    "not executed": (lambda c: c.source.cells[1].update(execution_count=7), "not executed"),
    "no verdict": (lambda c: check_cell(c).update(outputs=[]), "shows no verdict"),
    "error": (
        lambda c: c.source.cells[1].outputs.append(new_output("error", ename="E", evalue="e", traceback=[])),
        "an error is among the outputs",
    ),
    "passed and not saved": (
        lambda c: c.source.cells[1].outputs.append(new_output("stream", text="Not saved to my_revgraph: x")),
        "what passed is not saved",
    ),
    "machine's path": (
        lambda c: c.source.cells[1].outputs.append(new_output("stream", text="/home/me/x.py:1: Warning")),
        "depends on the machine",
    ),
    "picture compared": (
        lambda c: c.source.cells[1].outputs.append(new_output("display_data", data={"image/png": "iVBO"})),
        "lacks the tag nbval-ignore-output",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_is_found(untouched: Chapter, fault: str) -> None:
    plant, expected = FAULTS[fault]
    chapter = copy.deepcopy(untouched)
    plant(chapter)
    assert expected in "\n".join(complaints(chapter))
