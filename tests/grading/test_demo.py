"""Twelve students, one round: every one gets a row, with the score the answer deserves."""

import csv

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI

from revgraph.authoring.chapters import nbgrader_settings
from revgraph.grading.assignment import Options, grade_assignment
from revgraph.grading.demo import restyle, run_class
from revgraph.grading.report import summary, write_csv
from revgraph.grading.student.limits import Limits

pytestmark = pytest.mark.xdist_group("demo")  # one class for all tests of this file


@pytest.fixture(scope="module")
def shown(tiny_project, tmp_path_factory):
    return run_class(tiny_project, "00_tiny", tmp_path_factory.mktemp("class"), Limits(cell_seconds=2))


def test_every_student_has_the_expected_score(shown):
    assert {row.student: row.score for row in shown.rows} == shown.expected
    assert sorted(set(shown.expected.values())) == [0, 30, 80]
    assert len(shown.expected) == 12


REASONS = {
    "01-correct": "",
    "02-correct-otherwise": "",
    "03-partly-wrong": "total: AssertionError: total([1, 2, 4],) should be 7",
    "04-blank": "double, total: not written yet",
    "05-syntax-error": "total: ",
    "06-infinite-loop": "total: did not finish in time",
    "07-kernel-crash": "the kernel died in check_total",
    "08-check-deleted": "check_total: was deleted; put back",
    "09-check-edited": "check_total: is another version than the release's; restored",
    "10-cell-duplicated": "double: duplicated",
    "11-renamed-file": "renamed: read 00_TINY (1).ipynb",
    "12-missing-file": "no notebook was handed in",
}


@pytest.mark.parametrize("student", REASONS)
def test_the_reason_says_what_was_wrong(shown, student):
    reasons = next(row.reasons for row in shown.rows if row.student == student)
    if REASONS[student]:
        assert any(reason.startswith(REASONS[student]) for reason in reasons), reasons
    else:
        assert reasons == []


def test_each_student_gets_feedback(shown):
    assert {path.parent.parent.name for path in shown.feedback} == set(shown.expected)


def test_answers_wait_until_they_are_marked(shown, tmp_path):
    told = [list(column.cells) for column in summary(shown.rows).columns]
    assert ("answers to mark in formgrader", "10, by 10 of 12 students") in list(zip(*told, strict=True))
    write_csv(shown.rows, tmp_path / "grades.csv")
    lines = csv.DictReader((tmp_path / "grades.csv").read_text().splitlines())
    unanswered = {"04-blank", "12-missing-file"}
    assert {line["student_id"] for line in lines if line["to_mark"] == "0"} == unanswered

    course = NbGraderAPI(config=nbgrader_settings(shown.feedback[0].parents[3])).coursedir
    with Gradebook(course.db_url, course.course_id) as gradebook:
        marked = gradebook.find_grade("why", "00_tiny", "00_tiny", "01-correct")
        marked.manual_score, marked.needs_manual_grade = 15, False
        gradebook.db.commit()
    (row,) = grade_assignment(course, "00_tiny", Options(students=("01-correct",))).rows
    assert (row.score, row.to_mark) == (95, 0)
    assert "answers to mark in formgrader" not in list(summary([row]).columns[0].cells)


def test_the_csv_is_private_and_no_name_is_a_formula(shown, tmp_path):
    shown.rows[0].student = "=HYPERLINK(1)"
    write_csv(shown.rows, tmp_path / "grades.csv")
    assert (tmp_path / "grades.csv").stat().st_mode & 0o077 == 0
    lines = list(csv.DictReader((tmp_path / "grades.csv").read_text().splitlines()))
    assert len(lines) == 12
    assert lines[0]["student_id"] == "'=HYPERLINK(1)"


def test_restyle_renames_locals_and_keeps_the_meaning():
    code = "def f(x):\n    y = x + 1  # comment\n    return [y * z for z in range(y)]"
    one, two = {}, {}
    exec(code, one)
    exec(restyle(code), two)
    assert "comment" not in restyle(code)
    assert "my_y" in restyle(code)
    assert one["f"](3) == two["f"](3)
