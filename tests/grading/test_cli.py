"""The command line: thin, and clear where something is missing."""

import os
import sys

import pytest

from revgraph import __version__, cli
from revgraph.checks import progress
from revgraph.cores import usable_cores
from revgraph.grading.assignment import Options

from .conftest import PROJECT


def run(monkeypatch, *args):
    monkeypatch.setattr(sys, "argv", ["revgraph", *args])
    with pytest.raises(SystemExit) as exit_:
        cli.main()
    return exit_.value.code


def test_version(monkeypatch, capsys):
    assert run(monkeypatch, "--version") == 0
    assert capsys.readouterr().out.strip() == __version__


def test_progress(monkeypatch, capsys, tmp_path):
    home = tmp_path / "mine"
    monkeypatch.setenv("REVGRAPH_HOME", str(home))
    assert run(monkeypatch, "progress") == 0
    assert capsys.readouterr().out == f"{progress()!r}\nNothing has passed yet in {home}\n"


@pytest.mark.parametrize("platform", ["darwin", "win32"])
@pytest.mark.parametrize("command", ["grade", "class"])
def test_elsewhere_than_on_linux_one_sentence_says_what_grading_needs(monkeypatch, platform, command):
    monkeypatch.setattr(sys, "platform", platform)
    for module in [name for name in sys.modules if name.startswith("revgraph.grading")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "resource", None)  # there is none on Windows
    told = run(monkeypatch, command, "05_unbroadcast")
    assert told.startswith(f"revgraph {command} needs Linux")
    assert "nbgrader autograde grades here" in told
    assert "\n" not in told


@pytest.mark.parametrize(
    ("words", "offered"),
    [("revgraph gra", ["grade"]), ("revgraph grade 05", ["05_unbroadcast"]), ("revgraph course zz", [])],
)
def test_the_shell_completes_commands_and_assignments(monkeypatch, capsys, words, offered):
    monkeypatch.setenv("_REVGRAPH_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    monkeypatch.chdir(PROJECT)
    assert run(monkeypatch) == 0
    assert capsys.readouterr().out.split() == offered


def test_an_error_stands_alone_below_no_line_of_progress(monkeypatch, capfd, tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    monkeypatch.chdir(tmp_path)
    told = run(monkeypatch, "grade", "05_unbroadcast")
    assert told.startswith("revgraph grade: ")
    assert "grading" not in capfd.readouterr().err


def test_there_is_no_option_to_hide_the_version(monkeypatch, capsys):
    assert run(monkeypatch, "--no-version") == 2
    assert "No such option" in capsys.readouterr().err


def test_there_is_no_grading_with_no_jobs(monkeypatch, capsys):
    assert run(monkeypatch, "grade", "05_unbroadcast", "--jobs", "0") == 2
    assert "--jobs" in capsys.readouterr().err


def test_jobs_are_counted_by_the_cores_that_this_process_may_use():
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)
    assert Options().jobs == len(allowed) + 1


def test_outside_of_a_course_a_sentence_says_where_to_go(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for words in (["grade", "05_unbroadcast"], ["course"]):
        told = run(monkeypatch, *words)
        assert told.startswith(f"revgraph {words[0]}: {tmp_path} is no course")
        assert "Next: cd into" in told


def test_without_typer_one_line_says_what_to_install(monkeypatch):
    monkeypatch.delattr(cli, "typer")
    assert run(monkeypatch) == (
        "revgraph: this command needs typer, which comes with: pip install 'revgraph[course]'"
    )


def test_limits_of_settings_that_cannot_be_read_are_not_the_defaults(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, "grade", "--limits") == 0
    assert "grader_memory=" in capsys.readouterr().out  # where there is no course, the defaults
    (tmp_path / "nbgrader_config.py").write_text("raise ValueError('hm')")
    assert run(monkeypatch, "grade", "--limits") not in (0, None)
    assert "grader_memory=" not in capsys.readouterr().out
