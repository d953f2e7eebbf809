"""For every test: a home of its own for a learner's progress, and notebooks that stay whole on one worker."""

from __future__ import annotations

import os
import tempfile

import pytest

collect_ignore_glob = ["**/*.ipynb"]  # submissions and the like; nbval compares solutions/ alone


def pytest_configure(config: pytest.Config) -> None:
    home = tempfile.TemporaryDirectory(prefix="revgraph-home-")
    config.add_cleanup(home.cleanup)
    os.environ["REVGRAPH_HOME"] = home.name


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The cells of a notebook share a kernel, so they go to the same worker."""
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker(pytest.mark.xdist_group(item.path.name))
