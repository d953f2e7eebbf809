"""Courses that know nothing of ours, as teachers write them, have the scores of `nbgrader autograde`."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.apps import NbGraderAPI

from revgraph.authoring.chapters import nbgrader_settings
from revgraph.authoring.release import empty_gradebook
from revgraph.grading import report
from revgraph.grading.assignment import Options, grade_assignment
from revgraph.grading.gradebook import open_gradebook
from tests.notebooks.one_exercise import warm_kernels

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
    with pytest.MonkeyPatch.context() as patch:
        for name, value in warm_kernels().items():
            patch.setenv(name, value)
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
        "0.5 of 1",
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
"""


def fill_in(released, answers):
    """As a student's editor saves it: in nbformat 4.5, with ids of its own."""
    filled = nbformat.from_dict(json.loads(json.dumps(released)))
    for cell in filled.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = answers.get(name, cell.source)
    return nbformat.convert(filled, 4) if filled.nbformat_minor > 4 else filled


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
