"""The package as a submission sees it: no answer of the chapter is in it, and what the chapter uses works."""

import ast
import json
import os
import shutil
import subprocess
import sys
from functools import cache
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_notebook

from revgraph.checks import exercises
from revgraph.checks.own.broken import Broken
from revgraph.grading import records
from revgraph.grading.kernels import student_package
from revgraph.grading.kernels.student_package import given_imports, large_imports, write_student_package
from revgraph.grading.refusals import refuse_open_answers
from revgraph.grading.source import Source

from .conftest import PROJECT

CHAPTERS = sorted(path.parent.name for path in PROJECT.glob("course/*/*.ipynb"))
# The library that a chapter's cells import is open to its answers: chapter 12 builds on the reference.
BUILDS_ON_THE_REFERENCE = [name for name in CHAPTERS if name.startswith("12")]


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """A chapter's released notebook, and the package that its students see; made once for all tests."""

    @cache
    def closed(chapter):
        released = nbformat.read(PROJECT / "course" / chapter / f"{chapter}.ipynb", as_version=4)
        return chapter, released, write_student_package(tmp_path_factory.mktemp("closed"), [released])

    return closed


@pytest.fixture(params=CHAPTERS)
def closed(request, packages):
    return packages(request.param)


@cache
def defined(source):
    kinds = ast.FunctionDef | ast.ClassDef
    return {node.name for node in ast.parse(source).body if isinstance(node, kinds)}


def test_no_module_defines_what_the_chapter_asks_for(closed):
    chapter, _, package = closed
    asked = {e.name for e in exercises().values() if e.chapter == chapter}
    library = [path for path in package.rglob("*.py") if "chapters" not in path.parts]
    found = {path.name: defined(path.read_text()) & asked for path in library}
    if chapter not in BUILDS_ON_THE_REFERENCE:
        assert {name: names for name, names in found.items() if names} == {}


def test_the_answers_in_words_are_not_there(closed):
    _, _, package = closed
    assert not list(package.rglob("good_answers.md"))


def test_no_exercise_of_the_chapter_or_a_later_one_is_there(closed):
    chapter, _, package = closed
    left = [path.stem.removeprefix("ch")[:2] for path in (package / "checks" / "chapters").glob("ch*")]
    assert all(number < chapter[:2] for number in left)


def test_what_the_chapter_imports_and_takes_from_other_chapters_is_there(closed):
    _, released, package = closed
    code = "\n".join(cell.source for cell in released.cells if cell.cell_type == "code")
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    taking = [call for call in calls if getattr(call.func, "id", "") in ("mine", "pieces")]
    pieces = [ast.unparse(call) for call in taking if all(isinstance(arg, ast.Constant) for arg in call.args)]
    ours = [name.rpartition(".") for name in given_imports(released) if name.startswith("revgraph.")]
    imports = [f"from {module} import {name}" for module, _, name in ours]
    script = "\n".join(["from revgraph.checks import mine, pieces", *imports, *pieces])
    environment = os.environ | {"PYTHONPATH": str(package.parent), "NBGRADER_EXECUTION": "autograde"}
    run = subprocess.run(
        [sys.executable, "-P", "-c", script], env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    ("chapter", "name"),
    [
        ("00_welcome", "datasets.common.one_hot"),
        ("02_scalar_autodiff", "dagnet.engine.topological_order"),
        ("02_scalar_autodiff", "dagnet.Value"),
        ("03_scalar_networks", "dagnet.nn.MLP"),
        ("05_unbroadcast", "core.gradients"),
    ],
)
def test_taking_the_reference_is_told_why_it_is_closed(packages, chapter, name):
    _, _, package = packages(chapter)
    module, _, last = name.rpartition(".")
    script = f"from revgraph.{module} import {last}"
    environment = os.environ | {"PYTHONPATH": str(package.parent)}
    run = subprocess.run(
        [sys.executable, "-P", "-c", script], env=environment, capture_output=True, text=True
    )
    assert "is the reference; it is closed while your answers are judged" in run.stderr


def notebook(*given, checks=()):
    """A released notebook with these cells of its own, and a check cell for each name."""
    cells = [nbformat.v4.new_code_cell(source) for source in given]
    return nbformat.v4.new_notebook(cells=[*cells, *map(check_cell, checks)])


def check_cell(call):
    return graded_cell(f"check({call})")


def graded_cell(source):
    mark = {"grade": True, "locked": True, "solution": False, "grade_id": source, "points": 1}
    return nbformat.v4.new_code_cell(source, metadata={"nbgrader": mark})


def test_a_probe_may_bring_answers_along_only_to_what_was_judged_before():
    refuse_open_answers([notebook(checks=["backward", "Neuron"])])
    refuse_open_answers([notebook(checks=["mul_vjp", "im2col", "graph_order", "cnn"])])
    for first, later in [("Neuron", "backward"), ("graph_order", "mul_vjp"), ("cnn", "im2col")]:
        checks = [check_cell(first), check_cell("added_axes")]
        for cell in (check_cell(later), graded_cell(f"assert {later}(1) == 1")):
            with pytest.raises(Broken, match=f"answers {later}.*ask for {later} above the .* checks {first}"):
                refuse_open_answers([nbformat.v4.new_notebook(cells=[*checks, cell])])
            refuse_open_answers([nbformat.v4.new_notebook(cells=[cell, *checks])])


def chapters(found):
    return sorted(name[2:4] for name in student_package.open_chapters(found))


def numbers(*until):
    return [name for name in sorted({e.chapter[:2] for e in exercises().values()}) if name < until[0]]


def test_what_is_closed_is_decided_by_what_is_checked():
    assert chapters([notebook(checks=["unbroadcast"])]) == numbers("05")
    assert chapters([notebook(checks=['"value_add", Value'])]) == numbers("02")
    assert chapters([notebook(checks=["softmax"]), notebook(checks=["mul_vjp"])]) == numbers("04")
    assert chapters([notebook("assert True", "%matplotlib inline\nx = 1")]) == []


def test_a_check_in_any_cell_counts():
    inside = notebook("for f in (unbroadcast,):\n    check(unbroadcast)\n    !ls")
    assert chapters([inside]) == numbers("05")


def asking(source, grade):
    mark = {"grade": grade, "locked": grade, "solution": not grade, "grade_id": "asked", "points": 1}
    return nbformat.v4.new_code_cell(source, metadata={"nbgrader": mark})


@pytest.mark.parametrize(
    ("source", "grade"),
    [
        ("def unbroadcast(g, shape): ...", False),
        ("assert unbroadcast(g, ()) == 3", True),
        ("assert [globals()['unbroadcast'](g, ()) == 3]", True),
        ("import m\nm.unbroadcast(g, ())", True),
    ],
)
def test_what_is_asked_for_without_a_check_is_closed_as_well(source, grade):
    quiz = notebook("from revgraph.checks import mine", checks=["dense"])
    assert "05" in chapters([quiz])
    quiz.cells.append(asking(source, grade))
    assert chapters([quiz]) == numbers("05")
    given = notebook("from revgraph.checks import mine\nunbroadcast = mine('unbroadcast')", checks=["dense"])
    given.cells.append(asking(source, grade))
    assert ("05" in chapters([given])) == grade  # tests may use what the notebook gives


def test_a_later_chapter_stays_open_where_pieces_of_it_are_given_and_it_holds_no_answer():
    given = "numerical_vjp = mine('numerical_vjp')"
    assert chapters([notebook(given, checks=["standardize"])]) == ["01"]
    imported = "from my_revgraph import numerical_vjp"
    assert chapters([notebook(imported, checks=["standardize"])]) == ["01"]
    assert chapters([notebook("mine('sum_vjp')", checks=["unbroadcast"])]) == numbers("05")  # 07 imports 05


def test_large_libraries_are_those_that_the_notebooks_own_cells_import():
    first = notebook("import pandas as pd, numpy as np", "from sklearn.datasets import load_digits")
    second = notebook("def digits():\n    from sklearn import svm", "import pandasql, revgraph.dl")
    imported = ("pandas", "revgraph.dl", "sklearn.datasets.load_digits", "sklearn.svm")
    assert large_imports([first, second]) == imported
    chapters = [f"revgraph.checks.chapters.{name}" for name in ("ch00_welcome", "ch01_derivatives")]
    assert large_imports([notebook(checks=['"value_add", Value'])]) == (*chapters,)


@pytest.mark.parametrize("name", ["ps5", "quiz1", "06b_quiz", "99_final"])
def test_an_assignment_s_name_opens_no_answer(tmp_path, name):
    released = notebook("from revgraph.checks import check, mine", checks=["unbroadcast"])
    package = write_student_package(tmp_path / name, [released])
    script = "from revgraph.checks import mine; mine('unbroadcast')"
    environment = os.environ | {"PYTHONPATH": str(package.parent)}
    run = subprocess.run(
        [sys.executable, "-P", "-c", script], env=environment, capture_output=True, text=True
    )
    assert "unbroadcast is closed while your answers are judged" in run.stderr


def test_an_answer_that_the_notebook_s_own_cells_open_is_named():
    opened = notebook("import revgraph.core.ops.broadcasting as b", checks=["unbroadcast", "added_axes"])
    assert student_package.answers_left_open([opened]) == {"unbroadcast": "revgraph.core.ops.broadcasting"}


def test_a_chapter_that_is_a_folder_is_closed_and_noticed_like_a_file(tmp_path, monkeypatch):
    package = tmp_path / "installed" / "revgraph"
    shutil.copytree(student_package.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    folder = package / "checks" / "chapters" / "ch77_split"
    folder.mkdir()
    (folder / "__init__.py").write_text("from .one import one\n")
    (folder / "one.py").write_text("import revgraph.core\n\ndef one(): ...\n")
    monkeypatch.setattr(student_package, "PACKAGE", package)
    monkeypatch.setattr(records, "CHECKS", package / "checks")
    monkeypatch.setattr(student_package, "open_chapters", lambda released: {"ch77_split"})
    closed = write_student_package(tmp_path / "closed", [])  # it needs a module that is closed
    assert not (closed / "checks" / "chapters" / "ch77_split").exists()
    source = Source(json.dumps(new_notebook()))
    monkeypatch.setattr(records, "checked_exercises", lambda notebook: ["one"])
    monkeypatch.setattr(records, "exercises", lambda: {"one": SimpleNamespace(chapter="77_split")})
    before = records.source_digest(source)
    (folder / "one.py").write_text("def one(): return 1\n")
    assert records.source_digest(source) != before
    opened = write_student_package(tmp_path / "open", [])
    assert (opened / "checks" / "chapters" / "ch77_split" / "one.py").exists()
