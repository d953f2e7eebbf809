"""Executing the notebooks of solutions/: outputs that repeat are saved, and nothing of one that fails."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from traitlets.config import Config

from revgraph.authoring.cells import demonstrates_failure, first_error, has_error
from revgraph.authoring.chapters import PipelineError
from revgraph.files import write_atomically

SECONDS = 600  # that a cell may take
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def execute(path: Path) -> None:
    """Run a solution notebook from top to bottom and save its outputs; nothing is saved when a cell fails.

    Running it twice gives the same bytes, as far as its own code repeats.
    """
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as home:
        client = NotebookClient(
            notebook,
            timeout=SECONDS,
            kernel_name="python3",
            record_timing=False,
            coalesce_streams=True,
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": str(path.parent)}},
            config=sockets_in(home),
        )
        try:
            client.execute(env={**os.environ, "REVGRAPH_HOME": home})
        except CellExecutionError as error:
            raise PipelineError(f"{path.stem}: a cell fails\n{error}") from error
    failed = [cell for cell in notebook.cells if has_error(cell) and not demonstrates_failure(cell)]
    if failed:  # in cells tagged raises-exception, or nbclient would have said so
        told = [f"{cell.source}\n{first_error(cell)}" for cell in failed]
        raise PipelineError(f"{path.stem}: the solution itself fails in\n" + "\n\n".join(told))
    tidy(notebook)
    write_atomically(path, nbformat.writes(notebook) + "\n")


def sockets_in(folder: str) -> Config:
    """A kernel that is reached through files in `folder`, where the system has such sockets.

    A TCP port is found free long before the kernel takes it, and another process may have it by then.
    """
    if os.name == "nt":
        return Config()
    return Config(KernelManager={"transport": "ipc", "connection_file": str(Path(folder, "kernel.json"))})


def tidy(notebook: NotebookNode) -> None:
    """Keep what repeats: no Python version, no timing, and cell ids that follow from the content."""
    notebook.metadata = NotebookNode(kernelspec=KERNELSPEC, language_info={"name": "python"})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    taken: set[str] = set()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        cell.id = cell_id(cell, taken)
        taken.add(cell.id)


def cell_id(cell: NotebookNode, taken: set[str]) -> str:
    """The grade_id where there is one, otherwise a digest of the source: running again changes nothing."""
    name = (
        cell.metadata.get("nbgrader", {}).get("grade_id")
        or hashlib.sha256(cell.source.encode()).hexdigest()[:8]
    )
    name = re.sub(r"[^a-zA-Z0-9_-]", "-", name)[:60]
    return next(
        unique for n in range(len(taken) + 1) if (unique := f"{name}-{n}" if n else name) not in taken
    )
