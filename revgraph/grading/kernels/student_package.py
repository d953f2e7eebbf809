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
NOTEBOOK = '''"""Stands in while a submission is graded: the verdict is reached elsewhere."""


class CheckFailed(AssertionError):
    pass


def check(what, candidate=None):
    print("Judged by the grader.")


def progress():
    print("Your progress is kept in your own notebook.")
'''
EXERCISES = """

class Open(dict):
    def __missing__(self, name):
        raise ImportError(f"{name} is closed while your answers are judged")


def exercises():
    return Open(_registry())
"""
LIBRARY = """

_open_exercise_of = _exercise_of


def _exercise_of(name):
    try:
        return _open_exercise_of(name)
    except LookupError:
        raise ImportError(f"{name} is closed while your answers are judged") from None


def pieces(*names):
    print("Shown in the learner's own notebook.")
"""
CLOSED = '''"""Closed while answers are judged."""

raise ImportError("{module} is the reference; it is closed while your answers are judged")
'''
HALF_CLOSED = '''"""Only some of its modules are open while answers are judged."""


def __getattr__(name):
    if name in {open} or name.startswith("__"):
        raise AttributeError(name)
    raise ImportError(f"{module}.{{name}} is the reference; it is closed while your answers are judged")
'''


def write_closed_package(target: Path, released: list[NotebookNode], assignment: str) -> Path:
    """Copy the package to `target`/revgraph without what answers `assignment`, and return that folder."""
    package = target / "revgraph"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "*.ipynb"))
    opened = open_modules(name for notebook in released for name in given_imports(notebook))
    for chapter in (package / "checks" / "chapters").glob("ch[0-9]*"):  # a file, or a folder of files
        if chapter.stem.removeprefix("ch")[:2] >= assignment[:2] or not _needs(chapter) <= opened:
            shutil.rmtree(chapter) if chapter.is_dir() else chapter.unlink()
    shutil.rmtree(package / "authoring")
    for path in (package / "grading").iterdir():
        if path.is_dir() and path.name != "student":
            shutil.rmtree(path)
        elif path.is_file() and path.name != "__init__.py":
            path.unlink()
    _change_checks(package / "checks")
    for part in REFERENCE:
        _close(package / part, opened)
    for path in [target, package, *package.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)  # read by a process that may be nobody
    return package


def _change_checks(checks: Path) -> None:
    (checks / "notebook.py").write_text(NOTEBOOK)
    for file, more in (("library.py", LIBRARY), ("chapters/__init__.py", EXERCISES)):
        with (checks / file).open("a") as module:
            module.write(more)


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
    inside = {module for module in opened if f"{module}.".startswith(f"{name}.")}
    if not inside:
        shutil.rmtree(part)
        part.mkdir()
        (part / "__init__.py").write_text(CLOSED.format(module=name))
    for file in part.rglob("*.py") if inside else []:
        module = ".".join(file.relative_to(part.parents[1]).with_suffix("").parts).removesuffix(".__init__")
        names = {other.removeprefix(f"{module}.").split(".")[0] for other in inside - {module}}
        if module not in inside:
            template = HALF_CLOSED if file.stem == "__init__" else CLOSED
            file.write_text(template.format(module=module, open=names))


def _imported(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
