"""The lists of CONTRIBUTING.md, followed to the letter in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.notebooks.lint import Chapter, complaints
from tests.notebooks.one_exercise import nbgrader

PROJECT = Path(__file__).parents[2]
TEXT = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PLACE = re.compile(
    r"(?P<end>[Aa]t the end of)\s+`(?P<last>[^`]+)`"
    r"|[Ii]n\s+`(?P<file>[^`]+)`,\s+(?:below\s+`(?P<below>[^`]+)`|`(?P<line>[^`]+)`\s+(?P<becomes>becomes))"
)


def section(title: str) -> str:
    return re.split(r"\n## (?=Add |Versions)", TEXT.partition(f"## {title}\n")[2])[0]


def steps(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Each place that the text names, with the block that goes there: in the order of both."""
    places = list(PLACE.finditer(BLOCK.sub("", text)))
    blocks = [code for language, code in BLOCK.findall(text) if language == "python"]
    yield from zip(places, blocks, strict=True)


def take(project: Path, place: re.Match[str], code: str) -> None:
    path = project / (place["last"] or place["file"])
    text = path.read_text(encoding="utf-8")
    if place["end"]:
        text += "\n\n" + code
    else:
        anchor = place["below"] or place["line"]
        (line,) = [line for line in text.splitlines(keepends=True) if anchor in line]
        text = text.replace(line, code if place["becomes"] else line + code)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("revgraph", "tests/core", "tests/dl", "tests/fixtures"):
        shutil.copytree(PROJECT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("conftest.py", "pyproject.toml"):
        shutil.copy(PROJECT / file, tmp_path)
    return tmp_path


@pytest.mark.parametrize("title", ["Add an operation", "Add a layer", "Add a recording from PyTorch"])
def test_a_list_leads_to_what_it_says(project: Path, title: str) -> None:
    pytest.importorskip("torch", reason="recording needs PyTorch")
    recorded = {path.name: dict(np.load(path)) for path in (PROJECT / "tests/fixtures").glob("*.npz")}
    for place, code in steps(section(title)):
        take(project, place, code)
    (commands,) = [code for language, code in BLOCK.findall(section(title)) if language == "shell"]
    for command in commands.splitlines():
        said = run(project, command)
        if command.startswith("pytest"):
            assert re.search(r"^\d+ passed", said, re.MULTILINE), said
    for name, before in recorded.items():
        after = np.load(project / "tests/fixtures" / name)
        for key, value in before.items():  # the same draws; sums may differ by rounding
            np.testing.assert_allclose(after[key], value, rtol=1e-6, atol=1e-9, err_msg=f"{key} was redrawn")


def test_the_list_of_a_chapter_leads_to_a_chapter(tmp_path: Path) -> None:
    for folder in ("revgraph", "tests/checks"):
        shutil.copytree(PROJECT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("conftest.py", "pyproject.toml", "nbgrader_config.py"):
        shutil.copy(PROJECT / file, tmp_path)
    text = section("Add a chapter")
    files = re.findall(r"^`([\w/]+\.(?:py|ipynb))`", text, re.MULTILINE)
    blocks = [code for language, code in BLOCK.findall(text) if language != "shell"]
    for name, code in zip(files, blocks, strict=True):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = nbformat.writes(notebook(code)) if path.suffix == ".ipynb" else code
        path.write_text(content, encoding="utf-8")

    (commands,) = [code for language, code in BLOCK.findall(text) if language == "shell"]
    said = [run(tmp_path, command) for command in commands.splitlines()]
    assert re.search(r"^\d+ passed", said[-1], re.MULTILINE), said[-1]
    source, release = (
        nbformat.read(tmp_path / folder / "90_center" / "90_center.ipynb", as_version=4)
        for folder in ("solutions", "course")
    )
    assert complaints(Chapter(source, release, {"center": 90})) == []


def notebook(text: str) -> nbformat.NotebookNode:
    """From its cells as the list writes them."""
    parts = re.findall(r"^%% ([^\n]*)\n(.*?)(?=\n%%|\Z)", text.strip(), re.DOTALL | re.MULTILINE)
    return new_notebook(cells=[cell(kind, source) for kind, source in parts])


def cell(kind: str, source: str) -> nbformat.NotebookNode:
    name, points = re.search(r": (\w+)", kind), re.search(r"(\d+) points", kind)
    metadata: dict[str, object] = {"tags": re.findall(r"tag ([\w-]+)", kind)}
    if name:
        answer = "answer" in kind
        metadata |= nbgrader(name[1], bool(points), answer, int(points[1]) if points else None)
    make = new_markdown_cell if kind.startswith(("markdown", "manually")) else new_code_cell
    return make(source.strip(), metadata=metadata)


def run(project: Path, command: str) -> str:
    program, *arguments = re.findall(r'"[^"]+"|\S+', command)
    pytest_here = ["-m", "pytest", "-p", "no:cacheprovider"]
    tool = {"python": [], "revgraph": ["-m", "revgraph"], "pytest": pytest_here}[program]
    done = subprocess.run(
        [sys.executable, *tool, *(argument.strip('"') for argument in arguments)],
        cwd=project,
        env=os.environ | {"PYTHONPATH": str(project), "REVGRAPH_SEEDS": "3"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
