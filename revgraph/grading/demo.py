"""A small class shown end to end in a temporary course folder: release, hand in, collect, grade, feedback.

The twelve submissions are made from the solutions notebook itself, so this works on any chapter.
"""

from __future__ import annotations

import ast
import copy
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.apps import NbGraderAPI
from rich.console import Console

from revgraph.authoring.chapters import nbgrader_settings
from revgraph.grading.assignment import Options, grade_assignment
from revgraph.grading.report import exercises, summary, table, write_csv
from revgraph.grading.rows import Row
from revgraph.grading.student.limits import DEFAULT, Limits
from revgraph.grading.submission.repair import grade_id, is_locked

Files = dict[str, NotebookNode]  # file name → notebook, as handed in


@dataclass
class Chapter:
    """An assignment as its instructor and as its students see it."""

    name: str
    solved: NotebookNode
    released: NotebookNode

    @property
    def exercises(self) -> list[str]:
        """The solution cells that a check cell judges, in order."""
        checked = {name for cell in self.solved.cells if is_locked(cell) and (name := grade_id(cell))}
        names = [grade_id(cell) for cell in self.solved.cells]
        return [name for name in names if name and f"check_{name}" in checked]

    def points(self, exercises: Iterable[str]) -> float:
        cells = {grade_id(cell): cell for cell in self.solved.cells}
        return sum(cells[f"check_{name}"].metadata.nbgrader.points for name in exercises)

    def cell(self, name: str, notebook: NotebookNode) -> NotebookNode:
        return next(cell for cell in notebook.cells if grade_id(cell) == name)

    def handed_in(self, answers: dict[str, str] | None = None) -> NotebookNode:
        """The released notebook with every answer filled in: that of `answers`, else the solution's."""
        notebook = copy.deepcopy(self.released)
        for cell in notebook.cells:
            name = grade_id(cell)
            if name and not is_locked(cell):
                cell.source = (answers or {}).get(name, self.cell(name, self.solved).source)
        return notebook


@dataclass
class Student:
    """One of the twelve: what is handed in, and which exercises it should earn."""

    name: str
    hand_in: Callable[[Chapter], Files]
    earns: Callable[[list[str]], list[str]]


def the_twelve() -> list[Student]:
    """The trouble is put into the last exercise, which no other builds on."""
    return [
        Student("01-correct", lambda c: _one(c, c.handed_in()), _all),
        Student("02-correct-otherwise", lambda c: _one(c, _restyled(c)), _all),
        Student("03-partly-wrong", lambda c: _one(c, _last_answer(c, negate)), _all_but_last),
        Student("04-blank", lambda c: _one(c, c.released), _none),
        Student("05-syntax-error", lambda c: _one(c, _last_answer(c, _unclosed)), _all_but_last),
        Student("06-infinite-loop", lambda c: _one(c, _last_answer(c, _endless)), _all_but_last),
        Student("07-kernel-crash", lambda c: _one(c, _last_answer(c, _crash)), _all_but_last),
        Student("08-check-deleted", lambda c: _one(c, _check_deleted(c)), _all),
        Student("09-check-edited", lambda c: _one(c, _check_edited(c)), _all_but_last),
        Student("10-cell-duplicated", lambda c: _one(c, _cell_duplicated(c)), _all),
        Student("11-renamed-file", lambda c: {f"{c.name.upper()} (1).ipynb": c.handed_in()}, _all),
        Student("12-missing-file", lambda c: {}, _none),
    ]


def _one(chapter: Chapter, notebook: NotebookNode) -> Files:
    return {f"{chapter.name}.ipynb": notebook}


def _all(exercises: list[str]) -> list[str]:
    return exercises


def _all_but_last(exercises: list[str]) -> list[str]:
    return exercises[:-1]


def _none(exercises: list[str]) -> list[str]:
    return []


def _last_answer(chapter: Chapter, edit: Callable[[str], str]) -> NotebookNode:
    last = chapter.exercises[-1]
    return chapter.handed_in({last: edit(chapter.cell(last, chapter.solved).source)})


def _restyled(chapter: Chapter) -> NotebookNode:
    sources = {name: chapter.cell(name, chapter.solved).source for name in chapter.exercises}
    return chapter.handed_in({name: restyle(source) for name, source in sources.items()})


def restyle(code: str) -> str:
    """The same program written otherwise: no comments, other local names, other spacing."""
    tree = ast.parse(code)
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        inner = [node for node in ast.walk(function) if node is not function]
        if not any(isinstance(node, ast.FunctionDef | ast.Lambda) for node in inner):
            _rename_locals(function)
    return ast.unparse(tree)


def _rename_locals(function: ast.FunctionDef) -> None:
    nodes = list(ast.walk(function))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    outer = {name for node in nodes if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}
    arguments = {node.arg for node in nodes if isinstance(node, ast.arg)}
    local = {node.id for node in names if isinstance(node.ctx, ast.Store)} - outer - arguments
    for node in names:
        if node.id in local:
            node.id = f"my_{node.id}"


def negate(code: str) -> str:
    """A wrong program: what every function returns has the wrong sign."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and node.value is not None:
            node.value = ast.UnaryOp(ast.USub(), node.value)
    return ast.unparse(tree)


def _with_first_line(code: str, line: str) -> str:
    """Every function of `code` begins with `line`."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body[:0] = ast.parse(line).body
    return ast.unparse(tree)


def _unclosed(code: str) -> str:
    return code + "\nprint((1, 2)"


def _endless(code: str) -> str:
    return _with_first_line(code, "while True: pass")


def _crash(code: str) -> str:
    return _with_first_line(code, "import os; os._exit(1)")


def _check_deleted(chapter: Chapter) -> NotebookNode:
    notebook = chapter.handed_in()
    notebook.cells.remove(chapter.cell(f"check_{chapter.exercises[-1]}", notebook))
    return notebook


def _check_edited(chapter: Chapter) -> NotebookNode:
    notebook = _last_answer(chapter, negate)
    chapter.cell(f"check_{chapter.exercises[-1]}", notebook).source = "print('passed')"
    return notebook


def _cell_duplicated(chapter: Chapter) -> NotebookNode:
    notebook = chapter.handed_in()
    answer = chapter.cell(chapter.exercises[0], notebook)
    notebook.cells.insert(notebook.cells.index(answer) + 1, copy.deepcopy(answer))
    return notebook


@dataclass
class Shown:
    """What a run of the class leaves behind."""

    rows: list[Row]
    expected: dict[str, float]
    feedback: list[Path]


def run_class(project: Path, chapter: str, folder: Path, limits: Limits = DEFAULT) -> Shown:
    """Take the chapter of `project` through a whole round in the empty `folder`.

    Raises RuntimeError with nbgrader's log where a step of nbgrader's fails.
    """
    api = open_course(project, chapter, folder)
    _do(api.generate_assignment(chapter))
    _do(api.release_assignment(chapter))
    opened = Chapter(chapter, *(_read(folder, step, chapter) for step in ("solutions", "course")))
    expected = {s.name: opened.points(s.earns(opened.exercises)) for s in the_twelve()}
    for student in the_twelve():
        hand_in(api, chapter, student.name, student.hand_in(opened))
    _do(api.collect(chapter))
    rows = grade_assignment(api.coursedir, chapter, Options(limits=limits)).rows
    _do(api.generate_feedback(chapter))
    return Shown(rows, expected, sorted(folder.glob(f"feedback/*/{chapter}/*.html")))


def show_class(project: Path, chapter: str, folder: Path | None = None) -> None:
    """Run the class in `folder`, or a new temporary one, and print its table; every file stays."""
    if not (project / "solutions" / chapter).is_dir():
        sys.exit(f"revgraph class: there is no solutions/{chapter} here; run it in the project's folder")
    folder = folder or Path(tempfile.mkdtemp(prefix="revgraph-class-"))
    folder.mkdir(parents=True, exist_ok=True)
    shown = run_class(project, chapter, folder)
    write_csv(shown.rows, folder / "grades.csv")
    console = Console()
    for told in (table(shown.rows, chapter), exercises(shown.rows), summary(shown.rows)):
        console.print(told)
    console.print(f"Feedback of each student: {folder}/feedback\nGrades: {folder}/grades.csv")
    wrong = [row.student for row in shown.rows if row.score != shown.expected[row.student]]
    if wrong:
        sys.exit(f"revgraph class: unexpected scores for {', '.join(wrong)}")


def open_course(project: Path, chapter: str, folder: Path) -> NbGraderAPI:
    """A course folder of its own in `folder`, with the project's settings and one chapter."""
    shutil.copytree(project / "solutions" / chapter, folder / "solutions" / chapter)
    shutil.copy(project / "nbgrader_config.py", folder)
    (folder / "exchange").mkdir()
    settings = nbgrader_settings(folder)
    settings.Exchange.root = str(folder / "exchange")
    settings.ExchangeCollect.check_owner = False  # the twelve share one account
    return NbGraderAPI(config=settings)


def hand_in(api: NbGraderAPI, chapter: str, student: str, files: Files) -> None:
    """Leave files in the exchange as `nbgrader submit` does."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    inbound = Path(api.config.Exchange.root)
    folder = inbound / api.coursedir.course_id / "inbound" / f"{student}+{chapter}+{now}+demo"
    folder.mkdir()
    (folder / "timestamp.txt").write_text(now)
    for name, notebook in files.items():
        (folder / name).write_text(json.dumps(notebook), "utf-8")  # not checked: students hand in anything


def _read(folder: Path, step: str, chapter: str) -> NotebookNode:
    return nbformat.read(folder / step / chapter / f"{chapter}.ipynb", as_version=4)


def _do(outcome: dict[str, object]) -> None:
    if not outcome["success"]:
        raise RuntimeError(f"{outcome.get('error') or ''}\n{outcome.get('log') or ''}".strip())
