"""What students get: the release and nothing else, with how to start on each system."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import compute_checksum
from packaging.requirements import Requirement

from revgraph import __version__
from revgraph.authoring import requirements
from revgraph.authoring.chapters import PipelineError, find_chapters
from revgraph.authoring.handout import hand_out

PROJECT = Path(__file__).parents[2]


def handed_out(root, *names, to="out.zip", **options):
    return "\n".join(hand_out(root, list(names), Path(to), **options))


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A small course of another subject, released: one assignment with a file of data."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "stats"\n')
    folder = tmp_path / "release" / "ps1"
    for name in ("data", ".ipynb_checkpoints", "my_revgraph", "__pycache__"):
        (folder / name).mkdir(parents=True)
        (folder / name / "file.csv").write_text("1,2")
    (folder / "exercises.revgraph").write_text("as a course's own exercises travel")
    write(folder, new_code_cell("def f():\n    # your code here", metadata={"nbgrader": marked("f")}))
    return tmp_path


def marked(name):
    kind = {"grade": False, "solution": True, "locked": False, "task": False}
    return {"grade_id": name, "schema_version": 3, **kind}


def write(folder, cell, change=""):
    """A notebook of one cell as nbgrader releases it, and then changed."""
    if "nbgrader" in cell.metadata:
        cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
    cell.source += change
    nbformat.write(new_notebook(cells=[cell]), folder / "ps1.ipynb")


def names_handed_out():
    with zipfile.ZipFile("out.zip") as archive:
        return archive.namelist()


def test_the_course_without_answers_and_without_git(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = handed_out(PROJECT)
    chapters = find_chapters(PROJECT / "course")
    n = len(chapters)
    assert said.startswith(f"out.zip: {n} assignments, {n} notebooks of the course revgraph.")
    notebooks = [f"out/course/{path.stem}/{path.name}" for path in chapters]
    assert names_handed_out() == [
        "out/README.txt",
        *notebooks,
        "out/course/README.md",
        "out/requirements.txt",
    ]
    with zipfile.ZipFile("out.zip") as archive:
        for path, name in zip(chapters, notebooks, strict=True):
            assert archive.read(name) == path.read_bytes()
        readme = archive.read("out/README.txt").decode()
        requirements = archive.read("out/requirements.txt").decode()
    assert requirements == f"revgraph[course]=={__version__}\n"
    for words in (
        "Windows",
        "py -3 -m venv .venv",
        ".venv\\Scripts\\python",
        "macOS and Linux",
        ".venv/bin/",
    ):
        assert words in readme
    assert max(map(len, readme.splitlines())) <= 120
    first = Path("out.zip").read_bytes()
    handed_out(PROJECT)
    assert Path("out.zip").read_bytes() == first


def test_some_chapters_and_an_unknown_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    handed_out(PROJECT, "05_unbroadcast", "06_backprop", to="week")
    found = sorted(path.relative_to("week").as_posix() for path in Path("week").rglob("*.ipynb"))
    assert found == [f"course/{name}/{name}.ipynb" for name in ("05_unbroadcast", "06_backprop")]
    assert "    course/06_backprop\n" in Path("week/README.txt").read_text()
    with pytest.raises(PipelineError, match="07_nothing is not released; there are 00_welcome, 01_"):
        handed_out(PROJECT, "07_nothing")
    with pytest.raises(PipelineError, match="week is there already"):
        handed_out(PROJECT, to="week")


def test_where_no_course_is_the_installed_one_is_taken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    handed_out(tmp_path, "00_welcome")
    assert "out/course/00_welcome/00_welcome.ipynb" in names_handed_out()


def test_the_installed_course_never_stands_in_for_one_s_own(course):
    with pytest.raises(PipelineError, match=f"Next: cd {course}$"):
        handed_out(course / "release")
    (course / "nbgrader_config.py").write_text('raise ValueError("hm")')
    with pytest.raises(PipelineError, match="cannot be read: ValueError: hm"):
        handed_out(course)
    assert not Path("out.zip").exists()


def test_any_course_with_its_data_and_requirements(course):
    (course / "requirements.txt").write_text("pandas\n")
    handed_out(course)
    assert names_handed_out() == [
        "out/README.txt",
        "out/course/ps1/data/file.csv",
        "out/course/ps1/exercises.revgraph",
        "out/course/ps1/ps1.ipynb",
        "out/requirements.txt",
    ]
    with zipfile.ZipFile("out.zip") as archive:
        lines = archive.read("out/requirements.txt").decode().splitlines()
        assert archive.read("out/README.txt").startswith(b"stats\r\n=====\r\n")
    assert [Requirement(line).name for line in lines] == ["revgraph", "pandas"]


def required(course, source, **beside):
    """What is to be installed for a notebook with this cell, and what is said of it."""
    write(course / "release" / "ps1", new_code_cell(source))
    for name, text in beside.items():
        (course / "release" / "ps1" / f"{name}.py").write_text(text)
    said = handed_out(course, to="out")
    lines = Path("out/requirements.txt").read_text().splitlines()
    shutil.rmtree("out")
    return lines, said


def test_what_the_notebooks_import_is_to_be_installed(course):
    (course / "release" / "ps1" / "exercises.revgraph").unlink()
    lines, _ = required(
        course,
        "%matplotlib inline\nimport os, pandas as pd, yaml\nimport helper\nfrom PIL.Image import open\n"
        "try: import torch\nexcept ImportError: pass",
        helper="def f():\n    import numpy.linalg\nfrom . import other",
        other="from my_revgraph import f",
    )
    assert lines == ["jupyterlab", "numpy", "pandas", "pillow", "PyYAML"]
    (course / "requirements.txt").write_text("Pandas>=2\n# tables\n")
    lines, _ = required(course, "import revgraph, pandas, numpy, yaml, sklearn")
    assert lines == [f"revgraph[course]=={__version__}", "Pandas>=2", "# tables", "PyYAML"]


def test_what_the_exercises_import_is_to_be_installed(course):
    with zipfile.ZipFile(course / "release" / "ps1" / "exercises.revgraph", "w") as archive:
        archive.writestr("exercises/a.py", "import pandas, shared")
        archive.writestr("exercises/shared.py", "import yaml")
    assert required(course, "x")[0] == [f"revgraph[course]=={__version__}", "pandas", "PyYAML"]


def test_what_is_not_known_here_is_told(course):
    said = required(course, "import pandas_of_tomorrow")[1]
    assert "They import pandas_of_tomorrow, which is not installed here. Next: see that what brings" in said


def test_what_comes_along_with_revgraph_is_what_its_package_says():
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    names = [*settings["dependencies"], *settings["optional-dependencies"]["course"]]
    modules = {"scikit-learn": "sklearn"}
    brought = {modules.get(name, name) for name in map(requirements.named, names)}
    assert brought <= {*requirements.JUPYTER, *requirements.COURSE.split()}


@pytest.mark.parametrize(
    ("cell", "change", "why"),
    [
        (new_code_cell("f", metadata={"nbgrader": marked("f")}), "\nreturn 1", "was changed since .* cell f"),
        (new_code_cell("### BEGIN SOLUTION\nf\n### END SOLUTION"), "", "says 'BEGIN SOLUTION'"),
        (new_code_cell("### BEGIN HIDDEN TESTS"), "", "says 'BEGIN HIDDEN TESTS'"),
        (new_code_cell("=== BEGIN MARK SCHEME ==="), "", "says 'BEGIN MARK SCHEME'"),
        (new_code_cell("f", metadata={"tags": ["worked-answer"]}), "", "a cell for instructors"),
    ],
)
def test_no_answer_is_handed_out(course, cell, change, why):
    write(course / "release" / "ps1", cell, change)
    with pytest.raises(PipelineError, match=why):
        handed_out(course)
    assert not Path("out.zip").exists()


def test_no_chapter_was_changed_since_its_release():
    """What the check of changes goes by is there: each released answer and test has its checksum."""
    for path in find_chapters(PROJECT / "course"):
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            known = cell["metadata"].get("nbgrader")
            assert known is None or known["task"] or known["checksum"], path.stem


def test_a_file_of_somebody_s_is_not_written_over(course):
    with zipfile.ZipFile("out.zip", "w") as archive:
        archive.writestr("thesis.txt", "")
    with pytest.raises(PipelineError, match=r"out\.zip is there already, and no handout"):
        handed_out(course)
    assert names_handed_out() == ["thesis.txt"]
    damaged = bytearray(Path("out.zip").read_bytes())
    damaged[damaged.index(b"PK\1\2") + 6] = 99  # the version of zip that it takes to read it
    for content in (b"no zip", damaged):
        Path("out.zip").write_bytes(content)
        with pytest.raises(PipelineError, match="no handout"):
            handed_out(course)
    Path("out.zip").unlink()
    Path("out.zip").mkdir()
    with pytest.raises(PipelineError, match="no handout"):
        handed_out(course)


def test_nothing_released(course):
    (course / "release" / "ps1" / "ps1.ipynb").unlink()
    with pytest.raises(PipelineError, match="Next: revgraph course"):
        handed_out(course)


def test_a_wheel_of_one_s_own_is_what_pip_installs(course):
    """As the README says, in the folder that was unpacked; pip only looks, and asks no index."""
    wheel = course / "revgraph-9.9-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        info = "Metadata-Version: 2.1\nName: revgraph\nVersion: 9.9\nProvides-Extra: course\n"
        archive.writestr("revgraph-9.9.dist-info/METADATA", info)
        archive.writestr("revgraph-9.9.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("revgraph-9.9.dist-info/RECORD", "")
    handed_out(course, to="out", wheel=wheel)
    command = re.search(r"-m pip (install .*)", Path("out/README.txt").read_text())[1].split()
    quietly = ["--dry-run", "--no-index", "--ignore-installed", "--disable-pip-version-check"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", *command, *quietly], cwd="out", capture_output=True, text=True
    )
    assert "Would install revgraph-9.9" in done.stdout, done.stderr
    with pytest.raises(PipelineError, match="is no wheel"):
        handed_out(course, to="again", wheel=course / "nbgrader_config.py")
