"""Exercises of a course's own: found, loaded, refused with file and line, carried, and shown by progress."""

from __future__ import annotations

import io
import json
import re
import runpy
import zipfile
from pathlib import Path

import numpy as np
import pytest

from revgraph.checks import (
    CheckFailed,
    Exercise,
    Tolerance,
    case,
    check,
    exercises,
    library,
    mine,
    notebook,
    progress,
    registry,
)
from revgraph.checks.notebook import UnknownExercise
from revgraph.checks.own import bundle as bundles
from revgraph.checks.own import course as courses
from revgraph.checks.own.behind import files_behind
from revgraph.checks.own.broken import Broken
from revgraph.checks.own.bundle import FILE, Bundle, Place
from revgraph.checks.own.loading import load

TEMPLATE = Path(courses.__file__).parents[2] / "authoring" / "template" / "exercises"
CONFIG = 'c = get_config()\nc.RevgraphCourse.exercises = "exercises"\nc.RevgraphCourse.chapters = False\n'
PLAIN = """\
from revgraph.checks import Exercise, Misconception, case

def {name}(x):
    return {answer}

def cases(rng):
    yield case(3)
    yield case(int(rng.integers(9)))

EXERCISES = [Exercise(name="{name}", points=5, reference={name}, cases=cases)]
"""


def exercise_file(name="double", answer="2 * x"):
    return PLAIN.format(name=name, answer=answer)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course with the files that a test writes into its exercises."""
    root = tmp_path / "stats"
    (root / "exercises").mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(CONFIG)
    monkeypatch.chdir(root)
    return root


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        (root / "exercises" / f"{name}.py").write_text(text)


def write_notebook(folder: Path, *cells: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    made = [{"cell_type": "code", "source": [cell], "metadata": {}, "outputs": []} for cell in cells]
    (folder / f"{folder.name}.ipynb").write_text(json.dumps({"cells": made}))


# Loading


def test_an_exercise_beside_the_course_is_judged_and_ours_are_no_part_of_it(course, capsys):
    write(course, double=exercise_file())
    assert list(exercises()) == ["double"]
    assert check("double", lambda x: 2 * x).passed
    assert not check("double", lambda x: 3 * x).passed
    with pytest.raises(
        UnknownExercise, match=r"no exercise called 'unbroadcast'. The exercises are: double\.$"
    ):
        check("unbroadcast", len)


def test_a_file_that_was_edited_is_read_anew(course):
    write(course, double=exercise_file(answer="2 * x"))
    assert exercises()["double"].reference(4) == 8
    write(course, double=exercise_file(answer="x + x + 0 * 1"))
    assert exercises()["double"].reference.__code__.co_filename == str(course / "exercises" / "double.py")
    write(course, double=exercise_file(answer="20 * x"))
    assert exercises()["double"].reference(4) == 80


def test_helpers_and_data_lie_beside_an_exercise_and_hide_no_installed_module(course):
    """A helper called as a standard module is meant within the folder, and nowhere else."""
    inside = (
        "import tools.text\nfrom statistics import middle\nimport helpers as h\nfrom pathlib import Path\n"
    )
    inside += "BASE = int(Path(__file__).with_name('base.txt').read_text())\n"
    answer = "h.twice(x) + middle() + tools.text.ONE + BASE"
    write(course, double=inside + exercise_file(answer=answer), statistics="def middle():\n    return 10")
    write(course, helpers="def twice(x):\n    return 2 * x")
    (course / "exercises" / "tools").mkdir()
    (course / "exercises" / "tools" / "text.py").write_text("import helpers\nONE = helpers.twice(50)")
    (course / "exercises" / "base.txt").write_text("1000")
    assert exercises()["double"].reference(1) == 1112
    import statistics

    assert not hasattr(statistics, "middle")
    loaded = courses.teachers(course).load()
    assert files_behind(exercises()["double"], loaded) == {
        "double.py", "helpers.py", "statistics.py", "tools/text.py",
    }  # fmt: skip
    assert not list(course.rglob("__pycache__"))


def test_a_helper_that_only_the_cases_use_holds_no_answer(course):
    text = exercise_file().replace("yield case(3)", "yield case(number())")
    write(course, double="from inputs import number\n" + text, inputs="def number():\n    return 3")
    assert files_behind(exercises()["double"], courses.teachers(course).load()) == {"double.py"}
    late = exercise_file("late", "2 * x").replace("    return 2", "    from answers import z\n    return 2")
    write(course, late=late, answers="z = 1")
    assert files_behind(exercises()["late"], courses.teachers(course).load()) == {"late.py", "answers.py"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def f(:\n", r"^exercises/bad.py, line 1: SyntaxError: invalid syntax"),
        ("x = 1\nimport no_such_module\n", r"^exercises/bad.py, line 2: ModuleNotFoundError: No module named 'no_"),
        ("def f():\n    return 1 / 0\n\nf()\n", r"^exercises/bad.py, line 2: ZeroDivisionError: division by zero"),
        ("import helper\n", r"^exercises/helper.py, line 3: RuntimeError: too early"),
        (exercise_file().replace("points=5, ", ""), r"^exercises/bad.py, line 10: TypeError: .*'points'"),
        (exercise_file().replace("points=5", "points=5, parts={'a': 4}"), r"line 10: ValueError: .* 4 of 5 points"),
        (exercise_file().replace("EXERCISES", "LIST").replace("[", "").replace("]", ""), r"bad.py: it lists no exercise"),
        ("EXERCISES = [3]\n", r"^exercises/bad.py: EXERCISES holds 3, which is no Exercise"),
        ("EXERCISES = 3\n", r"^exercises/bad.py: EXERCISES is no list, but int"),
        (exercise_file().replace('name="double"', 'name="my double"'), r"'my double' is no name"),
    ],
)  # fmt: skip
def test_a_broken_file_is_told_with_its_line(course, text, message):
    write(course, bad=text, helper="# fine\n\nraise RuntimeError('too early')\n" if "helper" in text else "")
    with pytest.raises(Broken, match=message) as told:
        check("double", len)
    assert told.value._render_traceback_() == [str(told.value)]


# Names


def test_two_exercises_of_one_name_are_told_with_both_places(course):
    write(course, one=exercise_file(), two=exercise_file())
    with pytest.raises(Broken, match=r"exercises/two.py, line 10: there is an exercise 'double' already, in exercises/one.py, line 10"):  # fmt: skip
        exercises()


def test_a_name_of_ours_is_taken_unless_ours_are_no_part_of_the_course(course):
    write(course, softmax=exercise_file("softmax"))
    assert exercises()["softmax"].reference(2) == 4
    (course / "nbgrader_config.py").write_text(CONFIG.replace("False", "True"))
    with pytest.raises(
        Broken, match=r"softmax.py, line 10: revgraph has an exercise 'softmax' already, in chapter 08"
    ):
        exercises()
    write(course, softmax=exercise_file("double"))
    assert {"double", "unbroadcast"} <= exercises().keys()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('c.RevgraphCourse.exercises = "a" + "b"', r"nbgrader_config.py, line 2: write c.RevgraphCourse.exercises as"),
        ("c.RevgraphCourse.chapters = 0", r"line 2: write c.RevgraphCourse.chapters as True or False"),
        ('c.RevgraphCourse.excercises = "x"', r"line 2: c.RevgraphCourse.excercises means nothing; it has exercises"),
        ('c.RevgraphCourse.exercises = "elsewhere"', r"there is no folder .*elsewhere. Next: revgraph new-exercise"),
        ("c = (", r"nbgrader_config.py, line 2: "),
    ],
)  # fmt: skip
def test_settings_that_mean_nothing_are_told_with_their_line(course, line, message):
    (course / "nbgrader_config.py").write_text(f"c = get_config()\n{line}\n")
    with pytest.raises(Broken, match=message):
        exercises()


def test_a_broken_file_ends_the_command_in_a_sentence(course):
    from revgraph.commands.progress import command

    write(course, bad="x = = 1")
    with pytest.raises(SystemExit, match=r"^revgraph progress: exercises/bad.py, line 1: SyntaxError"):
        command()


# What a learner has


@pytest.fixture
def handed_out(course, tmp_path, monkeypatch):
    """A learner's copy of one assignment of two, far from the course."""
    write(course, double=exercise_file(), triple=exercise_file("triple", "3 * x"))
    write_notebook(course / "source" / "ps1", "check(double)")
    write_notebook(course / "source" / "ps2", "double = mine('double')", "# check(double)\ncheck(triple)")
    pytest.importorskip("nbgrader", reason="a release is nbgrader's")
    from revgraph.authoring.carry import carried

    found = courses.teachers(course)
    for name in ("ps1", "ps2"):
        target = tmp_path / "home" / name
        target.mkdir(parents=True)
        (target / FILE).write_bytes(carried(found, course / "source" / name).packed())
    monkeypatch.chdir(tmp_path / "home" / "ps1")
    monkeypatch.delenv("REVGRAPH_HOME")
    return tmp_path / "home"


def test_a_learner_has_the_exercises_of_the_assignments_at_hand_and_no_others(handed_out, monkeypatch):
    assert list(exercises()) == ["double"]
    assert exercises()["double"].reference(3) == 6
    monkeypatch.chdir(handed_out / "ps2")
    assert mine("double")(3) == 6
    assert [place.name for place in registry.known().places] == ["double", "triple"]


def test_progress_shows_the_course_at_hand(handed_out, capsys):
    check("double", lambda x: 2 * x)
    assert repr(progress()) == (
        "ps1   1 of 1 exercises    5 of 5 points\nps2   0 of 1 exercises    0 of 5 points\nNext: triple, in ps2"
    )
    assert library.learners_folder() == handed_out / "my_revgraph"
    shown = progress()._repr_html_()
    assert 'href="../ps2/ps2.ipynb#Exercise-1:-triple"' in shown
    assert "<b>ps1</b>" in shown


def test_what_a_student_handed_in_does_not_decide_what_is_judged(handed_out, monkeypatch):
    """nbgrader runs a submission in a folder of the course; without one, no exercise is known."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(UnknownExercise, match=r"`exercises\.revgraph` has to lie beside this notebook"):
        check("double", lambda x: 2 * x)
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert check("double", lambda x: 2 * x).passed


def test_in_the_course_the_teachers_files_count_whatever_lies_beside_the_notebook(course, monkeypatch):
    write(course, double=exercise_file())
    forged = Bundle("exercises", (("double.py", exercise_file(answer="x").encode()),))
    folder = course / "autograded" / "ada" / "ps1"
    folder.mkdir(parents=True)
    (folder / FILE).write_bytes(forged.packed())
    (folder / "nbgrader_config.py").write_text('c.RevgraphCourse.exercises = "mine"\n')
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert exercises()["double"].reference(3) == 6


def test_a_bundle_comes_back_as_it_was_packed_and_runs_from_a_folder_of_its_own(tmp_path):
    made = Bundle("exercises", (("double.py", exercise_file().encode()), ("data.csv", b"1,2")), (Place("double", "ps1", "a b", 5),))  # fmt: skip
    (tmp_path / FILE).write_bytes(made.packed())
    assert b"2 * x" not in made.packed()
    found = bundles.unpacked(tmp_path / FILE)
    assert found == made
    assert found.packed() == made.packed()
    loaded = load(found)
    assert loaded.exercises["double"].reference(2) == 4
    assert (loaded.folder / "data.csv").read_bytes() == b"1,2"


def _zip(method=zipfile.ZIP_DEFLATED, damage=0, **changes):
    """A zip file with a manifest and one file, of which some bytes may be damaged."""
    target = io.BytesIO()
    manifest = {"folder": "exercises", "ours": True, "places": []} | changes
    with zipfile.ZipFile(target, "w", method) as made:
        made.writestr("course.json", json.dumps(manifest))
        made.writestr("exercises/a.py", b"x" * 1000)
    data = bytearray(target.getvalue())
    for at in range(damage, damage + 20 if damage else 0):
        data[at] ^= 0xFF
    return bytes(data)


def _with(data, at, value):
    """With these bytes in each header, so far behind its begin; in those at the end it is two more."""
    for found in re.finditer(rb"PK(\x01\x02|\x03\x04)", data):
        begin = found.start() + at + 2 * (found[1] == b"\x01\x02")
        data = data[:begin] + value + data[begin + len(value) :]
    return data


DAMAGED = {
    "empty": b"",
    "no zip": b"no zip",
    "cut short": b"PK\x03\x04",
    "half": _zip()[:150],
    "damaged deflate": _zip(damage=45),
    "damaged lzma": _zip(zipfile.ZIP_LZMA, damage=50),
    "damaged bz2": _zip(zipfile.ZIP_BZIP2, damage=50),
    "encrypted": _with(_zip(), 6, b"\x01\x00"),
    "packed in a way unknown": _with(_zip(), 8, b"\x63\x00"),
    "of a later zip": _with(_zip(), 4, b"\xff\x00"),
    "places that are none": _zip(places=[{"where": 1}]),
    "a bomb": _zip(more="x" * 10_000),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_bundle_is_told(tmp_path, monkeypatch, content):
    (tmp_path / FILE).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bundles, "MOST_BYTES", 5_000)
    with pytest.raises(Broken, match=r"cannot be read .*Next: fetch the assignment again"):
        exercises()


# new-course and new-exercise


@pytest.fixture
def authoring():
    """What makes a course; it needs what the notebooks need."""
    pytest.importorskip("nbgrader", reason="a course is nbgrader's")
    from revgraph.authoring import new_course

    return new_course


def test_nothing_is_written_over(tmp_path, authoring):
    new_course, new_exercise, PipelineError = (
        authoring.new_course, authoring.new_exercise, authoring.PipelineError
    )  # fmt: skip
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("kept")
    with pytest.raises(PipelineError, match="is there already, and not empty"):
        new_course(tmp_path / "full")
    new_course(tmp_path / "new")
    before = {path: path.read_bytes() for path in (tmp_path / "new").rglob("*.py")}
    for name in ("trimmed_mean", "sentences", "two words", "class", "test_it", "numpy", "revgraph"):
        with pytest.raises(PipelineError, match=r"already|no name for an exercise|exercises import"):
            new_exercise(tmp_path / "new", name)
    assert {path: path.read_bytes() for path in (tmp_path / "new").rglob("*.py")} == before
    with pytest.raises(PipelineError, match="run this in the course's folder"):
        new_exercise(tmp_path, "fine")


def test_the_course_that_is_made_bears_the_folders_name(tmp_path, authoring):
    told = authoring.new_course(tmp_path / "my stats")
    assert f"cd '{tmp_path / 'my stats'}'; revgraph exercises" in told[1]  # as a shell takes it
    assert 'course_id = "my-stats"' in (tmp_path / "my stats" / "nbgrader_config.py").read_text()
    assert (tmp_path / "my stats" / ".gitignore").exists()
    assert not any(
        "COURSE" in path.read_text() for path in (tmp_path / "my stats").rglob("*.*") if path.is_file()
    )


def test_in_a_notebook_a_wrong_answer_to_an_own_exercise_ends_the_cell(course, monkeypatch):
    write(course, double=exercise_file())
    monkeypatch.setattr(notebook, "in_notebook", lambda: True)
    with pytest.raises(CheckFailed, match="double: 0 of 2 cases pass"):
        check("double", lambda x: None)


def test_the_trial_of_one_seed_looks_at_its_cases(authoring):
    from revgraph.authoring.trial import faults

    exercise = Exercise("f", points=1, reference=lambda x: 1.0, cases=lambda rng: [case(object())])
    assert any("no plain data" in fault for fault in faults(exercise, seeds=1))


def test_the_trial_says_when_answers_are_too_large_to_reach_the_grader(authoring):
    import numpy as np

    from revgraph.authoring.trial import faults

    def cases(rng):
        return [case(np.full(2_500_000, rng.random())) for _ in range(2)]

    exercise = Exercise("f", points=1, reference=lambda x: x + 1, cases=cases)
    assert faults(exercise, seeds=1)[0] == (
        "its answers take 53 MB together, of which 48 reach the grader. Next: smaller or fewer cases, or a "
        "probe that gives less back"
    )


def tried(reference, *cases, **options):
    from revgraph.authoring.trial import faults

    drawn = lambda rng: [*(case(*args) for args in cases), case(rng.uniform(1, 2), 1.0)]  # noqa: E731
    return faults(Exercise("f", points=1, reference=reference, cases=drawn, **options))


def divided(a, b):
    return a / b


def divided_or_told(a, b):
    if b == 0:
        raise ValueError("b is 0")
    return a / b


def test_an_error_that_a_reference_does_not_raise_itself_is_a_fault(authoring):
    assert tried(divided) == []
    assert tried(divided_or_told, (1.0, 0.0)) == []
    (fault,) = tried(divided, (1.0, 0.0))
    assert "stops with ZeroDivisionError in a case" in fault


@pytest.mark.parametrize("form", [float, lambda x: np.full(3, x), np.float64])
def test_right_answers_for_which_0_passes_are_a_fault(authoring, form):
    def small(a, b):
        return form(a * 1e-10)

    (fault,) = tried(small)
    assert fault.startswith("0 passes, since all right answers are within 1e-09 of it")
    assert tried(small, tolerance=Tolerance(absolute=0)) == []
    assert tried(lambda a, b: form(a)) == []
    assert tried(lambda a, b: form(a * 0)) == []  # which is right everywhere


@pytest.mark.parametrize("seed", range(20))
def test_the_trimmed_mean_of_a_new_course_is_not_that_of_what_lies_near_the_mean(seed):
    def near_the_mean(x, share):
        """Drops as many, but those farthest from the mean, which may all be large."""
        kept = len(x) - 2 * int(share * len(x))
        return x[np.argsort(np.abs(x - x.mean()))[:kept]].mean()

    (trimmed_mean,) = runpy.run_path(str(TEMPLATE / "trimmed_mean.py"))["EXERCISES"]
    assert sum(not passed for passed in trimmed_mean.judge(near_the_mean, seed).cases) >= 2
