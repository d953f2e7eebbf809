"""The command line: thin, and clear where something is missing."""

import sys

import pytest

from revgraph import __version__, cli
from revgraph.checks import progress


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


def test_without_typer_one_line_says_what_to_install(monkeypatch):
    monkeypatch.delattr(cli, "typer")
    assert run(monkeypatch) == (
        "revgraph: this command needs typer, which comes with: pip install 'revgraph[course]'"
    )
