"""Finding a Python: tools/pythons with a PATH of pretended ones, and what `make lab` does with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="make and tools/ are for POSIX systems")


def pretend(path: Path, version: str, works: bool = True) -> Path:
    """A Python that is only a script: it knows its version, and answers the probe if it is recent enough."""
    minor = int(version.split(".")[1])
    answer = f"echo 3.{minor} {path}" if works and minor >= 11 else "exit 1"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo Python {version} && exit\n{answer}\n')
    path.chmod(0o755)
    return path


TOOLS = [
    *("sh", "tr", "ls", "grep", "sed", "sort", "awk", "head", "cat", "id", "make"),
    *("mktemp", "find", "touch", "rm"),
]


def run(
    home: Path, *command: str, folder: Path = PROJECT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """With nothing on the PATH but `home`/bin and the shell's tools."""
    tools = home / "tools"
    tools.mkdir(exist_ok=True)
    for name in TOOLS:
        source = next(path for path in (Path("/usr/bin", name), Path("/bin", name)) if path.exists())
        (tools / name).symlink_to(source)
    env = {"PATH": f"{home}/bin:{tools}", "HOME": str(home)} | environment
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)


def best(home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return run(home, "tools/pythons", "--best", **environment)


def test_python3_is_taken_where_it_is_recent_enough(tmp_path: Path) -> None:
    python = pretend(tmp_path / "bin" / "python3", "3.11.2")
    pretend(tmp_path / "bin" / "python3.13", "3.13.0")
    assert best(tmp_path).stdout.strip() == str(python)


def test_newest_is_taken_where_python3_is_too_old(tmp_path: Path) -> None:
    pretend(tmp_path / "bin" / "python3", "3.8.18")
    for minor in (9, 11, 12, 13):
        newest = pretend(tmp_path / "bin" / f"python3.{minor}", f"3.{minor}.0")
    assert best(tmp_path).stdout.strip() == str(newest)


def test_shims_that_fail_are_passed_over(tmp_path: Path) -> None:
    shims = tmp_path / "pyenv" / "shims"
    for name in ("python3", "python3.12", "python3.13"):
        pretend(shims / name, "3.13.0", works=False)
    behind = pretend(tmp_path / "pyenv" / "versions" / "3.12.1" / "bin" / "python3", "3.12.1")
    result = best(tmp_path, PATH=f"{shims}:{tmp_path}/bin:{tmp_path}/tools")
    assert result.stdout.strip() == str(behind)


def test_too_old_says_what_was_found_and_what_to_do(tmp_path: Path) -> None:
    pretend(tmp_path / "bin" / "python3", "3.8.18")
    result = best(tmp_path)
    assert result.returncode == 1
    for words in ("needs Python 3.11", "Python 3.8.18", "python.org/downloads", "make PYTHON="):
        assert words in result.stderr


def test_named_python_that_is_too_old_is_not_replaced(tmp_path: Path) -> None:
    pretend(tmp_path / "bin" / "python3", "3.13.0")
    old = pretend(tmp_path / "old" / "python", "3.10.4")
    result = best(tmp_path, PYTHON=str(old))
    assert result.returncode == 1
    assert "Python 3.10.4" in result.stderr


def test_no_python_at_all(tmp_path: Path) -> None:
    assert "needs Python 3.11" in best(tmp_path).stderr


def test_one_of_each_version_is_listed_newest_first(tmp_path: Path) -> None:
    for minor in (9, 13, 11):
        pretend(tmp_path / "bin" / f"python3.{minor}", f"3.{minor}.0")
    pretend(tmp_path / ".pyenv" / "versions" / "3.11.7" / "bin" / "python3", "3.11.7")
    listed = run(tmp_path, "tools/pythons").stdout.split()
    assert listed[::2] == ["3.13", "3.11"]


def test_the_oldest_and_the_newest_run_the_unit_tests_too(tmp_path: Path) -> None:
    """But not the one that runs all tests. Nothing can be installed for pretended ones, so they stop."""
    for minor in range(11, 20):
        pretend(tmp_path / "bin" / f"python3.{minor}", f"3.{minor}.0")
    folder = tmp_path / "project"
    shutil.copytree(PROJECT / "tools", folder / "tools")
    done = run(tmp_path, "tools/test-other-pythons", sys.executable, "no.lock", "tests", folder=folder)
    others = [
        word for line in done.stdout.splitlines() if line.startswith("Running") for word in line.split()[6:7]
    ]
    assert others == [one for one in ("3.19", "3.11") if one != "{}.{}".format(*sys.version_info[:2])]
    assert done.returncode != 0


def test_lab_stops_with_that_message(tmp_path: Path) -> None:
    pretend(tmp_path / "bin" / "python3", "3.8.18")
    result = run(tmp_path, "make", "lab", f"LAB_VENV={tmp_path}/venv")
    assert result.returncode != 0
    assert "needs Python 3.11" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [((), "start course --port 8888"), (("PORT=9999",), "start course --port 9999")],
)
def test_lab_starts_the_course(tmp_path: Path, arguments: tuple[str, ...], expected: str) -> None:
    ready = tmp_path / "venv" / ".ready"
    ready.parent.mkdir()
    ready.touch()
    result = run(tmp_path, "make", "--dry-run", "lab", f"LAB_VENV={ready.parent}", *arguments, "BROWSER=no")
    assert f"{ready.parent}/bin/revgraph {expected} --no-browser" in result.stdout
    assert "venv --clear" not in result.stdout, "a second call would install everything again"


def test_one_target_prepares_what_grading_needs_and_says_what_is_next(tmp_path: Path) -> None:
    made = run(tmp_path, "make", "--dry-run", "grading", f"GRADING_VENV={tmp_path}/venv").stdout
    assert "--editable '.[grading]'" in made
    assert f"In each new terminal: . {tmp_path}/venv/bin/activate" in made


def test_this_python_is_among_those_listed() -> None:
    listed = subprocess.run(["tools/pythons"], cwd=PROJECT, capture_output=True, text=True).stdout.split()
    assert "{}.{}".format(*sys.version_info[:2]) in listed
