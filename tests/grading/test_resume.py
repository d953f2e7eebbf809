"""Interrupted, killed, and started again: what is graded stays, what is missing is graded, nothing twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from nbgrader.apps import NbGraderAPI

from revgraph.grading import grade as grading
from revgraph.grading import schedule
from revgraph.grading.grade import Options, grade
from revgraph.grading.gradebook import open_gradebook
from revgraph.grading.notebooks import nbgrader_settings

from . import corpus
from .conftest import LIMITS, PROJECT

pytestmark = pytest.mark.xdist_group("resume")  # one class for all tests of this file
OPTIONS = Options(jobs=2, limits=LIMITS)


@pytest.fixture
def course(folder):
    return NbGraderAPI(config=nbgrader_settings(folder)).coursedir


def scores(course):
    with open_gradebook(course) as gradebook:
        return {s.student.id: s.score for s in gradebook.assignment_submissions(corpus.NAME)}


EVERYONE = {f"student {i}": 100.0 for i in range(8)}


def test_a_second_run_grades_only_what_is_missing(course, monkeypatch):
    graded = []
    monkeypatch.setattr(grading, "BATCH", 1)
    record = grading.enter
    monkeypatch.setattr(grading, "enter", lambda *args: (graded.extend(args[-1]), record(*args)))

    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade(course, corpus.NAME, OPTIONS, stop)
    assert len(scores(course)) == 2

    outcome = grade(course, corpus.NAME, OPTIONS)
    assert scores(course) == EVERYONE
    assert (outcome.kept, len(graded)) == (2, 8)

    path = Path(course.root, "submitted", "student 3", corpus.NAME, f"{corpus.NAME}.ipynb")
    path.write_text(path.read_text().replace("added = g.ndim", "added = 1 + g.ndim"))
    assert grade(course, corpus.NAME, OPTIONS).kept == 7
    assert scores(course) == EVERYONE | {"student 3": 50.0}
    monkeypatch.setattr(grading, "source_digest", lambda *args: "another")
    assert len(grade(course, corpus.NAME, Options(students=("student 1",), limits=LIMITS)).changed) == 1


RUN = """
import sys
from nbgrader.apps import NbGraderAPI
from pathlib import Path
from revgraph.grading.notebooks import nbgrader_settings
from tests.grading.test_resume import OPTIONS, corpus, grade, grading
grading.BATCH = 1
api = NbGraderAPI(config=nbgrader_settings(Path(sys.argv[1])))
grade(api.coursedir, corpus.NAME, OPTIONS, lambda done, total: print(done, flush=True))
"""


def test_kill_9_of_the_command_leaves_a_gradebook_that_the_next_run_completes(course):
    command = subprocess.Popen(
        [sys.executable, "-c", RUN, course.root],
        stdout=subprocess.PIPE,
        cwd=PROJECT,
        stderr=subprocess.DEVNULL,
    )
    with command:
        assert command.stdout.readline() == b"1\n"
        family = psutil.Process(command.pid).children(recursive=True)
        command.send_signal(signal.SIGKILL)
    assert 1 <= len(scores(course)) < 8
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []  # neither the warm process nor a kernel outlives the command
    grade(course, corpus.NAME, OPTIONS)
    assert scores(course) == EVERYONE


def double(job):
    marker, number = job
    if number == 3 and not os.path.exists(marker):
        open(marker, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return 2 * number


def test_a_killed_worker_costs_no_result_but_that_of_the_job_that_kills_it(tmp_path):
    jobs = [(str(tmp_path / "killed once"), number) for number in range(12)]
    results = {job[1]: result for job, result in schedule.on_this_machine(double, jobs, 2)}
    assert results == {number: None if number == 5 else 2 * number for number in range(12)}
