"""Run one repaired notebook with nbgrader's own preprocessor, and keep what ran whatever happens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import Execute
from traitlets.config import Config


class KeepingExecute(Execute):
    """nbgrader's preprocessor, which also knows the cells that came to an end."""

    def on_cell_executed(self, **kwargs: Any) -> None:
        super().on_cell_executed(**kwargs)
        self.finished.append(kwargs["cell"])


def execute(notebook: NotebookNode, folder: Path, timeout: int = 30) -> list[str]:
    """Run the cells of `notebook` in place, in `folder`; return what went wrong with the run as a whole."""
    runner = KeepingExecute(timeout=timeout, config=Config())
    runner.finished = []
    try:
        with utils.setenv(NBGRADER_EXECUTION="autograde"):
            runner.preprocess(notebook, {"metadata": {"path": str(folder)}})
    except DeadKernelError:
        return [_close(notebook, runner.finished, "the kernel died")]
    return []


def _close(notebook: NotebookNode, finished: list[NotebookNode], why: str) -> str:
    """Mark the code cells that did not finish as failed: nbgrader gives a silent one full points."""
    done = {cell.id for cell in finished}
    left = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.id not in done]
    for cell in left:
        cell.outputs = [new_output("error", ename="NotRun", evalue=why, traceback=[f"Not run: {why}."])]
    name = left[0].metadata.get("nbgrader", {}).get("grade_id")
    return f"{why} in {name}" if name else why
