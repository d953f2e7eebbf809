"""For every test file and every notebook: a home of its own for a learner's progress."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

import pytest

collect_ignore_glob = ["tests/**/*.ipynb"]  # submissions and the like; nbval compares solutions/ alone


@cache
def home_for(file: Path, config: pytest.Config) -> str:
    home = tempfile.TemporaryDirectory(prefix="revgraph-home-")
    config.add_cleanup(home.cleanup)
    return home.name


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    os.umask(0o022)  # grading in this process keeps its files to itself; what the next test makes is for all
    os.environ["REVGRAPH_HOME"] = home_for(
        item.path, item.config
    )  # before nbval starts the notebook's kernel
