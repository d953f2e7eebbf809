"""The course in the browser, as a learner has it: from the front page, offline, kept, and handed in.

Python runs in the page; the only server is one that gives files, and it has nothing but the site.
"""

from __future__ import annotations

import html
import linecache
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote

import nbformat
import numpy as np
import pytest
from playwright.sync_api import Browser, Error

from revgraph.checks import exercises
from revgraph.grading.assignment import Options, grade_assignment
from revgraph.grading.demo import open_course
from tests.browser.conftest import CHROMIUM, PROJECT, QUIET, take_pictures
from tests.browser.lab import SECONDS
from tests.browser.lite import Lite, served
from tests.browser.test_course import AVERAGED, solutions
from tests.notebooks.lint import graded

CHAPTER = "05_unbroadcast"
LIMIT = "from revgraph.checks import judge\njudge.SECONDS = {}"
NEVER = "def added_axes(shape, out_shape):\n    while True:\n        pass"
PICTURE = """from revgraph.dagnet import Value
a = Value(2.0, "a")
a * Value(3.0)"""


@pytest.fixture
def address(whole_site: Path) -> Iterator[str]:
    with served(whole_site) as address:
        yield address


@contextmanager
def learners_browser(browser: Browser, profile: Path, address: str) -> Iterator[Lite]:
    """The learner's browser, with what it kept when it was closed; not one request leaves the machine."""
    context = browser.browser_type.launch_persistent_context(
        profile,
        executable_path=CHROMIUM,
        args=QUIET,
        viewport={"width": 1280, "height": 1600},
        accept_downloads=True,
    )
    try:
        context.set_default_timeout(60 * SECONDS)
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        yield Lite(context.new_page(), address, PROJECT / "course", PROJECT / "course")
        assert len(asked) > 20
        assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    except BaseException:
        with suppress(Error):
            take_pictures([context], profile.parent.name)
        raise
    finally:
        context.close()


def test_a_chapter_is_solved_in_the_browser_kept_and_handed_in(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    """One story in one test, since each start of Python in a page costs as much as all that is done there."""
    with learners_browser(browser, tmp_path / "profile", address) as lab:
        from_the_front_page(lab)
        everything_runs(lab)
        wrong_answers_are_judged(lab)
        right_answers_pass(lab)
        lab.save()
    with learners_browser(browser, tmp_path / "profile", address) as lab:
        lab.page.goto(f"{address}/lite/lab/index.html?path={CHAPTER}/{CHAPTER}.ipynb")
        lab.wait_for_chapter(CHAPTER)
        all_is_still_there(lab)
        downloaded(lab, tmp_path / "work.zip")
        a_phone_shows_the_notebook_alone(lab)
    is_graded_as_if_written_elsewhere(tmp_path / "work.zip", tmp_path / "class")


def from_the_front_page(lab: Lite) -> None:
    lab.page.goto(f"{lab.address}/index.html")
    lab.page.get_by_role("link", name="Start in the browser").wait_for()
    lab.page.get_by_role("link", name="chapters", exact=True).click()
    lab.page.get_by_role("link", name="05 · Unbroadcast").last.click()
    lab.page.get_by_role("link", name="Open this chapter in the browser").click()
    lab.wait_for_chapter(CHAPTER)


def everything_runs(lab: Lite) -> None:
    lab.run_all()
    assert lab.not_run() == [], "Run All stops at a failing check"
    assert "not written yet" in lab.shown_under("check_unbroadcast")


def wrong_answers_are_judged(lab: Lite) -> None:
    right, other = solutions(CHAPTER), lab.cell_with("progress()")
    lab.replace(other, LIMIT.format(1))  # a loop need not run for ten seconds to be endless
    lab.write("added_axes", NEVER)
    assert "It did not return within 1 s." in lab.check("added_axes")
    lab.replace(other, LIMIT.format(10))
    for name in ("added_axes", "stretched_axes"):
        lab.write(name, right[name])
    lab.write("unbroadcast", AVERAGED)
    lab.check("unbroadcast")
    panel = lab.cell("check_unbroadcast").locator(".jp-OutputArea-output section")
    assert words(panel.text_content()) == words(shown_natively(AVERAGED))


def right_answers_pass(lab: Lite) -> None:
    for name, answer in solutions(CHAPTER).items():
        if name not in ("added_axes", "stretched_axes"):  # those stand there already
            lab.write(name, answer)
        assert name not in exercises() or "Passed" in lab.check(name)
    progress = lab.cell_with("progress()")
    lab.replace(progress, "progress()")
    assert "90 of 90 points" in progress.inner_text()


def all_is_still_there(lab: Lite) -> None:
    """Notebook, progress, and Python that draws a picture."""
    shown = lab.cell("unbroadcast").locator(".cm-line").all_inner_texts()
    assert "\n".join(shown).split() == solutions(CHAPTER)["unbroadcast"].split()
    progress = lab.cell_with("progress()")
    lab.replace(progress, "from revgraph.checks import progress\nprogress()")
    assert "90 of 90 points" in progress.inner_text()
    lab.replace(progress, PICTURE)
    drawn = progress.locator(".jp-OutputArea-output img")
    assert "6.0000" in unquote(drawn.get_attribute("src") or "")
    assert lab.small_pictures(progress) == []
    lab.replace(progress, "progress()")


def downloaded(lab: Lite, file: Path) -> None:
    with lab.page.expect_download() as downloading:
        lab.page.get_by_role("button", name="Download my work").click()
    downloading.value.save_as(file)
    with zipfile.ZipFile(file) as archive:
        assert {f"{CHAPTER}/{CHAPTER}.ipynb", "my_revgraph/progress.json"} <= set(archive.namelist())
        assert not [name for name in archive.namelist() if name.startswith("04")], "a chapter nobody touched"
        assert b"def unbroadcast" in archive.read(f"my_revgraph/ch{CHAPTER}.py")


def a_phone_shows_the_notebook_alone(lab: Lite) -> None:
    lab.page.set_viewport_size({"width": 390, "height": 800})
    lab.page.wait_for_function("jupyterapp.shell.leftCollapsed && jupyterapp.shell.rightCollapsed")


def is_graded_as_if_written_elsewhere(work: Path, folder: Path) -> None:
    """By `revgraph grade`, beside a notebook with the same answers that no browser has seen."""
    with zipfile.ZipFile(work) as archive:
        handed_in = {"browser": archive.read(f"{CHAPTER}/{CHAPTER}.ipynb").decode()}
    notebook = nbformat.read(PROJECT / "course" / CHAPTER / f"{CHAPTER}.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = solutions(CHAPTER).get(graded(cell).get("grade_id"), cell.source)
    handed_in["elsewhere"] = nbformat.writes(notebook)
    folder.mkdir()
    api = open_course(PROJECT, CHAPTER, folder)
    assert api.generate_assignment(CHAPTER)["success"]
    for student, text in handed_in.items():
        path = folder / "submitted" / student / CHAPTER / f"{CHAPTER}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    rows = grade_assignment(api.coursedir, CHAPTER, Options()).rows
    assert {row.student: row.score for row in rows} == {"browser": 90, "elsewhere": 90}


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
