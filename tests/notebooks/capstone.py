"""Chapter 12's own cells, run outside a notebook: tests and benchmark train what a learner trains."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any

import nbformat

from tests.notebooks.one_exercise import PROJECT

DEFINITIONS = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef | ast.Assign
TRAINING = "network, curve, accuracy = trained(0)"


def namespace() -> dict[str, Any]:
    """What the chapter defines before its training, of the pieces that ``mine`` gives now."""
    path = PROJECT / "solutions" / "12_capstone" / "12_capstone.ipynb"
    names: dict[str, Any] = {"__name__": "capstone"}
    notebook = nbformat.read(path, as_version=4)
    for statement in definitions(cell.source for cell in notebook.cells if cell.cell_type == "code"):
        if statement == TRAINING:
            return names
        exec(statement, names)
    raise AssertionError(f"the chapter has no line {TRAINING!r}")


def definitions(sources: Iterable[str]) -> Iterator[str]:
    """The top-level statements that import, define or assign, and draw nothing."""
    for source in sources:
        for statement in ast.parse(source).body:
            text = ast.unparse(statement)
            if isinstance(statement, DEFINITIONS) and "plt.subplots" not in text:
                yield text
