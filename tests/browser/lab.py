"""Drives a notebook in JupyterLab: open it, write into cells, run them, read what the page shows."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from playwright.sync_api import ConsoleMessage, Locator, Page, TimeoutError

from tests.notebooks.lint import graded, tags

STDERR = "application/vnd.jupyter.stderr"
SECONDS = 1000  # playwright counts milliseconds
# What JupyterLab itself says on a machine without a network or a graphics card.
NOT_OURS = re.compile(r"Failed to load resource|WebGL|favicon|net::ERR|service ?worker|ResizeObserver", re.I)


@dataclass
class Lab:
    page: Page
    address: str
    released: Path
    course: Path
    pictures: Path
    console: list[str] = field(default_factory=list)

    def open(self, chapter: str, answers: dict[str, str] | None = None) -> None:
        """Open the chapter by itself, with these answers written in, and wait for its kernel."""
        path = self.course / chapter / f"{chapter}.ipynb"
        self.notebook = nbformat.read(self.released / chapter / path.name, as_version=4)
        for cell in self.notebook.cells:
            cell.source = (answers or {}).get(graded(cell).get("grade_id"), cell.source)
        nbformat.write(self.notebook, path)
        self.show(f"{chapter}/{path.name}")

    def show(self, path: str) -> None:
        """Open the notebook at this path in the course, by itself, and wait for its kernel."""
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.console.append(str(error)))
        self.page.goto(f"{self.address}/doc/tree/{path}?reset")
        self.cells.nth(len(self.notebook.cells) - 1).wait_for(state="attached", timeout=90 * SECONDS)
        self._wait_until_idle()

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not NOT_OURS.search(message.text):
            self.console.append(message.text)

    @property
    def cells(self) -> Locator:
        return self.page.locator(".jp-Notebook-cell")

    def _wait_until_idle(self, seconds: float = 120) -> None:
        """Until the kernel is idle and no cell waits for its turn, half a second long."""
        deadline, quiet_since = time.monotonic() + seconds, time.monotonic()
        while time.monotonic() - quiet_since < 0.5:
            assert time.monotonic() < deadline, "the notebook is still running"
            idle = self.page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").count()
            waiting = self.page.locator(".jp-InputPrompt", has_text="[*]").count()
            if not idle or waiting:
                quiet_since = time.monotonic()
            self.page.wait_for_timeout(100)

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

    def write(self, name: str, source: str) -> None:
        """Replace what stands in a cell and run it, as a learner does."""
        self.cell(name).locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Control+Enter")
        self._wait_until_idle()

    def run(self, name: str) -> None:
        self.cell(name).locator(".cm-content").click()
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
        cells = [
            self.cells.nth(i)
            for i, cell in enumerate(self.notebook.cells)
            if not (but_tagged and "raises-exception" in tags(cell))
        ]
        return [
            text for cell in cells for text in cell.locator(f"[data-mime-type='{STDERR}']").all_inner_texts()
        ]

    def not_run(self) -> list[str]:
        """The code cells that Run All did not reach."""
        empty = self.page.locator(".jp-CodeCell", has=self.page.locator(".jp-InputPrompt", has_text="[ ]:"))
        return empty.all_inner_texts()

    def screenshot(self, name: str, first: str = "", last: str = "") -> None:
        """The page as it is, or what reaches from the cell `first` to the cell `last`."""
        self.pictures.mkdir(exist_ok=True)
        path = self.pictures / f"{name}.png"
        if not first:
            self.page.screenshot(path=path)
            return
        self.cell(first).scroll_into_view_if_needed()
        top, bottom = self.cell(first).bounding_box(), self.cell(last).bounding_box()
        assert top is not None
        assert bottom is not None
        height = bottom["y"] + bottom["height"] - top["y"]
        self.page.screenshot(
            path=path, clip={"x": top["x"], "y": top["y"], "width": top["width"], "height": height}
        )
