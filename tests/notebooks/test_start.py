"""`revgraph start`: the course in a folder of one's own, never over what has been changed there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest

from revgraph.authoring import start
from revgraph.authoring.chapters import PipelineError, find_chapters
from revgraph.checks import library
from revgraph.checks.options import OWN_STUDY, studies_alone
from tests.notebooks.one_exercise import PROJECT, chapter

FIRST = "00_double/00_double.ipynb"


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package whose course has one chapter and a README."""
    course = tmp_path / "site-packages" / "revgraph" / "course"
    publish(course, "00_double")
    (course / "README.md").write_text("# The course\n")
    monkeypatch.setattr(start, "PACKAGE", course.parent)
    monkeypatch.chdir(tmp_path)
    return course


def publish(course: Path, name: str) -> None:
    path = course / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(chapter(), path)


def revise(path: Path, word: str) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("# Doubling", f"# {word}"), encoding="utf-8")


def test_a_new_folder_gets_the_whole_course_and_a_second_start_changes_nothing(packaged: Path) -> None:
    (packaged / "my_revgraph").mkdir()  # of whoever works in the package's own folder
    (packaged / "my_revgraph" / "ch00_double.py").touch()
    mine = Path("a folder", "mine")
    assert start.bring_course(mine) == [f"Put 1 chapter into {mine}"]
    assert sorted(path.name for path in mine.iterdir() if path.name[0] != ".") == ["00_double", "README.md"]
    before = {path: path.stat().st_mtime_ns for path in mine.rglob("*.ipynb")}
    assert start.bring_course(mine) == []
    assert {path: path.stat().st_mtime_ns for path in mine.rglob("*.ipynb")} == before


def test_an_update_brings_new_chapters_and_leaves_what_was_changed(packaged: Path) -> None:
    mine = Path("mine")
    start.bring_course(mine)
    revise(mine / FIRST, "Mine")
    publish(packaged, "01_halve")
    assert start.bring_course(mine) == [f"Put 1 chapter into {mine}"]  # no word of the other: it has no news
    revise(packaged / FIRST, "Second edition")
    for _ in range(2):
        (line,) = start.bring_course(mine)
        assert line.startswith(f"Left your {FIRST} as it is. There is a newer one")
    assert "# Mine" in (mine / FIRST).read_text()

    (mine / FIRST).rename(mine / "00_double" / "my own.ipynb")
    start.bring_course(mine)
    assert "# Second edition" in (mine / FIRST).read_text()
    assert "# Mine" in (mine / "00_double" / "my own.ipynb").read_text()


def test_an_unchanged_chapter_is_brought_up_to_date(packaged: Path) -> None:
    mine = Path("mine")
    start.bring_course(mine)
    revise(packaged / FIRST, "Second edition")
    start.bring_course(mine)
    assert "# Second edition" in (mine / FIRST).read_text()


def test_a_folder_with_other_things_in_it_keeps_them(packaged: Path) -> None:
    mine = Path("mine")
    mine.mkdir()
    (mine / "README.md").write_text("a project of mine")
    start.bring_course(mine)
    assert (mine / "README.md").read_text() == "a project of mine"
    assert (mine / FIRST).exists()


def test_which_folder_where_none_is_named(packaged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new = start.chosen_folder(None)
    assert new == Path.cwd() / "revgraph-course"
    start.bring_course(new)
    monkeypatch.chdir(new)  # in it, one goes on in it
    assert start.chosen_folder(None) == new
    monkeypatch.chdir(PROJECT)  # and in a clone, in the clone's own
    assert start.chosen_folder(None) == PROJECT / "course"


def test_what_goes_wrong_is_said_in_a_sentence(packaged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file").touch()
    with pytest.raises(SystemExit, match=r"revgraph start: .*Next: name a folder of your own"):
        start.start(Path("file"))
    shutil.rmtree(packaged)
    with pytest.raises(PipelineError, match="holds no course"):
        start.bring_course(Path("mine"))
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", None)
    with pytest.raises(PipelineError, match=r"pip install 'revgraph\[course\]'"):
        start.open_lab(Path("mine"), 8888, browser=False)


def test_in_a_clone_the_course_is_opened_where_it_is() -> None:
    assert start.packaged_course() == PROJECT / "course"
    assert start.bring_course(PROJECT / "course") == []


def test_the_command_opens_jupyterlab_without_questions(tmp_path: Path) -> None:
    """A server that serves the new folder; what is switched off is so for this start alone."""
    settings = {"JUPYTER_CONFIG_DIR": str(tmp_path / "config"), "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "revgraph", "start", "mine", "--no-browser", "--port", "18917"]
    with (tmp_path / "log").open("w") as log:
        lab = subprocess.Popen(
            command, cwd=tmp_path, env=os.environ | settings, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
    try:
        address = address_in(tmp_path / "log")
        page = urlopen(address, timeout=20).read().decode()
    finally:
        lab.send_signal(signal.SIGTERM)
        lab.wait(30)
    data = page.partition('id="jupyter-config-data" type="application/json">')[2].partition("</script>")[0]
    config = json.loads(data)
    assert set(start.NOT_FOR_LEARNERS) <= set(config["disabledExtensions"])
    assert "00_welcome/00_welcome.ipynb" in address
    assert len(find_chapters(tmp_path / "mine")) == len(find_chapters(PROJECT / "course"))
    assert not list((tmp_path / "config").glob("labconfig/*"))


def test_whoever_starts_the_course_studies_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OWN_STUDY, raising=False)
    assert not studies_alone()
    with start.settings_for_one(Path.cwd()):
        assert studies_alone()
    assert not studies_alone()
    assert OWN_STUDY not in os.environ


def test_a_kernel_finds_the_learners_own_pieces_before_it_knows_of_revgraph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(start.PACKAGE).parent))
    monkeypatch.delenv("REVGRAPH_HOME", raising=False)
    (tmp_path / "11_conv2d").mkdir()
    (tmp_path / "my_revgraph").mkdir()
    (tmp_path / "my_revgraph" / "__init__.py").write_text(library.PACKAGE)
    (tmp_path / "my_revgraph" / "ch15_language_models.py").write_text("def gelu(x):\n    return x\n")
    command = [sys.executable, "-c", "from my_revgraph import gelu; print(gelu.__module__)"]
    with start.settings_for_one(tmp_path):
        told = subprocess.run(command, cwd=tmp_path / "11_conv2d", capture_output=True, text=True, check=True)
    assert told.stdout == "my_revgraph.ch15_language_models\n"
    assert os.environ["PYTHONPATH"] == str(Path(start.PACKAGE).parent)


def address_in(log: Path) -> str:
    """The first address that JupyterLab says it answers at, once it does."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        words = [word for word in log.read_text().split() if word.startswith("http://localhost")]
        try:
            urlopen(words[0], timeout=5).close()
            return words[0]
        except (IndexError, URLError):
            time.sleep(0.3)
    raise AssertionError(log.read_text())
