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


def test_without_typer_one_line_says_what_to_install(monkeypatch):
    monkeypatch.delattr(cli, "typer")
    assert run(monkeypatch) == (
        "revgraph: this command needs typer, which comes with: pip install 'revgraph[course]'"
    )
