"""check and progress, as a notebook and a terminal see them."""

import json
import os
import re
import subprocess
import sys

import pytest

from revgraph.checks import CheckFailed, check, exercises, library, progress, terminal
from revgraph.checks import notebook as nb

UNBROADCAST = exercises()["unbroadcast"]
CHAPTER = [exercise for exercise in exercises().values() if exercise.chapter == "05_unbroadcast"]
POINTS = sum(exercise.points for exercise in CHAPTER)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("REVGRAPH_HOME", str(tmp_path / "mine"))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return tmp_path / "mine"


@pytest.fixture
def notebook(monkeypatch):
    shown = []
    monkeypatch.setattr(nb, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", shown.append)
    return shown


def unbroadcast(g, shape):
    return exercises()["unbroadcast"].reference(g, shape)


def wrong(g, shape):
    return g.mean(keepdims=True)


def test_a_pass_in_a_terminal_prints_its_message(capsys):
    assert check(unbroadcast).passed
    assert capsys.readouterr().out.startswith("unbroadcast: all ")


def test_a_failure_in_a_terminal_prints_its_message(capsys):
    assert not check("unbroadcast", wrong).passed
    assert "cases pass" in capsys.readouterr().out


def test_a_pass_in_a_notebook_is_what_the_cell_returns(notebook):
    verdict = check(unbroadcast)
    assert notebook == []
    bundle = verdict._repr_mimebundle_()
    assert bundle["text/plain"] == repr(verdict) == verdict.message
    assert "Passed" in bundle["text/html"]


def test_a_failure_in_a_notebook_shows_a_panel_and_ends_the_cell_without_a_traceback(notebook):
    with pytest.raises(CheckFailed) as failure:
        check("unbroadcast", wrong)
    (shown,) = notebook
    assert "Not yet" in shown._repr_mimebundle_()["text/html"]
    (line,) = failure.value._render_traceback_()
    assert line == shown.message.splitlines()[0]


def test_ipython_prints_no_traceback_of_ours(tmp_path):
    code = "from revgraph.checks import check; check('unbroadcast', lambda g, shape: None)"
    env = {**os.environ, "IPYTHONDIR": str(tmp_path)}
    shell = subprocess.run(
        [sys.executable, "-m", "IPython", "-c", code], capture_output=True, text=True, env=env, check=False
    )
    printed = shell.stdout + shell.stderr
    assert "It returned None" in printed
    assert "notebook.py" not in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("unbroadcats", "Did you mean unbroadcast"),
        ("zzzzzz", "The exercises are: "),
    ],
)
def test_an_unknown_name_lists_the_near_ones(name, hint):
    with pytest.raises(LookupError, match=hint):
        check(name, unbroadcast)


def test_a_name_alone_has_nothing_to_judge():
    with pytest.raises(LookupError, match=r"Write check\(unbroadcast\), without quotes"):
        check("unbroadcast")


def test_html_is_escaped_and_marks_the_first_difference():
    def doubled(g, shape):
        return 2 * unbroadcast(g, shape)

    verdict = exercises()["unbroadcast"].judge(doubled)
    html = verdict._repr_mimebundle_()["text/html"]
    assert "<mark" in html
    assert "«" not in html
    assert "<code>g.shape</code>" in html


def test_progress_counts_what_passed(home):
    assert f"Next: {next(iter(exercises()))}" in repr(progress())
    check(unbroadcast)
    check(unbroadcast)
    assert json.loads((home / "progress.json").read_text()) == {"unbroadcast": UNBROADCAST.points}
    assert sum(row.passed for row in progress().rows) == 1
    assert sum(row.exercises for row in progress().rows) == len(exercises())
    line = f"05_unbroadcast 1 of {len(CHAPTER)} exercises {UNBROADCAST.points} of {POINTS} points"
    assert line in " ".join(repr(progress()).split())


def test_the_panel_speaks_of_the_chapter_one_is_in_and_of_what_is_next_there(tmp_path, monkeypatch):
    (tmp_path / "05_unbroadcast").mkdir()
    monkeypatch.chdir(tmp_path / "05_unbroadcast")
    assert "05 · unbroadcast" in one_line(progress())
    assert f"0 of {POINTS} points Next: exercise 1, broadcast_shape" in one_line(progress())
    pass_chapter("05_unbroadcast")
    then = "Next: exercise 1 of 06 · backprop, graph_order"
    assert f"{POINTS} of {POINTS} points {then}" in one_line(progress())
    link = "../06_backprop/06_backprop.ipynb#Exercise-1:-graph_order"
    assert f'<a href="{link}">' in progress()._repr_html_()
    assert f'<progress value="{POINTS}" max="{POINTS}"' in progress()._repr_html_()


def test_what_is_next_behind_the_last_chapter_is_what_was_skipped(tmp_path, monkeypatch):
    (tmp_path / "11_conv2d").mkdir()
    monkeypatch.chdir(tmp_path / "11_conv2d")
    for chapter in dict.fromkeys(exercise.chapter for exercise in exercises().values()):
        if chapter != "01_derivatives":
            pass_chapter(chapter)
    assert "Next: forward_difference, in 01_derivatives" in repr(progress())
    pass_chapter("01_derivatives")
    assert repr(progress()).endswith("Everything is done.")
    assert "Everything is done." in one_line(progress())


def pass_chapter(chapter):
    for exercise in exercises().values():
        if exercise.chapter == chapter:
            library.record(exercise)


def one_line(panel):
    """The panel's words above what folds open."""
    return " ".join(re.sub("<.*?>|&nbsp;", " ", panel._repr_html_().partition("<details")[0]).split())


def test_the_panel_links_every_chapter():
    html = progress()._repr_html_()
    for chapter in {exercise.chapter for exercise in exercises().values()}:
        assert f'<a href="../{chapter}/{chapter}.ipynb">' in html


def test_a_graders_run_shows_nobodys_progress(monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert progress() is None
    assert capsys.readouterr().out == "Your progress is kept in your own notebook.\n"


def test_a_failed_check_records_nothing(home):
    check("unbroadcast", wrong)
    assert not home.exists()


def test_grading_records_nothing(home, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    check(unbroadcast)
    assert not home.exists()


def test_a_damaged_record_is_kept_aside(home):
    home.mkdir()
    (home / "progress.json").write_text("{not json")
    check(unbroadcast)
    assert (home / "progress.damaged").read_text() == "{not json"
    assert json.loads((home / "progress.json").read_text()) == {"unbroadcast": UNBROADCAST.points}


def test_the_record_stands_beside_the_chapters(tmp_path, monkeypatch):
    monkeypatch.delenv("REVGRAPH_HOME")
    (tmp_path / "05_unbroadcast").mkdir()
    monkeypatch.chdir(tmp_path / "05_unbroadcast")
    assert library.learners_folder() == tmp_path / "my_revgraph"
    monkeypatch.chdir(tmp_path)
    assert library.learners_folder() == tmp_path / "my_revgraph"


def test_the_record_is_found_from_the_projects_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("REVGRAPH_HOME")
    chapter = tmp_path / "course" / "00_welcome"
    chapter.mkdir(parents=True)
    for folder in (tmp_path, tmp_path / "course", chapter):
        monkeypatch.chdir(folder)
        assert library.learners_folder() == tmp_path / "course" / "my_revgraph"


def test_progress_in_a_terminal_has_bars_and_elsewhere_is_plain(home, monkeypatch, capsys):
    terminal.show_progress()
    assert capsys.readouterr().out == f"{progress()!r}\nNothing has passed yet in {home}\n"
    check(unbroadcast)
    capsys.readouterr()
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    terminal.show_progress()
    shown = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)  # without the colors
    line = rf"05_unbroadcast +━+╸?━+ +1 of {len(CHAPTER)} +{UNBROADCAST.points} of {POINTS}\n"
    assert re.search(line, shown)
    assert f"1 of {len(exercises())}" in shown
    assert shown.endswith(f"Next: standardize, in 00_welcome\nKept in {home}\n")
