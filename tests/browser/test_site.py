"""The website: it is made without a warning, holds every public name, and no answer; all can read it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import nbformat
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from revgraph.authoring.chapters import find_chapters
from revgraph.checks import exercises
from tests.browser.lite import served
from tests.dl.test_docstrings import WITH_PROGRAMS, programs
from tests.notebooks.lint import secret_lines
from tests.notebooks.one_exercise import PROJECT

MODULES = ["revgraph.core", "revgraph.dl", "revgraph.dagnet", "revgraph.checks", "revgraph.draw"]
PAGES = ["index.html", "chapters/05_unbroadcast.html", "reference/core.html", "teach.html"]


def pages(site: Path) -> list[Path]:
    """Those that we write; what is below lite/ are JupyterLab and the notebooks."""
    return [page for page in site.rglob("*.html") if site / "lite" not in page.parents]


def lines_of(page: Path) -> set[str]:
    """The lines that a reader sees; a row of a table is one."""
    text = re.sub(r"</td>\s*<td[^>]*>", " | ", page.read_text(encoding="utf-8"))
    text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", "", text, flags=re.DOTALL)
    return {line.strip() for line in html.unescape(text).splitlines()}


def test_no_answer_is_on_the_site(site: Path) -> None:
    shown = set().union(*map(lines_of, pages(site)))
    count = 0
    for path in find_chapters(PROJECT / "solutions"):
        cells = nbformat.read(path, as_version=4).cells
        secrets = {line for cell in cells for line in secret_lines(cell)}
        assert sorted(secrets & lines_of(site / "chapters" / f"{path.stem}.html")) == []
        # A short line may be given in another chapter, as `for _ in range(steps):` is.
        assert sorted(line for line in secrets & shown if len(line) > 35) == []
        count += len(secrets)
    assert count > 400


def test_the_notebooks_on_the_site_are_those_of_the_course(site: Path) -> None:
    given = {path.name: path.read_bytes() for path in find_chapters(PROJECT / "course")}
    found = [path for path in site.rglob("*.ipynb") if path.name != "jupyter-lite.ipynb"]
    assert all(path.read_bytes() == given[path.name] for path in found)
    assert len(found) == (len(given) if (site / "lite").exists() else 0)


def test_no_case_that_a_chapter_does_not_announce_is_in_it(site: Path) -> None:
    cases = [case for one in exercises().values() for case in one.cases(np.random.default_rng(0))]
    # Of few words, as "two numbers", which is said anywhere, there would be false alarms.
    unannounced = {case.edge for case in cases if len(case.edge.split()) > 3}
    assert len(unannounced) > 15
    text = "\n".join(page.read_text(encoding="utf-8") for page in (site / "chapters").glob("*.html"))
    assert sorted(edge for edge in unannounced if html.escape(edge, quote=False) in text) == []


def test_every_chapter_has_a_page(site: Path) -> None:
    for path in find_chapters(PROJECT / "course"):
        page = site / "chapters" / f"{path.stem}.html"
        exercises = re.findall(r"### (Exercise \d+: \w+)", path.read_text(encoding="utf-8"))
        assert exercises
        text = "\n".join(lines_of(page))
        assert [title for title in exercises if title not in text] == []


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_described(site: Path, module: str) -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in (site / "reference").glob("*.html"))
    page = (site / "reference" / f"{module.rpartition('.')[2]}.html").read_text(encoding="utf-8")
    described = set(re.findall(r'\bid="(revgraph\.[\w.]+)"', text))
    for name in import_module(module).__all__:
        elsewhere = re.search(rf">{name}</span></code>: ", page)  # a line that leads to where it is described
        assert f"{module}.{name}" in described or elsewhere, name


@pytest.mark.parametrize("name", WITH_PROGRAMS)
def test_a_program_in_a_docstring_stands_there_as_it_is(site: Path, name: str) -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in (site / "reference").glob("*.html"))
    text = html.unescape(re.sub(r"<[^>]*>", "", pages))
    assert [program for program in programs(WITH_PROGRAMS[name]) if program.strip() not in text] == []


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with served(site) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_can_be_read_by_everyone(address: str, browser: Browser, scheme: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for path in PAGES:
        page.goto(f"{address}/{path}")
        found = Axe().run(page)
        serious = [v for v in found.response["violations"] if v["impact"] in ("serious", "critical")]
        assert serious == [], f"{path}: {[(v['id'], v['nodes'][0]['html']) for v in serious]}"
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, f"{path} is too wide for a phone"
        page.set_viewport_size({"width": 1280, "height": 900})
    page.close()
    assert [url for url in requests if not url.startswith(address)] == [], "a page asks somebody else"
