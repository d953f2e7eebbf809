"""The pictures of the README, taken of a real JupyterLab: `make gallery` writes them into docs/."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageOps
from playwright.sync_api import Browser, Locator

from tests.browser.conftest import PROJECT
from tests.browser.lab import Lab
from tests.browser.test_course import AVERAGED, solutions

pytestmark = pytest.mark.skipif(
    "REVGRAPH_GALLERY" not in os.environ, reason="the README's pictures are taken by `make gallery` alone"
)
COLORS = 256  # enough for drawings, and a third of the size

CELLS = {
    "stepper": """from revgraph.dagnet import Value, step_through
x = Value(2.0, "x")
y = 3 * x
y.label = "y"
z = 2 * y + 5 * y
z.label = "z"
step_through(z)""",
    "graph": """import numpy as np, revgraph.core as rc, revgraph.dl as dl
x = dl.inputs(3, name="x")()
loss = rc.sum(dl.dense(2, name="out")(dl.dense(4, name="hidden", activation="tanh")(x)) ** 2)
rc.draw_graph(loss, gradients=True, depth=0)""",
    "conv2d": """from revgraph import draw
picture = np.array([[0, 0, 1, 1, 0], [0, 1, 2, 1, 0], [1, 2, 3, 1, 0], [0, 1, 2, 0, 0], [0, 0, 1, 0, 0]])
draw.conv2d_frames(picture, [[1, 0, -1], [2, 0, -2], [1, 0, -1]], stride=2, padding="SAME")""",
    "optimizers": """def himmelblau(x, y):
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2

def path(optimizer, steps=60):
    x, y = rc.variable(0.0), rc.variable(-0.5)
    step = optimizer.minimize(himmelblau(x, y))
    points = [(float(x()), float(y()))]
    for _ in range(steps):
        step()
        points.append((float(x()), float(y())))
    return points

paths = {"sgd": path(rc.sgd(0.01)), "momentum": path(rc.sgd(0.005, momentum=0.9)),
         "rmsprop": path(rc.rmsprop(0.08)), "adam": path(rc.adam(0.3))}
draw.descent_frames(himmelblau, paths, bounds=((-1, 5), (-3, 4)))""",
    "boundary": """from revgraph.datasets import moons
points, labels = moons.load_data(200)
layers = dl.inputs(2), dl.dense(16, activation="tanh"), dl.dense(16, activation="tanh"), dl.dense(1)
model = dl.Model(dl.sequential(*layers), dl.hinge(), dl.adam(lr=0.02)).compile()
model.fit(points, 2.0 * labels[:, None] - 1, epochs=60, batch_size=20, verbose=0)
draw.decision_boundary(model.predict, points, labels);""",
}


@pytest.fixture
def sharp(browser: Browser, server: tuple[str, Path]) -> Lab:
    """A page of more pixels, and narrower: its pictures are shown in a README."""
    context = browser.new_context(viewport={"width": 1100, "height": 1600}, device_scale_factor=1.5)
    return Lab(context.new_page(), server[0], PROJECT / "course", server[1], PROJECT / "docs")


def take(shown: Locator, name: str) -> None:
    """Write what is shown to docs/, in few colors and so in few bytes."""
    picture = Image.open(io.BytesIO(shown.screenshot())).convert("RGB")
    page = Image.new("RGB", picture.size, picture.getpixel((picture.width - 1, picture.height - 1)))
    picture = ImageOps.expand(picture.crop(ImageChops.difference(picture, page).getbbox()), 10, "white")
    few = picture.quantize(COLORS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)  # keeps thin lines
    few.save(PROJECT / "docs" / f"{name}.png", optimize=True)


def test_pictures_of_the_gallery(sharp: Lab) -> None:
    sharp.make("gallery.ipynb", CELLS)
    sharp.run_all()
    assert sharp.errors() == []
    for name, steps in {"stepper": 4, "conv2d": 4, "optimizers": 11}.items():
        sharp.cell(name).locator(".noUi-handle").focus()
        for _ in range(steps):
            sharp.page.keyboard.press("ArrowRight")
    sharp.page.wait_for_timeout(1000)
    for name in CELLS:
        shown = sharp.cell(name).locator(".jp-OutputArea-output").locator(".widget-vbox, svg, img").first
        take(shown, name)
    sharp.close()


def test_picture_of_a_verdict(sharp: Lab) -> None:
    answers = solutions("05_unbroadcast")
    sharp.open("05_unbroadcast", answers | {"unbroadcast": AVERAGED})
    sharp.run_all()
    take(sharp.cell("check_unbroadcast").locator("section"), "verdict")
    sharp.run_cell(sharp.cell_with("progress()"))
    take(sharp.cell_with("progress()").locator("section"), "progress")
    sharp.close()
