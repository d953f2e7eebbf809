"""The package revgraph as a submission sees it: without the answers.

What an exercise is to be answered with is not there to be called, however it is reached for: the exercises
of this chapter and of later ones are left out, and so is each part of the reference library that the
chapter's own cells do not import. A part that they do import stays open to answers too.
"""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from revgraph.grading.repair import grade_id, is_locked

PACKAGE = Path(__file__).parents[1]
REFERENCE = ("core", "dl", "dagnet")
NOTEBOOK = '''"""Stands in while a submission is graded: the verdict is reached elsewhere."""


class CheckFailed(AssertionError):
    pass


def check(what, candidate=None):
    print("Judged by the grader.")


def progress():
    print("Your progress is kept in your own notebook.")
'''
CLOSED = '''"""Closed while answers are judged."""

raise ImportError("revgraph.{part} is the reference; it is closed while your answers are judged")
'''


def write_closed_package(target: Path, released: list[NotebookNode], assignment: str) -> Path:
    """Copy the package to `target`/revgraph without what answers `assignment`, and return that folder."""
    package = target / "revgraph"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "*.ipynb"))
    for file in (package / "checks" / "exercises").glob("ch*.py"):
        if file.stem.removeprefix("ch")[:2] >= assignment[:2]:
            file.unlink()
    (package / "checks" / "notebook.py").write_text(NOTEBOOK)
    imported = {part for notebook in released for part in given_imports(notebook)}
    for part in set(REFERENCE) - imported:
        shutil.rmtree(package / part, ignore_errors=True)
        (package / part).mkdir()
        (package / part / "__init__.py").write_text(CLOSED.format(part=part))
    for path in [target, package, *package.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)  # read by a process that may be nobody
    return package


def given_imports(released: NotebookNode) -> Iterator[str]:
    """Parts of revgraph that the chapter's own cells import: `core` for `import revgraph.core as rc`."""
    for cell in released.cells:
        is_answer = grade_id(cell) and not is_locked(cell)
        if cell.cell_type == "code" and not is_answer:
            for name in _imported(cell.source):
                if name.startswith("revgraph."):
                    yield name.split(".")[1]


def _imported(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
