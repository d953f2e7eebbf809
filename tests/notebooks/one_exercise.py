"""A chapter of one exercise that keeps every rule of the real ones, to test the pipeline by itself."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path

import nbformat
import pytest
from jupyter_client.provisioning import KernelProvisionerFactory
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

PROJECT = Path(__file__).parents[2]
PROVISIONER = KernelProvisionerFactory.default_provisioner_name_env

INTRODUCTION = """# Doubling
**Time:** 30 minutes. Doubling is adding a number to itself."""
EXERCISE = """## One function

### Exercise 1: double
Difficulty ●○○○○ · about 5 minutes

Return twice the number.

<details><summary>Hint 1</summary>

Which operation repeats an addition?

<details><summary>Hint 2</summary>

Multiply.

</details>
</details>"""
CHECK = """from revgraph.checks import progress


def check(function):
    if function(21) != 42:
        raise ValueError("double(21) is not 42")
    return "passed" """
SOLUTION = '''def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    twice_the_number = 2 * x
    return twice_the_number
    ### END SOLUTION'''
QUESTION = """Why is doubling the same as adding a number to itself?

### BEGIN SOLUTION
Because multiplication by two is one addition.
### END SOLUTION
=== BEGIN MARK SCHEME ===
Ten points for the word addition.
=== END MARK SCHEME ==="""


def nbgrader(name: str, grade: bool, solution: bool, points: int | None = None) -> dict[str, object]:
    metadata = {"grade_id": name, "grade": grade, "solution": solution, "locked": grade and not solution}
    metadata |= {"schema_version": 3, "task": False} | ({"points": points} if points else {})
    return {"nbgrader": metadata}


def chapter() -> NotebookNode:
    check = nbgrader("check_double", grade=True, solution=False, points=90) | {"tags": ["raises-exception"]}
    cells = [
        new_markdown_cell(INTRODUCTION),
        new_code_cell(CHECK),
        new_code_cell("progress()"),
        new_markdown_cell(EXERCISE),
        new_code_cell(SOLUTION, metadata=nbgrader("double", grade=False, solution=True)),
        new_code_cell("check(double)", metadata=check),
        new_markdown_cell("Worked answer: 2 * x.", metadata={"tags": ["worked-answer"]}),
        new_markdown_cell(QUESTION, metadata=nbgrader("why_double", grade=True, solution=True, points=10)),
    ]
    return new_notebook(cells=cells)


def write_project(root: Path) -> Path:
    """A project of this chapter alone; returns its notebook."""
    path = root / "solutions" / "00_double" / "00_double.ipynb"
    path.parent.mkdir(parents=True)
    shutil.copy(PROJECT / "nbgrader_config.py", root)
    nbformat.write(chapter(), path)
    return path


def warm_kernels() -> dict[str, str]:
    """The environment of a Jupyter whose kernels come from a warm process: each is ready seconds earlier, and
    need not import what many chapters load their digits with.

    Empty where the package is not installed, or where there are none.
    """
    found = entry_points(group="jupyter_client.kernel_provisioners", name="revgraph-warm")
    if not found or sys.platform != "linux":
        return {}
    return {PROVISIONER: "revgraph-warm", "REVGRAPH_WARM_IMPORTS": "sklearn.datasets"}


@contextmanager
def kernels_from_a_warm_process() -> Iterator[None]:
    """For a while, the kernels of this process and of its children: jupyter_client looks into the environment
    once only, when it starts its first kernel."""
    with pytest.MonkeyPatch.context() as patch:
        environment = warm_kernels()
        if PROVISIONER in environment:
            factory = KernelProvisionerFactory.instance()
            patch.setattr(factory, "default_provisioner_name", environment[PROVISIONER])
        for name, value in environment.items():
            patch.setenv(name, value)
        yield
