"""Courses that know nothing of ours, as teachers write them, have the scores of `nbgrader autograde`."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from revgraph.authoring.chapters import nbgrader_settings
from revgraph.authoring.release import empty_gradebook
from revgraph.grading import command, report
from revgraph.grading.assignment import Options, grade_assignment
from revgraph.grading.gradebook import open_gradebook, save_autograded, stale_feedback
from revgraph.grading.released import NothingToGrade, other_kernel, what_is_given
from revgraph.grading.student.limits import DEFAULT
from revgraph.grading.students import astray, nearly_alike, roster
from revgraph.grading.submission.read import Given, look_into
from tests.notebooks.one_exercise import kernels_from_a_warm_process

from .conftest import LIMITS
from .test_any_course import marked

pytestmark = pytest.mark.xdist_group("courses")
EXAMPLES = Path(find_spec("nbgrader").origin).parent / "docs" / "source" / "user_guide"


def grades(api, assignment):
    """Each grade of each student: what nbgrader shows of it, and whether it waits for a person."""
    with open_gradebook(api.coursedir) as gradebook:
        return {
            (submission.student_id, notebook.name, grade.name): (grade.score, grade.needs_manual_grade)
            for submission in gradebook.assignment_submissions(assignment)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def by_nbgrader(root, assignment, tmp_path_factory):
    """The same grades by `nbgrader autograde`, in a copy of the course that nothing was graded in."""
    folder = tmp_path_factory.mktemp("plain") / "course"
    shutil.copytree(root, folder)
    api = NbGraderAPI(config=nbgrader_settings(folder))
    with kernels_from_a_warm_process():
        for path in sorted(Path(folder, api.coursedir.submitted_directory).iterdir()):
            assert api.autograde(assignment, path.name)["success"]
    return grades(api, assignment)


class Graded:
    """A course graded twice: by nbgrader, and then by us."""

    def __init__(self, root, assignment, tmp_path_factory):
        self.root, self.assignment = root, assignment
        self.api = NbGraderAPI(config=nbgrader_settings(root))
        self.plain = by_nbgrader(root, assignment, tmp_path_factory)
        self.outcome = grade_assignment(self.api.coursedir, assignment, Options(jobs=2, limits=LIMITS))
        self.ours = grades(self.api, assignment)
        self.rows = {row.student: row for row in report.by_student(self.outcome.rows)}

    def questions(self):
        columns = report.exercises(self.outcome.rows).columns
        return [list(map(str, row)) for row in zip(*(column.cells for column in columns), strict=True)]


# nbgrader's own example


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory):
    """What `nbgrader quickstart course101` copies, with the submissions of nbgrader's documentation."""
    root = tmp_path_factory.mktemp("quickstart") / "course101"
    shutil.copytree(
        EXAMPLES / "source", root / "source", ignore=shutil.ignore_patterns("*.html", "*autotest*")
    )
    shutil.copytree(EXAMPLES / "submitted", root / "submitted")
    (root / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        'c.CourseDirectory.course_id = "course101"\n'
        'c.IncludeHeaderFooter.header = "source/header.ipynb"\n'
        "c.Execute.iopub_timeout = 60\n"
    )
    (root / "gradebook.db").write_bytes(empty_gradebook())
    assert NbGraderAPI(config=nbgrader_settings(root)).generate_assignment("ps1")["success"]
    return Graded(root, "ps1", tmp_path_factory)


def test_the_quickstart_s_scores_are_nbgrader_s(quickstart):
    assert quickstart.ours == quickstart.plain
    assert {student: row.score for student, row in quickstart.rows.items()} == {"bitdiddle": 1.5, "hacker": 3}


def test_its_questions_have_a_share_and_the_commonest_error(quickstart):
    assert quickstart.questions()[0] == [
        "problem1: correct_squares",
        "1 of 2",
        "0.50 of 1",
        "1 of 2 (50%): AssertionError: assert squares(1) == [1]",
    ]


# A course of statistics: folders of its own, two notebooks, data, hidden tests, partial credit, manual cells


def notebook(*cells, kernel="python3", language="python"):
    """In nbformat 4.4, which knows no ids."""
    made = new_notebook(cells=list(cells))
    made.metadata.kernelspec = {"display_name": kernel, "language": language, "name": kernel}
    made.nbformat_minor = 4
    for cell in made.cells:
        cell.pop("id", None)
    return made


def answer(name, code, stub=""):
    solution = f"    ### BEGIN SOLUTION\n    {code}\n    ### END SOLUTION"
    return marked(new_code_cell(f"def {name}(xs):\n{stub}{solution}"), name, solution=True)


def asserts(name, code, points):
    return marked(new_code_cell(code), name, grade=True, locked=True, points=points)


HIDDEN = (
    "assert mean([1, 2]) == 1.5\n### BEGIN HIDDEN TESTS\nassert mean([0, 0, 6]) == 2\n### END HIDDEN TESTS"
)
SHARE = "right = [median([1, 5, 2]) == 2, median([1, 2]) == 1.5]\n2 * sum(right)"
MEANS = notebook(
    new_markdown_cell("# Means"),
    new_code_cell("import pandas as pd\nfrom helpers import half"),
    answer("mean", "return sum(xs) / len(xs)"),
    asserts("mean_is_right", HIDDEN, 3),
    answer("median", "return float(pd.Series(xs).median())"),
    asserts("median_in_part", SHARE, 4),
    asserts("reads_data", "assert half(mean(pd.read_csv('data/heights.csv').cm)) == 85", 2),
    marked(new_markdown_cell("Because."), "why", grade=True, solution=True, points=5),
)
TASK = "Plot the heights.\n=== BEGIN MARK SCHEME ===\nAxes with units.\n=== END MARK SCHEME ==="
SPREAD = notebook(
    new_code_cell("import numpy as np"),
    answer("spread", "return max(xs) - min(xs)"),
    asserts("spread_is_right", "assert spread([3, 9]) == 6, 'from 3 to 9 it is 6'", 2),
    marked(new_code_cell("plot = None"), "own_plot", grade=True, solution=True, points=4),
    marked(new_markdown_cell(TASK), "task", task=True, locked=True, points=6),
)
RIGHT = {
    "mean": "def mean(xs): return sum(xs) / len(xs)",
    "median": "def median(xs): return float(pd.Series(xs).median())",
    "why": "Half of them are taller.",
    "spread": "def spread(xs): return max(xs) - min(xs)",
    "own_plot": "plot = [1, 2]",
}
STUDENTS = {
    "ann": RIGHT,
    "bob": RIGHT
    | {"mean": "def mean(xs): return 1.5", "median": "def median(xs): return sorted(xs)[len(xs) // 2]"},
    "cid": RIGHT | {"spread": "def spread(xs): return max(xs)"},
    "dan": {},
    "eve": RIGHT | {"own_plot": "plot = undefined", "spread": "def spread(xs): return len(xs)"},
}
SETTINGS = """
c = get_config()
c.CourseDirectory.source_directory = "master"
c.CourseDirectory.release_directory = "handout"
c.CourseDirectory.submitted_directory = "in"
c.CourseDirectory.autograded_directory = "graded"
c.CourseDirectory.feedback_directory = "back"
c.CourseDirectory.student_id_exclude = "trial"
c.Autograde.exclude_overwriting = {"hw1": ["notes.txt"]}
c.Execute.iopub_timeout = 60  # nbgrader's own autograde would fail on a busy machine
"""


def fill_in(released, answers):
    filled = nbformat.from_dict(json.loads(json.dumps(released)))
    for place, cell in enumerate(filled.cells):
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(name, cell.source)
        cell.id = f"of-the-editor-{place}"
    filled.nbformat_minor = 5  # in which today's JupyterLab saves
    return filled


def hand_in(root, student, answers, notebooks=("means", "spread")):
    folder = root / "in" / student / "hw1"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "heights.csv").write_text("cm\n1\n")  # the course's own counts
    (folder / "helpers.py").write_text("def half(x): return 85")
    for name in notebooks:
        released = nbformat.read(root / "handout" / "hw1" / f"{name}.ipynb", as_version=4)
        nbformat.write(fill_in(released, answers), folder / f"{name}.ipynb")


@pytest.fixture(scope="module")
def statistics(tmp_path_factory):
    root = tmp_path_factory.mktemp("statistics")
    source = root / "master" / "hw1"
    (source / "data").mkdir(parents=True)
    (source / "data" / "heights.csv").write_text("cm\n160\n180\n")
    (source / "helpers.py").write_text("def half(x): return x / 2")
    nbformat.write(MEANS, source / "means.ipynb")
    nbformat.write(SPREAD, source / "spread.ipynb")
    (root / "nbgrader_config.py").write_text(SETTINGS)
    (root / "gradebook.db").write_bytes(empty_gradebook())
    assert NbGraderAPI(config=nbgrader_settings(root)).generate_assignment("hw1")["success"]
    for student, answers in STUDENTS.items():
        hand_in(root, student, answers)
    hand_in(root, "fay", RIGHT, notebooks=["means"])
    hand_in(root, "trial", RIGHT)
    return Graded(root, "hw1", tmp_path_factory)


def test_a_course_with_folders_of_its_own_has_nbgrader_s_scores(statistics):
    assert statistics.ours == statistics.plain
    assert {student: row.score for student, row in statistics.rows.items()} == {
        "ann": 11,
        "bob": 4,
        "cid": 9,
        "dan": 0,
        "eve": 9,
        "fay": 9,
    }


def test_who_handed_in_one_of_two_notebooks_is_told_which_is_missing(statistics):
    """Nor is the one taken for the other, though it is the only one there."""
    assert statistics.rows["fay"].reasons == ["spread: no notebook was handed in"]
    assert statistics.rows["ann"].reasons == []


def linked(folder):
    (folder / "spread.ipynb").unlink()
    (folder / "spread.ipynb").symlink_to("means.ipynb")


def huge(folder):
    os.truncate(folder / "spread.ipynb", 200_000_000)


def twice(folder):
    for name in ("spread (1)", "Spread"):
        shutil.copy(folder / "spread.ipynb", folder / f"{name}.ipynb")


def swapped(folder):
    (folder / "means.ipynb").rename(folder / "x")
    (folder / "spread.ipynb").rename(folder / "means.ipynb")
    (folder / "x").rename(folder / "spread.ipynb")


def one_in_the_other(folder):
    means, spread = (nbformat.read(folder / f"{name}.ipynb", as_version=4) for name in ("means", "spread"))
    for place, cell in enumerate([*means.cells, *spread.cells]):
        cell.id = str(place)
    means.cells += spread.cells
    nbformat.write(means, folder / "means.ipynb")
    (folder / "spread.ipynb").unlink()


def left_for_the_other(folder):
    """What one writes does not reach the other, wherever it writes."""
    leave = (
        "import os\nfor place in ('', '/tmp/', '/dev/shm/'):\n    open(place + 'left.py', 'w').write('x = 1')"
    )
    take = "import os, sys\nsys.path += ['/tmp', '/dev/shm']\nfrom left import x\nspread = lambda xs: 6"
    for name, code, at in (("means", leave, 0), ("spread", take, 2)):
        notebook = nbformat.read(folder / f"{name}.ipynb", as_version=4)
        notebook.cells.insert(at, new_code_cell(code))
        notebook.cells[1].source = notebook.cells[1].source.replace("max(xs) - min(xs)", "0")
        nbformat.write(notebook, folder / f"{name}.ipynb")


def a_forged_task(folder):
    notebook = nbformat.read(folder / "spread.ipynb", as_version=4)
    mark = notebook.cells[-1].metadata.nbgrader
    mark.update(task=False, grade=True, solution=True, points=600)
    notebook.cells[-1] = new_code_cell("600", metadata={"nbgrader": mark})
    nbformat.write(notebook, folder / "spread.ipynb")


ODD = [  # what becomes of two right notebooks of 9 and 2 points, and the reason
    (linked, 9, "spread: the notebook is a link or no plain file"),
    (huge, 9, "spread: the notebook is too large: 200 MB, and 10 MB are allowed"),
    (twice, 11, "spread: not read: Spread.ipynb and 1 more (another notebook, beside spread.ipynb)"),
    (swapped, 0, "means: it holds no question of this notebook: is it another one's?"),
    (one_in_the_other, 9, "spread: no notebook was handed in"),
    (left_for_the_other, 9, "spread: spread_is_right: AssertionError: from 3 to 9 it is 6"),
    (a_forged_task, 11, "spread: task: was turned into a code cell; restored"),
]


@pytest.fixture(scope="module")
def odd(statistics):
    """The rows of students of whose two notebooks one is not what it should be."""
    for change, _, _ in ODD:
        hand_in(statistics.root, change.__name__, RIGHT)
        change(statistics.root / "in" / change.__name__ / "hw1")
    names = tuple(change.__name__ for change, _, _ in ODD)
    graded = grade_assignment(statistics.api.coursedir, "hw1", Options(2, names, limits=LIMITS))
    return {row.student: row for row in report.by_student(graded.rows)}


@pytest.mark.parametrize(("change", "score", "reason"), ODD)
def test_one_notebook_that_is_odd_takes_nothing_from_the_other(odd, change, score, reason):
    row = odd[change.__name__]
    assert row.score == score, row.reasons
    assert (reason in row.reasons) if reason else row.reasons == []


def test_what_a_person_marks_waits_for_a_person(statistics):
    """An explanation, a plot and a task; not what was left blank or not handed in."""
    assert {student: row.to_mark for student, row in statistics.rows.items()} == {
        "ann": 3,
        "bob": 3,
        "cid": 3,
        "dan": 1,
        "eve": 3,
        "fay": 1,
    }


def test_each_question_has_its_share_and_the_commonest_errors(statistics):
    questions = {name: rest for name, *rest in statistics.questions()}
    assert list(questions) == [
        "means: mean_is_right",
        "means: median_in_part",
        "means: reads_data",
        "spread: spread_is_right",
    ]
    assert questions["means: mean_is_right"] == [
        "4 of 6",
        "2.00 of 3",
        "1 of 6 (17%): AssertionError: assert mean([0, 0, 6]) == 2\n1 of 6 (17%): not written yet",
    ]
    assert questions["means: median_in_part"][:2] == ["4 of 6", "3.00 of 4"]
    assert questions["spread: spread_is_right"] == [
        "2 of 5",
        "0.80 of 2",
        "2 of 5 (40%): AssertionError: from 3 to 9 it is 6\n1 of 5 (20%): not written yet",
    ]


def test_a_question_marked_by_hand_comes_back_only_with_another_answer(statistics):
    """Grading again because of something else keeps the mark as it is; nbgrader asks for another look."""

    def again(**options):
        chosen = Options(students=("ann",), limits=LIMITS, **options)
        (row,) = report.by_student(grade_assignment(statistics.api.coursedir, "hw1", chosen).rows)
        return row.score, row.to_mark

    with open_gradebook(statistics.api.coursedir) as gradebook:
        for name, notebook, score in (("why", "means", 5), ("task", "spread", 6)):
            grade = gradebook.find_grade(name, notebook, "hw1", "ann")
            grade.manual_score, grade.needs_manual_grade = score, False
        gradebook.db.commit()
    assert again(regrade=True) == (22, 1)
    shutil.rmtree(statistics.root / "in" / "ann")
    hand_in(
        statistics.root,
        "ann",
        RIGHT | {"why": "All of them are taller.", "spread": "def spread(xs): return 0"},
    )
    assert again() == (20, 3)


def test_a_source_that_is_newer_than_its_release_is_said(statistics):
    """Until it is released again; then a question of 0 points is one that was dropped."""

    def again():
        return grade_assignment(statistics.api.coursedir, "hw1", Options(students=("bob",), limits=LIMITS))

    path = statistics.root / "master" / "hw1" / "spread.ipynb"
    before = path.read_text()
    assert again().newer == {}
    path.write_text("{")
    assert again().newer == {}
    rewritten = before.replace("spread([3, 9]) == 6", "spread([3, 8]) == 5")
    path.write_text(rewritten.replace('"points": 2', '"points": 0').replace('"points": 6', '"points": 0'))
    outcome = again()
    assert outcome.newer == {"master/hw1/spread.ipynb": ["spread_is_right", "task"]}
    told = next(str(line) for line in report.remarks(outcome) if "released" in str(line))
    assert told.startswith(
        "master/hw1/spread.ipynb has changed since it was released (spread_is_right, task)"
    )
    assert sum(row.max_score for row in outcome.rows) == 26
    assert statistics.api.generate_assignment("hw1")["success"]
    outcome = again()
    assert (outcome.newer, outcome.changed) == ({}, ["bob"])
    assert sum(row.max_score for row in outcome.rows) == 18
    assert [str(cell) for cell in report.exercises(outcome.rows).columns[2].cells][-1] == "counts 0 points"


def test_pictures_beside_a_notebook_can_be_seen_in_formgrader(quickstart):
    shown = quickstart.root / "autograded" / "bitdiddle" / "ps1"
    assert (shown / "jupyter.png").read_bytes() == (EXAMPLES / "source" / "ps1" / "jupyter.png").read_bytes()


def test_feedback_that_is_older_than_the_grades_is_said(tmp_path):
    course = CourseDirectory(root=str(tmp_path))
    for step, student, time in [
        ("autograded/{}/hw1/means.ipynb", "ann", 200),
        ("feedback/{}/hw1/means.html", "ann", 100),
        ("autograded/{}/hw1/means.ipynb", "bob", 100),
        ("feedback/{}/hw1/means.html", "bob", 200),
        ("autograded/{}/hw1/means.ipynb", "cid", 100),
    ]:
        path = tmp_path / step.format(student)
        path.parent.mkdir(parents=True)
        path.touch()
        os.utime(path, (time, time))
    assert stale_feedback(course, "hw1", ["ann", "bob", "cid", "a/b"]) == ["ann"]


def test_a_page_made_before_the_clock_was_put_back_is_stale(tmp_path):
    course = CourseDirectory(root=str(tmp_path))
    page = Path(course.format_path(course.feedback_directory, "ann", "hw1"), "means.html")
    page.parent.mkdir(parents=True)
    page.touch()
    os.utime(page, (2**33, 2**33))  # of the 23rd century
    save_autograded(course, "hw1", "ann", "means", notebook())
    assert stale_feedback(course, "hw1", ["ann"]) == ["ann"]
    page.write_text("made anew")
    assert stale_feedback(course, "hw1", ["ann"]) == []


# What is refused, in a sentence


def released(root, made):
    (root / "source" / "hw1").mkdir(parents=True)
    nbformat.write(made, root / "source" / "hw1" / "means.ipynb")
    (root / "gradebook.db").write_bytes(empty_gradebook())
    api = NbGraderAPI(config=nbgrader_settings(root))
    assert api.generate_assignment("hw1")["success"]
    return api.coursedir


def test_another_kernel_than_python_is_refused(tmp_path):
    """No settings: nbgrader takes a folder with source/ for a course, and so do we."""
    cells = [asserts("mean_is_right", "stopifnot(mean(c(1, 2)) == 1.5)", 3)]
    course = released(tmp_path, notebook(*cells, kernel="ir", language="R"))
    with pytest.raises(
        NothingToGrade, match=r"kernel ir, and revgraph grade runs Python alone\. Next: nbgrader"
    ):
        grade_assignment(course, "hw1", Options())


@pytest.mark.parametrize(
    ("metadata", "other"),
    [
        ({}, ""),
        ({"kernelspec": {"name": "conda-env-stats-py"}}, ""),
        ({"kernelspec": {"name": "stats", "language": "python"}}, ""),
        ({"kernelspec": {"name": "ir"}, "language_info": {"name": "R"}}, "ir"),
        ({"language_info": {"name": "julia"}}, "julia"),
    ],
)
def test_the_language_tells_and_not_the_kernel_s_name(metadata, other):
    assert other_kernel(nbformat.from_dict({"metadata": metadata})) == other


def test_an_assignment_that_is_not_known_and_one_that_nobody_handed_in(tmp_path):
    course = released(tmp_path, MEANS)
    with pytest.raises(NothingToGrade, match=r"no assignment 'hw11'; did you mean hw1\?$"):
        grade_assignment(course, "hw11", Options())
    with pytest.raises(
        NothingToGrade, match=r"nobody has handed in hw1\. Next: put .* into .*submitted/STUDENT/hw1/"
    ):
        grade_assignment(course, "hw1", Options())
    path = tmp_path / "release" / "hw1" / "means.ipynb"
    path.write_text(path.read_text().replace("median_in_part", "gone"))
    with pytest.raises(NothingToGrade, match="lacks median_in_part, which the gradebook knows"):
        grade_assignment(course, "hw1", Options())


def test_files_that_do_not_fit_are_refused_and_not_left_out(tmp_path):
    course = released(tmp_path, MEANS)
    (tmp_path / "release" / "hw1" / "data.csv").write_bytes(bytes(2_000))
    with pytest.raises(
        NothingToGrade, match=r"beside the notebooks of hw1: too much\. Next: --limit folder_bytes="
    ):
        what_is_given(course, "hw1", ("means",), replace(LIMITS, folder_bytes=2_000))


# What the settings say


def test_the_time_of_a_cell_is_that_of_the_settings():
    assert command.course_limits(Config()) == DEFAULT
    for name in ("Execute", "ExecutePreprocessor"):
        limits = command.course_limits(Config({name: {"timeout": 200}}))
        assert (limits.cell_seconds, limits.submission_seconds, limits.cpu_seconds) == (200, 400, 200)
    assert command.course_limits(Config({"Execute": {"timeout": None}})) == DEFAULT


def test_folders_in_another_order(tmp_path):
    course = CourseDirectory(
        root=str(tmp_path), directory_structure="{nbgrader_step}/{assignment_id}/by {student_id}"
    )
    (tmp_path / "submitted" / "hw1" / "by ann").mkdir(parents=True)
    (tmp_path / "submitted" / "hw1" / "notes").mkdir()
    assert roster(type("Gradebook", (), {"students": []}), course, "hw1") == ["ann"]


@pytest.mark.parametrize(
    ("path", "looks_like_it"),
    [
        ("bob/means.ipynb", True),
        ("bob/means (1).ipynb", True),
        ("bob/HW1/any.ipynb", True),
        ("bob/hw1-Copy1/any.ipynb", True),
        ("hw1/bob/means.ipynb", True),
        ("hw1/means.ipynb", True),
        ("means.ipynb", True),
        ("bob/hw1/means.ipynb", False),
        ("bob/other.ipynb", False),
        ("bob/hw2/means.ipynb", False),  # another assignment's, whose notebook has the same name
        ("hw1/hw2/other.ipynb", False),  # somebody's who bears that name
        ("bob/means.html", False),
    ],
)
def test_what_lies_where_nobody_looks_for_it_is_told(tmp_path, path, looks_like_it):
    file = tmp_path / "submitted" / path
    file.parent.mkdir(parents=True)
    file.touch()
    (tmp_path / "submitted" / "ann" / "hw1").mkdir(parents=True)
    (tmp_path / "submitted" / "ann" / "means.ipynb").touch()  # beside what counts
    said = astray(CourseDirectory(root=str(tmp_path)), "hw1", ["means"])
    assert bool(said) == looks_like_it
    assert not said or re.match(
        rf"submitted/{path.split('/')[0]}.* looks like hw1, and nothing is graded there\. "
        r"Next: put each student's into submitted/STUDENT/hw1/$",
        said,
    )


@pytest.mark.parametrize(
    ("students", "alike"),
    [
        (["Ada", "bo", "ada"], "Ada and ada differ in capitals alone"),
        (["jose\u0301", "jos\u00e9"], "jose\u0301 and jos\u00e9 differ"),
        (["jose", "jos\u00e9", "ann", "anne"], ""),
    ],
    ids=["capitals", "accents", "others"],
)
def test_names_that_may_be_one_persons_are_told(students, alike):
    told = "".join(nearly_alike(students))
    assert told.startswith(alike)
    assert bool(told) == bool(alike)


def test_a_folder_by_the_name_in_capitals_is_told(tmp_path):
    course = released(tmp_path, MEANS)
    for name in ("ada", "Ada"):
        (tmp_path / "submitted" / name / "hw1").mkdir(parents=True)
    outcome = grade_assignment(course, "hw1", Options())
    assert [row.student for row in outcome.rows] == ["Ada", "ada"]
    assert [text.split(" in ")[0] for text in outcome.to_know] == ["Ada and ada differ"]


def test_several_that_lie_astray_are_counted(tmp_path):
    course = released(tmp_path, MEANS)
    for name in ("bob", "cid", "dan"):
        (tmp_path / "submitted" / name).mkdir(parents=True)
        (tmp_path / "submitted" / name / "means.ipynb").touch()
    with pytest.raises(
        NothingToGrade, match=r"nobody has handed in hw1: submitted/bob/means\.ipynb and 2 more look like"
    ):
        grade_assignment(course, "hw1", Options())


def test_files_that_a_student_may_hand_in_changed(tmp_path):
    for folder in ("given", "own"):
        (tmp_path / folder).mkdir()
        for name in ("notes.txt", "data.csv"):
            (tmp_path / folder / name).touch()
    (tmp_path / "own" / "hw1.ipynb").touch()
    files = {name: tmp_path / "given" / name for name in ("notes.txt", "data.csv")}
    found = look_into(
        tmp_path / "own", "ann", "hw1", Given(("hw1",), files, frozenset(["notes.txt"])), DEFAULT
    )
    assert {name: path.parent.name for name, path in found.files} == {"notes.txt": "own", "data.csv": "given"}
