"""JupyterLab over a copy of course/, and a Chromium to open it in; skipped where no Chromium is installed."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from tests.browser.lab import Lab
from tests.notebooks.one_exercise import warm_kernels

PROJECT = Path(__file__).parents[2]
# The first has no windows, and takes a fifth less of the processors.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
PICTURES = PROJECT / "ci-output"
TALLEST = 16000  # pixels; Chromium takes no taller picture
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
SETTINGS = {
    "notebook-extension/tracker": '{"windowingMode": "none"}',  # every cell is on the page
    "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
}


def pytest_itemcollected(item: pytest.Item) -> None:
    """A browser, a server and a kernel that share two cores with other tests are late once in a while. What
    fails twice is broken.
    """
    item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What the pages showed when a test failed; nobody looks at those of a test that passes."""
    report = yield
    if report.when == "call" and report.failed and "browser" in item.funcargs:
        with suppress(Error):  # a page that has crashed
            take_pictures(item.funcargs["browser"].contexts, item.name)
    return report


def take_pictures(contexts: list[BrowserContext], name: str) -> None:
    """Of every page, made as tall as Chromium can: what JupyterLab shows scrolls in a frame of its own."""
    PICTURES.mkdir(exist_ok=True)
    for i, page in enumerate(page for context in contexts for page in context.pages):
        size = page.viewport_size
        assert size is not None
        page.set_viewport_size(size | {"height": TALLEST})
        page.screenshot(path=PICTURES / f"{re.sub(r'[^A-Za-z0-9_]+', '-', name)}-{i}.png")
        page.set_viewport_size(size)


@pytest.fixture(scope="session")
def chromium() -> str:
    if CHROMIUM is None:
        pytest.skip("no Chromium on the PATH (on Debian: apt install chromium-headless-shell)")
    return CHROMIUM


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """Closed after the last file here: while playwright is there, an event loop of its own runs in this
    process, and what else is tested in it can run none."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[tuple[str, Path]]:
    """The address of a JupyterLab, and the copy of course/ it serves; one for all files of this process."""
    home = tmp_path_factory.mktemp("home")
    course = home / "course"
    shutil.copytree(PROJECT / "course", course)
    with serving(home, course) as address:
        yield address, course


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The website, made once in a test run, whichever process comes first; without npm, it lacks lite/."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    with (shared / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "site" / "index.html").exists():
            done = make_site(shared / "site", *(["--without-lite"] if shutil.which("npm") is None else []))
            if "The course in the browser was not made" in done.stderr:
                (shared / "why").write_text(done.stderr)
                done = make_site(shared / "site", "--without-lite")
            assert done.returncode == 0, done.stdout + done.stderr
    return shared / "site"


def make_site(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "docs/site/build.py", "--strict", *options, str(folder)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="session")
def whole_site(site: Path) -> Path:
    """The website with the course in the browser."""
    if not (site / "lite").exists():
        why = site.with_name("why")
        pytest.skip(why.read_text() if why.exists() else "no npm on the PATH (on Debian: apt install npm)")
    return site


@contextmanager
def serving(home: Path, folder: Path) -> Iterator[str]:
    """The address of a JupyterLab, with the extensions installed beside it, that runs in `folder`."""
    port = free_port()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}"]
    command += [
        *("--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1", "--IdentityProvider.token="),
        *("--ServerApp.disable_check_xsrf=True", f"--ServerApp.root_dir={folder}"),
        "--LabApp.expose_app_in_browser=True",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    environment = clean_environment(home) | warm_kernels() | {"PYTHONPATH": str(PROJECT)}
    with open(home / "jupyterlab.log", "w") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/api", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


def clean_environment(home: Path) -> dict[str, str]:
    """Nothing of the person who runs the tests: neither settings nor progress."""
    settings = home / "lab"
    for name, text in SETTINGS.items():
        path = settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "IPYTHON"))}
    folders = {
        name: str(home / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")
    }
    return (
        kept
        | folders
        | {
            "HOME": str(home),
            "JUPYTERLAB_SETTINGS_DIR": str(settings),
            "REVGRAPH_HOME": str(home / "my_revgraph"),
            "OMP_NUM_THREADS": "1",
        }
    )


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(address, timeout=2).close()
            return
        except (URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not answer at {address}")


@pytest.fixture(scope="package")
def page(browser: Browser) -> Page:
    """One page for all files: JupyterLab is loaded in it once."""
    return browser.new_page(viewport={"width": 1280, "height": 1600})


@pytest.fixture
def lab(page: Page, server: tuple[str, Path]) -> Iterator[Lab]:
    address, course = server
    shutil.rmtree(course.parent / "my_revgraph", ignore_errors=True)  # every test begins as a beginner
    lab = Lab(page, address, PROJECT / "course", course)
    yield lab
    if lab.theme() == "JupyterLab Dark":
        lab.choose_theme("Light")
    lab.close()
