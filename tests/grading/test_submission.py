"""What was handed in is read without trusting it, and what cannot be read is said."""

import copy
import encodings.utf_8_sig  # noqa: F401 (read now: another account may not enter this Python's folder)
import json
import os
import re
import shutil
import sys
import tempfile
from importlib import machinery
from itertools import product
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from revgraph.authoring.chapters import nbgrader_settings
from revgraph.grading.assignment import Options, grade_assignment, load_to_travel
from revgraph.grading.gradebook import open_gradebook
from revgraph.grading.student.limits import DEFAULT
from revgraph.grading.students import misnamed, roster
from revgraph.grading.submission.read import DEEPEST, Given, files_beside, look_into
from revgraph.grading.submission.repair import (
    Unopened,
    Unreadable,
    find_notebook,
    grade_id,
    load_cells,
    read_text,
    repair,
)

from . import corpus


@pytest.fixture
def shared():
    """A folder that another account may enter too; pytest's own are root's alone."""
    mask = os.umask(0o022)  # grading in this process has made it a private one
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for place, folders, _ in os.walk(folder):  # a test may have closed one, which only root removes as it is
        for name in folders:
            Path(place, name).chmod(0o755)
    shutil.rmtree(folder)
    os.umask(mask)


def read(folder):
    return look_into(folder, "ada", corpus.NAME, Given((corpus.NAME,)), DEFAULT)


def loaded(folder):
    return read(folder).load(DEFAULT).loaded


def test_a_file_that_may_not_be_read(shared, request):
    for name in (f"{corpus.NAME}.ipynb", "timestamp.txt", "data.txt"):
        (shared / name).write_text("{}")
        (shared / name).chmod(0)
    request.getfixturevalue("without_root")
    with pytest.raises(Unopened, match="the notebook cannot be opened: Permission denied"):
        loaded(shared)


def test_a_file_beside_the_notebook_that_may_not_be_read(shared, request):
    (shared / f"{corpus.NAME}.ipynb").write_text("{}")
    (shared / "data.txt").touch(mode=0)
    request.getfixturevalue("without_root")
    assert (loaded(shared).text, loaded(shared).files) == ("{}", {})


@pytest.mark.parametrize("name", [f"{corpus.NAME}.ipynb", "helper.py"])
def test_what_has_gone_since_it_was_looked_at_costs_nobody_a_score(tmp_path, name):
    for file in (f"{corpus.NAME}.ipynb", "helper.py"):
        (tmp_path / file).write_text("{}")
    found = read(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(Unopened, match="cannot be opened: No such file or directory"):
        found.load(DEFAULT)
    travelling = load_to_travel(found, DEFAULT)
    assert (travelling.path, travelling.unopened) == (None, True)


def test_a_folder_that_may_not_be_entered(shared, request):
    (shared / "submitted" / "eve").mkdir(parents=True)
    (shared / "submitted" / "eve").chmod(0)
    request.getfixturevalue("without_root")
    course = CourseDirectory(root=str(shared))
    assert roster(type("Gradebook", (), {"students": []}), course, corpus.NAME) == ["eve"]
    found = read(shared / "submitted" / "eve" / corpus.NAME)
    assert (found.notes, found.unopened) == (("the submission cannot be opened: Permission denied",), True)


def test_a_name_on_the_roster_that_leads_elsewhere_gets_a_row_and_no_file(folder):
    course = NbGraderAPI(config=nbgrader_settings(folder)).coursedir
    names = ["..", "../../outside", "a/b"]
    with open_gradebook(course) as gradebook:
        for name in names:
            gradebook.add_student(name)
    before = {path for path in folder.parent.rglob("*") if ".ipynb" in path.name}
    found = grade_assignment(course, corpus.NAME, Options(students=tuple(names))).rows
    assert [(row.student, row.score) for row in found] == [(name, 0) for name in names]
    assert all(row.reasons == ["no folder can have this name: rename it"] for row in found)
    assert {path for path in folder.parent.rglob("*") if ".ipynb" in path.name} == before


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Ada Lovelace, 学生", ""),
        ("x" * 128, ""),
        ("x" * 129, "the name has 129 characters, and at most 128 fit"),
        ("ada\u200b", r"the name 'ada\u200b' holds characters that cannot be seen"),
        ("学生\x07", r"the name '学生\x07' holds characters that cannot be seen"),
        (os.fsdecode(b"ad\xe4"), r"the folder's name 'ad\udce4' is not written in UTF-8"),
        ("..", "no folder can have this name"),
    ],
    ids=ascii,
)
def test_a_name_that_cannot_be_entered_is_shown_with_the_reason(name, why):
    assert misnamed(name) == why
    assert why.isprintable()


def hand_in(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{corpus.NAME}.ipynb").write_text("{}")
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("1")


def test_a_subfolder_that_lists_and_does_not_open_is_told_and_stops_nobody(shared, request):
    hand_in(shared, "data/a.csv")
    (shared / "data").chmod(0o644)
    request.getfixturevalue("without_root")
    found = read(shared)
    assert found.files == ()
    assert found.notes[0].startswith("not taken along: data/a.csv")


def test_a_file_named_like_a_folder_of_the_release_gives_way(tmp_path):
    release, own = tmp_path / "release", tmp_path / "own"
    for folder, names in ((release, ["data/a.csv", "table"]), (own, ["data", "table/b.csv", "c.csv"])):
        folder.mkdir()
        hand_in(folder, *names)
    found = look_into(
        own, "ada", corpus.NAME, Given((corpus.NAME,), files_beside(release, DEFAULT)[0]), DEFAULT
    )
    assert {name: path.parent.name for name, path in found.files} == {
        "data/a.csv": "data",
        "table": "release",
        "c.csv": "own",
    }
    assert [note.split(":")[0] for note in found.notes] == ["data", "table/b.csv"]


COMPILED = next(iter(machinery.EXTENSION_SUFFIXES))


@pytest.mark.parametrize("given", ["autotest.py", "tools/autotest.py", "autotest/__init__.py"])
@pytest.mark.parametrize(
    "handed_in",
    [
        "autotest/__init__.py",
        f"autotest/__init__{COMPILED}",
        "autotest/__init__.pyc",
        "autotest.py",
        f"autotest{COMPILED}",
        "autotest.pyc",
        f"__pycache__/autotest.{sys.implementation.cache_tag}.pyc",
        f"autotest/__pycache__/__init__.{sys.implementation.cache_tag}.pyc",
        "tools.py",
        "tools/__init__.py",
        "tools/autotest/__init__.py",
        f"tools/autotest{COMPILED}",
        f"tools/__pycache__/autotest.{sys.implementation.cache_tag}.pyc",
    ],
)
def test_nothing_that_was_handed_in_is_imported_for_a_module_of_the_release(tmp_path, given, handed_in):
    """By what Python's own import finds, where both lie beside each other."""
    for folder, name in (("release", given), ("own", handed_in)):
        hand_in(tmp_path / folder, name)
        (tmp_path / folder / "own_helper.py").touch()
    released = files_beside(tmp_path / "release", DEFAULT)[0]
    found = look_into(tmp_path / "own", "ada", corpus.NAME, Given((corpus.NAME,), released), DEFAULT)
    for name, path in found.files:
        target = tmp_path / "run" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
        stamp = path.stat().st_mtime if "release" in path.parts else 0
        os.utime(target, (stamp, stamp))
    place, home = str(tmp_path / "run"), None
    for part in given.removesuffix(".py").removesuffix("/__init__").split("/"):
        home = machinery.PathFinder.find_spec(part, [place] if home is None else home)
        assert home is not None
        origin, home = home.origin, home.submodule_search_locations
    assert origin == f"{place}/{given}"
    assert not any("__pycache__" in name for name, _ in found.files)
    assert "own_helper.py" in dict(found.files)


def test_a_helper_that_may_be_changed_may_become_a_package(tmp_path):
    for folder in ("release", "own"):
        hand_in(tmp_path / folder, "plots.py")
    hand_in(tmp_path / "own", "plots/a.csv", "plots/more.py")
    released = files_beside(tmp_path / "release", DEFAULT)[0]
    given = Given((corpus.NAME,), released, frozenset({"plots.py"}))
    found = look_into(tmp_path / "own", "ada", corpus.NAME, given, DEFAULT)
    assert [name for name, _ in found.files] == ["plots.py", "plots/a.csv", "plots/more.py"]
    assert found.notes == ()


def test_what_lies_too_deep_is_left_out_and_said(tmp_path):
    below = tmp_path
    for depth in range(DEEPEST + 2):
        (below / f"{depth}.txt").touch()
        below /= "x"
        below.mkdir()
    found, notes = files_beside(tmp_path, DEFAULT)
    assert sorted(int(Path(name).stem) for name in found) == list(range(DEEPEST + 1))
    assert notes[0].startswith(f"not taken along: {'/'.join('x' * (DEEPEST + 1))} ")


def test_no_file_s_content_is_kept_in_memory_before_it_is_worked_on(tmp_path):
    hand_in(tmp_path, "data.csv")
    found = read(tmp_path)
    assert found.loaded is None
    assert found.load(DEFAULT).loaded.files == {"data.csv": b"1"}
    (tmp_path / "data.csv").write_text("2")
    assert read(tmp_path).digest != found.digest


@pytest.mark.parametrize(
    ("files", "notebooks", "found"),
    [
        (["problem1-1", "problem2-1"], ["problem1", "problem2"], ["problem1-1", "problem2-1"]),
        (["problem1-1"], ["problem1", "problem2"], ["problem1-1", None]),
        (["Problem1 (2)-3", "problem2"], ["problem1", "problem2"], ["Problem1 (2)-3", "problem2"]),
        (
            ["Copy of lab 1", "Copy of Copy of lab 2"],
            ["lab_1", "lab_2"],
            ["Copy of lab 1", "Copy of Copy of lab 2"],
        ),
        (["Kopie von lab (1)", "more - Kopie"], ["lab", "more"], ["Kopie von lab (1)", "more - Kopie"]),
        (["Copia de lab", "more - Copy (2)"], ["lab", "more"], ["Copia de lab", "more - Copy (2)"]),
        (["U\u0308bung", "me\u0301s"], ["\u00dcbung", "m\u00e9s"], ["U\u0308bung", "me\u0301s"]),
        (["Copy of lab", "lab"], ["Copy of lab", "lab"], ["Copy of lab", "lab"]),
        (["copy of the lab", "more - copied"], ["lab", "more"], [None, None]),
        (["lab-1", "lab-2"], ["lab-1", "lab-2"], ["lab-1", "lab-2"]),
        (["lab-2-1"], ["lab-1", "lab-2"], [None, "lab-2-1"]),
        (["lab", "lab-1"], ["lab", "lab-1"], ["lab", "lab-1"]),
        (["lab-1"], ["lab", "lab-1"], [None, "lab-1"]),
        (["week-1", "week-2"], ["week"], [None]),
        (["homework"], ["problem1", "problem2"], [None, None]),
        (["homework", "problem2"], ["problem1", "problem2"], ["homework", "problem2"]),
        (["homework", "more", "problem2"], ["problem1", "problem2"], [None, "problem2"]),
        (["homework", "problem2"], ["problem1", "problem2", "problem3"], [None, "problem2", None]),
    ],
)
def test_a_file_is_the_notebook_that_it_names_be_it_a_later_attempt(tmp_path, files, notebooks, found):
    for file in files:
        (tmp_path / f"{file}.ipynb").touch()
    for name, expected in zip(notebooks, found, strict=True):
        if expected is None:
            with pytest.raises(Unreadable, match=r"no notebook was handed in|is not clear"):
                find_notebook(tmp_path, name, notebooks)
        else:
            assert find_notebook(tmp_path, name, notebooks)[0].stem == expected


def handed_in(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")


@pytest.mark.parametrize(
    ("read", "hidden"),
    [
        ("homework.ipynb", "._homework.ipynb"),
        ("hw/my homework.ipynb", "__MACOSX/hw/._my homework.ipynb"),
        ("hw/my homework.ipynb", "__MACOSX/hw/my homework.ipynb"),
        ("hw/my homework.ipynb", "hw/._my homework.ipynb"),
        ("ps1.ipynb", "__MACOSX/ps1.ipynb"),
    ],
)
def test_what_macos_packs_beside_a_notebook_is_none(tmp_path, read, hidden):
    handed_in(tmp_path, read, hidden)
    path, notes = find_notebook(tmp_path, "ps1")
    assert path == tmp_path / read
    assert not any("not read" in note for note in notes)


def test_what_macos_packs_is_not_taken_along(tmp_path):
    handed_in(tmp_path, "data.csv", "__MACOSX/data.csv", "._data.csv")
    assert list(files_beside(tmp_path, DEFAULT)[0]) == ["data.csv"]


@pytest.mark.parametrize(
    ("files", "notebooks", "note"),
    [
        (["ps1 (1)"], ["ps1"], "not read: ps1 (1).ipynb (another notebook, beside ps1.ipynb)"),
        (["ps1-1"], ["ps1"], "not read: ps1-1.ipynb (another notebook, beside ps1.ipynb)"),
        (["PS1"], ["ps1"], "not read: PS1.ipynb (another notebook, beside ps1.ipynb)"),
        (["mine"], ["ps1"], "not read: mine.ipynb (another notebook, beside ps1.ipynb)"),
        (["a/ps1"], ["ps1"], "not read: a/ps1.ipynb (another notebook, beside ps1.ipynb)"),
        (["a", "b", "c"], ["ps1"], "not read: a.ipynb and 2 more (another notebook, beside ps1.ipynb)"),
        (["ps2", "PS2"], ["ps1", "ps2"], None),
        (["mine"], ["ps1", "ps2"], None),
        (["a", "b"], ["ps1", "ps2"], "not read: a.ipynb and 1 more (another notebook, beside ps1.ipynb)"),
    ],
)
def test_no_notebook_is_left_unread_without_a_word(tmp_path, files, notebooks, note):
    handed_in(tmp_path, "ps1.ipynb", *(f"{file}.ipynb" for file in files))
    path, notes = find_notebook(tmp_path, "ps1", notebooks)
    assert (path.name, notes) == ("ps1.ipynb", [note] if note else [])


def test_a_renamed_notebook_and_the_one_beside_it_are_both_told(tmp_path):
    handed_in(tmp_path, "ps1 (1).ipynb", "mine.ipynb")
    assert find_notebook(tmp_path, "ps1")[1] == [
        "renamed: read ps1 (1).ipynb",
        "not read: mine.ipynb (another notebook, beside ps1 (1).ipynb)",
    ]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (["ps1.py"], "there is ps1.py; ps1.ipynb has to be handed in"),
        (
            ["ps1 (1).ipynb", "ps1 (2).ipynb"],
            r"is not clear: ps1 \(1\).ipynb, ps1 \(2\).ipynb; move the right one to ps1.ipynb in",
        ),
        (["a/ps1.ipynb", "b/ps1.ipynb"], "is not clear: a/ps1.ipynb, b/ps1.ipynb; move the right one to ps1"),
    ],
)
def test_where_no_notebook_is_found_the_next_step_is_told(tmp_path, files, reason):
    handed_in(tmp_path, *files)
    with pytest.raises(Unreadable, match=reason):
        find_notebook(tmp_path, "ps1")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{é}".encode("latin-1"), "no UTF-8 text; it has to be handed in again, as Jupyter saves it"),
        (b"{}{}", "no valid JSON; it has to be handed in again, as Jupyter saves it"),
        ("{}".encode("utf-32-le"), "no valid JSON; it has to be handed in again, as Jupyter saves it"),
    ],
)
def test_where_a_notebook_cannot_be_read_the_next_step_is_told(tmp_path, content, reason):
    (tmp_path / "ps1.ipynb").write_bytes(content)
    with pytest.raises(Unreadable, match=reason):
        load_cells(read_text(tmp_path / "ps1.ipynb", 1_000), DEFAULT, [])


ODD = (None, [], {}, "", -1, float("inf"), "x" * 500, [None], {"a": {"b": []}})


def places(content, above=()):
    """The way to each value of a notebook's JSON."""
    inside = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in inside:
        yield (*above, key)
        if isinstance(value, dict | list):
            yield from places(value, (*above, key))


def with_another(content, place, value):
    changed = inside = copy.deepcopy(content)
    for key in place[:-1]:
        inside = inside[key]
    inside[place[-1]] = value
    return json.dumps(changed)


def graded_cells(text, released):
    """By its name, the text of each marked cell as it is graded; None where there are no cells to be read."""
    try:
        repaired = repair(load_cells(text, DEFAULT, []), released).notebook
    except Unreadable:
        return None
    return {name: cell.source for cell in repaired.cells if (name := grade_id(cell))}


def test_no_odd_value_in_a_notebook_s_json_costs_more_than_the_cell_it_stands_in():
    """And no cell of the release is another one for it."""
    released = corpus.small_chapter()
    for name in corpus.ANSWERS:
        next(cell for cell in released.cells if cell.id == name).source = corpus.HEADS[name]
    content = json.loads(json.dumps(corpus.Draft(released).notebook))
    right = graded_cells(json.dumps(content), released)
    assert all(right[name] == answer for name, answer in corpus.ANSWERS.items())
    for place in places(content):
        answer_of = content["cells"][place[1]]["id"] if place[0] == "cells" and len(place) > 1 else ""
        may_change = {answer_of} & corpus.ANSWERS.keys() if place[2:] in [(), ("source",)] else set()
        for value in ODD:
            found = graded_cells(with_another(content, place, value), released)
            if place == ("cells",):
                assert found is None or found.keys() == right.keys()
                continue
            lost = {name for name in right if found is None or found[name] != right[name]}
            assert lost <= may_change, (place, value)


def test_a_test_that_was_corrected_since_it_was_handed_out_accuses_nobody():
    mark = {"grade_id": "test_rev", "grade": True, "locked": True, "solution": False, "points": 5}
    handed_out, corrected = (
        nbformat.v4.new_code_cell(f"assert rev({case})", id="a", metadata={"nbgrader": mark})
        for case in ("'ab'", "'abc'")
    )
    repaired = repair([handed_out], nbformat.v4.new_notebook(cells=[corrected]))
    assert repaired.notes == ["test_rev: is another version than the release's; restored"]
    assert [cell.source for cell in repaired.notebook.cells] == ["assert rev('abc')"]


def cell(source, name="", **mark):
    marks = {"nbgrader": {"grade": False, "locked": False, "solution": False} | mark | {"grade_id": name}}
    return nbformat.v4.new_code_cell(
        source, id=name or str(abs(hash(source))), metadata=marks if name else {}
    )


def answer(name, stub):
    return cell(f"{stub}\nraise NotImplementedError", name, solution=True)


def question(source, name):
    return cell(source, name, grade=True, locked=True, points=1)


TABLE = [
    cell("import math\nheights = [170, 180]"),
    answer("mean", "def mean(xs):"),
    question("assert mean([1, 3]) == 2", "test_mean"),
    cell("heights = [x / 100 for x in heights]  # metres"),
    answer("average", "average = None"),
    question("assert average == 1.75", "test_average"),
    answer("spread", "def spread(xs):"),
    question("assert spread([1, 3]) == 1", "test_spread"),
    question("assert math.pi and heights == [1.7, 1.8]", "test_heights"),
]
FILLED = {
    "mean": "def mean(xs):\n    return sum(xs) / len(xs)",
    "average": "average = mean(heights)",
    "spread": "def spread(xs):\n    return math.sqrt(mean([(x - mean(xs)) ** 2 for x in xs]))",
}


def passed(cells):
    """The tests that pass when the cells are run, one after the other, whatever fails."""
    names, found = {}, set()
    for one in cells:
        try:
            exec(one.source, names)
            found.add(grade_id(one))
        except Exception:
            continue
    return {name for name in found if name and name.startswith("test_")}


def merged(into):
    """The cells of TABLE, filled in, of which some went into the one above, as JupyterLab merges cells, and
    some into the one below."""
    coming, cells, kept_for_next = iter(into), [], ""
    for one in copy.deepcopy(TABLE):
        one.source = FILLED.get(grade_id(one), one.source)
        if one.metadata.get("nbgrader", {}).get("grade"):
            cells.append(one)
            continue
        way, one.source = next(coming), f"{kept_for_next}{one.source}"
        kept_for_next = f"{one.source}\n\n" if way == "below" else ""
        own = [other for other in cells if not other.metadata.get("nbgrader", {}).get("grade")]
        if way == "above" and own:
            own[-1].source += f"\n\n{one.source}"
        elif way != "below":
            cells.append(one)
    return [*cells, cell(kept_for_next)] if kept_for_next else cells


def test_no_test_fails_for_cells_that_were_merged():
    released = nbformat.v4.new_notebook(cells=TABLE)
    for into in product(("stays", "above", "below"), repeat=5):
        cells = merged(into)
        expected = passed(cells)
        repaired = repair(copy.deepcopy(cells), released).notebook.cells
        assert passed(repaired) >= expected, into
        assert set(filter(None, map(grade_id, TABLE))) <= set(map(grade_id, repaired)), into


def test_the_place_of_an_answer_that_stands_in_another_cell_says_so():
    """Where a person grades it, its score is not 0 by itself, as that of an untouched answer is."""
    repaired = repair(
        merged(["stays", "stays", "stays", "stays", "above"]), nbformat.v4.new_notebook(cells=TABLE)
    )
    (place,) = (one for one in repaired.notebook.cells if grade_id(one) == "spread")
    assert place.source == "# another cell defines spread"
    assert repaired.notes == ["spread: was deleted; another cell defines spread"]


def by_hand(source, name):
    mark = {"grade": True, "solution": True, "locked": False, "task": False, "grade_id": name, "points": 5}
    return nbformat.v4.new_markdown_cell(source, metadata={"nbgrader": mark})


@pytest.mark.parametrize(
    ("texts", "known"),
    [
        (["Why?", "Because.", "And when?", "Now."], {"why": "Because.", "when": "Now."}),
        (["Because.", "Now."], {"why": "Because.", "when": "Now."}),
        (["Why?", "Because.", "And when?", "Your answer."], {"why": "Because.", "when": "Your answer."}),
        (["Why?", "Your answer.", "And when?", "Now."], {"why": "Your answer.", "when": "Now."}),
        (["Why?", "A note.", "Because.", "Now."], {"why": "Your answer.", "when": "Your answer."}),
        ([], {"why": "Your answer.", "when": "Your answer."}),
    ],
)
def test_an_answer_in_words_that_lost_its_metadata_is_known_by_its_place(texts, known):
    """Taken for one that was deleted, it would earn 0 points, and nobody would be asked to mark it."""
    answers = [by_hand("Your answer.", name) for name in ("why", "when")]
    questions = [nbformat.v4.new_markdown_cell(text) for text in ("Why?", "And when?")]
    between = [questions[0], answers[0], questions[1], answers[1]]
    released = nbformat.v4.new_notebook(
        cells=[cell("import math"), *between, cell("print(1)", "test", grade=True, locked=True)]
    )
    theirs = [cell("import math"), *map(nbformat.v4.new_markdown_cell, texts), cell("print(1)")]
    repaired = repair(
        load_cells(nbformat.writes(nbformat.v4.new_notebook(cells=theirs)), DEFAULT, []), released
    )
    found = {grade_id(one): one.source for one in repaired.notebook.cells if grade_id(one)}
    assert found == {**known, "test": "print(1)"}
    lost = [note for note in repaired.notes if "recognized by its place" in note]
    assert len(lost) == (2 if {"Because.", "Now."} & set(known.values()) else 0)


VARIABLES = [
    (["mean = 5", "total = 7"], {"mean": "mean = 5", "total": "total = 7"}),
    (["total = 7", "mean = 5"], {"mean": "mean = 5", "total": "total = 7"}),
    (["(mean, spread), *rest = (5, 1), 2", "%%time\ntotal = 7\nimport math"], None),
    (["%time mean = 5", "total = !wc -l"], {"mean": "%time mean = 5", "total": "total = !wc -l"}),
    (["mean = 5\nprint('mean = %d' % mean)", "total = 7"], None),
    (["def mean(): return 5", "class total: pass"], None),
    (["mean = 5; total = 7"], None),  # of both
    (["mean = 5", "total = 7", "mean = mean + 1"], None),  # which of the two?
    (["mean = 5", "total: int = 7", "median = mean"], {"mean": "mean = 5", "total": "total: int = 7"}),
]


@pytest.mark.parametrize(("texts", "known"), VARIABLES, ids=str)
def test_an_answer_of_variables_that_lost_its_metadata_is_known_by_them(texts, known):
    """Where the test has changed since, it would stand above what it tests."""
    answers = [cell(f"{name} = None", name, solution=True) for name in ("mean", "total")]
    tests = [
        cell(f"assert {name} == {value}", f"test_{name}", grade=True, locked=True)
        for name, value in (("mean", 5), ("total", 7))
    ]
    given = cell("data = 3; mean = data")
    released = nbformat.v4.new_notebook(cells=[given, answers[0], tests[0], answers[1], tests[1]])
    theirs = [cell(given.source), *map(cell, texts), cell("assert mean == 5, 'an older test'")]
    repaired = repair(
        load_cells(nbformat.writes(nbformat.v4.new_notebook(cells=theirs)), DEFAULT, []), released
    )
    found = {grade_id(one): one.source for one in repaired.notebook.cells if grade_id(one)}
    if known:
        assert {name: found[name] for name in known} == known
    for name in ("mean", "total"):
        order = [grade_id(one) or one.source for one in repaired.notebook.cells]
        made = [text for text in texts if re.search(rf"(def|class) {name}\b|\b{name}\b[^=;]*=", text)]
        places = [
            next(n for n, one in enumerate(repaired.notebook.cells) if one.source == text) for text in made
        ]
        assert max(places) < order.index(f"test_{name}")
    assert [one.source for one in repaired.notebook.cells].count(given.source) == 1


@pytest.mark.parametrize("handed_in", [None, {}, {"fig.png": {"image/png": "another"}}])
def test_a_text_of_the_release_has_the_pictures_that_were_pasted_into_it(handed_in):
    pasted = {"fig.png": {"image/png": "iVBO"}}
    text = nbformat.v4.new_markdown_cell("Look: ![a](attachment:fig.png)", attachments=pasted)
    released = nbformat.v4.new_notebook(cells=[text, nbformat.v4.new_markdown_cell("None.")])
    content = json.loads(nbformat.writes(released))
    content["cells"][0].pop("attachments")
    content["cells"][0] |= {"attachments": handed_in} if handed_in is not None else {}
    cells = repair(load_cells(json.dumps(content), DEFAULT, []), released).notebook.cells
    assert [one.get("attachments") for one in cells] == [pasted, {}]
    nbformat.validate(nbformat.v4.new_notebook(cells=cells))
    HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=cells))


def test_windows_ends_of_lines_are_no_other_version():
    released = nbformat.v4.new_notebook(cells=[question("x = 1\nassert x", "test_x")])
    text = nbformat.writes(released).replace("x = 1\\n", "x = 1\\r\\n")
    assert "\\r\\n" in text
    assert repair(load_cells(text, DEFAULT, []), released).notes == []
