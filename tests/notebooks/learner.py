"""A learner who has solved some chapters: their answers, saved as `check` saves them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat

from tests.notebooks.capstone import definitions
from tests.notebooks.lint import answers, graded
from tests.notebooks.one_exercise import PROJECT

LEARNER = """
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
for chapter in {chapters!r}:
    for cell in chapter:
        shell.run_cell(cell, store_history=True)
    shell.reset(new_session=False)
"""


def solve(home: Path, chapters: Iterable[str]) -> None:
    """Write ``my_revgraph`` of somebody who has passed all checks of these chapters into `home`."""
    own = {"REVGRAPH_HOME": str(home), "IPYTHONDIR": str(home / "ipython")}
    environment = {name: value for name, value in os.environ.items() if name != "NBGRADER_EXECUTION"} | own
    program = LEARNER.format(chapters=[list(cells_of(chapter)) for chapter in chapters])
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, env=environment)


def cells_of(chapter: str) -> Iterator[str]:
    """The answers, their checks, and what else is defined; nothing that trains or draws."""
    notebook = nbformat.read(PROJECT / "solutions" / chapter / f"{chapter}.ipynb", as_version=4)
    names = set(answers(notebook))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            whole = graded(cell).get("grade_id", "").removeprefix("check_") in names
            yield cell.source if whole else "\n".join(definitions([cell.source]))
