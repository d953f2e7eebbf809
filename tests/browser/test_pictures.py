"""The pictures of revgraph.draw in a real JupyterLab: shown, large enough, and moved by slider and keys."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.browser.lab import Lab

VALUE = """from revgraph.dagnet import Value, step_through
x = Value(2.0, "x")
y = 3 * x
y.label = "y"
z = 2 * y + 5 * y
z.label = "z"
z.backward()
z"""
CELLS = {
    "value": VALUE,
    "right order": "step_through(z)",
    "wrong order": "step_through(z, [z, z._children[0], y, z._children[1]])",
    "tensor": """import numpy as np, revgraph.core as rc
rc.draw_graph(rc.mean(rc.tanh(rc.placeholder("x", (None, 3)) @ rc.variable(np.ones((3, 2)), name="w"))))""",
    "conv2d": """from revgraph import draw
draw.conv2d_frames(np.arange(25).reshape(5, 5), np.ones((3, 3)), stride=2)""",
}


@pytest.fixture
def pictures(lab: Lab) -> Lab:
    """A notebook of pictures, run."""
    cells = [
        new_code_cell(source, metadata={"nbgrader": {"grade_id": name}}) for name, source in CELLS.items()
    ]
    lab.notebook = new_notebook(cells=cells)
    lab.notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(lab.notebook, lab.course / "pictures.ipynb")
    lab.show("pictures.ipynb")
    lab.run_all()
    return lab


def test_pictures_are_shown_and_larger_than_a_stamp(pictures: Lab) -> None:
    for name in CELLS:
        picture = pictures.cell(name).locator(".jp-OutputArea-output").locator("svg, img").last
        picture.scroll_into_view_if_needed()
        box = picture.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) > 60, name
    pictures.screenshot("pictures")
    assert (pictures.errors(), pictures.console) == ([], [])


def test_the_stepper_moves_by_keys_and_shows_a_wrong_order_going_wrong(pictures: Lab) -> None:
    def title(name: str) -> str:
        return pictures.cell(name).locator(".jp-OutputArea-output b").first.inner_text()

    def press(name: str, key: str, times: int) -> None:
        pictures.cell(name).locator(".noUi-handle").focus()
        for _ in range(times):
            pictures.page.keyboard.press(key)
        pictures.page.wait_for_timeout(500)

    assert title("wrong order").startswith("Start")
    press("wrong order", "ArrowRight", 3)
    assert title("wrong order") == "Visit y, whose gradient is 2 so far: too early, 1 of 2 paths missing"
    assert "∂y/∂x = c2 = 3, so x gets 2 · 3 = 6" in pictures.shown_under("wrong order")
    pictures.screenshot("stepper")
    press("wrong order", "End", 1)
    assert title("wrong order") == "Done, with 2 wrong"
    press("right order", "End", 1)
    assert title("right order") == "Done: every gradient is final"
    press("right order", "ArrowLeft", 1)
    assert title("right order") == "Visit y, whose gradient is 7, and final"
    assert pictures.console == []
