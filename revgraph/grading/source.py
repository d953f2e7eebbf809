"""A notebook of an assignment, as students were given it and as it is graded."""

from __future__ import annotations

from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

from revgraph.grading.submission.repair import grade_id, is_locked


@dataclass(frozen=True)
class Source:
    """A notebook of an assignment: `released` is what students were given, as JSON; `graded` the text of each
    locked cell as it is run, which holds the hidden tests too."""

    released: str
    graded: tuple[tuple[str, str], ...] = ()

    def notebook(self) -> NotebookNode:
        return nbformat.reads(self.released, as_version=4)

    def as_graded(self) -> NotebookNode:
        notebook = self.notebook()
        self.complete(notebook)
        return notebook

    def complete(self, notebook: NotebookNode) -> None:
        """Put the locked cells' full text into `notebook`."""
        full = dict(self.graded)
        for cell in notebook.cells:
            cell.source = full.get(str(grade_id(cell)), cell.source) if is_locked(cell) else cell.source
