"""`revgraph grade` beside `nbgrader autograde`: an honest class, the same notebooks, the same scores.

    pytest tests/benchmarks/bench_grading.py
    REVGRAPH_BENCH_CLASSES=100,300,1000 REVGRAPH_BENCH_NBGRADER=40 pytest tests/benchmarks/bench_grading.py
    REVGRAPH_BENCH_SOAK=1000 pytest tests/benchmarks/bench_grading.py -k soak

The second line takes the time that a thousand submissions take. The third grades a thousand, of which a tenth
is hostile, and shows how much memory the trusted side has. Both commands are timed from start to end,
imports and the opening of the gradebook included. nbgrader grades one submission after another, so a class of
its is reckoned from two smaller ones: the first submission, and each further one.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from itertools import cycle, product
from pathlib import Path
from statistics import mean

import nbformat
import psutil
import pytest
from jupyter_client.manager import KernelManager
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook

from revgraph.grading.demo import Chapter, negate, open_course, restyle
from revgraph.grading.kernels.provisioner import WarmProvisioner
from revgraph.grading.kernels.warm import WarmConnection, WarmProcess
from revgraph.grading.runner import Runner
from revgraph.grading.student.limits import DEFAULT
from tests.benchmarks.speed.measure import surroundings
from tests.grading import corpus
from tests.grading.conftest import LIMITS, hand_in, released_in
from tests.grading.conftest import open_course as small_course
from tests.grading.test_corpus import memory_of_public_cases

PROJECT = Path(__file__).parents[2]
CHAPTER = "05_unbroadcast"
CLASSES = [int(size) for size in os.environ.get("REVGRAPH_BENCH_CLASSES", "50,100").split(",")]
THEIRS = int(os.environ.get("REVGRAPH_BENCH_NBGRADER", "12"))
OURS = [sys.executable, "-c", "from revgraph.cli import main; main()", "grade", CHAPTER]
SOAK = int(os.environ.get("REVGRAPH_BENCH_SOAK", "60"))
SECONDS_BETWEEN = 2.0
SMALLER = ("cell_seconds", "notebook_bytes", "output_bytes", "grader_memory")
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
    environment = surroundings() | {"PYTHONPATH": str(PROJECT)}
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
    for size, options in product(CLASSES, ([], ["--figures"])):
        folder = tmp_path / " ".join([f"class of {size}", *options])
        elapsed, scores = graded(template, folder, [*OURS, *options], size)
        assert {student: scores[student] for student in theirs if student in scores} == theirs
        ratio = (first + (size - 1) * each) / elapsed
        lines.append(
            f"{' '.join(['revgraph grade', *options]):27} {size:5} submissions in {elapsed:6.1f} s, "
            f"{1e3 * elapsed / size:4.0f} ms each, {ratio:.1f} times nbgrader's throughput"
        )
    with capsys.disabled():
        print("", *lines, sep="\n")


HOSTILE = [
    case
    for case in (*corpus.TROUBLESOME, *corpus.CHEATS, *corpus.FAULTY)
    if not case.name.startswith("reads")
]


def trusted(process):
    """The command, its workers, and their children; all that comes from the warm process is the students'."""
    yield process
    for child in process.children():
        with contextlib.suppress(psutil.Error):
            if "revgraph.grading.student.warm_process" not in child.cmdline():
                yield from trusted(child)


def megabytes(process):
    """What the trusted side has together: a page that several share counts once."""
    found = []
    for one in trusted(process):
        with contextlib.suppress(psutil.Error):
            found.append(one.memory_full_info().pss)
    return sum(found) / 1e6


@pytest.fixture
def course(tmp_path):
    yield tmp_path
    subprocess.run(["rm", "-rf", tmp_path], check=True)  # pytest would stumble over folders nested so deep


def test_soak(course, capsys, monkeypatch):
    """A class of which a tenth is hostile: no row is wrong, and the trusted side's memory stays as it is."""
    monkeypatch.setattr(corpus, "MEMORY", memory_of_public_cases())
    monkeypatch.setattr(corpus, "COURSE", str(course))
    small_course(course)
    right = corpus.Case("", 100, "", lambda draft: None)
    bad = cycle(HOSTILE)
    expected = {}
    for number in range(SOAK):
        case = replace(next(bad) if number % 10 == 9 else right, name=f"student{number:04}")
        hand_in(course, case, released_in(course))
        expected[case.name] = case.score
    limits = (f"--limit={name}={getattr(LIMITS, name)}" for name in SMALLER)
    command = [*OURS[:-1], corpus.NAME, *limits]
    environment = surroundings() | {"PYTHONPATH": str(PROJECT)}
    begun, samples = time.monotonic(), []
    with psutil.Popen(
        command, cwd=course, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as run:
        reading = threading.Thread(target=lambda: shown.append(run.stdout.read()), daemon=True)
        shown = []
        reading.start()
        while run.poll() is None:
            samples.append(megabytes(run))
            time.sleep(SECONDS_BETWEEN)
        reading.join()
    assert run.returncode == 0, shown
    with Gradebook(f"sqlite:///{course}/gradebook.db", "revgraph") as gradebook:
        scores = {s.student_id: s.score for s in gradebook.assignment_submissions(corpus.NAME)}
    wrong = {name: (score, expected[name]) for name, score in scores.items() if score != expected[name]}
    tenth = max(1, len(samples) // 10)
    means = [f"{mean(samples[i : i + tenth]):.0f}" for i in range(0, len(samples), tenth)]
    with capsys.disabled():
        print(f"\n{SOAK} submissions, a tenth of them hostile, in {time.monotonic() - begun:.0f} s")
        print(f"the trusted side's memory in MB, over time: {' '.join(means)}; at most {max(samples):.0f}")
    assert (wrong, scores.keys()) == ({}, expected.keys())


@pytest.fixture(scope="module")
def warm():
    process = WarmProcess().told()
    connection = WarmConnection(process.run_folder)
    first = manager_of(connection)
    until_it_answers(first)  # it is warm
    first.shutdown_kernel(now=True)
    yield connection
    process.close()


@pytest.fixture(scope="module")
def sandbox():
    process = WarmProcess().told(package=str(PROJECT / "revgraph"), hidden=(str(PROJECT),))
    assert not process.isolation.gaps()  # it is warm
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
    benchmark.pedantic(
        Runner._start,
        setup=lambda: ((Runner(new_notebook(), sandbox, DEFAULT, 0, {}),), {}),
        teardown=Runner.end,
        rounds=12,
        warmup_rounds=1,
    )
