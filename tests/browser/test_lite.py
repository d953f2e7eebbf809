"""The course in the browser, as a learner has it: from the front page, and offline.

Python runs in the page; the only server is one that gives files, and it has nothing but the site.
"""

from __future__ import annotations

import html
import linecache
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from revgraph.checks import exercises
from tests.browser.conftest import CHROMIUM, PROJECT, QUIET
from tests.browser.lab import SECONDS
from tests.browser.lite import Lite, served
from tests.browser.test_course import AVERAGED, solutions

CHAPTER = "05_unbroadcast"
NEVER = "def added_axes(shape, out_shape):\n    while True:\n        pass"


@pytest.fixture(scope="module")
def address(whole_site: Path) -> Iterator[str]:
    with served(whole_site) as address:
        yield address


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a browser keeps, from one test to the next."""
    return tmp_path_factory.mktemp("profile")


@pytest.fixture
def context(browser: Browser, profile: Path) -> Iterator[BrowserContext]:
    """The learner's browser, opened anew."""
    size = {"width": 1280, "height": 1600}
    context = browser.browser_type.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=QUIET, viewport=size, accept_downloads=True
    )
    context.set_default_timeout(120 * SECONDS)
    yield context
    context.close()


@pytest.fixture
def asked(context: BrowserContext, address: str) -> Iterator[list[str]]:
    """Not one request leaves the machine."""
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    yield asked
    assert len(asked) > 20
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


def lab_of(page: Page, address: str) -> Lite:
    return Lite(page, address, PROJECT / "course", PROJECT / "course", PROJECT / "ci-output")


def test_a_chapter_is_solved_in_the_browser(context: BrowserContext, asked: list[str], address: str) -> None:
    page = context.new_page()
    page.goto(f"{address}/index.html")
    page.get_by_role("link", name="Start in the browser").wait_for()
    page.get_by_role("link", name="chapters", exact=True).click()
    page.get_by_role("link", name="05 · Unbroadcast").last.click()
    page.get_by_role("link", name="Open this chapter in the browser").click()
    lab = lab_of(page, address)
    lab.wait_for_chapter(CHAPTER)
    right = solutions(CHAPTER)
    lab.run_all()
    assert lab.not_run() == [], "Run All stops at a failing check"
    assert "not written yet" in lab.shown_under("check_unbroadcast")

    lab.write("added_axes", NEVER)
    assert "It did not return within 10 s." in lab.check("added_axes")
    for name in ("broadcast_shape", "added_axes", "stretched_axes"):
        lab.write(name, right[name])
    lab.write("unbroadcast", AVERAGED)
    lab.check("unbroadcast")
    lab.screenshot("lite-verdict", first="unbroadcast", last="check_unbroadcast")
    panel = lab.cell("check_unbroadcast").locator(".jp-OutputArea-output section")
    assert words(panel.text_content()) == words(shown_natively(AVERAGED))

    for name, answer in right.items():
        lab.write(name, answer)
        assert name not in exercises() or "Passed" in lab.check(name)
    lab.run_cell(lab.cell_with("progress()"))
    assert "90 of 90 points" in lab.cell_with("progress()").inner_text()
    lab.save()


def words(text: str | None) -> str:
    return " ".join((text or "").split())


def shown_natively(answer: str) -> str:
    """The text of the panel that a check of this answer shows outside of the browser."""
    names: dict[str, object] = {"np": np}
    for name, source in (solutions(CHAPTER) | {"unbroadcast": answer}).items():
        file = f"<answer to {name}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        exec(compile(source, file, "exec"), names)
    verdict = exercises()["unbroadcast"].judge(names["unbroadcast"])
    panel = verdict._repr_mimebundle_()["text/html"]
    return html.unescape(re.sub(r"<style.*?</style>|<[^>]*>", "", panel, flags=re.DOTALL))
