"""Figures in graded copies: drawn where somebody grades them, and else as they were handed in."""

import json
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from revgraph.cli import main
from revgraph.grading import worker
from revgraph.grading.submission.pictures import FIGURE, are_graded, show_as_handed_in

from . import corpus
from .conftest import hand_in, open_course, released_in

SHOW = "from matplotlib import pyplot as plt\n\nplt.subplots(figsize=(2, 1));"
SIZE = "<Figure size 200x100 with 1 Axes>"
HANDED_IN = "aGFuZGVkIGlu"


def shows(*pictures):
    return [new_output("display_data", data={"text/plain": SIZE, "image/png": one}) for one in pictures]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    open_course(folder)

    def handed_in(draft):
        draft.add(SHOW)
        next(cell for cell in draft.notebook.cells if cell.source == SHOW).outputs = shows(HANDED_IN)

    hand_in(folder, corpus.Case("ada", 100, "", handed_in), released_in(folder))
    return folder


@pytest.mark.parametrize(
    ("options", "is_drawn"), [([], False), (["--no-figures"], False), (["--figures"], True)]
)
def test_a_figure_is_as_it_was_handed_in_or_drawn(course, monkeypatch, options, is_drawn):
    monkeypatch.setattr(sys, "argv", ["revgraph", "grade", corpus.NAME, "--regrade", *options])
    monkeypatch.chdir(course)
    with pytest.raises(SystemExit, match="0"):
        main()
    copy = nbformat.read(course / "autograded" / "ada" / corpus.NAME / f"{corpus.NAME}.ipynb", as_version=4)
    shown = [output.data for cell in copy.cells for output in cell.get("outputs", []) if "data" in output]
    (figure,) = [data for data in shown if "Figure" in data.get("text/plain", "")]
    assert figure["text/plain"] == SIZE
    assert (figure["image/png"] != HANDED_IN) == is_drawn


def graded(kind, **marks):
    new_cell = {"code": new_code_cell, "markdown": new_markdown_cell}[kind]
    mark = {"grade": False, "solution": False, "locked": False, "grade_id": "a", "schema_version": 3}
    return new_cell("", metadata={"nbgrader": mark | marks})


@pytest.mark.parametrize(
    ("cell", "looked_at"),
    [
        (graded("code", grade=True, solution=True), True),
        (graded("markdown", task=True), True),
        (graded("markdown", grade=True, solution=True), False),
        (graded("code", grade=True, locked=True), False),
        (graded("code", solution=True), False),
        (new_code_cell(SHOW), False),
    ],
)
def test_figures_are_drawn_where_a_person_grades_code_or_a_task(cell, looked_at):
    released = corpus.small_chapter()
    assert not are_graded([released])
    released.cells.append(cell)
    assert are_graded([released]) == looked_at


def run_again(*cells, of_a_cell=1000, of_all=1000):
    """Cells with their outputs as they were handed in, and what is shown of a run in which none is drawn."""
    handed_in = [new_code_cell(source, outputs=outputs) for source, outputs in cells]
    again = [
        new_code_cell(
            source, outputs=[new_output("display_data", data={"text/plain": SIZE}) for _ in outputs]
        )
        for source, outputs in cells
    ]
    show_as_handed_in(again, json.dumps({"cells": handed_in}), of_a_cell, of_all)
    return [[output.data.get("image/png") for output in cell.outputs] for cell in again]


def test_cells_of_the_same_source_have_each_their_own():
    assert run_again(("show()", shows("YQ")), ("show()", shows("Yg", "Yw"))) == [["YQ"], ["Yg", "Yw"]]


def test_more_bytes_than_a_cell_may_show_are_left_out():
    assert run_again(("show()", shows("Y" * 10)), of_a_cell=9) == [[None]]


def test_all_cells_together_show_no_more_than_they_may():
    cells = [(f"show({i})", shows("Y" * 10)) for i in range(3)]
    assert run_again(*cells, of_all=20) == [["Y" * 10], ["Y" * 10], [None]]


def endless(*_):
    while True:
        pass


def too_large(*_):
    raise MemoryError


@pytest.mark.parametrize("hostile", [endless, too_large])
def test_what_takes_too_long_or_too_much_to_show_ends_no_submission(monkeypatch, hostile):
    monkeypatch.setattr(worker, "SECONDS_TO_READ", 0.1)
    monkeypatch.setattr(worker, "show_as_handed_in", hostile)
    worker.show_figures([], "", 1000)


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "[" * 100_000,
        json.dumps(
            {"cells": [1, {}, {"source": 1, "outputs": []}, {"source": "show()", "outputs": [1, {}]}]}
        ),
        json.dumps({"cells": [{"source": "show()", "outputs": shows("not base64: <")}]}),
        json.dumps({"cells": [{"source": "show()", "outputs": shows("YQ", "YQ")}]}),
        json.dumps({"cells": [{"source": "another()", "outputs": shows("YQ")}]}),
        json.dumps({"worksheets": []}),
    ],
    ids=["no JSON", "too deep", "no form", "no picture", "more figures", "another source", "version 3"],
)
def test_what_shows_no_such_figure_gives_none(text):
    cell = new_code_cell("show()", outputs=[new_output("display_data", data={"text/plain": SIZE})])
    show_as_handed_in([cell], text, 1000, 1000)
    assert cell.outputs[0].data == {"text/plain": SIZE}


def test_figures_tell_their_sizes_as_they_are_recognized():
    from matplotlib.figure import Figure

    for figure in (Figure(figsize=(2, 1)), Figure()):
        figure.subplots(1, 2)
        assert FIGURE.fullmatch(repr(figure))
