"""Faulty and hostile submissions all get their rows, in one run, beside honest ones that keep theirs."""

import subprocess
import sys

import nbformat
import psutil
import pytest
from nbgrader.utils import determine_grade, is_grade

from revgraph.checks import exercises
from revgraph.grading import selftest
from revgraph.grading.assignment import Options, grade_assignment
from revgraph.grading.gradebook import open_gradebook
from revgraph.grading.judging import PUBLIC_SEED

from . import corpus
from .conftest import IS_WARM, LIMITS, hand_in, open_course, released_in

pytestmark = pytest.mark.xdist_group("corpus")  # one class for all tests of this file
WARM = corpus.Case("warm", 100, "", corpus.extra(IS_WARM), plain=100)
EVERYONE = [*corpus.FAULTY, *corpus.TROUBLESOME, *corpus.CHEATS, *corpus.HONEST]


def memory_of_public_cases():
    """A function that knows the notebook's own cases by heart, and nothing else."""
    exercise = exercises()["unbroadcast"]
    known = [(c.args, exercise.reference(*c.args, **c.kwargs)) for c in exercise.draw(PUBLIC_SEED)[0]]
    table = [(g.tolist(), tuple(shape), answer.tolist()) for (g, shape), answer in known]
    return (
        f"TABLE = {table!r}\ndef unbroadcast(g, shape):\n    for known, form, answer in TABLE:\n"
        "        if np.array_equal(np.array(known), g) and tuple(shape) == form:\n"
        "            return np.array(answer, dtype=float).reshape(shape)\n    return np.zeros(shape)"
    )


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    corpus.MEMORY, corpus.COURSE = memory_of_public_cases(), str(folder)
    api = open_course(folder)
    released = released_in(folder)
    for case in EVERYONE:
        hand_in(folder, case, released)
    outcome = grade_assignment(api.coursedir, corpus.NAME, Options(jobs=2, limits=LIMITS))
    yield {row.student: row for row in outcome.rows}, outcome, folder
    subprocess.run(["rm", "-rf", folder], check=True)  # pytest would stumble over folders nested so deep


@pytest.mark.parametrize("case", EVERYONE, ids=lambda case: case.name)
def test_row(graded, case):
    row = graded[0][case.name]
    assert row.score == case.score, row.reasons
    assert any(case.reason in reason for reason in row.reasons) or not case.reason, row.reasons
    assert all(len(text) < 500 for text in [*row.reasons, *row.kinds])


def test_everyone_has_a_row_and_nothing_is_left_running(graded):
    rows, outcome, _ = graded
    assert set(rows) == {case.name for case in EVERYONE}
    assert not any("98765" in (process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"]))
    assert outcome.lacking == []


def test_what_nbgrader_reads_from_the_notebook_is_the_score(graded):
    rows, _, folder = graded
    for name, row in rows.items():
        path = folder / "autograded" / name / corpus.NAME / f"{corpus.NAME}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)  # or nbgrader writes no page of feedback
        assert sum(determine_grade(cell)[0] for cell in notebook.cells if is_grade(cell)) == row.score
        assert path.stat().st_size < LIMITS.notebook_bytes + 2 * LIMITS.output_bytes


def test_nothing_private_is_readable_by_others(graded):
    folder = graded[2]
    for path in [*folder.glob("autograded"), *folder.glob("gradebook.db"), *folder.glob(".revgraph")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_walls_hold_on_this_machine():
    found = selftest.try_all()
    assert [(name, text) for name, held, text in found.attempts if not held] == []


@pytest.fixture(scope="module")
def plainly_graded(graded, tmp_path_factory, with_warm_kernels):
    """The cheats' scores by `nbgrader autograde`, with warm kernels; and what tells that they were warm."""
    folder = tmp_path_factory.mktemp("plain")
    api = open_course(folder)
    for case in [*corpus.CHEATS, WARM]:
        hand_in(folder, case, released_in(folder))
    environment = with_warm_kernels | {"JUPYTER_DEFAULT_PROVISIONER_NAME": "revgraph-warm"}
    command = [sys.executable, "-m", "nbgrader", "autograde", corpus.NAME]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    with open_gradebook(api.coursedir) as gradebook:
        scores = {found.student.id: found.score for found in gradebook.assignment_submissions(corpus.NAME)}
    path = folder / "autograded" / WARM.name / corpus.NAME / f"{corpus.NAME}.ipynb"
    told = next(cell for cell in nbformat.read(path, as_version=4).cells if cell.source == IS_WARM)
    return scores, told.outputs[0].text


def test_which_cheats_earn_points_in_plain_nbgrader(plainly_graded):
    scores = plainly_graded[0]
    assert scores == {case.name: case.plain for case in [*corpus.CHEATS, WARM]}


def test_warm_kernels_in_plain_nbgrader(plainly_graded):
    assert plainly_graded[1] == "True\n"
