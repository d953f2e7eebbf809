"""Interrupted, killed, and started again: what is graded stays, what is missing is graded, nothing twice."""

import contextlib
import errno
import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest
from nbgrader.apps import NbGraderAPI

from revgraph.authoring.chapters import nbgrader_settings
from revgraph.grading import assignment as grading
from revgraph.grading import schedule
from revgraph.grading.assignment import Options, grade_assignment
from revgraph.grading.command import told_of_the_disk
from revgraph.grading.gradebook import open_gradebook
from revgraph.grading.kernels import warm as warm_side
from revgraph.grading.kernels.temporary import LOCK, TemporaryFolder, remove_abandoned
from revgraph.grading.kernels.warm import WarmProcess

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


def children_left(than=()):
    """The processes of ours that are still there, once no others are, or after some seconds. The pool's own
    thread may be the one that hears of an end, and takes note of it a moment later.
    """
    until = time.monotonic() + 10
    while {*multiprocessing.active_children()} - {*than} and time.monotonic() < until:
        time.sleep(0.01)
    return multiprocessing.active_children()


EVERYONE = {f"student {i}": 100.0 for i in range(8)}


def test_a_second_run_grades_only_what_is_missing(course, monkeypatch):
    graded = []
    monkeypatch.setattr(grading, "BATCH", 1)
    record = grading.enter
    monkeypatch.setattr(grading, "enter", lambda *args: (graded.extend(args[-1]), record(*args)))

    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopped:
        grade_assignment(course, corpus.NAME, OPTIONS, stop)
    assert stopped.tb  # which holds all that was at work
    assert children_left() == []
    assert len(scores(course)) == 2

    outcome = grade_assignment(course, corpus.NAME, OPTIONS)
    assert scores(course) == EVERYONE
    assert (outcome.kept, len(graded)) == (2, 8)

    path = Path(course.root, "submitted", "student 3", corpus.NAME, f"{corpus.NAME}.ipynb")
    path.write_text(path.read_text().replace("added = g.ndim", "added = 1 + g.ndim"))
    assert grade_assignment(course, corpus.NAME, OPTIONS).kept == 7
    assert scores(course) == EVERYONE | {"student 3": 50.0}
    monkeypatch.setattr(grading, "source_digest", lambda *args: "another")
    assert (
        len(grade_assignment(course, corpus.NAME, Options(students=("student 1",), limits=LIMITS)).changed)
        == 1
    )


def test_an_interrupt_ends_the_workers_and_no_other_process():
    other = multiprocessing.get_context("fork").Process(target=time.sleep, args=(300,), daemon=True)
    other.start()
    results = schedule.on_this_machine(abs, range(100), 2)
    next(results)
    results.close()
    assert children_left(than=[other]) == [other]
    other.kill()
    other.join()


RUN = """
import sys
from nbgrader.apps import NbGraderAPI
from pathlib import Path
from revgraph.authoring.chapters import nbgrader_settings
from tests.grading.test_resume import OPTIONS, corpus, grade_assignment, grading
grading.BATCH = 1
api = NbGraderAPI(config=nbgrader_settings(Path(sys.argv[1])))
grade_assignment(api.coursedir, corpus.NAME, OPTIONS, lambda done, total: print(done, flush=True))
"""


@pytest.fixture
def temporary(monkeypatch):
    """What programs take for the temporary folder; its name is short, for the sake of sockets in it."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def the_command_alone(command):
    command.send_signal(signal.SIGKILL)


def everything_at_once(command):
    """As in a reboot: workers, warm process and kernels too, with no time to tidy up."""
    for process in [psutil.Process(command.pid), *psutil.Process(command.pid).children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):  # gone with its parent already
            process.kill()


@pytest.mark.parametrize("kill", [the_command_alone, everything_at_once])
def test_kill_9_leaves_a_gradebook_that_the_next_run_completes(course, kill, temporary):
    command = subprocess.Popen(
        [sys.executable, "-c", RUN, course.root],
        stdout=subprocess.PIPE,
        cwd=PROJECT,
        stderr=subprocess.DEVNULL,
    )
    with command:
        assert command.stdout.readline() == b"1\n"
        family = psutil.Process(command.pid).children(recursive=True)
        kill(command)
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []  # neither the warm process nor a kernel outlives the command
    left = set(temporary.iterdir())
    graded = len(scores(course))
    assert 1 <= graded < 8
    with sqlite3.connect(f"{course.root}/gradebook.db") as gradebook:
        assert gradebook.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert (
        graded - 1 <= grade_assignment(course, corpus.NAME, OPTIONS).kept <= graded
    )  # the last may lack its note
    assert scores(course) == EVERYONE
    assert left
    assert not left & set(temporary.iterdir())


@pytest.mark.timeout(60)
def test_a_warm_process_ends_though_a_fork_holds_its_socket():
    warm = WarmProcess().told()
    fork = multiprocessing.get_context("fork").Process(target=time.sleep, args=(300,), daemon=True)
    fork.start()
    warm.close()
    assert fork.is_alive()
    fork.kill()
    fork.join()


@pytest.mark.timeout(60)
def test_a_warm_process_that_was_stopped_is_ended_too(monkeypatch):
    monkeypatch.setattr(warm_side, "TO_END", 1)
    warm = WarmProcess().told()
    warm._process.send_signal(signal.SIGSTOP)
    warm.close()
    assert warm._process.returncode == -signal.SIGKILL
    assert not Path(warm.run_folder).exists()


@pytest.mark.timeout(60)
def test_a_warm_process_that_was_told_nothing_is_ended_at_once():
    """It may be importing still, and nobody waits for that."""
    warm = WarmProcess()
    warm.close()
    assert warm._process.returncode == -signal.SIGKILL
    assert not Path(warm.run_folder).exists()


OWNER = """
from revgraph.grading.kernels.warm import WarmProcess
from revgraph.grading.kernels.temporary import TemporaryFolder
folder = TemporaryFolder()
print(folder.name, flush=True)
input()
"""


def test_a_temporary_folder_is_removed_once_its_owner_is_gone_and_not_before(temporary):
    others = temporary / "revgraph-class-kept"
    others.mkdir()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": PROJECT}
    with subprocess.Popen([sys.executable, "-c", OWNER], **pipes) as owner:
        left = Path(owner.stdout.readline().strip())
        TemporaryFolder().remove()
        assert set(temporary.iterdir()) == {others, left}
        owner.kill()
    TemporaryFolder().remove()
    assert set(temporary.iterdir()) == {others}


def test_a_folder_that_a_submission_has_closed_is_removed_too(temporary, request):
    temporary.chmod(0o777)
    request.getfixturevalue("without_root")
    closed = temporary / "revgraph-left" / "work" / "closed"
    (closed / "inside").mkdir(parents=True)
    (closed / "link").symlink_to(temporary)
    closed.chmod(0)
    (temporary / "revgraph-left" / LOCK).touch()
    remove_abandoned()
    assert list(temporary.iterdir()) == []
    assert temporary.stat().st_mode & 0o777 == 0o777


def test_a_graded_notebook_that_was_lost_is_made_again(course):
    everyone = Options(jobs=2, students=("student 1", "student 2"), limits=LIMITS)
    grade_assignment(course, corpus.NAME, everyone)
    Path(course.root, "autograded", "student 1", corpus.NAME, f"{corpus.NAME}.ipynb").write_text("")
    assert grade_assignment(course, corpus.NAME, everyone).kept == 1


ON_A_SMALL_DISK = """
import os, shutil, subprocess, sys
from pathlib import Path
from revgraph.grading import assignment, command
from revgraph.grading.student import syscalls
template, folder = sys.argv[1:]
syscalls.unshare(syscalls.CLONE_NEWNS)
syscalls.mount("none", "/", flags=syscalls.MS_REC | syscalls.MS_PRIVATE)
syscalls.mount("tmpfs", folder, "tmpfs", data="size=10m")
shutil.copytree(template, folder, dirs_exist_ok=True)
space = os.statvfs(folder)
used = (space.f_blocks - space.f_bfree) * space.f_frsize
syscalls.mount("tmpfs", folder, "tmpfs", syscalls.MS_REMOUNT, f"size={used + 90_000}")
assignment.BATCH = 1
arguments = [Path(folder), "05_small", 2, (), "", False, False, False, []]
try:
    command.run(*arguments)
except SystemExit as told:
    print(told)
syscalls.mount("tmpfs", folder, "tmpfs", syscalls.MS_REMOUNT, "size=10m")
command.run(*arguments)
syscalls.mount("tmpfs", folder, "tmpfs", syscalls.MS_REMOUNT | syscalls.MS_RDONLY)
try:
    command.run(*arguments)
except SystemExit as told:
    print(told)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root may mount a disk that is too small")
def test_a_full_disk_is_told_and_the_next_run_completes(slow_class, tmp_path):
    command = [sys.executable, "-c", ON_A_SMALL_DISK, slow_class, tmp_path]
    run = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "What was graded is kept; the same command goes on from there." in run.stdout
    first, *_, closed = run.stdout.splitlines()
    assert "full" in first
    assert run.stdout.count("100 of 100") == 8
    assert f"{tmp_path}/gradebook.db cannot be written: Read-only file system." in closed


def test_a_full_disk_of_temporary_files_is_told():
    """shutil gathers the errors of many files in one that has no number."""
    many = [
        ("a.py", "/tmp/b.py", f"[Errno {errno.ENOSPC}] {os.strerror(errno.ENOSPC)}: 'a.py' -> '/tmp/b.py'")
    ]
    with pytest.raises(SystemExit, match=f"the disk of {tempfile.gettempdir()} is full"), told_of_the_disk():
        raise shutil.Error(many)
    with pytest.raises(shutil.Error), told_of_the_disk():
        raise shutil.Error([("a.py", "/tmp/b.py", "something else")])


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
