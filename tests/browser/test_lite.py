"""The course in the browser, as a learner has it: from the front page, offline, kept, and handed in.

Python runs in the page; the only server is one that gives files, and it has nothing but the site.
"""

from __future__ import annotations

import html
import linecache
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from revgraph.checks import exercises
from revgraph.grading.assignment import Options, grade_assignment
from revgraph.grading.demo import open_course
from tests.browser.conftest import CHROMIUM, PROJECT, QUIET
from tests.browser.lab import SECONDS
from tests.browser.lite import Lite, served
from tests.browser.test_course import AVERAGED, solutions
from tests.notebooks.lint import graded as graded_cell

CHAPTER = "05_unbroadcast"
NEVER = "def added_axes(shape, out_shape):\n    while True:\n        pass"
PICTURE = """from revgraph.dagnet.engine import Value
from revgraph.dagnet.trace_graph import draw_dot
draw_dot(Value(2.0) * Value(3.0))"""


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
    lab.run_all()
    assert lab.errors(but_tagged=True) == []
    lab.run_cell(lab.cell_with("progress()"))
    assert "90 of 90 points" in lab.cell_with("progress()").inner_text()
    lab.save()


def test_what_was_written_is_there_the_next_day(
    context: BrowserContext, asked: list[str], address: str, tmp_path: Path
) -> None:
    """Notebook, progress and my_revgraph; and what one downloads is graded like any other."""
    page = context.new_page()
    page.goto(f"{address}/lite/lab/index.html?path={CHAPTER}/{CHAPTER}.ipynb")
    lab = lab_of(page, address)
    lab.wait_for_chapter(CHAPTER)
    answers = solutions(CHAPTER)
    shown = lab.cell("unbroadcast").locator(".cm-line").all_inner_texts()
    assert "\n".join(shown).split() == answers["unbroadcast"].split()
    lab.run_cell(lab.cells.nth(next(i for i, c in enumerate(lab.notebook.cells) if c.cell_type == "code")))
    lab.replace(lab.cell_with("progress()"), f"progress()\n{PICTURE}")
    drawn = lab.cell_with("progress()").locator(".jp-OutputArea-output svg").first
    assert drawn.bounding_box()["width"] > 60
    assert "Value" in drawn.text_content() or "data" in drawn.text_content()
    lab.replace(lab.cell_with("progress()"), "progress()")
    assert "90 of 90 points" in lab.cell_with("progress()").inner_text()

    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download my work").click()
    downloading.value.save_as(tmp_path / "work.zip")
    with zipfile.ZipFile(tmp_path / "work.zip") as archive:
        assert {f"{CHAPTER}/{CHAPTER}.ipynb", "my_revgraph/progress.json"} <= set(archive.namelist())
        assert not [name for name in archive.namelist() if name.startswith("04")], "a chapter nobody touched"
        assert b"def unbroadcast" in archive.read(f"my_revgraph/ch{CHAPTER}.py")
        handed_in = archive.read(f"{CHAPTER}/{CHAPTER}.ipynb").decode()
    assert (
        graded(handed_in, tmp_path / "class") == graded(natively_answered(answers), tmp_path / "again") == 90
    )


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
    return html.unescape(
        re.sub(r"<style.*?</style>|<[^>]*>", "", verdict._repr_mimebundle_()["text/html"], flags=re.DOTALL)
    )


def natively_answered(answers: dict[str, str]) -> str:
    notebook = nbformat.read(PROJECT / "course" / CHAPTER / f"{CHAPTER}.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = answers.get(graded_cell(cell).get("grade_id"), cell.source)
    return nbformat.writes(notebook)


def graded(notebook: str, folder: Path) -> float:
    """The points that `revgraph grade` gives for what the checks judge."""
    folder.mkdir()
    api = open_course(PROJECT, CHAPTER, folder)
    assert api.generate_assignment(CHAPTER)["success"]
    handed_in = folder / "submitted" / "ada" / CHAPTER / f"{CHAPTER}.ipynb"
    handed_in.parent.mkdir(parents=True)
    handed_in.write_text(notebook, encoding="utf-8")
    (row,) = grade_assignment(api.coursedir, CHAPTER, Options()).rows
    return row.score
