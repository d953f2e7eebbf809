"""For each test file and each notebook a home of its own for a learner's progress; and what spares time."""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Generator
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("any machine", deadline=None)  # on a busy one an example may take a second
settings.load_profile("any machine")

IN_JUPYTERLAB = {f"tests/browser/test_{name}.py" for name in ("course", "panels", "pictures")}

collect_ignore_glob = ["tests/**/*.ipynb"]  # submissions and the like; nbval compares solutions/ alone


def pytest_collection_finish() -> None:
    """Ten thousand tests, and all that they import, stay to the end: the garbage collector walks none of it
    again, which took an eighth of the time, and looks less often at what is new."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file to a process, but for those that open notebooks: one JupyterLab, loaded once, serves all."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "JupyterLab" if file in IN_JUPYTERLAB else file

    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


@cache
def home_for(file: Path, config: pytest.Config) -> str:
    home = tempfile.TemporaryDirectory(prefix="revgraph-home-")
    config.add_cleanup(home.cleanup)
    return home.name


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    os.umask(0o022)  # grading in this process keeps its files to itself; what the next test makes is for all
    os.environ["REVGRAPH_HOME"] = home_for(item.path, item.config)  # before nbval starts a kernel
    with warm_kernels() if item.path.suffix == ".ipynb" else nullcontext():
        return (yield)


def warm_kernels() -> AbstractContextManager[None]:
    """nbval's kernels are forked from a warm process too: what most notebooks import is imported once."""
    from tests.notebooks.one_exercise import kernels_from_a_warm_process  # it needs Jupyter, and few tests do

    return kernels_from_a_warm_process()
