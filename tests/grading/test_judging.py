"""The trusted side: any answer at all is judged, and a probe carries no answer to the student's side."""

import json
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from nbformat.v4 import new_code_cell, new_markdown_cell

from revgraph.checks import Answer, exercises
from revgraph.checks.call import call, case
from revgraph.checks.same import same_data
from revgraph.grading import judging
from revgraph.grading.student import answer as asked
from revgraph.grading.student.answer import as_message, texts
from revgraph.grading.student.serialize import LONGEST, NotPlain, decode, encode
from tests.checks.remembering import remembered_exercise

EXERCISES = [remembered_exercise(name) for name in exercises()]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_the_reference_passes_when_its_answers_travel(exercise):
    right = exercise.caller(exercise.reference)
    asked = exercise.draw(5)[0]
    sent = json.dumps([as_message(right(case)) for case in asked])
    assert judging.judge(exercise, 5, judging.read_answers(sent)).passed


# Any operation of one's own is right, so its probe says in words what it found.
@pytest.mark.parametrize("exercise", [e for e in EXERCISES if e.name != "your_own_op"], ids=lambda e: e.name)
def test_another_seed_has_other_answers(exercise):
    form = exercise.canonical or (lambda value: value)
    drawn = ([form(answer.value) for answer in exercise.draw(seed)[1]] for seed in range(5))
    first = next(drawn)
    assert not all(same_data(first, other) for other in drawn)


@pytest.mark.parametrize(
    "value", [None, 0, (), "x", [1], {}, np.zeros(2), object()], ids=lambda v: type(v).__name__
)
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_nonsense_is_judged_wrong(exercise, value):
    answers = judging.read_answers(json.dumps([as_message(Answer(value))] * 100))
    assert not judging.judge(exercise, 5, answers).passed


PARTED = [exercise for exercise in EXERCISES if exercise.parts]


@pytest.mark.parametrize("exercise", PARTED, ids=lambda e: e.name)
def test_a_function_that_always_raises_earns_no_part(exercise):
    cases, right = exercise.draw(5)
    for error in {"NotImplementedError", "KeyError", *(one.error for one in right if one.error)}:
        assert judging.judge(exercise, 5, [Answer(error=error)] * len(cases)).points == 0


@pytest.mark.parametrize("exercise", PARTED, ids=lambda e: e.name)
def test_what_is_right_for_one_part_earns_no_other(exercise):
    """Whatever follows: nothing, or an error."""
    cases, right = exercise.draw(5)
    (first, points), *_ = exercise.parts.items()
    begun = [one for case, one in zip(cases, right, strict=True) if case.part == first]
    for forged in (begun, [*begun, Answer(error="NotImplementedError")]):
        assert judging.judge(exercise, 5, forged).points <= points


def test_what_holds_itself_takes_no_answer_with_it():
    endless: list = []
    endless.append({"again": endless})
    sent = f"[{', '.join(texts(map(Answer, (1, endless, [2]))))}]"
    first, second, third = judging.read_answers(sent)
    assert (first.value, third.value) == (1, [2])
    assert repr(second.value) == "<list object>"


def test_values_too_large_to_be_sent_take_no_answer_with_them(monkeypatch):
    """Nor do they fill the memory: what is sent together is limited, whatever holds it."""
    monkeypatch.setattr(asked, "MOST", 4_000)
    values = [1, np.zeros(1_000), [2], "x" * 3_000, ["y" * 3_000], {}]
    sent = list(texts(map(Answer, values)))
    assert sum(map(len, sent)) < 4_000 + 200 * len(values)
    got = [one.value for one in judging.read_answers(f"[{', '.join(sent)}]")]
    assert [got[0], got[2], got[3], got[5]] == [1, [2], "x" * 3_000, {}]
    assert repr(got[1]) == "<array too large to be compared object>"
    assert repr(got[4]) == "<list too large to be compared object>"


LARGE = {
    "array": np.zeros(1_000),
    "array of objects": np.array(["x" * 99] * 99, object),
    "str": "x" * 9_000,
    "bytes": b"x" * 9_000,
    "list": [0.5] * 9_000,
    "tuple": ("x",) * 9_000,
    "set": set(range(9_000)),
    "dict": dict.fromkeys(range(9_000)),
    "DataFrame": pd.DataFrame(np.zeros((1_000, 2))),
    "Series": pd.Series(range(9_000)),
    "DatetimeIndex": pd.date_range("2026", periods=9_000),
}


@pytest.mark.parametrize("kind", LARGE)
def test_a_value_of_any_kind_that_is_too_large_takes_no_answer_with_it(monkeypatch, kind):
    monkeypatch.setattr(asked, "MOST", 4_000)
    first, large, last = judging.read_answers(f"[{', '.join(texts(map(Answer, (1, LARGE[kind], 2))))}]")
    assert (first.value, last.value) == (1, 2)
    kind = kind.removesuffix(" of objects")
    assert repr(large.value) == f"<{kind} too large to be compared object>"


def test_a_value_that_memory_does_not_hold_twice_takes_no_answer_with_it(monkeypatch):
    def encode_small(value):
        if value == "large":
            raise MemoryError
        return encode(value)

    monkeypatch.setattr(asked, "encode", encode_small)
    first, large, last = judging.read_answers(f"[{', '.join(texts(map(Answer, (1, 'large', 2))))}]")
    assert (first.value, last.value) == (1, 2)
    assert repr(large.value) == "<str too large to be compared object>"


def test_a_value_that_cannot_be_read_takes_no_answer_with_it():
    """Whatever a kernel sends in its place."""
    sent = [as_message(Answer(value)) for value in (1, 0, 2)]
    for value in ({"array": ["O", [1], "AAAA"]}, {"nothing": 1}, [3], {"int": "x"}, {"Decimal": "y"}):
        sent[1]["value"] = value
        got = [one.value for one in judging.read_answers(json.dumps(sent))]
        assert [got[0], repr(got[1]), got[2]] == [1, "<value that cannot be read object>", 2]


@pytest.mark.parametrize("long", [-(2**70_000), Fraction(1, 2**70_000), Decimal("1" * 20_000)], ids=type)
def test_a_number_too_long_to_be_compared_takes_no_answer_with_it(long):
    answers = judging.read_answers(json.dumps([as_message(Answer(value)) for value in (1, long, [2, long])]))
    assert [answers[0].value, answers[2].value[0]] == [1, 2]
    assert repr(answers[1].value) == repr(answers[2].value[1]) == "<number of thousands of digits object>"
    most = 2 ** (4 * (LONGEST - 2)) - 1
    assert judging.read_answers(json.dumps([as_message(Answer(most))]))[0].value == most


@pytest.mark.parametrize("raised", ["ValueError", "Misfit", "Exception", "TypeError", ""])
def test_an_error_of_ones_own_counts_as_what_it_is_made_from(raised):
    def fails(x):
        raise type("Misfit", (ValueError,), {})

    got = judging.read_answers(json.dumps([as_message(call(fails, case(1.0)))]))[0]
    same = exercises()["broadcast_shape"].compare(Answer(error=raised), got) is None
    assert same == (raised in ("ValueError", "Misfit"))


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.name)
def test_an_error_counts_where_it_is_asked_for_and_nowhere_else(exercise):
    """Also one whose message claims to be made from no error at all."""
    for right in exercise.draw(5)[1]:
        own = Answer(error="Misfit", bases=("", right.error))
        assert (exercise.compare(right, own) is None) == bool(right.error)


@pytest.mark.parametrize("message", [None, 7, [7], [[]], [{}], [{"value": {"array": ["O", [1], "AAAA"]}}]])
def test_a_message_that_is_not_ours_holds_no_answer(message):
    assert judging.read_answers(message) == judging.read_answers(json.dumps(message)) == []
    with pytest.raises(NotPlain):
        decode({"array": ["<f8", [10**12], ""]})


def listed(*items):
    return {"list": list(items)}


NO_NAMES = listed(listed(None), listed(None), None)


@pytest.mark.parametrize(
    "message",
    [
        {"objects": [[10**12], []]},
        {"objects": [[2], [1]]},
        {"Fraction": ["1e999999999", 1]},
        {"Fraction": [1, 0]},
        {"Decimal": "1" * 50_000},
        {"datetime": 7},
        {"timedelta": [10**12, 0, 0]},
        {"of pandas": ["Timestamp", "now", None]},
        {"of pandas": ["Timedelta", "1 day"]},
        {"of pandas": ["Timestamp", {"number": ["<M8[s]", [], "AAAAAAAAAAA="]}, 1e9]},
        {"of pandas": ["Period", "x", "y"]},
        {"of pandas": ["eval", "1"]},
        {"table": ["Series", listed(""), listed(listed(1)), listed("object"), listed(1, 2), NO_NAMES]},
        {"table": ["Series", listed(""), listed(listed(1)), listed("object"), listed(1)]},
        {"table": ["DataFrame", listed("a"), listed(listed(1)), listed(), listed(1), NO_NAMES]},
        {"table": ["DataFrame", listed(), listed(), listed(), 7, NO_NAMES]},
    ],
    ids=json.dumps,
)
def test_a_time_or_a_table_that_is_none_of_ours_is_no_answer(message):
    """Quickly, and without the memory that it asks for."""
    with pytest.raises(NotPlain):
        decode(message)


@pytest.mark.parametrize("dtype", ["S4000000000", "V4000000000", "datetime64[ns, dateutil//dev/zero]", "x"])
def test_no_dtype_is_made_by_the_name_that_a_student_gives_it(dtype):
    message = {"table": ["Series", listed(""), listed(listed("a")), listed(dtype), listed(0), NO_NAMES]}
    assert decode(message).tolist() == ["a"]


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | hnp.arrays(
        hnp.scalar_dtypes().filter(lambda d: d.kind in "biufc"), hnp.array_shapes(min_dims=0, min_side=0)
    ),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(plain)
def test_plain_data_come_back_as_they_went(value):
    there_and_back = decode(json.loads(json.dumps(encode(value))))
    assert type(there_and_back) is type(value)
    assert same_data(there_and_back, value)


def test_a_question_is_read_from_the_check_cell():
    asked = judging.check_call('check("value_add", Value)')
    assert (asked.exercise.name, asked.candidate) == ("value_add", "Value")
    assert judging.check_call("check(unbroadcast)").candidate == "unbroadcast"
    for other in ("assert True", "check(nothing_of_ours)", "check(", "x = check(unbroadcast)"):
        assert judging.check_call(other) is None
    assert call(len, judging.Case(([1, 2],))).value == 2


@pytest.mark.parametrize(
    ("cell", "judged"),
    [
        (new_code_cell("check(softmax)"), True),
        (new_code_cell("check(softmax)", metadata={"nbgrader": {"solution": True}}), False),
        (new_markdown_cell("check(softmax)", metadata={"nbgrader": {"solution": True}}), False),
        (new_code_cell("check(softmax)", metadata={"nbgrader": {"grade": False}}), False),
    ],
    ids=["a test", "a graded answer in code", "a graded answer in words", "no graded cell"],
)
def test_what_a_student_writes_is_never_judged_as_a_check(cell, judged):
    """It could name an exercise whose probe brings along what answers another, and take a test's verdict."""
    told = {"grade_id": "cell", "grade": True, "solution": False, "locked": False, "schema_version": 3}
    cell.metadata["nbgrader"] = told | dict(cell.metadata.get("nbgrader", {}))
    assert bool(judging.judged_call(cell)) == judged
