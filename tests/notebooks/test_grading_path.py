"""Release, autograde and feedback through nbgrader itself, and that every check cell really judges."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI

from revgraph.authoring.cells import has_error
from revgraph.authoring.chapters import find_chapters, nbgrader_settings
from revgraph.authoring.execute import execute
from revgraph.authoring.release import empty_gradebook
from tests.grading.hurry import hurry  # noqa: F401 (from here on, in this process)
from tests.notebooks.lint import answers, check_cells, graded, tags, untrained
from tests.notebooks.one_exercise import PROJECT, write_project

CHAPTERS = find_chapters(PROJECT / "solutions")


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


@pytest.fixture(scope="module", params=["00_double", *[path.stem for path in CHAPTERS]])
def course(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A released course of one chapter, with a new gradebook."""
    root = tmp_path_factory.mktemp("course")
    write_project(root)
    if request.param != "00_double":
        shutil.rmtree(root / "solutions")
        shutil.copytree(PROJECT / "solutions" / request.param, root / "solutions" / request.param)
    (root / "gradebook.db").write_bytes(empty_gradebook())
    outcome = NbGraderAPI(config=nbgrader_settings(root)).generate_assignment(request.param)
    assert outcome["success"], outcome["log"]
    return root


def hand_in(course: Path, student: str, notebook: NotebookNode) -> None:
    (chapter,) = find_chapters(course / "course")
    folder = course / "submitted" / student / chapter.stem
    folder.mkdir(parents=True)
    for cell in notebook.cells:
        cell.source = untrained(cell.source)
    nbformat.write(notebook, folder / chapter.name)


def solved(release: NotebookNode, source: NotebookNode) -> NotebookNode:
    """The release with every answer written into it, code and text."""
    given = {graded(cell)["grade_id"]: cell.source for cell in source.cells if graded(cell).get("solution")}
    for cell in release.cells:
        cell.source = given.get(graded(cell).get("grade_id"), cell.source)
    return release


@pytest.mark.usefixtures("warm")
def test_release_autograde_feedback(course: Path) -> None:
    """An untouched release earns nothing, and each check says why; the solutions earn everything but the
    question a person marks."""
    (source,), (release,) = (find_chapters(course / folder) for folder in ("solutions", "course"))
    hand_in(course, "blank", read(release))
    hand_in(course, "solved", solved(read(release), read(source)))

    settings = nbgrader_settings(course)
    api = NbGraderAPI(config=settings)
    for student in ("blank", "solved"):
        for outcome in (api.autograde(source.stem, student), api.generate_feedback(source.stem, student)):
            assert outcome["success"], outcome["log"]
        stops = [
            cell.source
            for cell in untagged_errors(read(course / "autograded" / student / source.stem / source.name))
        ]
        assert stops == [], "Run All would stop here; the tag raises-exception lets it go on"
        assert (course / "feedback" / student / source.stem / f"{source.stem}.html").stat().st_size > 10_000

    untouched = read(course / "autograded" / "blank" / source.stem / source.name)
    assert [cell.source for cell in untouched.cells if cell.get("execution_count", 1) is None] == []
    why = "NotImplementedError" if source.stem == "00_double" else "not written yet"
    for name, check in check_cells(untouched).items():
        assert why in nbformat.writes(new_notebook(cells=[check])), name
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        blank = gradebook.find_submission(source.stem, "blank").notebooks[0].grades
        assert [(grade.name, grade.auto_score) for grade in blank if grade.auto_score != 0] == []
        done = gradebook.find_submission(source.stem, "solved").notebooks[0].grades
        waiting = [grade for grade in done if grade.needs_manual_grade]
        assert len(waiting) == 1
        assert [grade.name for grade in done if grade.auto_score != grade.max_score] == [waiting[0].name]
        assert sum(grade.max_score for grade in done) == 100


@pytest.mark.usefixtures("warm")
def test_a_kernel_from_the_warm_process_draws_what_others_draw(tmp_path: Path) -> None:
    path = write_project(tmp_path)
    notebook = read(path)
    notebook.cells.append(new_code_cell("import matplotlib.pyplot as plt\nplt.plot([1, 2]);"))
    nbformat.write(notebook, path)
    execute(path)
    assert [set(output.data) for output in read(path).cells[-1].outputs] == [{"image/png", "text/plain"}]


def untagged_errors(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if has_error(cell) and "raises-exception" not in tags(cell)]


def test_every_check_judges(course: Path, run: Callable) -> None:
    """With all other answers in place, a stub fails its check and the answer passes it."""
    (source,), (release,) = (find_chapters(course / folder) for folder in ("solutions", "course"))
    whole, stubs = read(source), answers(read(release))
    checks = check_cells(whole)

    def fails(name: str, answer: str) -> bool:
        written, checked = run([new_code_cell(answer), checks[f"check_{name}"]])
        assert written.error is None, f"the cell of {name} did not run: {written.error!r}"
        return checked.error is not None

    code = [cell for cell in whole.cells if cell.cell_type == "code"]
    for cell in code:
        cell.source = untrained(cell.source)
    run(code[: 1 + max(map(code.index, checks.values()))])  # what follows is of no matter to a check
    for name, cell in answers(whole).items():
        assert fails(name, stubs[name].source), f"check_{name} passes without an answer"
        assert not fails(name, cell.source), f"check_{name} fails the solution when it comes back"
