"""What is published: a wheel with the course in it, an sdist without an answer, and that both work alone."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from revgraph import __version__
from revgraph.authoring.chapters import find_chapters
from tests.notebooks.lint import answers
from tests.notebooks.one_exercise import PROJECT

CHAPTER = "00_welcome"


def run(*command: object, folder: Path, **environment: str) -> str:
    """What it prints; nothing of this checkout is importable, and no home of a learner's is known."""
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "REVGRAPH_HOME")}
    # nbgrader looks for alembic there, and jupyter for jupyter-execute
    kept["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), kept["PATH"]])
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=kept | environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, PROJECT, folder=folder)
    return folder


@pytest.fixture(scope="module")
def python(published: Path) -> Iterator[Path]:
    """A Python with the wheel, and with the libraries of ours but not with this checkout.

    Not in /tmp, in place of which a submission sees a folder of its own.
    """
    (PROJECT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=PROJECT / "build", prefix="environment-") as folder:
        Path(folder).chmod(0o755)  # as root, submissions run as another account
        yield with_wheel(Path(folder), published)


def with_wheel(folder: Path, published: Path) -> Path:
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "--quiet")
    run(*pip, *published.glob("*.whl"), folder=folder)
    libraries = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=folder)
    # Our own site-packages as one more folder: what its .pth files add, such as this checkout, stays out.
    Path(libraries.strip(), "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = run(python, "-c", "import revgraph; print(revgraph.__file__)", folder=folder)
    assert where.startswith(str(folder))
    return python


def test_published_files_are_well_formed(published: Path) -> None:
    files = sorted(published.iterdir())
    assert [file.name for file in files] == [
        f"revgraph-{__version__}-py3-none-any.whl",
        f"revgraph-{__version__}.tar.gz",
    ]
    said = run(sys.executable, "-m", "twine", "--no-color", "check", "--strict", *files, folder=published)
    assert said.count("PASSED") == 2


def test_the_wheel_carries_the_course_and_nothing_of_a_learners(published: Path) -> None:
    (wheel,) = published.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert "](docs/" not in archive.read(f"revgraph-{__version__}.dist-info/METADATA").decode()
    for path in find_chapters(PROJECT / "course"):
        assert f"revgraph/course/{path.stem}/{path.name}" in names
    assert not [name for name in names if "my_revgraph" in name or name.startswith(("tests", "solutions"))]


def test_no_answer_is_published(published: Path) -> None:
    """Neither the notebooks with answers nor the tests' other right answers; what `new-course` copies answers
    no chapter."""
    (sdist,) = published.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        for member in filter(tarfile.TarInfo.isfile, archive):
            assert Path(member.name).parts[1] not in ("solutions", "tests"), member.name
            file = archive.extractfile(member)
            if "revgraph/authoring/template" in member.name:
                continue
            if member.name.endswith(".ipynb") and file is not None:
                assert b"BEGIN SOLUTION" not in file.read(), member.name


@pytest.mark.skipif(os.name == "nt", reason="the folder of a virtual environment is another one there")
def test_the_wheel_alone_runs_a_chapter_to_its_end(python: Path, tmp_path: Path) -> None:
    bring = (
        "from pathlib import Path; from revgraph.authoring.start import bring_course as b; b(Path('mine'))"
    )
    run(python, "-c", bring, folder=tmp_path)
    path = tmp_path / "mine" / CHAPTER / f"{CHAPTER}.ipynb"
    solve(path)
    run(python, "-m", "jupyter", "execute", "--allow-errors", "--inplace", path.name, folder=path.parent)
    said = run(python, "-m", "revgraph", "progress", folder=tmp_path / "mine")
    assert "2 of 2 exercises   90 of 90 points" in said
    assert run(python.with_name("revgraph"), "--version", folder=tmp_path).strip() == __version__


@pytest.mark.skipif(sys.platform != "linux", reason="grading needs Linux")
def test_the_wheel_alone_grades(python: Path, tmp_path: Path) -> None:
    shutil.copy(PROJECT / "nbgrader_config.py", tmp_path)
    shutil.copytree(PROJECT / "solutions" / CHAPTER, tmp_path / "solutions" / CHAPTER)
    run(python, "-m", "nbgrader", "generate_assignment", CHAPTER, folder=tmp_path)
    handed_in = tmp_path / "submitted" / "ada" / CHAPTER
    shutil.copytree(tmp_path / "course" / CHAPTER, handed_in)
    solve(handed_in / f"{CHAPTER}.ipynb")
    run(python, "-m", "revgraph", "grade", CHAPTER, folder=tmp_path)
    with (tmp_path / f"grades_{CHAPTER}.csv").open(newline="", encoding="utf-8") as file:
        rows = [(row["student_id"], float(row["score"]), row["reason"]) for row in csv.DictReader(file)]
    assert rows == [("ada", 90, "")]


def solve(path: Path) -> None:
    """Write the instructor's answers into a released notebook."""
    right = answers(nbformat.read(PROJECT / "solutions" / CHAPTER / path.name, as_version=4))
    notebook = nbformat.read(path, as_version=4)
    for name, cell in answers(notebook).items():
        cell.source = right[name].source
    nbformat.write(notebook, path)
