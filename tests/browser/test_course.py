"""Every chapter in a real JupyterLab: untouched or solved, everything runs, and the page shows it.

Some chapters are run there. Of the others it shows what came of them when they were executed, which nbval
holds to be what comes of them now; that no cell of theirs stops a Run All, test_grading_path sees.
"""

from __future__ import annotations

import nbformat
import pytest

from revgraph.authoring.chapters import find_chapters
from tests.browser.conftest import PROJECT
from tests.browser.lab import Lab
from tests.notebooks.lint import PICTURES, answers, check_cells

CHAPTERS = [path.stem for path in find_chapters(PROJECT / "course")]


def solutions(chapter: str) -> dict[str, str]:
    notebook = nbformat.read(PROJECT / "solutions" / chapter / f"{chapter}.ipynb", as_version=4)
    return {name: cell.source for name, cell in answers(notebook).items()}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapter(lab: Lab, chapter: str) -> None:
    """With every answer written in. Those that are run are run untouched before, in the same page, as a
    learner's stays open, and in some another answer is typed there then."""
    if chapter in RUN:
        lab.open(chapter)
        run_untouched(lab, chapter)
        lab.begin_again(solutions(chapter))
        lab.run_all()
        assert lab.not_run() == []
    else:
        lab.open_executed(chapter)
    look_at(lab, chapter)
    if chapter in TYPED:
        type_answers(lab, chapter, *TYPED[chapter])
    assert lab.console == []


RUN = ("00_welcome", "02_scalar_autodiff", "05_unbroadcast", "09_optimizers", "12_capstone")


def run_untouched(lab: Lab, chapter: str) -> None:
    """Run All goes on behind a failing check; nothing is wrong but that the answers are missing."""
    lab.run_all()
    assert lab.errors(but_tagged=True) == []
    assert lab.not_run() == []
    for name in check_cells(lab.notebook):
        assert "not written yet" in lab.shown_under(name)
    assert lab.wide_pictures() == []


def demonstrated(chapter: str) -> list[str]:
    """What the chapter's own examples of a failing check say."""
    notebook = nbformat.read(PROJECT / "solutions" / chapter / f"{chapter}.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output.evalue for output in outputs if output.output_type == "error"]


def with_pictures(lab: Lab, chapter: str) -> list[int]:
    """Where in the opened notebook the cells are that show a picture in solutions/."""
    notebook = nbformat.read(PROJECT / "solutions" / chapter / f"{chapter}.ipynb", as_version=4)
    ids = {
        cell.id
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if PICTURES & set(output.get("data", {}))
    }
    return [at for at, cell in enumerate(lab.notebook.cells) if cell.id in ids]


def look_at(lab: Lab, chapter: str) -> None:
    """What the solved chapter shows: no error but its own examples, its pictures, and each check passed."""
    assert [error for error in lab.errors() if error not in demonstrated(chapter)] == []
    missing = {at: lab.small_pictures(lab.cells.nth(at)) for at in with_pictures(lab, chapter)}
    assert {at: wrong for at, wrong in missing.items() if wrong} == {}
    assert lab.wide_pictures() == []
    for name in check_cells(lab.notebook):
        assert "Passed" in lab.shown_under(name)


# A wrong answer that learners give, and words of the diagnosis it should meet.
AVERAGED = """def unbroadcast(g, shape):
    axes = added_axes(shape, g.shape) + stretched_axes(shape, g.shape)
    return np.mean(g, axis=axes, keepdims=True).reshape(shape)"""
OWN_OPERAND = """def mul(a, b):
    b = as_value(b)
    out = Value(a.data * b.data, (a, b), "*")

    def send_back():
        a.grad += a.data * out.grad
        b.grad += b.data * out.grad

    out._backward = send_back
    return out


Value.__mul__ = mul"""
TYPED = {
    "02_scalar_autodiff": ("value_mul", OWN_OPERAND, "The gradients are swapped"),
    "05_unbroadcast": ("unbroadcast", AVERAGED, "averaging instead of summing"),
}


def type_answers(lab: Lab, chapter: str, exercise: str, wrong: str, diagnosis: str) -> None:
    """A learner types a wrong answer and reads why, then the right one and reads that it passes."""
    lab.write(exercise, wrong)
    verdict = lab.check(exercise)
    assert "Not yet" in verdict
    assert diagnosis in verdict
    assert "Traceback" not in verdict

    lab.write(exercise, solutions(chapter)[exercise])
    verdict = lab.check(exercise)
    assert "Passed" in verdict
