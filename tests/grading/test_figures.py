"""Figures in graded copies, and grading without drawing them."""

import sys

import nbformat
import pytest

from revgraph.cli import main

from . import corpus
from .conftest import hand_in, open_course, released_in

FIGURE = "from matplotlib import pyplot as plt\n\nplt.subplots(figsize=(2, 1));"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    open_course(folder)
    hand_in(folder, corpus.Case("ada", 100, "", corpus.extra(FIGURE)), released_in(folder))
    return folder


@pytest.mark.parametrize(
    ("options", "kinds"), [([], {"text/plain", "image/png"}), (["--no-figures"], {"text/plain"})]
)
def test_figures_are_drawn_unless_nobody_wants_them(course, monkeypatch, options, kinds):
    command = ["revgraph", "grade", corpus.NAME, "--regrade"]
    monkeypatch.setattr(sys, "argv", [*command, *options])
    monkeypatch.chdir(course)
    with pytest.raises(SystemExit, match="0"):
        main()
    copy = nbformat.read(course / "autograded" / "ada" / corpus.NAME / f"{corpus.NAME}.ipynb", as_version=4)
    shown = [output.data for cell in copy.cells for output in cell.get("outputs", []) if "data" in output]
    (figure,) = [data for data in shown if "Figure" in data.get("text/plain", "")]
    assert figure["text/plain"] == "<Figure size 200x100 with 1 Axes>"
    assert {*figure} == kinds
