"""What students may be told where a notebook has hidden tests: that one failed, and no line of one.

A function that hidden tests have called knows them, and so does all that runs later in that kernel: it could
show them, or name its errors by them. So from the first cell with hidden tests on, a student is told nothing
that the submission itself says. The instructor sees all of it.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, NbGraderPreprocessor
from traitlets.config import Config

from revgraph.grading.errors import DOES_NOT_PASS, NOT_RUN, PLAINLY
from revgraph.grading.submission.repair import is_locked

NOT_SHOWN = "[not shown: hidden tests have run]"


class ForStudents(NbGraderPreprocessor):
    """For `c.GenerateFeedback.preprocessors`: a graded notebook as its student may see it."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        return for_students(nb, self.config), resources


def for_students(notebook: NotebookNode, config: Config) -> NotebookNode:
    """The notebook without what was left out of the students' version, and without what could tell of it."""
    cleared = _as_released(notebook, config)
    shown, begin = deepcopy(notebook), _first(notebook, cleared)
    for place, cell in enumerate(shown.cells):
        cell.source = cleared[place]
        if cell.cell_type == "code" and begin is not None and place >= begin:
            cell.outputs = [_blinded(output) for output in _telling(cell)]
    return shown


def first_hidden(notebook: NotebookNode, config: Config) -> int | None:
    """The place of the first test with hidden lines."""
    return _first(notebook, _as_released(notebook, config))


def _first(notebook: NotebookNode, cleared: list[str]) -> int | None:
    pairs = enumerate(zip(notebook.cells, cleared, strict=True))
    found = (place for place, (cell, text) in pairs if utils.is_grade(cell) and text != cell.source)
    return next(found, None)


def _as_released(notebook: NotebookNode, config: Config) -> list[str]:
    """The text of each cell, of a locked one as students were given it."""
    clear = [kind(config=config, enforce_metadata=False) for kind in (ClearHiddenTests, ClearMarkScheme)]
    return [_cleared(cell, clear) if is_locked(cell) else cell.source for cell in notebook.cells]


def _cleared(cell: NotebookNode, clear: list[NbGraderPreprocessor]) -> str:
    text = NotebookNode(cell_type=cell.cell_type, source=cell.source, metadata=cell.metadata)
    for one in clear:
        one.preprocess_cell(text, {}, 0)
    return str(text.source)


def _telling(cell: NotebookNode) -> list[NotebookNode]:
    """The output that decides: the error, or the first of the others."""
    errors = [output for output in cell.outputs if output.output_type == "error"]
    return (errors or cell.outputs)[:1]


def _blinded(output: NotebookNode) -> NotebookNode:
    if output.output_type != "error":
        return new_output("stream", name="stdout", text=NOT_SHOWN)
    if output.ename == NOT_RUN:
        return output
    name = output.ename if output.ename in PLAINLY else DOES_NOT_PASS
    return new_output("error", ename=name, evalue="", traceback=[NOT_SHOWN])
