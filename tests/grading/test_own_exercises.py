"""A stranger's course, statistics without autodiff: made by `new-course`, ten students, graded, counted."""

from __future__ import annotations

import pickle
from pathlib import Path

import nbformat
import pytest

from revgraph.grading.assignment import Options, grade_assignment
from revgraph.grading.report import exercises as exercises_table

from . import statistics_class
from .conftest import LIMITS
from .statistics_class import MORE, MORE_STUDENTS, NAME, STUDENTS, THIEF

pytestmark = pytest.mark.xdist_group("own exercises")  # one class for all tests of this file


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return statistics_class.open_course(tmp_path_factory.mktemp("own") / "stats101")


@pytest.fixture(scope="module")
def outcome(course):
    return grade_assignment(course.coursedir, NAME, Options(jobs=2, limits=LIMITS))


@pytest.mark.parametrize("student", STUDENTS)
def test_every_student_earns_what_the_answers_are_worth_and_mistakes_are_named(outcome, student):
    *_, points, named = STUDENTS[student]
    row = next(row for row in outcome.rows if row.student == student)
    assert (row.score, row.max_score) == (points, 20), row.reasons
    assert tuple(check.misconception for check in row.checks if check.misconception) == named


def test_the_table_has_the_share_of_each_misconception(outcome):
    table = exercises_table(outcome.rows)
    cells = [[str(cell) for cell in column._cells] for column in table.columns]
    rows = {row[0]: list(row[1:]) for row in zip(*cells, strict=True)}
    assert rows == {
        "trimmed_mean": ["4 of 10", "4.0 of 10", "2 of 10 (20%): one end only\n1 of 10 (10%): median"],
        "word_counts": ["4 of 10", "4.0 of 10", "2 of 10 (20%): keeps marks\n1 of 10 (10%): splits alone"],
    }


@pytest.fixture(scope="module")
def tables(course, outcome):
    """The second assignment, graded; it comes when the first one is done."""
    folder = Path(course.coursedir.root)
    statistics_class.add_tables(folder, course)
    return grade_assignment(course.coursedir, MORE, Options(jobs=2, limits=LIMITS))


@pytest.mark.parametrize("student", MORE_STUDENTS)
def test_tables_classes_and_pieces_of_an_earlier_assignment_are_graded(tables, student):
    *_, points, named = MORE_STUDENTS[student]
    row = next(row for row in tables.rows if row.student == student)
    assert (row.score, row.max_score) == (points, 20), row.reasons
    assert tuple(check.misconception for check in row.checks if check.misconception) == named


def test_no_way_leads_to_the_reference_and_copies_of_it_are_told(course, tables):
    row = next(row for row in tables.rows if row.student == "zoe")
    assert any("nothing was found" in reason for reason in row.reasons)
    for name in ("more.py", "mine.dat"):
        assert f"{name}: a copy of the course's exercises, closed while answers are judged" in row.reasons


def test_the_thief_would_find_it_outside_of_the_sandbox(course, tables, monkeypatch):
    """Or the test above would show nothing."""
    folder = Path(course.coursedir.root)
    for way, hidden in (
        ("from_folder", ""),
        ("from_zip", "submitted/zoe/02_tables"),
        ("from_copy", "exercises"),
    ):
        monkeypatch.chdir(folder / hidden)
        names = {}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("pickle.loads", pickle.loads)
            exec(THIEF.replace("FOLDER", str(folder)), names)
        assert names[way]().__name__ == "group_means"


def test_a_piece_of_an_earlier_assignment_is_open_and_prints_what_it_should(course, tables):
    graded = nbformat.read(Path(course.coursedir.root, "autograded/ada", MORE, f"{MORE}.ipynb"), as_version=4)
    assert [out.get("text") for out in graded.cells[0].outputs] == ["{'so': 2}\n"]


def test_nothing_is_remarked_where_all_is_as_it_should_be(outcome):
    assert (outcome.exercises, outcome.open_answers, outcome.failed) == ([], {}, [])
