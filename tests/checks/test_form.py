"""What an exercise may declare: edge cases, parts, what it uses; and no circle of imports."""

import ast
import graphlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import revgraph.checks as rooms
from revgraph.checks import Exercise, Misconception, Recorded, case, check, edge, exercises, part
from revgraph.checks import judge as judging
from revgraph.checks import notebook as nb
from revgraph.checks.chapters import find_exercises


def scaled(x, n):
    return n * x


def scaled_cases(rng):
    yield part("vectors", case(np.array([1.0, 2.0]), 3))
    yield edge("an array without entries", np.zeros((0, 2)), 3)
    yield part("tables", case(rng.normal(size=(2, 3)), 3))


SCALED = Exercise(
    "scaled",
    10,
    scaled,
    scaled_cases,
    parts={"vectors": 4, "tables": 6},
    recorded=[Recorded(part("tables", case(np.ones((1, 1)), 2)), np.full((1, 1), 2.0), "by hand")],
    next="what does `*` do?",
)


def test_all_parts_are_the_whole():
    verdict = SCALED.judge(scaled)
    assert (verdict.passed, verdict.points, verdict.cases) == (True, 10, (True, True, True))
    assert verdict.message == "scaled: all 3 cases pass, 10 points"


def test_a_part_earns_its_points_and_the_message_says_which():
    verdict = SCALED.judge(lambda x, n: n * x if x.ndim == 1 else x)
    assert (verdict.passed, verdict.points, verdict.cases) == (False, 4, (True, False, False))
    assert verdict.message.splitlines()[:2] == [
        "scaled: 1 of 3 cases pass, 4 of 10 points",
        "  earned        vectors: 4 of 4; tables: 0 of 6",
    ]


def test_a_part_is_earned_by_all_its_cases():
    verdict = SCALED.judge(lambda x, n: n * x if x.shape == (2, 3) else x)
    assert verdict.points == 0
    assert "vectors: 0 of 4; tables: 0 of 6" in verdict.message


def test_a_part_that_is_not_written_leaves_the_others():
    put = []

    def only_tables(x, n):
        put.append(x.shape)
        if x.ndim == 1:
            raise NotImplementedError
        return n * x

    verdict = SCALED.judge(only_tables)
    assert (verdict.points, verdict.cases) == (6, (False, True, True))
    assert put == [(2,), (2, 3), (1, 1)]  # no edge case: it would be told after a pass alone
    assert verdict.message.splitlines()[0] == "scaled: 2 of 3 cases pass, 6 of 10 points"
    assert "This part, vectors, is not written yet." in verdict.message


def test_a_part_that_never_ends_leaves_the_others(monkeypatch):
    monkeypatch.setattr(judging, "SECONDS", 0.2)
    put = []

    def only_vectors(x, n):
        put.append(x.shape)
        while x.ndim == 2:
            pass
        return n * x

    verdict = SCALED.judge(only_vectors)
    assert (verdict.points, verdict.cases, put) == (4, (True, False, False), [(2,), (2, 3)])
    assert verdict.misconception == "never ends"
    assert "It did not return within 0.2 s." in verdict.message


def test_a_mistake_before_the_part_that_is_not_written_is_named():
    def answer(x, n):
        if x.ndim == 2:
            raise NotImplementedError
        return 2 * n * x

    assert SCALED.judge(answer).misconception == "2 times"


def test_what_is_not_written_earns_nothing():
    def stub(x, n):
        raise NotImplementedError

    verdict = SCALED.judge(stub)
    assert (verdict.points, verdict.cases) == (0, (False, False, False))
    assert verdict.message.startswith("scaled: not written yet")


@pytest.mark.parametrize(
    ("candidate", "told"),
    [
        (lambda x, n: n * x if x.size else x[:, :1], "it gives array of shape (0, 1), expected is array of"),
        (
            lambda x, n: n * x if x.size else np.log(x.sum()) + x,
            "NumPy warns: divide by zero",
        ),
        (
            lambda x, n: n * x if x.size else x.astype("float32"),
            "the numbers come as float32; expected is float64",
        ),
        (lambda x, n: n * x if x.size else x.max(), "ValueError: zero-size array to reduction operation"),
    ],
)
def test_an_edge_case_is_told_and_costs_nothing(candidate, told):
    verdict = replace(SCALED, quiet=True).judge(candidate)
    assert (verdict.passed, verdict.points) == (True, 10)
    assert verdict.edges == ("an array without entries",)
    assert verdict.message.startswith("scaled: all 3 cases pass, 10 points")
    assert f"Right. For an array without entries it would fail: {told}" in verdict.message


def test_an_edge_case_alone_is_never_what_a_failure_speaks_of():
    verdict = SCALED.judge(lambda x, n: x if x.size else 1 / 0)
    assert "ZeroDivisionError" not in verdict.message
    assert verdict.cases == (False, False, False)


def test_points_and_parts_have_to_agree():
    with pytest.raises(ValueError, match="its parts give 9 of 10 points"):
        replace(SCALED, parts={"vectors": 4, "tables": 5})
    with pytest.raises(ValueError, match="scaled: its cases belong to"):
        replace(SCALED, parts={}).judge(scaled)
    with pytest.raises(ValueError, match="scaled: its cases belong to"):
        replace(SCALED, parts={"vectors": 4, "tables": 5, "stacks": 1}).judge(scaled)


def test_what_is_said_of_the_source_is_read_there():
    def plus(x, n):
        return x + n

    def added(x, n):
        return np.add(x, n)

    known = Misconception("+", lambda x, n: x + n, "You wrote + for *.", seen=lambda source: " + " in source)
    exercise = replace(SCALED, misconceptions=[known])
    assert exercise.judge(plus).misconception == "+"
    assert exercise.judge(added).misconception is None
    assert exercise.judge(None, call=exercise.caller(plus)).misconception is None  # its source is elsewhere


def test_a_check_cell_returns_the_points_that_its_parts_have_earned(monkeypatch):
    shown = []
    monkeypatch.setattr(nb, "in_notebook", lambda: True)
    monkeypatch.setattr(nb, "find", lambda name: SCALED)
    monkeypatch.setattr("IPython.display.display", shown.append)
    credit = check("scaled", lambda x, n: n * x if x.ndim == 1 else x)
    assert float(credit._repr_mimebundle_()["text/plain"]) == 4
    assert "vectors: 4 of 4" in shown[0].message
    with pytest.raises(nb.CheckFailed):
        check("scaled", lambda x, n: x)


def test_a_chapter_is_a_file_or_a_folder(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    declared = "EXERCISES = [Exercise({!r}, 1, abs, lambda rng: [])]"
    head = "from revgraph.checks.exercise import Exercise\n"
    (tmp_path / "ch90_file.py").write_text(head + declared.format("one"))
    (tmp_path / "ch91_folder").mkdir()
    (tmp_path / "ch91_folder" / "two.py").write_text(head + declared.format("two"))
    (tmp_path / "ch91_folder" / "__init__.py").write_text("from ch91_folder.two import EXERCISES")
    (tmp_path / "common.py").write_text("")
    found = find_exercises([str(tmp_path)], "")
    assert {name: exercise.chapter for name, exercise in found.items()} == {
        "one": "90_file",
        "two": "91_folder",
    }


def test_every_exercise_knows_the_others():
    known = exercises()
    for exercise in known.values():
        assert set(exercise.course) == set(known)
        assert set(exercise.uses) <= set(known) - {exercise.name}


def test_no_room_of_checks_imports_in_a_circle():
    folder = Path(rooms.__file__).parent
    imports = {}
    for path in folder.glob("*.py"):
        if path.name == "__init__.py":
            continue
        nodes = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ImportFrom)]
        whole = {n.module.removeprefix("revgraph.checks.") for n in nodes if n.module}
        named = {alias.name for n in nodes if n.module == "revgraph.checks" for alias in n.names}
        imports[path.stem] = {"exercise" if name == "chapters" else name for name in whole | named}
    known = {stem: used & set(imports) for stem, used in imports.items()}
    assert len(list(graphlib.TopologicalSorter(known).static_order())) == len(known)
