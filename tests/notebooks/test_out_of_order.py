"""Every notebook as a newcomer meets it: blank, restarted, out of order. Whatever stops says what to do.

That the solutions pass, nbval and test_grading_path.py show.
"""

from __future__ import annotations

import contextlib
import math

import nbformat
import pytest
from nbformat import NotebookNode

from revgraph.authoring.chapters import find_chapters
from revgraph.checks import CheckFailed, check, exercises, waiting
from revgraph.checks import notebook as in_notebooks
from revgraph.checks.hints import undefined, unwritten
from tests.checks.remembering import remembering
from tests.notebooks.conftest import Ran
from tests.notebooks.lint import tags, untrained
from tests.notebooks.one_exercise import PROJECT

CHAPTERS = [path.stem for path in find_chapters(PROJECT / "course")]


def code_cells(folder: str, chapter: str) -> list[NotebookNode]:
    notebook = nbformat.read(PROJECT / folder / chapter / f"{chapter}.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in cells:
        cell.source = untrained(cell.source)
    return cells


def says_what_to_do(ran: Ran) -> bool:
    """Whether a cell that stopped did so for something missing, and says the next step."""
    if isinstance(ran.error, CheckFailed):
        told = ran.error.verdict.message
        clear = ("not written yet", "it uses ", "which it uses, ", " is not defined. If a cell above")
        return any(words in told for words in clear)
    if type(ran.error) is NameError:
        return undefined(ran.error.name) in ran.shown
    return isinstance(ran.error, NotImplementedError) and unwritten("x").removeprefix("`x`") in ran.shown


def demonstrates(cell: NotebookNode) -> bool:
    """A cell that shows on purpose what a check says of a wrong answer."""
    return "check(" in cell.source and not cell.metadata.get("nbgrader")


def unclear(cells: list[Ran]) -> list[str]:
    stopped = [ran for ran in cells if ran.error is not None and not demonstrates(ran.cell)]
    return [f"{ran.cell.source}\n{ran.error!r}" for ran in stopped if not says_what_to_do(ran)]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_blank(run, chapter: str) -> None:
    """Run All on the first day: no check passes, no cell stops the others, each says what is missing."""
    ran = run(code_cells("course", chapter))
    assert unclear(ran) == []
    assert not [r for r in ran if r.error is not None and "raises-exception" not in tags(r.cell)]
    graded = [r for r in ran if r.cell.metadata.get("nbgrader", {}).get("grade")]
    assert all(isinstance(r.error, CheckFailed) and not r.error.verdict.passed for r in graded)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_backward(run, chapter: str) -> None:
    """Each cell before those it needs."""
    imports, *others = code_cells("course", chapter)
    assert unclear(run([imports, *reversed(others)])) == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_restarted_in_the_middle(run, chapter: str) -> None:
    """The answers are there, but what was defined above is forgotten."""
    imports, *others = code_cells("solutions", chapter)
    assert unclear(run([imports, *others[len(others) // 2 :]])) == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_check_before_its_solution(run, chapter: str) -> None:
    imports, *others = code_cells("course", chapter)
    given = [cell for cell in others if "class Value" in cell.source]
    checks = [cell for cell in others if cell.metadata.get("nbgrader", {}).get("grade")]
    for ran in run([imports, *given, *checks])[1 + len(given) :]:
        assert ran.error is not None
        assert says_what_to_do(ran), ran.cell.source


@pytest.mark.parametrize("exercise", exercises().values(), ids=exercises())
def test_wrong_in_every_listed_way(exercise, monkeypatch: pytest.MonkeyPatch) -> None:
    """The panel and the plain text both name the mistake; where some parts are earned, the cell goes on."""
    shown: list = []
    asked = remembering(exercise)  # each mistake's diagnosis tries those that are listed before it
    monkeypatch.setattr(in_notebooks, "find", {exercise.name: asked}.__getitem__)
    monkeypatch.setattr(in_notebooks, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", shown.append)
    monkeypatch.setattr(waiting, "PATIENCE", math.inf)  # on a slow machine too, nothing else is shown
    for known in exercise.misconceptions:
        with contextlib.suppress(CheckFailed):
            earned = check(exercise.name, known.answer)
            assert 0 < earned.points < exercise.points
        told = shown.pop()
        forms = told._repr_mimebundle_()
        assert known.diagnosis in forms["text/plain"]
        assert all(word in forms["text/html"] for word in known.diagnosis.split() if word.isalpha())
        assert told.message.startswith(f"{exercise.name}: ")
