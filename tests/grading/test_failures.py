"""Whatever of the grader itself fails, no score changes, and one sentence says what to do.

All ways to fail in one table: a class that was graded is graded again, each time with something broken. One
more way is one more line.
"""

import json
import os
import shutil
import signal
import sqlite3
from dataclasses import asdict
from types import SimpleNamespace

import pytest
from sqlalchemy.exc import InternalError, OperationalError, ProgrammingError

from revgraph.grading import assignment as grading
from revgraph.grading import command, worker
from revgraph.grading import gradebook as book
from revgraph.grading.command import FAILED_FOR_SOME
from revgraph.grading.kernels import isolated
from revgraph.grading.kernels.warm import WarmConnection
from revgraph.grading.source import Source
from revgraph.grading.submission import read
from revgraph.grading.worker import WeakIsolation

from . import corpus
from .conftest import LIMITS, hand_in, open_course, released_in

CHANGES = {"ada": lambda draft: None, "bob": corpus.answered("raise NotImplementedError")}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course of two students who were graded."""
    folder = tmp_path_factory.mktemp("failures")
    api = open_course(folder)
    for student, change in CHANGES.items():
        hand_in(folder, corpus.Case(student, 0, "", change), released_in(folder))
    grading.grade_assignment(api.coursedir, corpus.NAME, grading.Options(2, limits=LIMITS))
    return folder


@pytest.fixture
def folder(graded, tmp_path):
    """A copy of that course, to be broken."""
    shutil.copytree(graded, tmp_path / "course")
    return tmp_path / "course"


@pytest.fixture(scope="module")
def warm():
    """A warm process for all whose own need not be started."""
    source = Source(json.dumps(corpus.small_chapter()))
    process = worker.start_warm_process(worker.Setting(corpus.NAME, ((corpus.NAME, source),), 1, LIMITS))
    yield process
    process.close()


def scores(folder):
    """As they stand in the gradebook."""
    sums = """SELECT s.student_id, SUM(COALESCE(g.manual_score, g.auto_score, 0)) FROM grade g
        JOIN submitted_notebook n ON g.notebook_id = n.id
        JOIN submitted_assignment s ON n.assignment_id = s.id GROUP BY s.student_id"""
    with sqlite3.connect(f"file:{folder}/gradebook.db?mode=ro", uri=True) as gradebook:
        return dict(gradebook.execute(sums))


def run(folder, feedback=False, students=(), **limits):
    given = [f"{name}={most}" for name, most in (asdict(LIMITS) | limits).items()]
    command.run(folder, corpus.NAME, 2, students, "", True, feedback, False, given)


def raising(error):
    def broken(*args, **kwargs):
        raise error

    return broken


def ended_by(signum):
    return lambda *args: os.kill(os.getpid(), signum)


def gone_since(*path):
    """What lies there is removed once it was looked at, before it is run."""

    def broken(patch, folder):
        look = grading.make_plan

        def looks_and_removes(*args):
            plan, gone = look(*args), folder.joinpath(*path)
            shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
            return plan

        patch.setattr(grading, "make_plan", looks_and_removes)

    return broken


def without_checks(real):
    """A package for students in which `revgraph.checks` cannot be imported."""

    def write(target, released):
        package = real(target, released)
        (package / "checks" / "__init__.py").write_text("raise ImportError('no checks here')")
        return package

    return write


def held_by_another(patch, folder):
    """Some other program writes into the gradebook, and does not come to an end."""
    address(folder, f"sqlite:///{folder}/gradebook.db?timeout=0.1")
    other = sqlite3.connect(folder / "gradebook.db", isolation_level=None)
    other.execute("UPDATE grade SET auto_score = 1")  # so that there is something to enter
    other.execute("BEGIN IMMEDIATE")
    patch.setattr(book, "held_by", other, raising=False)  # until the test ends


def address(folder, url):
    setting(folder, "CourseDirectory.db_url", url)


def setting(folder, name, value):
    with (folder / "nbgrader_config.py").open("a") as settings:
        settings.write(f"\nc.{name} = {value!r}\n")


def without_a_column(patch, folder):
    with sqlite3.connect(folder / "gradebook.db") as gradebook:
        gradebook.execute("ALTER TABLE student DROP COLUMN lms_user_id")


WEAK = WeakIsolation("on grader-3 a submission could use the network. Next: install libseccomp.")
# fmt: off
REFUSED = {  # what is broken, and what is said
    "too little memory": ({"memory": 1}, "no kernel can be started"),
    "too few processes": ({"processes": 1}, "no kernel can be started"),
    "too few open files": ({"open_files": 3}, "Too many open files"),
    "too many seconds": ({"submission_seconds": 10**20}, "at most 100000000 can be kept to"),
    "more memory than can be counted": ({"memory": 10**20}, "at most 1000000000000000 can be kept to"),
    "too few cells": ({"cells": 1}, "as it was released: 7 at least"),
    "too small a notebook": ({"notebook_bytes": 10}, "as it was released"),
    "a student whom nobody knows": ({"students": ("adda",)}, "did you mean ada"),
    "no release": (lambda patch, folder: shutil.rmtree(folder / "course"), "Next: revgraph course"),
    "a release that is no notebook": (lambda patch, folder: (folder / "course" / corpus.NAME / f"{corpus.NAME}.ipynb").write_text("{"), "is no notebook"),
    "settings that import what is not there": (lambda patch, folder: (folder / "nbgrader_config.py").write_text("import not_there"), "nbgrader_config.py cannot be read: ModuleNotFoundError"),
    "a setting of another type": (lambda patch, folder: setting(folder, "Execute.timeout", "60"), "'timeout' trait of an Execute instance expected an int, not the str '60'"),
    "a rule for late submissions that is not there": (lambda patch, folder: setting(folder, "AssignLatePenalties.plugin_class", "no.Rule"), "'no.Rule' could not be imported"),
    "a placeholder that there is none of": (lambda patch, folder: (folder / "nbgrader_config.py").write_text("c.CourseDirectory.directory_structure = '{nbgrader_step}/{student}/{assignment_id}'"), "directory_structure: there is no {student}. Next: make it of {nbgrader_step}, {student_id} and {assignment_id}"),
    "a damaged gradebook": (lambda patch, folder: (folder / "gradebook.db").write_bytes(b"x" * 10_000), "the gradebook is damaged"),
    "a gradebook of an older nbgrader": (without_a_column, "no such column: student.lms_user_id). Next: nbgrader db upgrade"),
    "a folder for a gradebook": (lambda patch, folder: ((folder / "gradebook.db").unlink(), (folder / "gradebook.db").mkdir()), "unable to open database"),
    "a gradebook's address that is none": (lambda patch, folder: address(folder, "postgres://grader@localhost/x"), "CourseDirectory.db_url, cannot be used: Can't load plugin"),
    "a gradebook whose driver is not installed": (lambda patch, folder: address(folder, "mysql://grader@localhost/x"), "cannot be used: No module named 'MySQLdb'"),
    "a role that the database does not know": (lambda patch, folder: patch.setattr(book, "Gradebook", raising(OperationalError("", {}, Exception('FATAL:  role "ada" does not exist\n\tat 127.0.0.1')))), 'cannot be read or written (FATAL: role "ada" does not exist at 127.0.0.1)'),
    "kernels without revgraph.checks": (lambda patch, folder: patch.setattr(worker, "write_student_package", without_checks(worker.write_student_package)), "no kernel can be started"),
    "walls that are too thin": (lambda patch, folder: patch.setattr(grading, "warm_process", raising(WEAK)), "Next: install libseccomp"),
    "Ctrl-C while it reads": (lambda patch, folder: patch.setattr(grading, "look_into", raising(KeyboardInterrupt())), "interrupted"),
    "SIGTERM while it reads": (lambda patch, folder: patch.setattr(grading, "look_into", ended_by(signal.SIGTERM)), "interrupted"),
    "Ctrl-C while it runs": (lambda patch, folder: patch.setattr(grading, "warm_process", raising(KeyboardInterrupt())), "interrupted"),
}
# Everything runs, and then something fails that is nobody's submission.
LATER = {
    "Ctrl-C while it enters scores": (lambda patch, folder: patch.setattr(book, "record", raising(KeyboardInterrupt())), "interrupted"),
    "Ctrl-C while it shows the table": (lambda patch, folder: patch.setattr(command, "show", raising(KeyboardInterrupt())), "interrupted"),
    "SIGTERM while it enters scores": (lambda patch, folder: patch.setattr(book, "record", ended_by(signal.SIGTERM)), "interrupted"),
    "a gradebook that another program holds": (held_by_another, "database is locked"),
    "a gradebook that this account may only read": (lambda patch, folder: patch.setattr(book, "record", raising(ProgrammingError("UPDATE", {}, Exception("permission denied for table grade")))), "permission denied for table grade"),
    "a gradebook that nobody may change": (lambda patch, folder: patch.setattr(book, "record", raising(InternalError("UPDATE", {}, Exception("cannot execute UPDATE in a read-only transaction")))), "read-only transaction"),
    "a folder for the list of grades": (lambda patch, folder: (folder / f"grades_{corpus.NAME}.csv").mkdir(), "cannot be written"),
}
FAILED = {  # for each student: status 3, and what the row says
    "a warm process that is gone": (lambda patch, folder: patch.setattr(grading, "warm_process", lambda setting: SimpleNamespace(run_folder="/nowhere")), "the warm process ended"),
    "a worker that is killed": (lambda patch, folder: patch.setattr(worker, "_grade_in_a_process", ended_by(signal.SIGKILL)), "ended the grader's worker"),
    "no memory for one submission": (lambda patch, folder: patch.setattr(worker, "run_and_judge", raising(MemoryError())), "the grader needed more than"),
    "no end of computing": (lambda patch, folder: patch.setattr(worker, "run_and_judge", ended_by(signal.SIGXCPU)), "without coming to an end"),
    "walls that fail in the middle": (lambda patch, folder: patch.setattr(WarmConnection, "fork", raising(RuntimeError("unshare is refused"))), "unshare is refused"),
    "kernels that end before they answer": (lambda patch, folder: patch.setattr(isolated, "environment", lambda: {"\0": ""}), "the kernel did not start: ValueError: embedded null byte"),
    "folders that are gone": (lambda patch, folder: shutil.rmtree(folder / "submitted"), "its folder is gone: put it back"),
    "folders that go while it runs": (gone_since("submitted"), "the notebook cannot be opened: No such file or directory"),
    "a folder that cannot be looked into": (lambda patch, folder: patch.setattr(read, "find_notebook", raising(OSError(5, "I/O"))), "cannot be read: OSError: [Errno 5] I/O"),
    "a row that cannot be entered": (lambda patch, folder: patch.setattr(book, "record", raising(TypeError("lightning"))), "lightning"),
}
# fmt: on


def told(broken, folder, monkeypatch):
    """The exit status, or the sentence that stands for 1."""
    limits = broken if isinstance(broken, dict) else {}
    if callable(broken):
        broken(monkeypatch, folder)
    before = content(folder)
    with pytest.raises(SystemExit) as ended:
        run(folder, **limits)
    assert content(folder) == before
    return ended.value.code


def content(folder):
    """Of the gradebook: the scores, or whatever else it is."""
    path = folder / "gradebook.db"
    try:
        return scores(folder)
    except sqlite3.Error:
        return path.read_bytes() if path.is_file() else path.is_dir()


@pytest.mark.parametrize("way", REFUSED)
def test_nothing_is_graded_and_a_sentence_says_why(folder, monkeypatch, capfd, way):
    broken, said = REFUSED[way]
    expect_a_sentence(told(broken, folder, monkeypatch), said, capfd)


@pytest.mark.parametrize("way", LATER)
def test_what_was_graded_is_kept(folder, monkeypatch, capfd, warm, way):
    monkeypatch.setattr(grading, "warm_process", lambda setting: warm)
    broken, said = LATER[way]
    sentence = told(broken, folder, monkeypatch)
    expect_a_sentence(sentence, said, capfd)
    assert "What was graded is kept; the same command goes on from there." in sentence


def expect_a_sentence(sentence, said, capfd):
    assert isinstance(sentence, str)
    assert sentence.startswith("revgraph grade: ")
    assert said in sentence
    assert "\n" not in sentence
    assert any(
        step in sentence
        for step in ("Next: ", "goes on from there", "did you mean", "cannot be read", "a setting of")
    )
    assert "Traceback" not in sentence + "".join(capfd.readouterr())


@pytest.mark.parametrize("way", FAILED)
def test_where_the_grader_fails_for_some_their_rows_say_so(folder, monkeypatch, capfd, warm, way):
    monkeypatch.setattr(grading, "warm_process", lambda setting: warm)
    broken, said = FAILED[way]
    assert told(broken, folder, monkeypatch) == FAILED_FOR_SOME
    shown = "".join(capfd.readouterr())
    assert "The grader failed for 2: nothing was written" in shown
    assert shown.count("(as before)") == 2
    assert said in shown
    assert "Traceback" not in shown


def test_feedback_that_cannot_be_written_is_told_in_a_sentence(folder, monkeypatch, capfd):
    (folder / "feedback").write_text("")
    before = content(folder)
    with pytest.raises(SystemExit) as ended:
        command.run(folder, corpus.NAME, 1, (), "", False, True, False, [])
    expect_a_sentence(ended.value.code, "not all feedback could be written (NotADirectoryError", capfd)
    assert content(folder) == before
