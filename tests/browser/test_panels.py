"""The panels of verdicts and of progress: for eyes, keyboards and screen readers, and their links."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from revgraph.checks import exercises
from tests.browser.lab import Lab
from tests.browser.test_course import solutions

PANELS = ".jp-OutputArea-output section"
CELLS = {
    "wrong": """import numpy as np
from revgraph.checks import check, progress
check("unbroadcast", lambda g, shape: np.zeros(shape))""",
    "right": """from revgraph.checks.chapters.ch05_unbroadcast import unbroadcast
check(unbroadcast)""",
    "progress": "progress()",
}
# The least contrast of a text with what it stands on, of all texts in the panels, as WCAG 2 defines it.
LEAST_CONTRAST = """selector => {
  const rgba = color => color.match(/[\\d.]+/g).map(Number).concat(1).slice(0, 4);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = element => {
    const color = rgba(getComputedStyle(element).backgroundColor);
    return color[3] || !element.parentElement ? color : ground(element.parentElement);
  };
  const contrasts = [...document.querySelectorAll(`${selector}, ${selector} *`)]
    .filter(e => [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()))
    .map(e => [light(rgba(getComputedStyle(e).color)), light(ground(e))])
    .map(([a, b]) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
  return Math.min(...contrasts);
}"""


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_panels_can_be_read_by_everyone(lab: Lab, theme: str) -> None:
    lab.make("05_unbroadcast/panels.ipynb", CELLS)
    lab.choose_theme(theme)
    for name in CELLS:  # Run All would stop at the failed check
        lab.run(name)
    assert lab.page.locator(PANELS).count() == 3
    found = Axe().run(lab.page, context={"include": [[PANELS]]})
    assert found.violations_count == 0, found.generate_report()
    assert lab.page.evaluate(LEAST_CONTRAST, PANELS) >= 4.5
    fold_open_by_keyboard(lab)
    read_by_screen_reader(lab)
    assert lab.console == []


def fold_open_by_keyboard(lab: Lab) -> None:
    lab.cell("wrong").locator(".cm-content").click()
    lab.page.keyboard.press("Escape")  # out of the editor, where Tab indents
    reached = []
    for _ in range(8):
        lab.page.keyboard.press("Tab")
        reached.append(lab.page.evaluate("document.activeElement.innerText").strip())
        if reached[-1].startswith(("These inputs", "The course")):
            lab.page.keyboard.press("Enter")
    assert "These inputs, to copy into a cell of your own" in reached
    assert "exercise 1, broadcast_shape" in reached
    assert lab.cell("wrong").get_by_text("g = np.array([[").is_visible()
    assert lab.cell("progress").get_by_text("11 · conv2d").is_visible()


def read_by_screen_reader(lab: Lab) -> None:
    wrong, progress = lab.cell("wrong"), lab.cell("progress")
    verdict = re.compile(r"Not yet: unbroadcast: \d+ of \d+ cases pass")
    assert wrong.get_by_role("status", name=verdict).count() == 1
    yours = wrong.get_by_role("table", name="yours: shape (1, 4)")
    assert yours.get_by_role("columnheader").all_inner_texts() == ["0", "1", "2", "3"]
    assert yours.get_by_role("cell", name="≠ 0").count() == 4
    assert wrong.get_by_role("table", name="expected: shape (1, 4)").count() == 1
    assert wrong.get_by_role("rowheader", name="called with").count() == 1
    assert progress.get_by_role("region", name="Your progress").count() == 1
    assert progress.get_by_role("link", name="exercise 1, broadcast_shape").count() == 1


def test_progress_follows_what_passes_and_its_links_lead_there(lab: Lab) -> None:
    answer = solutions("00_welcome")["standardize"]
    lab.open("00_welcome", {"standardize": answer}, among_others=True)
    lab.run_all()
    panel = lab.cell_with("progress()")
    chapter = [exercise for exercise in exercises().values() if exercise.chapter == "00_welcome"]
    points = sum(exercise.points for exercise in chapter)
    assert f"0 of {points} points" in panel.inner_text()

    lab.run_cell(panel)
    assert f"{exercises()['standardize'].points} of {points} points" in panel.inner_text()
    panel.get_by_role("link", name="exercise 2, one_hot").click()
    heading = lab.page.get_by_role("heading", name="Exercise 2: one_hot")
    lab.page.wait_for_timeout(1000)  # it scrolls there
    box = heading.bounding_box()
    assert box is not None
    assert 0 < box["y"] < 1600

    panel.scroll_into_view_if_needed()
    panel.locator("summary").click()
    panel.get_by_role("link", name="05 · unbroadcast").click()
    tab = lab.page.locator(".lm-TabBar-tab.jp-mod-current", has_text="05_unbroadcast.ipynb")
    tab.wait_for(timeout=30_000)
    lab.page.get_by_role("heading", name="05 · Unbroadcast").wait_for(timeout=30_000)
    assert lab.console == []
