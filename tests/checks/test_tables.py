"""pandas' tables as plain data: compared, told in a line, and the same on the other side of the border."""

import copy
import datetime
import itertools
import json
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from revgraph.checks import Exercise, Misconception, case
from revgraph.checks.compare import Tolerance, difference
from revgraph.checks.same import same_data
from revgraph.checks.tables import brief
from revgraph.grading.student.serialize import DECODERS, decode, encode

TABLE = pd.DataFrame({"name": ["Ada", "Bob"], "score": [3.5, np.nan], "n": [1, 2]})
TABLES = [
    TABLE,
    TABLE.set_index("name"),
    TABLE["score"],
    pd.Series([True, False], index=[("a", 1), ("b", 2)]),
    pd.DataFrame({2020: [1.0], 2021: [2.0]}),
    pd.DataFrame({"when": pd.to_datetime(["2026-01-31", "2026-02-28"])}),
    pd.DataFrame(),
    pd.Index(["a", "b"]),
    pd.DataFrame({"when": pd.to_datetime(["2026-01-31", None])}),
    pd.Series([1, 2], index=pd.DatetimeIndex(["2026-01-31", None], name="when"), name="n"),
    pd.Series([1, 2], index=[1.0, np.nan]),
    pd.Series([1, 2], index=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)], names=["word", None])),
    pd.DatetimeIndex(["2026-01-31", None]),
    pd.Series(pd.to_datetime(["2026-01-31 01:02:03.000000004", None]).tz_localize("UTC")),
    pd.Series(pd.PeriodIndex(["2026-01", "NaT"], freq="M")),
    pd.Series([1, 2], index=pd.IntervalIndex.from_breaks([0.0, 0.5, 1.0])),
    pd.Series(pd.to_timedelta([1, None])),
    pd.DataFrame({np.nan: [1], "b": [2]}),
    pd.DataFrame([[1, 2]], columns=["twice", "twice"]),
    pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_product([["a"], ["x", "y"]], names=["one", "two"])),
    pd.Series(["a", None, "b"]),
    TABLE["name"].unique(),
]
SINGLE = [
    pd.Timestamp("2026-01-31 01:02:03.000000004"),
    pd.Timestamp("2026-07-31", tz="Europe/Berlin"),
    pd.Timedelta("1 day 3 ns"),
    pd.Period("2026-01", freq="M"),
    pd.Interval(0.5, 1.5, closed="left"),
    pd.NaT,
    pd.NA,
    [pd.NA, 1],
    {"missing": pd.NaT},
]
PLAIN = [
    np.nan,
    [np.nan, 1.0],
    {"a": np.float64("nan")},
    {np.nan, 1.0},
    {np.nan: 1},
    [complex(np.nan, 1)],
    10**40,
    np.datetime64("NaT", "s"),
    np.timedelta64(3, "D"),
    np.array(["NaT", "2026-01-31"], dtype="datetime64[s]"),
    np.array([np.nan, "a", None, 10**40, pd.NA], object),
    np.array([[[1, 2], "a"], [None, {"b": np.nan}]], object),
    datetime.datetime(2026, 1, 31, 1, 2, 3, 4),
    datetime.datetime(2026, 1, 31, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
    datetime.date(2026, 1, 31),
    datetime.time(1, 2, 3),
    datetime.timedelta(days=-1, microseconds=1),
    Decimal("0.10"),
    Fraction(-(10**30), 3),
    {"a", "b"},
    frozenset({1, 2}),
    b"\x00bytes",
    np.array(["short", "longer"]),
    np.array(["2026-01-31"], dtype="datetime64[D]"),
    {"words": {"one", "two"}, "counts": [1, 2]},
]


@pytest.mark.parametrize("value", [*TABLES, *SINGLE, *PLAIN], ids=lambda value: type(value).__name__)
def test_it_arrives_as_it_was_sent(value):
    for back in (decode(json.loads(json.dumps(encode(value)))), copy.deepcopy(value)):
        assert type(back) is type(value)
        assert same_data(back, value)
        assert difference(value, back, Tolerance()) is None


def kinds_in(message):
    if isinstance(message, dict):
        yield from message
        message = list(message.values())
    if isinstance(message, list):
        for part in message:
            yield from kinds_in(part)


def test_there_is_a_value_of_every_kind_that_travels():
    sent = [encode(value) for value in [*TABLES, *SINGLE, *PLAIN, *MORE]]
    assert set(kinds_in(sent)) == set(DECODERS)


def test_only_its_like_is_the_same():
    for (i, one), (j, other) in itertools.product(enumerate([*TABLES, *SINGLE, *PLAIN]), repeat=2):
        assert (difference(one, other, Tolerance()) is None) == (i == j), (one, other)
        assert same_data(one, other) == (i == j), (one, other)


@pytest.mark.parametrize("value", [*TABLES, *SINGLE, *PLAIN], ids=lambda value: type(value).__name__)
def test_who_returns_the_input_has_not_changed_it(value):
    exercise = Exercise(name="same", points=1, reference=lambda x: x, cases=lambda rng: [case(value)])
    assert exercise.judge(lambda x: x).passed
    assert exercise.judge(lambda x: None).message


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (pd.Series(["a", None]), pd.Series(["a", np.nan], dtype=object)),
        (pd.Series(["a", "b"], dtype="category"), pd.Series(["a", "b"])),
        (
            pd.Series(pd.to_datetime(["2026-01-31"])),
            pd.Series(np.array(["2026-01-31"], "datetime64[ns]")),
        ),
        (pd.Series([1], name="n"), pd.Series([1])),
        (0.1 + 0.2 + 0j, complex(0.3)),
        ({0.1 + 0.2, 1}, {0.3, 1.0}),
        (float(10**30), 10**30),
        (np.array([0.1 + 0.2, "a"], object), np.array([0.3, "a"], object)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_chosen_by_a_library_or_by_rounding_does_not_count(expected, got):
    assert difference(expected, got, Tolerance()) is None


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (TABLE, pd.concat([TABLE, TABLE[["n"]]], axis=1)),
        (
            pd.Series([1], index=[pd.Timestamp("2026-01-31")]),
            pd.Series([1], index=[pd.Timestamp("2026-02-01")]),
        ),
        (pd.Series([1], index=[pd.Timestamp("2026-01-31")]), pd.Series([1], index=["2026-01-31"])),
        (pd.Series(["a", None]), pd.Series(["a", ""])),
        (pd.NaT, pd.NA),
        (pd.NaT, None),
        (np.timedelta64(3, "D"), 3),
        (3, np.timedelta64(3, "D")),
        (3, np.array(3, "m8[D]")),
        (1.0, np.array(True)),
        (10**40, 10**40 + 1),
        (1.0, 10**400),
        ({0.1, 1}, {0.2, 1}),
        ({np.nan}, {1.0}),
        ({np.nan, -np.float64("nan")}, {np.nan}),
        ({np.nan: 1}, {np.nan: 2}),
        ({np.nan: 1}, {(0,): 1}),
        ({1, 2}, frozenset({1, 2})),
        (np.array([1.0, "a"], object), np.array([1.1, "a"], object)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_another_value_differs(expected, got):
    assert difference(expected, got, Tolerance()) is not None


MORE = [
    *(True, 1, 1.5, np.float32(2.5), 1 + 2j, 10**400, "", "a", None, int, slice(1, 2), ..., range(3)),
    *([], [None], {}, set(), [[1], [2, 3]], {"a": [1, {"b": 2}]}),
    *(np.array(["a", ""]), np.array([b"a"]), np.array([1 + 2j]), np.array([True, False])),
    *(np.array([]), np.array(3), np.zeros((2, 0)), np.array([np.inf, np.nan])),
    np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]),
    pd.Series([1, None], dtype="Int64"),
    pd.Series([True, None], dtype="boolean"),
    TABLE[TABLE["n"] > 9],
    TABLE.dtypes,
]


@pytest.mark.filterwarnings("error")
def test_whatever_comes_back_in_place_of_whatever_is_judged_and_told():
    values = [*TABLES, *SINGLE, *PLAIN, *MORE]
    for i, expected in enumerate(values):
        exercise = Exercise(
            name="any",
            points=1,
            reference=lambda x, e=expected: e,
            cases=lambda rng: [case(1)],
            misconceptions=[Misconception("first", lambda x, e=expected: e[0], "The first alone.")],
        )
        for j, got in enumerate(values):
            verdict = exercise.judge(lambda x, got=got: got)
            assert verdict.message
            assert verdict.passed == (i == j), (expected, got)


def test_names_of_an_input_reach_the_answer():
    """`reset_index` makes columns of them: without them a right answer would look wrong."""
    dated = pd.DataFrame({"n": [1, 2]}, index=pd.DatetimeIndex(["2026-01-31", "2026-02-28"], name="when"))
    for value in (dated, dated["n"], dated.T):
        sent = decode(json.loads(json.dumps(encode(value))))
        assert difference(value.reset_index(), sent.reset_index(), Tolerance()) is None
        assert not same_data(value, value.rename_axis(index="other"))


@pytest.mark.parametrize(
    ("other", "kind", "path"),
    [
        (TABLE.rename(columns={"n": "m"}), "value", ("the name of column 2",)),
        (TABLE.drop(columns="n"), "length", ("the columns",)),
        (TABLE.iloc[:1], "length", ("the labels of the rows",)),
        (TABLE.assign(score=[3.5, 4.0]), "value", ("column score",)),
        (TABLE.assign(n=[1.0, 2.0]), "dtype", ("column n",)),
        (TABLE.assign(name=["Ada", "bob"]), "value", ("column name", 1)),
        (TABLE["score"], "type", ()),
        ({"name": ["Ada", "Bob"]}, "type", ()),
    ],
)
def test_a_table_differs_where_one_would_look(other, kind, path):
    found = difference(TABLE, other, Tolerance())
    assert (found.kind, found.path) == (kind, path)


def test_a_table_is_like_its_copy():
    assert difference(TABLE, TABLE.copy(), Tolerance()) is None


def test_a_table_is_told_in_a_line():
    assert brief(TABLE[["n"]]) == "DataFrame({'n': [1, 2]})"
    assert brief(pd.Series([1.5], index=["a"])) == "Series({'a': 1.5})"
    assert brief(pd.Series([1.5, 2.5])) == "Series([1.5, 2.5])"
    assert brief(pd.DataFrame({"x": range(90), "y": range(90)})) == "DataFrame of 90 rows, columns x, y"


def add_column(table):
    table["new"] = 1
    return 3


@pytest.mark.parametrize(
    ("candidate", "given", "told"),
    [
        (add_column, TABLE, "begin with a table of your own: `t = t.copy()`."),
        (lambda words: words.sort() or 3, ["b", "a"], "make a new list: `sorted(a)`"),
        (lambda counts: counts.update(x=1) or 3, {"y": 1}, "make a new one: `d = dict(d)`"),
        (lambda found: found.add(1) or 3, {2}, "make a new set: `a | b`"),
    ],
)
def test_an_input_that_was_written_into_is_told_with_the_way_to_leave_it(candidate, given, told):
    exercise = Exercise(name="three", points=1, reference=lambda x: 3, cases=lambda rng: [case(given)])
    message = exercise.judge(candidate).message
    assert "your code changed its input x on the way" in message
    assert told in message
