"""Drives the course in the browser: a static site, and a Chromium that keeps its files."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
from playwright.sync_api import Locator

from tests.browser.lab import SECONDS, Lab

# For the tests alone: every cell is on the page, and the page can be asked to open a notebook.
FOR_TESTS = {
    "exposeAppInBrowser": True,
    "settingsOverrides": {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}},
}


class Site(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if path.name != "jupyter-lite.json" or path.parent.name != "lite":
            return super().do_GET()
        config = json.loads(path.read_text(encoding="utf-8"))
        config["jupyter-config-data"] |= FOR_TESTS
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(config).encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(site: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Site, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Lite(Lab):
    def open(self, chapter: str, answers: dict[str, str] | None = None, among_others: bool = False) -> None:
        raise NotImplementedError("answers are typed, as there is no file to write them into")

    def wait_for_chapter(self, chapter: str) -> None:
        """Until the chapter's cells are on the page, and Python is there."""
        self.notebook = nbformat.read(self.released / chapter / f"{chapter}.ipynb", as_version=4)
        self.cells.nth(len(self.notebook.cells) - 1).wait_for(state="attached", timeout=180 * SECONDS)
        self._wait_until_idle(240)

    def shown_under(self, name: str) -> str:
        """As everywhere, but what a cell shows may come a moment after the kernel is idle."""
        self.cell(name).locator(".jp-OutputArea-output:visible").first.wait_for(timeout=60 * SECONDS)
        return super().shown_under(name)

    def replace(self, cell: Locator, source: str) -> None:
        """Replace what stands in a cell and run it."""
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Control+Enter")
        self._wait_until_idle(240)

    def save(self) -> None:
        self.page.evaluate("jupyterapp.commands.execute('docmanager:save').then(() => null)")
