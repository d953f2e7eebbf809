"""Exercises that an installed package brings: judged, and hidden from the submissions that it judges."""

from __future__ import annotations

import json
import re
import subprocess
import sysconfig
import venv
from pathlib import Path

import nbformat
import pytest
from nbgrader.apps import NbGraderAPI

from revgraph.authoring.chapters import nbgrader_settings
from revgraph.checks.own import packages

from .conftest import PROJECT

EXERCISE = """\
from revgraph.checks import Exercise, Misconception, case
from {package}.helpers import half_of

def half(x):
    return half_of(x)

def cases(rng):
    yield case(4.0)
    yield case(float(rng.normal()))

EXERCISES = [Exercise(name="half", points=4, reference=half, cases=cases, misconceptions=[
    Misconception("doubles", lambda x: 2 * x, "You doubled it."),
])]
"""
NAME = "quiz"
STUDENTS = {
    "ada": ("def half(x):\n    return x / 2", 4),
    "cem": ("def half(x):\n    return x + x", 0),
    "zoe": ("import glob\ndef half(x):\n    try:\n        from halves.exercises.first import half as other\n"
            "    except ImportError:\n        files = glob.glob('PLACE/halves/**', recursive=True)\n"
            "        raise RuntimeError(f'there are {len(files)}')\n    return other(x)", 0),
}  # fmt: skip


def install(place: Path, package: str = "halves", value: str = "") -> None:
    """A package as pip leaves it: its folder, and beside it what it brings."""
    inside = place / package / "exercises"
    inside.mkdir(parents=True)
    (place / package / "__init__.py").touch()
    (inside / "__init__.py").touch()
    (place / package / "helpers.py").write_text("def half_of(x):\n    return x / 2\n")
    (inside / "first.py").write_text(EXERCISE.format(package=package))
    told = place / f"{package}-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(f"[revgraph.exercises]\n{package} = {value or package}\n")


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """An environment of its own, which has all of this one's packages and one more."""
    folder = tmp_path_factory.mktemp("python")
    venv.create(folder, with_pip=False, symlinks=True)
    (place,) = folder.glob("lib/python*/site-packages")
    (place / "others.pth").write_text(f"{sysconfig.get_path('purelib')}\n{PROJECT}\n")
    install(place)
    return folder / "bin" / "python", place


@pytest.fixture(scope="module")
def shown(python, tmp_path_factory):
    program, place = python
    folder = tmp_path_factory.mktemp("course")
    mark = {
        "schema_version": 3,
        "task": False,
        "grade_id": "half",
        "solution": True,
        "grade": False,
        "locked": False,
    }
    test = mark | {"grade_id": "check_half", "solution": False, "grade": True, "locked": True, "points": 4}
    cells = [
        nbformat.v4.new_code_cell("from revgraph.checks import check", id="given"),
        nbformat.v4.new_code_cell("def half(x):\n    ...", metadata={"nbgrader": mark}, id="half"),
        nbformat.v4.new_code_cell("check(half)", metadata={"nbgrader": test}, id="check_half"),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    (folder / "source" / NAME).mkdir(parents=True)
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / "source" / NAME / f"{NAME}.ipynb")
    assert NbGraderAPI(config=nbgrader_settings(folder)).generate_assignment(NAME)["success"]
    for student, (answer, _) in STUDENTS.items():
        released = nbformat.read(folder / "release" / NAME / f"{NAME}.ipynb", as_version=4)
        released.cells[1].source = answer.replace("PLACE", str(place))
        target = folder / "submitted" / student / NAME
        target.mkdir(parents=True)
        (target / f"{NAME}.ipynb").write_text(json.dumps(released))
    run = subprocess.run(
        [program, "-m", "revgraph", "grade", NAME], cwd=folder, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_an_installed_packages_exercise_is_judged_and_its_mistakes_are_named(shown):
    for student, (_, points) in STUDENTS.items():
        assert f"{student}     │ {points} of 4" in shown
    assert "1 of 3 (33%): doubles" in shown


def test_the_package_is_empty_while_it_judges(shown):
    """Only its folder is left, and the exercises' one in it."""
    assert re.search(r"there are [12]\b", shown)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    packages.installed.cache_clear()
    packages.names.cache_clear()
    yield tmp_path
    packages.installed.cache_clear()
    packages.names.cache_clear()


def test_two_packages_with_one_name_leave_it_unclear_and_others_as_they_are(place):
    install(place, "one_of_two")
    install(place, "two_of_two")
    found = packages.installed()
    assert found.twice == {"half": "one_of_two and two_of_two both bring an exercise 'half': uninstall one"}
    assert "half" not in found.exercises


@pytest.mark.parametrize(
    ("value", "message"),
    [("single.helpers", "is no package. Next: name a folder"), ("nowhere.at_all", "No module")],
)
def test_a_package_that_cannot_be_loaded_is_told_and_stops_nothing(place, value, message):
    install(place, "single", value=value)
    found = packages.installed()
    assert found.exercises == {}
    assert message in found.broken[0]
