"""A stranger's course, statistics without autodiff: made by `new-course`, ten students, graded, counted."""

from __future__ import annotations

import pytest

from revgraph.grading.assignment import Options, grade_assignment
from revgraph.grading.report import exercises as exercises_table

from . import statistics_class
from .conftest import LIMITS
from .statistics_class import NAME, STUDENTS

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


def test_nothing_is_remarked_where_all_is_as_it_should_be(outcome):
    assert (outcome.exercises, outcome.open_answers, outcome.failed) == ([], {}, [])
