"""The steps of "How to add an exercise" in solutions/README.md, taken one by one in a copy of the project."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from revgraph.authoring.execute import execute
from tests.notebooks.lint import Chapter, answers, complaints
from tests.notebooks.one_exercise import PROJECT

CHAPTER = "00_welcome"
NOTEBOOK = f"{CHAPTER}/{CHAPTER}.ipynb"


def blocks() -> dict[str, list[str]]:
    """The code blocks of the section, by language."""
    guide = (PROJECT / "solutions" / "README.md").read_text(encoding="utf-8")
    section = guide.partition("## How to add an exercise")[2]
    found: dict[str, list[str]] = {}
    for language, code in re.findall(r"^```(\w+)\n(.*?)\n```$", section, re.DOTALL | re.MULTILINE):
        found.setdefault(language, []).append(code)
    return found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with chapter 00 alone, and the exercise in it."""
    root = tmp_path_factory.mktemp("project")
    for folder in ("revgraph", "tests/checks", f"solutions/{CHAPTER}"):
        shutil.copytree(PROJECT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("conftest.py", "nbgrader_config.py", "pyproject.toml"):
        shutil.copy(PROJECT / file, root / file)

    declaration, alternatives, solution = blocks()["python"]
    text, explanation = blocks()["markdown"]
    of_solution, of_check = map(json.loads, blocks()["json"])
    declared = root / "revgraph/checks/chapters/ch00_welcome.py"
    above, names = declared.read_text().rsplit("\nEXERCISES = [", 1)
    above = above.replace("points=45", "points=25", 1)
    declared.write_text(f"{above}\n{declaration}\n\n\nEXERCISES = [{names.replace(']', ', MIN_MAX]')}")
    others = root / "tests/checks/alternatives/ch00.py"
    others.write_text(others.read_text() + "\n" + alternatives + "\n")

    notebook = nbformat.read(root / "solutions" / NOTEBOOK, as_version=4)
    starts = [cell.source.startswith("## In your own words") for cell in notebook.cells]
    question = starts.index(True)
    notebook.cells[question:question] = [
        new_markdown_cell(text),
        new_code_cell(solution, metadata=of_solution),
        new_code_cell("check(min_max)", metadata=of_check),
        new_markdown_cell(explanation, metadata={"tags": ["worked-answer"]}),
    ]
    (standardize,) = [cell for cell in notebook.cells if cell.source == "check(standardize)"]
    standardize.metadata.nbgrader["points"] = 25
    nbformat.write(notebook, root / "solutions" / NOTEBOOK)
    return root


def run(project: Path, *command: str) -> str:
    """What a command says in the copy, with its own revgraph."""
    environment = {**os.environ, "PYTHONPATH": str(project), "REVGRAPH_SEEDS": "3"}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=project, env=environment, capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip


def run_tests(project: Path, *chosen: str) -> str:
    return run(project, "pytest", "-q", "-p", "no:cacheprovider", *chosen)


def test_a_new_exercise_is_judged(project: Path) -> None:
    said = run_tests(project, "tests/checks/test_exercises.py", "-k", "min_max")
    assert re.search(r"^\d\d passed", said, re.MULTILINE), said


def test_a_new_exercise_breaks_no_test_that_counts_exercises_and_points(project: Path) -> None:
    said = run_tests(project, "tests/checks/test_notebook.py", "tests/checks/test_panel.py")
    assert "failed" not in said, said
    assert re.search(r"^\d+ passed", said, re.MULTILINE), said


def test_a_new_exercise_is_executed_and_released(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(project))  # for the kernel
    execute(project / "solutions" / NOTEBOOK)
    said = run(project, "revgraph", "course")
    assert f"course/{NOTEBOOK}" in said, said
    source, release = (nbformat.read(project / folder / NOTEBOOK, 4) for folder in ("solutions", "course"))
    worth = {"standardize": 25, "one_hot": 45, "min_max": 20}
    assert complaints(Chapter(source, release, worth)) == []
    assert "Each column scaled to the range from 0 to 1." in answers(release)["min_max"].source
