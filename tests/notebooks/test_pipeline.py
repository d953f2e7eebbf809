"""solutions/ -> course/: what nbgrader releases, and that nothing a learner changed is ever written over."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest

from revgraph.authoring import notebooks
from tests.notebooks import toy

NOTEBOOK = "00_toy/00_toy.ipynb"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    notebooks.execute(toy.write_project(root))
    notebooks.update_course(root)
    return root


@pytest.fixture
def project(released: Path, tmp_path: Path) -> Path:
    """A copy of a project whose course/ is up to date."""
    return Path(shutil.copytree(released, tmp_path / "project"))


def edit(path: Path) -> bytes:
    path.write_text(path.read_text().replace("raise NotImplementedError", "return x + x"))
    return path.read_bytes()


def revise(project: Path) -> None:
    """The author changes the chapter's first cell."""
    path = project / "solutions" / NOTEBOOK
    path.write_text(path.read_text().replace("# Toy", "# Toy, second edition"))


def test_course_is_what_nbgrader_makes_of_solutions() -> None:
    assert notebooks.differences(toy.PROJECT) == []


def test_release_is_complete_and_repeats(project: Path) -> None:
    assert notebooks.differences(project) == []
    before = (project / "course" / NOTEBOOK).read_bytes()
    update = notebooks.update_course(project)
    assert update == notebooks.Update()
    assert (project / "course" / NOTEBOOK).read_bytes() == before


def test_stub_and_removals(project: Path) -> None:
    cells = nbformat.read(project / "course" / NOTEBOOK, as_version=4).cells
    text = "\n".join(cell.source for cell in cells)
    assert "    # your code here\n    raise NotImplementedError" in text
    assert "*Your answer here.*" in text
    for secret in ("twice_the_number", "BEGIN SOLUTION", "Worked answer", "MARK SCHEME", "one addition"):
        assert secret not in text
    assert all(cell.outputs == [] for cell in cells if cell.cell_type == "code")


def test_revised_chapter_replaces_an_untouched_one(project: Path) -> None:
    revise(project)
    assert notebooks.differences(project) == [NOTEBOOK]
    assert notebooks.update_course(project).written == [NOTEBOOK]
    assert "second edition" in (project / "course" / NOTEBOOK).read_text()


@pytest.mark.parametrize("record", ["kept", "lost", "damaged"])
def test_changed_notebook_is_left_alone(project: Path, record: str) -> None:
    manifest = project / "course" / "00_toy" / notebooks.MANIFEST
    if record == "lost":
        manifest.unlink()
    if record == "damaged":
        manifest.write_text("{")
    theirs = edit(project / "course" / NOTEBOOK)
    revise(project)
    for _ in range(2):
        update = notebooks.update_course(project)
        assert update.refused == [NOTEBOOK]
        assert "left course/00_toy/00_toy.ipynb alone" in notebooks.report(update)
        assert (project / "course" / NOTEBOOK).read_bytes() == theirs


def test_changed_notebook_is_kept_as_a_copy(project: Path) -> None:
    theirs = edit(project / "course" / NOTEBOOK)
    copy = notebooks.update_course(project, keep_copies=True).copied[NOTEBOOK]
    assert copy.startswith("00_toy (yours 20")
    assert (project / "course" / "00_toy" / copy).read_bytes() == theirs
    assert "NotImplementedError" in (project / "course" / NOTEBOOK).read_text()


@pytest.mark.parametrize("changed", [False, True])
def test_chapter_that_is_gone(project: Path, changed: bool) -> None:
    (project / "solutions" / NOTEBOOK).unlink()
    if changed:
        edit(project / "course" / NOTEBOOK)
    update = notebooks.update_course(project)
    assert (update.refused if changed else update.removed) == [NOTEBOOK]
    assert (project / "course" / NOTEBOOK).exists() == changed


def test_learners_own_files_stay(project: Path) -> None:
    own = project / "course" / "my_revgraph" / "unbroadcast.py"
    own.parent.mkdir()
    own.write_text("mine = True\n")
    revise(project)
    notebooks.update_course(project)
    assert own.read_text() == "mine = True\n"


def test_executing_again_changes_nothing(released: Path) -> None:
    path = released / "solutions" / NOTEBOOK
    before = path.read_bytes()
    notebooks.execute(path)
    assert path.read_bytes() == before


def test_converting_again_changes_nothing(released: Path, tmp_path: Path) -> None:
    path = toy.write_project(tmp_path)  # new random cell ids, as a conversion makes them
    notebooks.execute(path)
    assert path.read_bytes() == (released / "solutions" / NOTEBOOK).read_bytes()


@pytest.mark.parametrize(
    ("answer", "message"), [("3 * x", r"itself fails in\ncheck\(double\)"), ("2 *", "a cell fails")]
)
def test_failing_solution_is_not_saved(tmp_path: Path, answer: str, message: str) -> None:
    path = toy.write_project(tmp_path)
    path.write_text(path.read_text().replace("2 * x", answer, 1))
    before = path.read_bytes()
    with pytest.raises(notebooks.PipelineError, match=message):
        notebooks.execute(path)
    assert path.read_bytes() == before


def test_unknown_chapter_lists_the_known(released: Path) -> None:
    with pytest.raises(notebooks.PipelineError, match=r"no chapter 07_x .* there are 00_toy"):
        notebooks.choose_chapters(released / "solutions", ["07_x"])


def test_a_folder_without_a_course(tmp_path: Path) -> None:
    with pytest.raises(notebooks.PipelineError, match=r"no nbgrader_config.py and solutions/"):
        notebooks.update_course(tmp_path)
