"""Assignments of an instructor's own: hidden tests, tasks, plain assertions; and a grader that fails."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import fields
from itertools import product
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.apps import NbGraderAPI

from revgraph.authoring.chapters import nbgrader_settings
from revgraph.commands import grade
from revgraph.grading import command, worker
from revgraph.grading.assignment import NothingToGrade, Options, grade_assignment
from revgraph.grading.gradebook import open_gradebook
from revgraph.grading.lms.results import results
from revgraph.grading.reasons import reasons, results_of_checks
from revgraph.grading.student.limits import Limits
from revgraph.grading.students import split_names

from .conftest import LIMITS, open_course, released_in

pytestmark = pytest.mark.xdist_group("any course")  # one class for all tests of this file
NAME = "quiz1"
ANSWER = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
TESTS = "assert double(1) == 2\n### BEGIN HIDDEN TESTS\nassert double(3) == 6, 'three'\n### END HIDDEN TESTS"
TASK = "Draw a graph.\n### BEGIN MARK SCHEME\nFive points for labels.\n### END MARK SCHEME"


def marked(cell, name, **mark):
    known = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    cell.metadata.nbgrader = known | {"grade_id": name} | mark
    cell.id = name
    return cell


def quiz():
    cells = [
        marked(new_code_cell(ANSWER), "double", solution=True),
        marked(new_code_cell(TESTS), "test_double", grade=True, locked=True, points=10),
        marked(new_markdown_cell(TASK), "task", task=True, locked=True, points=5),
        marked(new_markdown_cell("Why?"), "why", grade=True, solution=True, points=3),
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


TELLS = """
from IPython.display import display
early = display("not yet known", display_id="early")
def double(x):
    global known
    known = " ".join(In[-1].split())  # the tests, as they are run
    early.update(known)
    print(known)
    raise type(known, (Exception,), {})(known)
"""
STUDENTS = {
    "right": "def double(x):\n    return x + x",
    "memorizes": "def double(x):\n    return 2",
    "wrong": "def double(x):\n    return x",
    "deletes": None,
    "tells": TELLS,
    "numbers": TELLS.replace("    raise type(known, (Exception,), {})(known)\n", "    return 2 * x\n"),
}
NUMBER = 54_321  # in which a part of a test is written
LATER = {
    "tells": "print(known, In[-2])\nraise type(known, (Exception,), {})(known)",
    "numbers": f"""import os, time
kernel = get_ipython().kernel
kernel.send_response(kernel.iopub_socket, "stream", {{"name": "x", "text": "x", "execution_count": {NUMBER}}})
time.sleep(0.3)
os._exit(1)""",
}  # a cell behind the tests


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quiz")
    api = open_course(folder, NAME, quiz())
    released = released_in(folder, NAME)
    for student, answer in STUDENTS.items():
        notebook = nbformat.from_dict(json.loads(json.dumps(released)))
        notebook.cells[0].source = answer or ""
        notebook.cells = notebook.cells if answer else notebook.cells[1:]
        notebook.cells += [new_code_cell(LATER[student])] if student in LATER else []
        target = folder / "submitted" / student / NAME
        target.mkdir(parents=True)
        (target / f"{NAME}.ipynb").write_text(json.dumps(notebook))
    released.cells[0].source = STUDENTS["right"]  # an instructor has solved the release
    nbformat.write(released, folder / "course" / NAME / f"{NAME}.ipynb")
    return api.coursedir


@pytest.fixture(scope="module")
def graded(course):
    outcome = grade_assignment(course, NAME, Options(jobs=2, limits=LIMITS))
    return {row.student: row for row in outcome.rows}


@pytest.mark.parametrize(
    ("student", "score", "reason"),
    [
        ("right", 10, ""),
        ("memorizes", 0, "test_double: AssertionError: three"),
        ("wrong", 0, "test_double: AssertionError"),
        ("deletes", 0, "double: was deleted"),
    ],
)
def test_hidden_tests_are_run_and_what_was_deleted_comes_from_the_gradebook(graded, student, score, reason):
    row = graded[student]
    assert (row.score, row.max_score) == (score, 18)
    assert any(told.startswith(reason) for told in row.reasons) if reason else row.reasons == []
    assert not any("edited" in told for told in row.reasons)


def test_a_command_whose_output_nobody_reads_to_the_end_does_all_that_it_should(course, graded):
    """As in `revgraph grade quiz1 --feedback | head`."""
    file, feedback = Path(course.root, f"grades_{NAME}.csv"), Path(course.root, "feedback")
    file.unlink(missing_ok=True)
    shutil.rmtree(feedback, ignore_errors=True)
    reading, writing = os.pipe()
    os.close(reading)
    grade = [sys.executable, "-m", "revgraph", "grade", NAME, "--feedback", "--allow-weak-sandbox"]
    done = subprocess.run(grade, cwd=course.root, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert done.returncode == 0, done.stderr
    assert len(file.read_text(encoding="utf-8").splitlines()) == 1 + len(graded)
    assert {path.name for path in feedback.iterdir()} == set(graded)


SECRETS = ("double(3)", "three", "BEGIN HIDDEN", "Five points for labels")


def test_the_instructor_sees_what_a_hidden_test_found(course, graded):
    assert any("three" in reason for reason in graded["memorizes"].reasons)
    assert any("double(3)" in reason for reason in graded["tells"].reasons)
    assert any(SECRETS[0] in cell.source for cell in autograded(course, "tells").cells)


def autograded(course, student):
    return nbformat.read(Path(course.root, "autograded", student, NAME, f"{NAME}.ipynb"), as_version=4)


def test_students_are_told_which_test_failed_and_no_line_of_a_hidden_one(course, graded):
    with open_gradebook(course) as gradebook:
        for student, name in product(("memorizes", "tells"), ("task", "why")):
            grade = gradebook.find_grade(name, NAME, NAME, student)
            grade.manual_score, grade.needs_manual_grade = 0, False
        gradebook.db.commit()
    told = {result.student.id: result.told for result in results(course, NAME)}
    for student in ("memorizes", "tells"):
        assert told[student] == [f"0 of 18 points in {NAME}", "test_double: does not pass"]


def test_pages_of_feedback_hold_no_line_of_a_hidden_test(course, graded):
    """Nor what the submission shows once it may know one, or puts into what it showed before."""
    command.write_feedback(NbGraderAPI(config=nbgrader_settings(Path(course.root))), NAME)
    for student in STUDENTS:
        page = Path(course.root, "feedback", student, NAME, f"{NAME}.html").read_text("utf-8")
        shown = BeautifulSoup(page, "html.parser").get_text(" ")
        assert not [word for word in (*SECRETS, f"[{NUMBER}]") if word in " ".join(shown.split())], student
        assert ("not yet known" in page) == (student in LATER)
    assert "[not shown: hidden tests have run]" in page


def test_a_task_waits_to_be_marked_by_hand(course, graded):
    with open_gradebook(course) as gradebook:
        grade = gradebook.find_grade("task", NAME, NAME, "right")
        assert (grade.auto_score, grade.max_score) == (None, 5)
        grade.manual_score = 4
        gradebook.db.commit()
    (row,) = grade_assignment(course, NAME, Options(students=("right",), limits=LIMITS)).rows
    assert row.score == 14


def scores(course):
    with open_gradebook(course) as gradebook:
        return {found.student.id: found.score for found in gradebook.assignment_submissions(NAME)}


@pytest.mark.parametrize("limit", ["cpu_seconds", "cell_seconds", "submission_seconds", "grader_seconds"])
def test_no_time_at_all_is_no_limit(limit):
    with pytest.raises(ValueError, match=f"{limit}=0: nothing can be run"):
        command.read_limits([f"{limit}=0"])


@pytest.mark.parametrize("limit", [field.name for field in fields(Limits) if "seconds" not in field.name])
def test_no_limit_is_one_that_linux_takes_for_none(limit):
    """A file system of 0 bytes has no end, nor has a memory of -1."""
    with pytest.raises(ValueError, match=f"{limit}=-1: to Linux, that would be no limit"):
        Limits(**{limit: -1})
    if limit not in ("files", "output_bytes"):
        with pytest.raises(ValueError, match=f"{limit}=0: to Linux"):
            command.read_limits([f"{limit}=0"])


def test_where_the_grader_fails_for_some_the_others_are_graded(course, graded, monkeypatch, capsys):
    """The exit status says so, a score stays as it was, and the next run tries again."""
    before = scores(course)
    real = worker.repair

    def fail_for_one(cells, released):
        if cells[0].source == STUDENTS["memorizes"]:
            raise RuntimeError("lightning")
        return real(cells, released)

    monkeypatch.setattr(worker, "repair", fail_for_one)
    with pytest.raises(SystemExit) as ended:
        run_command(course, regrade=True)
    assert ended.value.code == 3
    shown = capsys.readouterr().out
    assert "The grader failed for 1: nothing was written" in shown
    assert "lightning" in shown
    assert "(as before)" in shown
    assert scores(course) == before
    monkeypatch.undo()
    run_command(course)
    assert "graded" not in capsys.readouterr().out.replace("Graded before", "")


def run_command(course, regrade=False):
    given = ["cell_seconds=6"]
    command.run(Path(course.root), NAME, 1, (), "", regrade, False, False, given)


@pytest.mark.parametrize(("name", "hint"), [("rihgt", r"; did you mean right\?"), ("zzz", "$")])
def test_a_name_that_nobody_has_makes_no_student(course, graded, name, hint):
    with pytest.raises(NothingToGrade, match=f"no student is called '{name}' .*submitted/{hint}"):
        grade_assignment(course, NAME, Options(students=(name,)))
    assert name not in scores(course)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ada, grace", ["ada", "grace"]),
        ("Lovelace, Ada", ["Lovelace, Ada"]),
        ("grace,Lovelace, Ada ,,ada", ["grace", "Lovelace, Ada", "ada"]),
        ("Lovelace, Adda", ["Lovelace", "Adda"]),
        (",", []),
    ],
)
def test_a_student_s_id_may_hold_a_comma(text, names):
    assert split_names(text, {"Lovelace, Ada", "ada", "grace"}) == names


def test_the_command_grades_whose_id_holds_a_comma(course, graded, monkeypatch, capsys):
    student = Path(course.root, "submitted", "Lovelace, Ada")
    (student / NAME).mkdir(parents=True)
    monkeypatch.chdir(course.root)
    grade.command(NAME, students=student.name, jobs=1)
    shutil.rmtree(student)
    assert student.name in capsys.readouterr().out


@pytest.mark.parametrize("level", ["student", "assignment"])
def test_a_folder_that_is_a_link_is_not_followed(course, graded, level):
    submitted = Path(course.root, "submitted")
    link = submitted / f"linked {level}"
    if level == "assignment":
        link.mkdir()
        (link / NAME).symlink_to(submitted / "right" / NAME)
    else:
        link.symlink_to(submitted / "right")
    (row,) = grade_assignment(course, NAME, Options(students=(link.name,), limits=LIMITS)).rows
    assert (row.score, row.reasons[0]) == (0, "the submission's folder is a link, which is not followed")


@pytest.mark.parametrize(
    ("shown", "points", "reason"),
    [
        ("2", 2, "test: partial credit: 2 of 4"),
        ("np.float64(0.0)", 0, "test: partial credit: 0 of 4"),
        ("np.float32(2.5)", 2.5, "test: partial credit: 2.5 of 4"),
        ("np.int64(4)", 4, ""),
        ("np.longdouble('1.5')", 1.5, "test: partial credit: 1.5 of 4"),
        ("-188", 0, "test: ValueError: the cell ends in -188, and partial credit is a number from 0 up"),
        ("nan", 0, "test: ValueError: the cell ends in nan, and partial credit is a number from 0 up"),
        (
            "np.float64(nan)",
            0,
            "test: ValueError: the cell ends in nan, and partial credit is a number from 0 up",
        ),
        (
            "np.int64(-1)",
            0,
            "test: ValueError: the cell ends in -1, and partial credit is a number from 0 up",
        ),
        (
            "np.float64(5.0)",
            0,
            "test: ValueError: partial credit cannot be greater than maximum points for cell",
        ),
        ("'fine'", 4, ""),
    ],
)
def test_partial_credit_is_the_number_that_a_cell_ends_in(shown, points, reason):
    result = new_output("execute_result", {"text/plain": shown}, execution_count=1)
    cell = marked(new_code_cell("4 - errors", outputs=[result]), "test", grade=True, locked=True, points=4)
    worker.make_gradable(cell)
    notebook = new_notebook(cells=[cell])
    checks = results_of_checks(notebook, [])
    assert checks[0].points == points
    assert list(reasons(notebook, checks)) == ([reason] if reason else [])


@pytest.mark.parametrize("shown", ["3", "np.float64(2.0)", "-1", "nan", "'fine'"])
def test_a_question_that_was_dropped_fails_nobody_by_the_number_it_ends_in(shown):
    result = new_output("execute_result", {"text/plain": shown}, execution_count=1)
    cell = marked(new_code_cell("3", outputs=[result]), "test", grade=True, locked=True, points=0)
    worker.make_gradable(cell)
    (check,) = results_of_checks(new_notebook(cells=[cell]), [])
    assert (check.points, check.max_points, check.reason, check.kind) == (0, 0, "", "")
    assert cell.outputs[0].data == {"text/plain": shown}


def test_what_an_answer_that_is_marked_by_hand_ends_in_is_no_score():
    result = new_output("execute_result", {"text/plain": "-3"}, execution_count=1)
    cell = marked(new_code_cell("-3", outputs=[result]), "free", grade=True, solution=True, points=4)
    worker.make_gradable(cell)
    assert cell.outputs == [result]
