"""A stranger's course, statistics without autodiff: made by `new-course`, ten students, graded, counted."""

from __future__ import annotations

import json
import pickle
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from distributed import LocalCluster

from revgraph.authoring.chapters import PipelineError
from revgraph.authoring.release import update_course
from revgraph.checks import Exercise, case
from revgraph.checks.own.broken import Broken
from revgraph.checks.own.course import teachers, using
from revgraph.grading.assignment import NothingToGrade, Options, grade_assignment
from revgraph.grading.lms.results import results
from revgraph.grading.probes import refuse_answering_probe
from revgraph.grading.refusals import refuse_open_answers, refuse_unjudged
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
    patient = replace(LIMITS, cell_seconds=10)  # bob imports SciPy
    return grade_assignment(course.coursedir, NAME, Options(jobs=2, limits=patient))


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


def test_scores_are_given_out_also_to_who_handed_in_a_copy(course, tables):
    assert {result.why for result in results(course.coursedir, MORE)} == {""}


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


@pytest.mark.filterwarnings("ignore")  # Dask's own
def test_workers_of_a_cluster_get_the_exercises_with_the_work(course, tables, monkeypatch, tmp_path):
    """A worker elsewhere has no folder of the course: its own process starts outside of it."""
    monkeypatch.chdir(tmp_path)
    with LocalCluster(1, threads_per_worker=1, protocol="tcp", dashboard_address=None) as cluster:
        options = Options(scheduler=cluster.scheduler_address, regrade=True, students=("cem",), limits=LIMITS)
        outcome = grade_assignment(course.coursedir, MORE, options)
    (row,) = outcome.rows
    assert [check.misconception for check in row.checks] == ["sums", "halves"]
    assert row.reasons == next(row for row in tables.rows if row.student == "cem").reasons


def test_a_change_of_an_exercise_grades_again_and_an_old_release_is_told(course, outcome):
    """What else lies in the folder is none of this assignment's exercises, and changes nothing."""
    folder = Path(course.coursedir.root, "exercises")
    options = Options(students=("ada", "cem"), limits=LIMITS)
    before = (folder / "trimmed_mean.py").read_text()
    (folder / "another.py").write_text("x = 1\n")
    assert grade_assignment(course.coursedir, NAME, options).kept == 2
    (folder / "trimmed_mean.py").write_text(before.replace('"one end only"', '"one end"'))
    again = grade_assignment(course.coursedir, NAME, options)
    assert sorted(again.changed) == ["ada", "cem"]
    assert again.rows[1].checks[0].misconception == "one end"
    assert again.to_know == [
        "exercises.revgraph in the release is out of date: the exercises have changed, students' checks have not."
    ]
    (folder / "trimmed_mean.py").write_text(before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("check(trimmed_mean)", "check(trimed_mean)"),
            r"the cell check_trimmed_mean cannot be judged: 'check\(tri",
        ),
        *(
            (("check(trimmed_mean)", source), r"A graded cell is one call, check\(name\)")
            for source in (
                "x = check(trimmed_mean)",
                "list(map(check, [trimmed_mean]))",
                "judge(trimmed_mean)",
                "c.check(trimmed_mean)",
                "verify(trimmed_mean)",
                "several(trimmed_mean)",
                "getattr(c, 'check')(trimmed_mean)",
                "vars(c)['check'](trimmed_mean)",
                "__import__('revgraph.checks').checks.check(trimmed_mean)",
                "for f in [trimmed_mean]:\n    check(f)",
                "import revgraph\nrevgraph.checks.check(trimmed_mean)",
            )
        ),
    ],
)
def test_a_check_that_would_judge_nobody_is_refused(outcome, change, message):
    names = "from revgraph.checks import check\nfrom revgraph.checks import check as judge\nimport revgraph.checks as c"
    names += "\nverify = judge\ndef several(*all):\n    for one in all: verify(one)"
    released = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(names)])
    mark = {"grade": True, "solution": False, "locked": True, "grade_id": "check_trimmed_mean", "points": 1}
    source = "check(trimmed_mean)".replace(*change)
    released.cells.append(nbformat.v4.new_code_cell(source, metadata={"nbgrader": mark}))
    with pytest.raises(Broken, match=message):
        refuse_unjudged([released])


@pytest.mark.parametrize(
    "source",
    ["x = check(trimmed_mean)", "check(trimmed_mean); check(trimmed_mean)", "display(check(trimmed_mean))"],
)
@pytest.mark.parametrize("by_nbgrader", [True, False])
def test_a_check_that_grading_refuses_is_not_released(course, outcome, tables, source, by_nbgrader):
    root = Path(course.coursedir.root)
    path = root / "source" / NAME / f"{NAME}.ipynb"
    before, released = path.read_text("utf-8"), root / "release" / NAME / f"{NAME}.ipynb"
    of_before = released.read_bytes()
    assert before.count('"check(trimmed_mean)"') == 1
    path.write_text(before.replace('"check(trimmed_mean)"', json.dumps(source)), "utf-8")
    try:
        if by_nbgrader:
            told = course.generate_assignment(NAME, force=True)
            assert not told["success"]
            assert "cannot be judged" in told["log"] + told.get("error", "")
        else:
            with pytest.raises(
                PipelineError, match=r"^the cell \S+ cannot be judged: .*check\(trimmed_mean\)"
            ):
                update_course(root)
            assert released.read_bytes() == of_before
    finally:
        path.write_text(before, "utf-8")
        assert course.generate_assignment(NAME, force=True)["success"]


def test_a_check_in_an_answer_that_a_person_grades_is_no_check(outcome):
    released = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("from revgraph.checks import check"), graded_cell("y = check(f)")]
    )
    released.cells[1].metadata.nbgrader |= {"solution": True, "locked": False}
    refuse_unjudged([released])


OWN_CHECK = "def check(f):\n    assert f(1) == 2"


def with_own_check(first, *others, answer=False):
    cells = [nbformat.v4.new_code_cell(source) for source in (first, *others)]
    mark = {"grade_id": "one", "grade": False, "solution": True, "locked": False}
    cells[-1].metadata |= {"nbgrader": mark} if answer else {}
    return nbformat.v4.new_notebook(cells=[*cells, graded_cell("check(f)")])


def test_a_check_that_the_notebook_itself_defines_runs_as_other_code():
    refuse_unjudged([with_own_check("from revgraph.checks import progress", OWN_CHECK)])


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        ("from revgraph.checks import check as judge", "def check(f):\n    judge(f)", False),
        ("import revgraph.checks as rg", "def check(f):\n    return rg.check(f)", False),
        ("from revgraph.checks import *", OWN_CHECK, False),
        ("from revgraph.checks import check", OWN_CHECK, False),
        ("from revgraph.checks import progress", OWN_CHECK, True),
        ("from revgraph.checks import progress", "class A:\n    def check(self):\n        pass", False),
    ],
    ids=["another name", "a module", "everything", "both", "an answer", "a method"],
)
def test_a_check_of_ours_in_one_of_the_notebook_s_own_is_refused(first, second, answer):
    with pytest.raises(Broken, match="cannot be judged"):
        refuse_unjudged([with_own_check(first, second, answer=answer)])


def test_a_probe_that_brings_the_answer_along_is_refused(tmp_path):
    def reference(x):
        return 2 * x

    leaking = Exercise(
        name="double",
        points=1,
        reference=reference,
        cases=lambda rng: [case(3)],
        probe=lambda candidate, x: candidate(x) - reference(x),
    )
    with pytest.raises(Broken, match=r"the probe of double brings .*reference along .*Next: write the probe"):
        refuse_answering_probe(leaking, [replace(leaking, probe=None)], (__name__,))


BOX = "class Box:\n    {}\nbox = Box()\ndef probe(f, x): return f(x) if {} else 0"
WAYS = {  # in which a probe brings along what is right
    "a global name": "def probe(f, x): return f(x) if double else 0",
    "a module": "import sheet\ndef probe(f, x): return f(x) if sheet.double else 0",
    "a default": "def probe(f, x, right=double): return f(x)",
    "a default of a keyword": "def probe(f, x, *, right=double): return f(x)",
    "an argument given before": "def both(right, f, x): return f(x)\nprobe = functools.partial(both, double)",
    "an attribute": BOX.format("pass", "box") + "\nbox.right = double",
    "a static method": BOX.format("right = staticmethod(double)", "Box"),
    "a method": BOX.format("def right(self, x): return 2 * x", "box"),
    "an object that is called": BOX.format("def __call__(self, x): return 2 * x", "box"),
    "a function of its own": "def probe(f, x):\n    def right(y): return 2 * y\n    return f(x)",
}
DECLARED = """
import functools
from revgraph.checks import Exercise, case
from sheet import double
{}
def triple(x): return 3 * x
def cases(rng): return [case(int(rng.integers(9))), case(3)]
EXERCISES = [
    Exercise(name="double", points=1, reference=double, cases=cases),
    Exercise(name="triple", points=1, reference=triple, cases=cases, probe=probe),
]"""


def graded_cell(source):
    mark = {"grade": True, "solution": False, "locked": True, "grade_id": source, "points": 1}
    return nbformat.v4.new_code_cell(source, metadata={"nbgrader": mark})


@pytest.mark.parametrize("asked", ["check(double)", "assert double(3) == 6"])
@pytest.mark.parametrize("way", [*WAYS, ""])
def test_whatever_way_a_probe_brings_an_answer_along_it_is_refused(tmp_path, way, asked):
    (tmp_path / "exercises").mkdir()
    (tmp_path / "nbgrader_config.py").write_text("c.RevgraphCourse.exercises = 'exercises'")
    (tmp_path / "exercises" / "sheet.py").write_text("def double(x): return 2 * x")
    declared = DECLARED.format(WAYS.get(way, "def probe(f, x): return f(x)"))
    (tmp_path / "exercises" / "both.py").write_text(declared)
    own = teachers(tmp_path)
    released = nbformat.v4.new_notebook(cells=[graded_cell("check(triple)"), graded_cell(asked)])
    refused = pytest.raises(Broken, match=r"that answers double\. Next: write the probe without it")
    with using(own.bundle), refused if way else nullcontext():
        refuse_open_answers([released])


def test_a_broken_exercise_grades_nobody_and_releases_nothing(course, outcome, tables):
    folder = Path(course.coursedir.root, "exercises")
    (folder / "bad.py").write_text("x = 1\nx = = 2\n")
    try:
        with pytest.raises(NothingToGrade, match=r"^exercises/bad.py, line 2: SyntaxError"):
            grade_assignment(course.coursedir, NAME, Options(limits=LIMITS))
        with pytest.raises(PipelineError, match=r"^exercises/bad.py, line 2: SyntaxError: invalid syntax$"):
            update_course(Path(course.coursedir.root))
        again = course.generate_assignment(NAME, force=True)
        assert not again["success"]
        assert "exercises/bad.py, line 2: SyntaxError" in again["log"] + again.get("error", "")
    finally:
        (folder / "bad.py").unlink()
    assert course.generate_assignment(NAME, force=True)["success"]


def test_nothing_is_remarked_where_all_is_as_it_should_be(outcome):
    assert (outcome.to_know, outcome.open_answers, outcome.failed) == ([], {}, [])
