"""solutions/ -> course/: what nbgrader releases, and that nothing a learner changed is ever written over."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI

from revgraph.authoring.chapters import PipelineError, choose_chapters, nbgrader_settings
from revgraph.authoring.execute import execute
from revgraph.authoring.placing import MANIFEST, Update
from revgraph.authoring.release import differences, update_course, update_text
from revgraph.commands import course
from tests.notebooks.one_exercise import PROJECT, write_project

NOTEBOOK = "00_double/00_double.ipynb"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    execute(write_project(root))
    update_course(root)
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
    path.write_text(path.read_text().replace("# Doubling", "# Doubling, second edition"))


def test_course_is_what_nbgrader_makes_of_solutions() -> None:
    assert differences(PROJECT) == []


def test_release_is_complete_and_repeats(project: Path) -> None:
    assert differences(project) == []
    before = (project / "course" / NOTEBOOK).read_bytes()
    update = update_course(project)
    assert update == Update()
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
    assert differences(project) == [NOTEBOOK]
    assert update_course(project).written == [NOTEBOOK]
    assert "second edition" in (project / "course" / NOTEBOOK).read_text()


@pytest.mark.parametrize("record", ["kept", "lost", "damaged"])
def test_changed_notebook_is_left_alone(project: Path, record: str) -> None:
    manifest = project / "course" / "00_double" / MANIFEST
    if record == "lost":
        manifest.unlink()
    if record == "damaged":
        manifest.write_text("{")
    theirs = edit(project / "course" / NOTEBOOK)
    revise(project)
    for _ in range(2):
        update = update_course(project)
        assert update.refused == [NOTEBOOK]
        assert "left course/00_double/00_double.ipynb alone" in update_text(update)
        assert (project / "course" / NOTEBOOK).read_bytes() == theirs


def test_changed_notebook_is_kept_as_a_copy(project: Path) -> None:
    theirs = edit(project / "course" / NOTEBOOK)
    copy = update_course(project, keep_copies=True).copied[NOTEBOOK]
    assert copy.startswith("00_double (yours 20")
    assert (project / "course" / "00_double" / copy).read_bytes() == theirs
    assert "NotImplementedError" in (project / "course" / NOTEBOOK).read_text()


@pytest.mark.parametrize("changed", [False, True])
def test_chapter_that_is_gone(project: Path, changed: bool) -> None:
    (project / "solutions" / NOTEBOOK).unlink()
    if changed:
        edit(project / "course" / NOTEBOOK)
    update = update_course(project)
    assert (update.refused if changed else update.removed) == [NOTEBOOK]
    assert (project / "course" / NOTEBOOK).exists() == changed


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(project / "course")
    (project / "course").touch()
    monkeypatch.chdir(project)
    with pytest.raises(SystemExit, match=r"^revgraph course: \[Errno .*course'$"):
        course.command()


def test_learners_own_files_stay(project: Path) -> None:
    own = project / "course" / "my_revgraph" / "unbroadcast.py"
    own.parent.mkdir()
    own.write_text("mine = True\n")
    revise(project)
    update_course(project)
    assert own.read_text() == "mine = True\n"


def test_executing_again_changes_nothing(released: Path) -> None:
    path = released / "solutions" / NOTEBOOK
    before = path.read_bytes()
    execute(path)
    assert path.read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such sockets")
def test_executing_takes_no_port_that_another_process_may_want(tmp_path: Path) -> None:
    path = write_project(tmp_path)
    notebook = nbformat.read(path, as_version=4)
    told = "from ipykernel.connect import get_connection_info\nget_connection_info(unpack=True)['transport']"
    notebook.cells.append(new_code_cell(told))
    nbformat.write(notebook, path)
    execute(path)
    assert nbformat.read(path, as_version=4).cells[-1].outputs[0].data["text/plain"] == "'ipc'"


def test_converting_again_changes_nothing(released: Path, tmp_path: Path) -> None:
    path = write_project(tmp_path)  # new random cell ids, as a conversion makes them
    execute(path)
    assert path.read_bytes() == (released / "solutions" / NOTEBOOK).read_bytes()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("3 * x", r"itself fails in\ncheck\(double\)\nValueError: double\(21\) is not 42$"),
        ("2 *", "a cell fails"),
    ],
)
def test_failing_solution_is_not_saved(tmp_path: Path, answer: str, message: str) -> None:
    path = write_project(tmp_path)
    path.write_text(path.read_text().replace("2 * x", answer, 1))
    before = path.read_bytes()
    with pytest.raises(PipelineError, match=message):
        execute(path)
    assert path.read_bytes() == before


def test_unknown_chapter_lists_the_known(released: Path) -> None:
    with pytest.raises(PipelineError, match=r"no chapter 07_x .* there are 00_double"):
        choose_chapters(released / "solutions", ["07_x"])


def test_a_folder_without_a_course(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"is no course: it holds no nbgrader_config.py and no source/"):
        update_course(tmp_path)


def test_a_folder_below_a_course_says_where_the_course_is(project: Path) -> None:
    with pytest.raises(PipelineError, match=rf"is no course: .* Next: cd {project}$"):
        update_course(project / "solutions" / "00_double")


def test_a_folder_whose_name_nbgrader_takes_for_a_pattern_is_told(project: Path, tmp_path: Path) -> None:
    course = project.rename(tmp_path / "my [2026] course")
    with pytest.raises(PipelineError, match=r"nothing in .*my \[2026\] course.* Next: rename the folder"):
        update_course(course)


def test_settings_that_cannot_be_read_are_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text("c = get_config(")
    with pytest.raises(PipelineError, match=r"nbgrader_config.py cannot be read: SyntaxError"):
        update_course(tmp_path)


@pytest.fixture
def settings(project: Path) -> NbGraderAPI:
    return NbGraderAPI(config=nbgrader_settings(project))


def known_points(api: NbGraderAPI) -> float:
    with Gradebook(api.coursedir.db_url) as gradebook:
        return gradebook.find_assignment("00_double").max_score


def test_releasing_enters_the_gradebook(released: Path, project: Path, settings: NbGraderAPI) -> None:
    assert (project / "gradebook.db").stat().st_mode & 0o777 == 0o600
    assert known_points(settings) == 100


def test_the_two_ways_of_releasing_agree(project: Path, settings: NbGraderAPI) -> None:
    """Of what nbgrader's own command wrote, ours knows that nobody has changed it."""
    revise(project)
    assert settings.generate_assignment("00_double")["success"]
    assert differences(project) == []
    path = project / "solutions" / NOTEBOOK
    path.write_text(path.read_text().replace("second edition", "third edition"))
    assert update_course(project).written == [NOTEBOOK]
    assert update_course(project) == Update()


def test_one_assignment_of_several_is_released(project: Path) -> None:
    shutil.copytree(project / "solutions" / "00_double", project / "solutions" / "01_double")
    (project / "solutions" / "01_double" / "00_double.ipynb").rename(
        project / "solutions" / "01_double" / "01_double.ipynb"
    )
    revise(project)
    assert update_course(project, names=["01_double"]).written == ["01_double/01_double.ipynb"]
    assert "second edition" not in (project / "course" / NOTEBOOK).read_text()
    with pytest.raises(PipelineError, match=r"no assignment 07_x in .*; there are 00_double, 01_double"):
        update_course(project, names=["07_x"])


def test_after_hand_in_a_question_can_be_dropped_but_not_removed(
    project: Path, settings: NbGraderAPI
) -> None:
    with Gradebook(settings.coursedir.db_url) as gradebook:
        gradebook.add_student("ada")
        gradebook.add_submission("00_double", "ada")
    path = project / "solutions" / NOTEBOOK
    whole = path.read_text()
    notebook = nbformat.reads(whole, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if not cell.source.startswith("check(")]
    nbformat.write(notebook, path)
    with pytest.raises(PipelineError, match=r"handed in 00_double, so .* set its points to 0"):
        update_course(project)
    path.write_text(whole.replace('"points": 90', '"points": 0'))
    assert update_course(project).written == [NOTEBOOK]
    assert known_points(settings) == 10


def test_a_folder_without_chapters(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"holds no chapters: run this in the project's folder"):
        choose_chapters(tmp_path / "solutions", [])
