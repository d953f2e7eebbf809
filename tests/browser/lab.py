"""Drives a notebook in JupyterLab: open it, write into cells, run them, read what the page shows."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import ConsoleMessage, Error, Locator, Page, TimeoutError

from revgraph.authoring.execute import KERNELSPEC
from tests.notebooks.lint import graded, tags, untrained

STDERR = "application/vnd.jupyter.stderr"
SECONDS = 1000  # playwright counts milliseconds
# What JupyterLab itself says on a machine without a network or a graphics card.
NOT_OURS = re.compile(r"Failed to load resource|WebGL|favicon|net::ERR|service ?worker|ResizeObserver", re.I)
# JupyterLab is loaded once for many tests: it shows itself to its page (--LabApp.expose_app_in_browser).
CLOSE_ALL = "for (const tab of [...(window.jupyterapp?.shell.widgets('main') ?? [])]) tab.dispose()"
# Whether the kernel is idle and no cell waits for its turn, five looks in a row: looks, not seconds, since on
# a busy machine one takes long. The page looks by itself, at the cells that JupyterLab has: to be asked each
# time, or to search the page for them, takes the processor ten times as long.
IDLE = """() => {
  const notebook = jupyterapp.shell.currentWidget;
  const idle = notebook.sessionContext.kernelDisplayStatus == "idle";
  const waiting = notebook.content.widgets.some(cell => cell.promptNode.textContent.includes("[*]"));
  window.quiet = idle && !waiting ? window.quiet + 1 : 0;
  return window.quiet >= 5;
}"""
TEXTS = "(cells, inside) => cells.map(cell => [...cell.querySelectorAll(inside)].map(e => e.innerText))"
# Of the pictures to be seen; a stepper hides all but one.
SIZES = """async pictures => {
  await Promise.allSettled(pictures.map(e => e.decode?.()));
  const boxes = pictures.map(e => e.getBoundingClientRect());
  return boxes.filter(box => box.width).map(box => [box.width, box.height]);
}"""
WIDTHS = "pictures => Promise.all(pictures.map(e => e.decode().then(() => e.naturalWidth, () => 0)))"
OPEN = "path => jupyterapp.commands.execute('docmanager:open', { path }).then(() => null)"
THEME = "document.body.dataset.jpThemeName"
WRITE = """sources => jupyterapp.shell.currentWidget.content.widgets.forEach((cell, i) =>
  i in sources && cell.model.sharedModel.setSource(sources[i]))"""
RESTART = "() => jupyterapp.commands.execute('notebook:restart-clear-output').then(() => null)"
RESTART_BUTTON = ".jp-Dialog .jp-mod-accept"
CHANGE_THEME = "theme => jupyterapp.commands.execute('apputils:change-theme', { theme }).then(() => null)"


@dataclass
class Lab:
    page: Page
    address: str
    released: Path
    course: Path
    console: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._listen)
        self.page.on("pageerror", self._fail)

    def close(self) -> None:
        """Close the notebooks and end their kernels; JupyterLab stays loaded for the next test."""
        self.close_notebooks()
        self.page.remove_listener("console", self._listen)
        self.page.remove_listener("pageerror", self._fail)

    def close_notebooks(self) -> None:
        self.page.evaluate(CLOSE_ALL)
        for session in self.page.request.get(f"{self.address}/api/sessions").json():
            self.page.request.delete(f"{self.address}/api/sessions/{session['id']}")

    def open(self, chapter: str, answers: dict[str, str] | None = None, among_others: bool = False) -> None:
        """Open the chapter, with these answers written in, and wait for its kernel."""
        path = self.course / chapter / f"{chapter}.ipynb"
        self.notebook = nbformat.read(self.released / chapter / path.name, as_version=4)
        for cell in self.notebook.cells:
            cell.source = untrained((answers or {}).get(graded(cell).get("grade_id"), cell.source))
        nbformat.write(self.notebook, path)
        self.show(f"{chapter}/{path.name}", among_others)

    def open_executed(self, chapter: str) -> None:
        """Open the chapter as it was executed, with all answers and what they have put out."""
        path = self.course / chapter / f"{chapter}.ipynb"
        self.notebook = nbformat.read(self.released.parent / "solutions" / chapter / path.name, as_version=4)
        nbformat.write(self.notebook, path)
        NotebookNotary(data_dir=str(self.course.parent / "jupyter_data_dir")).sign(self.notebook)
        self.show(f"{chapter}/{path.name}")

    def show(self, path: str, among_others: bool = False) -> None:
        """Open the notebook at this path in the course, by itself or in a tab, and wait for its kernel."""
        view = f"{self.address}/{'lab' if among_others else 'doc'}/"
        if self.page.url.startswith(view):
            self.page.evaluate(CLOSE_ALL)
            self.page.evaluate(OPEN, path)
        else:
            self.page.goto(f"{view}tree/{path}?reset")
        self.cells.nth(len(self.notebook.cells) - 1).wait_for(state="attached", timeout=90 * SECONDS)
        self._wait_until_idle()

    def begin_again(self, answers: dict[str, str]) -> None:
        """Write these answers into the chapter that is open, and restart its kernel, without any outputs."""
        sources = {}
        for i, cell in enumerate(self.notebook.cells):
            if (name := graded(cell).get("grade_id")) in answers:
                cell.source = sources[i] = untrained(answers[name])
        self.page.evaluate(WRITE, sources)
        self.page.evaluate(f"void (window.restarted = ({RESTART})())")  # it waits for the click
        self.page.locator(RESTART_BUTTON).click()
        self.page.evaluate("window.restarted")
        self._wait_until_idle()

    def make(self, path: str, cells: dict[str, str]) -> None:
        """Write a notebook of these cells, by name, and show it."""
        code = [
            new_code_cell(source, metadata={"nbgrader": {"grade_id": name}}) for name, source in cells.items()
        ]
        self.notebook = new_notebook(cells=code)
        self.notebook.metadata.kernelspec = KERNELSPEC
        nbformat.write(self.notebook, self.course / path)
        self.show(path)

    def choose_theme(self, name: str) -> None:
        """Light or Dark, for what is shown and from now on."""
        self.page.evaluate(CHANGE_THEME, f"JupyterLab {name}")
        self.page.wait_for_function(f"{THEME} === 'JupyterLab {name}'")

    def theme(self) -> str | None:
        return self.page.evaluate(THEME)

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not NOT_OURS.search(message.text):
            self.console.append(message.text)

    def _fail(self, error: Error) -> None:
        self.console.append(str(error))

    @property
    def cells(self) -> Locator:
        return self.page.locator(".jp-Notebook-cell")

    def _wait_until_idle(self, seconds: float = 120) -> None:
        self.page.evaluate("window.quiet = 0")
        try:
            self.page.wait_for_function(IDLE, polling=80, timeout=seconds * SECONDS)
        except TimeoutError:
            raise AssertionError("the notebook is still running") from None

    def run_all(self) -> None:
        started = self.page.locator(".jp-InputPrompt", has_text=re.compile(r"\[(\*|\d+)\]"))
        deadline = time.monotonic() + 180
        while not started.count():  # a busy machine takes its time to begin, and can lose a click on a menu
            assert time.monotonic() < deadline, "Run All has not begun"
            self.page.keyboard.press("Escape")
            self.page.get_by_role("menuitem", name="Run", exact=True).click()
            self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            with contextlib.suppress(TimeoutError):
                started.first.wait_for(state="attached", timeout=20 * SECONDS)
        self._wait_until_idle(seconds=240)

    def cell(self, name: str) -> Locator:
        """The cell whose grade_id is `name`."""
        ids = [graded(cell).get("grade_id") for cell in self.notebook.cells]
        return self.cells.nth(ids.index(name))

    def cell_with(self, source: str) -> Locator:
        """The first cell of this source."""
        return self.cells.nth([cell.source for cell in self.notebook.cells].index(source))

    def write(self, name: str, source: str) -> None:
        """Replace what stands in a cell and run it, as a learner does."""
        self.cell(name).locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Control+Enter")
        self._wait_until_idle()

    def run(self, name: str) -> None:
        self.run_cell(self.cell(name))

    def run_cell(self, cell: Locator) -> None:
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        self._wait_until_idle()

    def check(self, name: str) -> str:
        """Run the exercise's check cell; what the page then shows under it, in words."""
        self.run(f"check_{name}")
        return self.shown_under(f"check_{name}")

    def shown_under(self, name: str) -> str:
        return " ".join(self.cell(name).locator(".jp-OutputArea-output").all_inner_texts())

    def errors(self, but_tagged: bool = False) -> list[str]:
        """The text of every error, and of everything written to stderr, under cells that may not fail."""
        texts = self.cells.evaluate_all(TEXTS, f"[data-mime-type='{STDERR}']")
        return [
            text
            for cell, found in zip(self.notebook.cells, texts, strict=True)
            if not (but_tagged and "raises-exception" in tags(cell))
            for text in found
        ]

    def not_run(self) -> list[str]:
        """The code cells that Run All did not reach."""
        empty = self.page.locator(".jp-CodeCell", has=self.page.locator(".jp-InputPrompt", has_text="[ ]:"))
        return empty.all_inner_texts()

    def small_pictures(self, cell: Locator) -> list[str]:
        """What is wrong with the pictures under a cell that should show some."""
        pictures = cell.locator(".jp-OutputArea-output").locator("svg:not(svg svg), img, canvas")
        sizes = pictures.evaluate_all(SIZES)
        small = [f"{width:.0f} x {height:.0f}" for width, height in sizes if min(width, height) < 60]
        return small if sizes else ["no picture"]

    def wide_pictures(self) -> list[int]:
        """Pixels of pictures that are too wide, since something lies far outside; 0 for one that the browser
        cannot show at all."""
        widths = self.page.locator(".jp-OutputArea-output img").evaluate_all(WIDTHS)
        return [width for width in widths if not 0 < width <= 3000]
