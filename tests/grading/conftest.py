"""A tiny chapter that follows the notebooks' contract, so that these tests need no chapter of the course."""

import json
import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.apps import NbGraderAPI

from revgraph.authoring.chapters import nbgrader_settings
from revgraph.authoring.release import empty_gradebook
from revgraph.grading.student.limits import Limits

from . import corpus
from .hurry import hurry  # noqa: F401 (from here on, in this process)

PROJECT = Path(__file__).parents[2]
LIMITS = Limits(cell_seconds=2, notebook_bytes=1_000_000, output_bytes=200_000, grader_memory=700_000_000)
IS_WARM = "import sys\nprint('revgraph.grading.student.warm_process' in sys.orig_argv)"
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


def open_course(folder, name=corpus.NAME, chapter=None):
    """A course in the empty `folder` with this chapter, the corpus's small one by default, released."""
    (folder / "solutions" / name).mkdir(parents=True)
    nbformat.write(chapter or corpus.small_chapter(), folder / "solutions" / name / f"{name}.ipynb")
    shutil.copy(PROJECT / "nbgrader_config.py", folder)
    (folder / "gradebook.db").write_bytes(empty_gradebook())
    api = NbGraderAPI(config=nbgrader_settings(folder))
    assert api.generate_assignment(name)["success"]
    return api


def released_in(folder, name=corpus.NAME):
    return nbformat.read(folder / "course" / name / f"{name}.ipynb", as_version=4)


def hand_in(folder, case, released):
    draft = corpus.Draft(released)
    files = case.change(draft)
    if files is None:
        files = {f"{corpus.NAME}.ipynb": json.dumps(draft.notebook)}
    target = folder / "submitted" / case.name / corpus.NAME
    target.mkdir(parents=True)
    for name, content in files.items():
        if callable(content):
            content(target / name)
        else:
            (target / name).write_bytes(content if isinstance(content, bytes) else content.encode())


@pytest.fixture
def without_root():
    """Root reads everything, so as root we are another account meanwhile."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(54321)
    yield
    os.seteuid(0)


@pytest.fixture(scope="session")
def slow_class(tmp_path_factory):
    """A course with eight honest submissions, slow enough for a test to interfere; copied, never changed."""
    folder = tmp_path_factory.mktemp("slow")
    open_course(folder)
    nap = corpus.extra("import time; time.sleep(0.5)")
    for i in range(8):
        hand_in(folder, corpus.Case(f"student {i}", 100, "", nap), released_in(folder))
    return folder


@pytest.fixture
def folder(slow_class, tmp_path):
    shutil.copytree(slow_class, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture(scope="session")
def with_warm_kernels(tmp_path_factory):
    """An environment in which programs find our provisioner, and a kernelspec that names it.

    The package need not be installed: its entry point is declared in a folder, as an installation does.
    """
    folder = tmp_path_factory.mktemp("installed")
    (folder / "revgraph-0.dist-info").mkdir()
    (folder / "revgraph-0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: revgraph\nVersion: 0\n"
    )
    entry = (
        "[jupyter_client.kernel_provisioners]\n"
        "revgraph-warm = revgraph.grading.kernels.provisioner:WarmProvisioner\n"
    )
    (folder / "revgraph-0.dist-info" / "entry_points.txt").write_text(entry)
    (folder / "kernels" / "warm").mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": command, "display_name": "warm", "language": "python"}
    spec["metadata"] = {"kernel_provisioner": {"provisioner_name": "revgraph-warm"}}
    (folder / "kernels" / "warm" / "kernel.json").write_text(json.dumps(spec))
    paths = os.pathsep.join([str(folder), str(PROJECT)])
    return os.environ | {"PYTHONPATH": paths, "JUPYTER_PATH": str(folder)}
