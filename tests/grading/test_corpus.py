"""Faulty and hostile submissions all get their rows, in one run, beside honest ones that keep theirs."""

import nbformat
import psutil
import pytest
from nbgrader.utils import determine_grade, is_grade

from revgraph.checks import exercises
from revgraph.grading import hostile
from revgraph.grading.grade import Options, grade
from revgraph.grading.judging import PUBLIC_SEED, cases

from . import corpus
from .conftest import LIMITS, hand_in, open_course, released_in

pytestmark = pytest.mark.xdist_group("corpus")  # one class for all tests of this file
EVERYONE = [*corpus.FAULTY, *corpus.CHEATS, *corpus.HONEST]


def memory_of_public_cases():
    """A function that knows the notebook's own cases by heart, and nothing else."""
    exercise = exercises()["unbroadcast"]
    known = [(c.args, exercise.reference(*c.args, **c.kwargs)) for c in cases(exercise, PUBLIC_SEED)]
    table = [(g.tolist(), tuple(shape), answer.tolist()) for (g, shape), answer in known]
    return (
        f"TABLE = {table!r}\ndef unbroadcast(g, shape):\n    for known, form, answer in TABLE:\n"
        "        if np.array_equal(np.array(known), g) and tuple(shape) == form:\n"
        "            return np.array(answer, dtype=float).reshape(shape)\n    return np.zeros(shape)"
    )


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    corpus.MEMORY = memory_of_public_cases()
    api = open_course(folder)
    released = released_in(folder)
    for case in EVERYONE:
        hand_in(folder, case, released)
    outcome = grade(api.coursedir, corpus.NAME, Options(jobs=2, limits=LIMITS))
    return {row.student: row for row in outcome.rows}, outcome, folder


@pytest.mark.parametrize("case", EVERYONE, ids=lambda case: case.name)
def test_row(graded, case):
    row = graded[0][case.name]
    assert row.score == case.score, row.reasons
    assert any(case.reason in reason for reason in row.reasons) or not case.reason, row.reasons


def test_everyone_has_a_row_and_nothing_is_left_running(graded):
    rows, outcome, _ = graded
    assert set(rows) == {case.name for case in EVERYONE}
    assert not any("98765" in (process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"]))
    assert outcome.missing == []


def test_what_nbgrader_reads_from_the_notebook_is_the_score(graded):
    rows, _, folder = graded
    for name, row in rows.items():
        path = folder / "autograded" / name / corpus.NAME / f"{corpus.NAME}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        assert sum(determine_grade(cell)[0] for cell in notebook.cells if is_grade(cell)) == row.score
        assert path.stat().st_size < 2 * LIMITS.output_bytes


def test_nothing_private_is_readable_by_others(graded):
    folder = graded[2]
    for path in [*folder.glob("autograded"), *folder.glob("gradebook.db"), *folder.glob(".revgraph")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_walls_hold_on_this_machine():
    found = hostile.try_all()
    assert [(name, text) for name, held, text in found.attempts if not held] == []
