"""`revgraph grade` beside `nbgrader autograde`: an honest class, the same notebooks, the same scores.

    pytest tests/benchmarks/bench_grading.py
    REVGRAPH_BENCH_CLASSES=100,300,1000 REVGRAPH_BENCH_NBGRADER=40 pytest tests/benchmarks/bench_grading.py

The second line takes the time that a thousand submissions take. Both commands are timed from start to end,
imports and the opening of the gradebook included. nbgrader grades one submission after another, so a class of
its is reckoned from two smaller ones: the first submission, and each further one.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook

from revgraph.grading.demo import Chapter, negate, open_course, restyle
from revgraph.grading.kernels.provisioner import WarmConnection, WarmProcess, WarmProvisioner
from revgraph.grading.runner import Runner
from revgraph.grading.student.limits import DEFAULT

PROJECT = Path(__file__).parents[2]
CHAPTER = "05_unbroadcast"
CLASSES = [int(size) for size in os.environ.get("REVGRAPH_BENCH_CLASSES", "50,100").split(",")]
THEIRS = int(os.environ.get("REVGRAPH_BENCH_NBGRADER", "12"))
OURS = [sys.executable, "-c", "from revgraph.cli import main; main()", "grade", CHAPTER]
NBGRADER = [sys.executable, "-m", "nbgrader", "autograde", CHAPTER]


def answers(chapter, kind):
    """Four honest students in turn: right, right in other words, wrong in the last exercise, blank in it."""
    solved = {name: chapter.cell(name, chapter.solved).source for name in chapter.exercises}
    last = chapter.exercises[-1]
    if kind == 1:
        return {name: restyle(source) for name, source in solved.items()}
    return solved | {
        2: {last: negate(solved[last])},
        3: {last: chapter.cell(last, chapter.released).source},
    }.get(kind, {})


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A released chapter, and four notebooks as they are handed in."""
    folder = tmp_path_factory.mktemp("bench")
    api = open_course(PROJECT, CHAPTER, folder)
    assert api.generate_assignment(CHAPTER)["success"]
    solved, released = (
        nbformat.read(folder / step / CHAPTER / f"{CHAPTER}.ipynb", as_version=4)
        for step in ("solutions", "course")
    )
    chapter = Chapter(CHAPTER, solved, released)
    return folder, [json.dumps(chapter.handed_in(answers(chapter, kind))) for kind in range(4)]


def graded(template, folder, command, size):
    """Grade a class of this size in a new folder: the seconds it took, and the scores."""
    course, notebooks = template
    shutil.copytree(course, folder)
    for number in range(size):
        target = folder / "submitted" / f"student{number:04}" / CHAPTER
        target.mkdir(parents=True)
        (target / f"{CHAPTER}.ipynb").write_text(notebooks[number % 4])
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    begun = time.monotonic()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    elapsed = time.monotonic() - begun
    assert done.returncode == 0, done.stderr
    with Gradebook(f"sqlite:///{folder}/gradebook.db", "revgraph") as gradebook:
        scores = {s.student_id: s.score for s in gradebook.assignment_submissions(CHAPTER)}
    shutil.rmtree(folder)
    assert len(scores) == size
    return elapsed, scores


def test_a_class(template, tmp_path, capsys):
    first, _ = graded(template, tmp_path / "one", NBGRADER, 1)
    more, theirs = graded(template, tmp_path / "nbgrader", NBGRADER, THEIRS)
    each = (more - first) / (THEIRS - 1)
    assert len(set(theirs.values())) == 2, "the class of nbgrader's has to hold right and wrong answers"
    lines = [f"nbgrader autograde: {first:.1f} s for the first submission, {each:.2f} s for each further one"]
    for size in CLASSES:
        elapsed, scores = graded(template, tmp_path / f"class of {size}", OURS, size)
        assert {student: scores[student] for student in theirs if student in scores} == theirs
        ratio = (first + (size - 1) * each) / elapsed
        lines.append(
            f"revgraph grade: {size:5} submissions in {elapsed:6.1f} s, {1e3 * elapsed / size:4.0f} ms each, "
            f"{ratio:.1f} times nbgrader's throughput"
        )
    with capsys.disabled():
        print("", *lines, sep="\n")


@pytest.fixture(scope="module")
def warm():
    process = WarmProcess()
    assert process.walls  # it is warm
    yield WarmConnection(process.run_folder)
    process.close()


@pytest.fixture(scope="module")
def sandbox():
    process = WarmProcess(package=str(PROJECT / "revgraph"), hidden=(str(PROJECT),), sandboxed=True)
    assert process.walls  # it is warm
    yield WarmConnection(process.run_folder)
    process.close()


def until_it_answers(manager):
    """Start a kernel and wait for its first reply."""
    manager.start_kernel()
    client = manager.client()
    client.start_channels(shell=True, iopub=False, stdin=False, hb=False, control=False)
    client.kernel_info()
    client.get_shell_msg(timeout=60)
    client.stop_channels()


def manager_of(connection):
    manager = KernelManager(kernel_name="python3")
    if connection:
        manager.provisioner = WarmProvisioner(parent=manager, kernel_spec=manager.kernel_spec, kernel_id="")
        manager.provisioner.warm = connection
    return manager


@pytest.mark.parametrize("engine", ["revgraph", "a new process"])
def test_kernel_until_it_answers(benchmark, engine, request):
    """What nbclient, nbval or plain nbgrader would wait for, with the provisioner and without."""
    connection = request.getfixturevalue("warm") if engine == "revgraph" else None
    benchmark.pedantic(
        until_it_answers,
        setup=lambda: ((manager_of(connection),), {}),
        teardown=lambda manager: manager.shutdown_kernel(now=True),
        rounds=12,
        warmup_rounds=1,
    )


def test_sandboxed_kernel_until_it_answers(benchmark, sandbox):
    """What `revgraph grade` waits for: the walls, the sockets' folder gone, both channels connected."""
    loop = asyncio.new_event_loop()

    def start(runner):
        loop.run_until_complete(runner._start())

    benchmark.pedantic(
        start,
        setup=lambda: ((Runner(new_notebook(), sandbox, DEFAULT, 0, {}),), {}),
        teardown=lambda runner: loop.run_until_complete(runner._async_cleanup_kernel()),
        rounds=12,
        warmup_rounds=1,
    )
    loop.close()
