"""The pictures of revgraph.draw in a real JupyterLab: shown, large enough, and moved by slider and keys."""

from __future__ import annotations

import pytest

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


TRAINING = {
    "fit": """import numpy as np, revgraph.dl as dl
from revgraph import draw
from revgraph.datasets import moons
x, y = moons.load_data(120)
layers = dl.inputs(2), dl.dense(12, activation="tanh"), dl.dense(2, activation="softmax")
model = dl.Model(dl.sequential(*layers), dl.categorical_cross_entropy(), dl.adam(lr=0.05)).compile()
history = model.fit(x, np.eye(2)[y], epochs=8, batch_size=20, verbose=0, train_test_validation=(0.8, 0, 0.2),
                    callbacks=[dl.callbacks.progress()])""",
    "history": "history.plot();",
    "summary": "model.summary()",
    "layers": "model.plot()",
    "gradients": "rc.draw_graph(rc.sum(model.output), gradients=True)",
    "folded": "rc.draw_graph(rc.sum(model.output), gradients=True, depth=0)",
    "boundary": "draw.decision_boundary(model.predict, x, y);",
    "confusion": "draw.confusion_matrix(y, model.predict(x), names=['upper', 'lower']);",
    "paths": """f = lambda x, y: (x**2 + 30 * y**2) / 2
zigzag = [(-9 * 0.95**i, (-0.9)**i) for i in range(40)]
draw.descent_frames(f, {"sgd": zigzag, "adam": [(-9 + 0.2 * i, 1 - 0.02 * i) for i in range(40)]})""",
}


@pytest.fixture
def pictures(lab: Lab) -> Lab:
    """A notebook of pictures, run."""
    lab.make("pictures.ipynb", CELLS)
    lab.run_all()
    return lab


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_every_picture_there_is_on_both_themes(lab: Lab, theme: str) -> None:
    lab.make("pictures.ipynb", CELLS | TRAINING)
    lab.choose_theme(theme)
    lab.run_all()
    assert (lab.errors(), lab.console) == ([], [])
    for name in [*CELLS, *TRAINING]:
        if name not in ("fit", "summary"):
            assert lab.small_pictures(lab.cell(name)) == [], name
    assert lab.cell("fit").locator(".widget-hprogress, .jupyter-widgets.widget-hprogress").count() == 8
    assert "100%" in lab.shown_under("fit")
    assert "62 weights" in lab.shown_under("summary")


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
    press("wrong order", "End", 1)
    assert title("wrong order") == "Done, with 2 wrong"
    press("right order", "End", 1)
    assert title("right order") == "Done: every gradient is final"
    press("right order", "ArrowLeft", 1)
    assert title("right order") == "Visit y, whose gradient is 7, and final"
    assert pictures.console == []
