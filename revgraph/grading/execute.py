"""Run one repaired notebook with nbgrader's own preprocessor, and keep what ran whatever happens."""

from __future__ import annotations

from pathlib import Path

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader import utils
from nbgrader.preprocessors import Execute
from traitlets.config import Config


def execute(notebook: NotebookNode, folder: Path, timeout: int = 30) -> list[str]:
    """Run the cells of `notebook` in place, in `folder`; return what went wrong with the run as a whole."""
    runner = Execute(timeout=timeout, config=Config())
    resources = {"metadata": {"path": str(folder)}}
    try:
        with utils.setenv(NBGRADER_EXECUTION="autograde"):
            runner.preprocess(notebook, resources)
    except DeadKernelError:
        return [_close(notebook, "the kernel died")]
    return []


def _close(notebook: NotebookNode, why: str) -> str:
    """Mark the code cells that did not finish as failed: nbgrader gives a silent one full points."""
    left = [
        cell for cell in notebook.cells if cell.cell_type == "code" and cell.get("execution_count") is None
    ]
    for cell in left:
        cell.outputs = [new_output("error", ename="NotRun", evalue=why, traceback=[f"Not run: {why}."])]
    name = left[0].metadata.get("nbgrader", {}).get("grade_id") if left else None
    return f"{why} in {name}" if name else why
