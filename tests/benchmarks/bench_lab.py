"""How long a learner waits for a chapter in a JupyterLab that runs already, until its first cell has run.

`pytest tests/benchmarks/bench_lab.py` prints the median of three for each chapter: 1.0 to 1.3 s on two cores
of an AMD EPYC with nothing else to do, on 27 November 2026.
"""

import re
import time
from statistics import median

import pytest

from revgraph.authoring.chapters import find_chapters
from tests.browser.conftest import PROJECT, browser, chromium, lab, page, server  # noqa: F401

CHAPTERS = [path.stem for path in find_chapters(PROJECT / "course")]
TIMES = 3
RUN_FIRST = """() => {
  const notebook = jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = notebook.widgets.findIndex(cell => cell.model.type === 'code');
  return jupyterapp.commands.execute('notebook:run-cell').then(() => null);
}"""


@pytest.fixture(scope="module")
def seconds(request):
    found = {}
    yield found
    with request.config.pluginmanager.get_plugin("capturemanager").global_and_fixture_disabled():
        print("", *(f"{chapter:28} {median(times):.1f} s" for chapter, times in found.items()), sep="\n")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_first_cell(lab, seconds, chapter):  # noqa: F811
    lab.open("00_welcome")  # JupyterLab is loaded
    ran = lab.page.locator(".jp-CodeCell .jp-InputPrompt", has_text=re.compile(r"\[1\]"))
    for _ in range(TIMES):
        lab.close_notebooks()
        begun = time.monotonic()
        lab.open(chapter)
        lab.page.evaluate(RUN_FIRST)
        ran.first.wait_for()
        seconds.setdefault(chapter, []).append(time.monotonic() - begun)
