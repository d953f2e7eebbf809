"""The package revgraph as a submission sees it: without the answers.

What an exercise is to be answered with is not there to be called, however it is reached for: the exercises
of this chapter and of later ones are left out, and so is each module of the reference library that the
chapter's own cells do not import. A module that they do import stays open to answers too, with all it needs.
"""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbformat import NotebookNode

from revgraph.grading.submission.repair import grade_id, is_locked

PACKAGE = Path(__file__).parents[2]
REFERENCE = ("core", "dl", "dagnet", "datasets")
STAND_INS = Path(__file__).parent / "stand_ins"
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.ipynb")


def write_student_package(target: Path, released: list[NotebookNode], assignment: str) -> Path:
    """Copy the package to `target`/revgraph without what answers `assignment`, and return that folder."""
    package = target / "revgraph"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "grading", "authoring"))
    shutil.copytree(PACKAGE / "grading" / "student", package / "grading" / "student", ignore=LEFT_OUT)
    shutil.copy(PACKAGE / "grading" / "__init__.py", package / "grading")
    shutil.copytree(STAND_INS / "checks", package / "checks", ignore=LEFT_OUT, dirs_exist_ok=True)
    opened = open_modules(name for notebook in released for name in given_imports(notebook))
    for chapter in (package / "checks" / "chapters").glob("ch[0-9]*"):  # a file, or a folder of files
        if chapter.stem.removeprefix("ch")[:2] >= assignment[:2] or not _needs(chapter) <= opened:
            shutil.rmtree(chapter) if chapter.is_dir() else chapter.unlink()
    for part in REFERENCE:
        _close(package / part, opened)
    for path in [target, package, *package.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)  # read by a process that may be nobody
    return package


def given_imports(released: NotebookNode) -> Iterator[str]:
    """What the chapter's own cells import: `revgraph.dagnet.circuit.draw_circuit`."""
    for cell in released.cells:
        is_answer = grade_id(cell) and not is_locked(cell)
        if cell.cell_type == "code" and not is_answer:
            yield from _imported(cell.source)


def open_modules(names: Iterable[str]) -> set[str]:
    """The modules of the reference that are meant by `names`, and those that they import in turn."""
    found: set[str] = set()
    coming = list(names)
    while coming:
        module = _reference_module(coming.pop())
        if module and module not in found:
            found.add(module)
            coming += _imported(_file(module).read_text("utf-8"))
    return found


def _reference_module(name: str) -> str:
    """`revgraph.dagnet.engine` for `revgraph.dagnet.engine.Value`; empty for what is not the reference."""
    parts = name.split(".")
    if parts[0] != "revgraph" or len(parts) == 1 or parts[1] not in REFERENCE:
        return ""
    return name if _file(name).exists() else _reference_module(".".join(parts[:-1]))


def _file(module: str) -> Path:
    path = PACKAGE.parent.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _needs(chapter: Path) -> set[str]:
    files = chapter.rglob("*.py") if chapter.is_dir() else [chapter]
    names = (name for file in files for name in _imported(file.read_text("utf-8")))
    return {module for name in names if (module := _reference_module(name))}


def _close(part: Path, opened: set[str]) -> None:
    """Leave only open modules; where there is none, nothing of the part is even on the disk."""
    name = f"revgraph.{part.name}"
    if not any(f"{module}.".startswith(f"{name}.") for module in opened):
        shutil.rmtree(part)
        part.mkdir()
        shutil.copy(STAND_INS / "closed.py", part / "__init__.py")
    for file in part.rglob("*.py"):
        module = ".".join(file.relative_to(part.parents[1]).with_suffix("").parts).removesuffix(".__init__")
        if module not in opened:
            shutil.copy(STAND_INS / f"{_stand_in(module, opened)}.py", file)


def _stand_in(module: str, opened: set[str]) -> str:
    return "half_closed" if any(other.startswith(f"{module}.") for other in opened) else "closed"


def _imported(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
