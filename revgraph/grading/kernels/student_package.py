"""The package revgraph as a submission sees it: without the answers.

What is closed is decided by what the released notebooks ask for, whatever the assignment is called. The
chapter of each exercise that they check, or test by plain assertions, is left out, every later chapter, and
every chapter that holds an answer: that defines it, or takes it from elsewhere. Where no exercise of ours is
checked, no chapter is open.
A later chapter stays open where the notebooks' own cells take pieces of it and it holds no answer.

Each module of the reference library that the notebooks' own cells do not import is closed as well. A module
that they do import stays open to answers too, with all it needs; `answers_left_open` names those it holds.

Of a course's own exercises only those files are shown that the notebooks' own cells take pieces of, with what
they import, where none of these holds an answer, right or wrong, to what is checked. The folders of
packages that bring exercises are hidden as a whole.
"""

from __future__ import annotations

import ast
import contextlib
import shutil
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode
from nbgrader import utils

from revgraph.checks import exercises, registry
from revgraph.checks.own import course as courses
from revgraph.checks.own.behind import files_behind
from revgraph.checks.own.bundle import FILE, Bundle
from revgraph.grading.submission.repair import grade_id, is_locked

PACKAGE = Path(__file__).parents[2]
REFERENCE = ("core", "dl", "dagnet", "datasets")
STAND_INS = Path(__file__).parent / "stand_ins"
CHAPTERS = ["revgraph", "checks", "chapters"]
OUTSIDE = ("grading", "authoring", "engines", "good_answers.md")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.ipynb")
# They take a kernel up to some seconds, and their import starts no thread, which a fork would lose.
LARGE = ("networkx", "pandas", "revgraph", "scipy", "seaborn", "sklearn", "statsmodels", "sympy", "torch")


def write_student_package(target: Path, released: list[NotebookNode]) -> Path:
    """Copy the package to `target`/revgraph without what answers `released`, and return that folder."""
    package = target / "revgraph"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", *OUTSIDE))
    shutil.copytree(PACKAGE / "grading" / "student", package / "grading" / "student", ignore=LEFT_OUT)
    shutil.copy(PACKAGE / "grading" / "__init__.py", package / "grading")
    shutil.copytree(STAND_INS / "checks", package / "checks", ignore=LEFT_OUT, dirs_exist_ok=True)
    opened = open_modules(name for notebook in released for name in given_imports(notebook))
    chapters = open_chapters(released)
    for chapter in chapter_paths(package):
        if chapter.stem not in chapters or not _needs(chapter) <= opened:
            shutil.rmtree(chapter) if chapter.is_dir() else chapter.unlink()
    for part in REFERENCE:
        _close(package / part, opened)
    if own := open_own(released):
        (package / "checks" / FILE).write_bytes(own.packed())
    for path in [target, package, *package.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)  # read by a process that may be nobody
    return package


def open_own(released: list[NotebookNode]) -> Bundle | None:
    """The course's own exercises that may be seen; None where there are none."""
    course = courses.at_hand()
    if course is None:
        return None
    bundle, loaded, own = course.bundle, course.load(), registry.known().own
    asked = {name for notebook in released for name in asked_exercises(notebook)}
    closed = {path for name in asked & own for path in files_behind(loaded.exercises[name], loaded)}
    closed |= {path for path, content in bundle.sources.items() if _defined_in(ast.parse(content)) & asked}
    taken = {loaded.files[name] for notebook in released for name in taken_pieces(notebook) & own}
    shown = [path for path in taken if not bundle.needed_by([path]) & closed]
    return bundle.only(bundle.needed_by(shown), data=False) if shown else None


def chapter_paths(package: Path) -> list[Path]:
    """A file or a folder of files each, in the order of the course."""
    return sorted((package / "checks" / "chapters").glob("ch[0-9]*"))


def open_chapters(released: list[NotebookNode]) -> set[str]:
    """The chapters, such as `ch04_operations`, that hold no answer to what `released` checks."""
    chapter_of = {name: f"ch{exercises()[name].chapter}" for name in registry.of_chapters()}
    checked, asked = (
        {name for notebook in released for name in found(notebook)} & chapter_of.keys()
        for found in (checked_exercises, asked_exercises)
    )
    taken = {chapter_of[name] for notebook in released for name in taken_pieces(notebook) & chapter_of.keys()}
    first = min(chapter_of[name] for name in asked) if checked else ""
    paths = {path.stem: path for path in chapter_paths(PACKAGE)}
    holding = {name for name, path in paths.items() if name > first and _defined(path) & asked}
    holding |= {chapter_of[name] for name in asked}
    while more := {name for name, path in paths.items() if _chapters_used(path) & holding} - holding:
        holding |= more
    return {name for name in paths if name not in holding and (name < first or name in taken)}


def checked_exercises(notebook: NotebookNode) -> set[str]:
    """The exercises in its calls of `check`: `check(unbroadcast)`, `check("value_add", Value)`."""
    return {name for call in _calls(notebook, "check") for name in _names(call.args[:1])} & set(exercises())


def taken_pieces(notebook: NotebookNode) -> set[str]:
    """The exercises whose answers its own cells take with `mine`, import from `my_revgraph`, or show with
    `pieces`."""
    calls = [*_calls(notebook, "mine", given=True), *_calls(notebook, "pieces", given=True)]
    named = {name for call in calls for name in _names(call.args)}
    named |= {name.rpartition(".")[2] for name in given_imports(notebook) if name.startswith("my_revgraph.")}
    return _known_as(named)


def asked_exercises(notebook: NotebookNode) -> set[str]:
    """The exercises that it checks, and those that it asks for in another way: a student is to define their
    function or class, or a graded cell of plain assertions calls it."""
    named: set[str] = set()
    taken = taken_pieces(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code" and _is_answer(cell):
            named |= _defined_in(parsed(cell.source))
        elif cell.cell_type == "code" and utils.is_grade(cell):
            named |= tested_exercises(cell, taken)
    return checked_exercises(notebook) | _known_as(named)


def tested_exercises(cell: NotebookNode, taken: set[str]) -> set[str]:
    """Those that plain assertions call, but for the pieces that are `taken` by then."""
    return _known_as(_mentioned(parsed(cell.source)) - taken)


def _mentioned(tree: ast.AST) -> set[str]:
    """The names and texts that stand in it."""
    nodes = list(ast.walk(tree))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return names | texts | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def _known_as(names: set[str]) -> set[str]:
    """The exercises of these names, and those whose reference, a class of several exercises, bears one."""
    references = {name: exercise.reference for name, exercise in exercises().items()}
    return {name for name, ref in references.items() if {name, getattr(ref, "__name__", name)} & names}


def cells_with_check(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """The cells that use `check` of revgraph.checks, under whatever name its own cells have given it; not one
    of the notebook's own, as long as that does not use it in turn."""
    trees = [parsed(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    functions, modules = set() if _defines_check(notebook) else {"check"}, {"checks"}
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            within = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            named = {f"{within}{one.name}": one.asname for one in node.names}
            if named.keys() & {"revgraph.checks.check", "revgraph.checks.*"}:
                functions.add(named.get("revgraph.checks.check") or "check")
            modules.add(named.get("revgraph.checks") or "checks")
    while more := {name for tree in trees for name in _set_to_check(tree, functions, modules)} - functions:
        functions |= more
    for cell in notebook.cells:
        if cell.cell_type == "code" and _uses_check(parsed(cell.source), functions, modules):
            yield cell


def _defines_check(notebook: NotebookNode) -> bool:
    given = (cell for cell in notebook.cells if cell.cell_type == "code" and not _is_answer(cell))
    statements = (node for cell in given for node in parsed(cell.source).body)
    return any(isinstance(node, ast.FunctionDef) and node.name == "check" for node in statements)


def _set_to_check(tree: ast.AST, functions: set[str], modules: set[str]) -> Iterator[str]:
    """The names that are given to something made with `check`: `judge = check`, `def judge(f): check(f)`."""
    for node in _statements(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and _uses_check(node, functions, modules):
            yield node.name
        elif isinstance(node, ast.Assign) and _uses_check(node.value, functions, modules):
            yield from (
                one.id for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name)
            )


def _uses_check(tree: ast.AST, functions: set[str], modules: set[str]) -> bool:
    return any(
        (isinstance(node, ast.Name) and node.id in functions)
        or (isinstance(node, ast.Attribute) and node.attr == "check" and _may_be(node.value, modules))
        or (isinstance(node, ast.Call) and _last(node.func) == "getattr" and "check" in _names(node.args))
        or (isinstance(node, ast.Subscript) and getattr(node.slice, "value", "") == "check")
        for node in ast.walk(tree)
    )


def _may_be(node: ast.expr, modules: set[str]) -> bool:
    """Whether it is one of the modules, or what a call gives: `import_module("revgraph.checks")`."""
    return isinstance(node, ast.Call) or _last(node) in modules


def _last(node: ast.expr) -> str:
    """`checks` of `revgraph.checks`."""
    return str(getattr(node, "attr", getattr(node, "id", "")))


def _calls(notebook: NotebookNode, function: str, given: bool = False) -> Iterator[ast.Call]:
    """All calls of `function`; with `given`, those in the cells that a student is not to fill in."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and not (given and _is_answer(cell)):
            for node in ast.walk(parsed(cell.source)):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == function:
                    yield node


def _names(arguments: list[ast.expr]) -> Iterator[str]:
    for argument in arguments:
        if isinstance(argument, ast.Name):
            yield argument.id
        elif isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


@lru_cache(maxsize=1024)  # many ask for the cells of the same few notebooks
def parsed(code: str) -> ast.Module:
    """The cell's syntax tree, of what IPython makes of it where it is no Python; an empty one where that
    does not parse."""
    for read in (str, TransformerManager().transform_cell):
        with contextlib.suppress(SyntaxError, ValueError):
            return ast.parse(read(code))
    return ast.Module([], [])


def _is_answer(cell: NotebookNode) -> bool:
    return bool(grade_id(cell)) and not is_locked(cell)


def answers_left_open(released: list[NotebookNode]) -> dict[str, str]:
    """Exercises that `released` checks and an open module of the reference defines: each with that module."""
    asked = {name for notebook in released for name in asked_exercises(notebook)}
    opened = open_modules(name for notebook in released for name in given_imports(notebook))
    return {name: module for module in sorted(opened) for name in _defined(_file(module)) & asked}


def given_imports(released: NotebookNode) -> Iterator[str]:
    """What the chapter's own cells import: `revgraph.dagnet.circuit.draw_circuit`."""
    for cell in released.cells:
        if cell.cell_type == "code" and not _is_answer(cell):
            yield from _imported(parsed(cell.source))


def large_imports(released: list[NotebookNode]) -> tuple[str, ...]:
    """What the notebooks' own cells import of the libraries that take a kernel a second, and can be imported
    before it forks; and the open chapters, of which `mine` gives pieces."""
    names = {name for notebook in released for name in given_imports(notebook)}
    chapters = (".".join([*CHAPTERS, chapter]) for chapter in sorted(open_chapters(released)))
    return (*sorted(name for name in names if name.partition(".")[0] in LARGE), *chapters)


def open_modules(names: Iterable[str]) -> set[str]:
    """The modules of the reference that are meant by `names`, and those that they import in turn."""
    found: set[str] = set()
    coming = list(names)
    while coming:
        module = _reference_module(coming.pop())
        if module and module not in found:
            found.add(module)
            coming += _all_imported(_file(module))
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
    return {module for name in _all_imported(chapter) if (module := _reference_module(name))}


def _chapters_used(chapter: Path) -> set[str]:
    parts = (name.split(".") for name in _all_imported(chapter))
    return {name[3] for name in parts if name[:3] == CHAPTERS and len(name) > 3} - {chapter.stem}


def _all_imported(path: Path) -> frozenset[str]:
    return _contents(path)[0]


def _defined(path: Path) -> frozenset[str]:
    """The functions, classes and methods that are defined in it, at any depth."""
    return _contents(path)[1]


@cache
def _contents(path: Path) -> tuple[frozenset[str], frozenset[str]]:
    """What a file, or all files of a folder, import, and what they define."""
    files = path.rglob("*.py") if path.is_dir() else [path]
    trees = (ast.parse(file.read_text("utf-8")) for file in files)
    both = [(set(_imported(tree)), _defined_in(tree)) for tree in trees]
    return frozenset().union(*(one for one, _ in both)), frozenset().union(*(one for _, one in both))


def _defined_in(tree: ast.AST) -> set[str]:
    return {node.name for node in _statements(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def _statements(tree: ast.AST) -> Iterator[ast.AST]:
    """All in it, at any depth. No expression holds one, and most of a tree is expressions."""
    coming = [tree]
    while coming:
        node = coming.pop()
        yield node
        coming += [inner for inner in ast.iter_child_nodes(node) if isinstance(inner, HOLD_STATEMENTS)]


HOLD_STATEMENTS = (ast.stmt, ast.excepthandler, ast.match_case)


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


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
