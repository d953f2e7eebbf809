"""Running cells: in this process, which takes no time, or in kernels forked from a warm process."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from traitlets.config import Config

from revgraph.checks.hints import watch_cells
from tests.notebooks.one_exercise import kernels_from_a_warm_process


@dataclass
class Ran:
    """A cell, the error it ended with, and everything it showed."""

    cell: NotebookNode
    error: BaseException | None
    shown: str


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> Iterator[Callable]:
    """Runs cells as a kernel of their own does, in this process: hundreds of them take seconds."""
    monkeypatch.setenv("REVGRAPH_HOME", str(tmp_path / "my_revgraph"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(os, "fsync", lambda file: None)  # each of thousands waits for a disk
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.InteractiveTB.set_mode("Minimal")  # nobody reads the traceback, whose colours take 50 ms
    watch_cells()  # which importing revgraph.checks does in a kernel

    def run_cells(cells: list[NotebookNode]) -> list[Ran]:
        ran = []
        for cell in cells:
            result = shell.run_cell(cell.source, store_history=True)
            ran.append(Ran(cell, result.error_before_exec or result.error_in_exec, capsys.readouterr().out))
        return ran

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a notebook's warnings are its own
        yield run_cells
    InteractiveShell.clear_instance()


@pytest.fixture
def warm() -> Iterator[None]:
    with kernels_from_a_warm_process():
        yield
