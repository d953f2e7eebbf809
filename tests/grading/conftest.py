"""A tiny chapter that follows the notebooks' contract, so that these tests need no chapter of the course."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

PROJECT = Path(__file__).parents[2]
GIVEN = """
import numpy as np
CASES = {"double": ([(2.0,), (-1.5,)], [4.0, -3.0]), "total": ([([1, 2, 4],)], [7])}
def check(function):
    for args, expected in zip(*CASES[function.__name__]):
        assert function(*args) == expected, f"{function.__name__}{args} should be {expected}"
"""
ANSWERS = {
    "double": "def double(x):\n    ### BEGIN SOLUTION\n    twice = 2 * x  # a comment\n    return twice\n"
    "    ### END SOLUTION",
    "total": "def total(xs):\n    ### BEGIN SOLUTION\n    result = 0\n    for x in xs:\n        result += x\n"
    "    return result\n    ### END SOLUTION",
}


def solution_cell(name):
    mark = {
        "grade": False,
        "grade_id": name,
        "locked": False,
        "schema_version": 3,
        "solution": True,
        "task": False,
    }
    return new_code_cell(ANSWERS[name], metadata={"nbgrader": mark}, id=name)


def check_cell(name, points):
    mark = {"grade": True, "grade_id": f"check_{name}", "locked": True, "points": points, "schema_version": 3}
    metadata = {"nbgrader": mark | {"solution": False, "task": False}, "tags": ["raises-exception"]}
    return new_code_cell(f"check({name})", metadata=metadata, id=f"check_{name}")


def written_cell():
    mark = {
        "grade": True,
        "grade_id": "why",
        "locked": False,
        "points": 20,
        "schema_version": 3,
        "solution": True,
    }
    text = "### BEGIN SOLUTION\nBecause.\n### END SOLUTION"
    return new_markdown_cell(text, metadata={"nbgrader": mark | {"task": False}}, id="why")


def tiny_chapter():
    cells = [
        new_markdown_cell("# A tiny chapter", id="title"),
        new_code_cell(GIVEN.strip(), id="given"),
        solution_cell("double"),
        check_cell("double", 30),
        new_markdown_cell("Now a sum.", id="text"),
        solution_cell("total"),
        check_cell("total", 50),
        written_cell(),
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture(scope="session")
def tiny_project(tmp_path_factory):
    """A project folder with one chapter, `00_tiny`, in solutions/."""
    project = tmp_path_factory.mktemp("project")
    (project / "solutions" / "00_tiny").mkdir(parents=True)
    nbformat.write(tiny_chapter(), project / "solutions" / "00_tiny" / "00_tiny.ipynb")
    shutil.copy(PROJECT / "nbgrader_config.py", project)
    return project
