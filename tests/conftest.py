"""For every test: a home of its own for a learner's progress."""

from __future__ import annotations

import os
import tempfile

import pytest

collect_ignore_glob = ["**/*.ipynb"]  # submissions and the like; nbval compares solutions/ alone


def pytest_configure(config: pytest.Config) -> None:
    home = tempfile.TemporaryDirectory(prefix="revgraph-home-")
    config.add_cleanup(home.cleanup)
    os.environ["REVGRAPH_HOME"] = home.name
