"""pandas' tables as plain data: compared, told in a line, and the same on the other side of the border."""

import json

import numpy as np
import pandas as pd
import pytest

from revgraph.checks import Exercise, case
from revgraph.checks.call import same_data
from revgraph.checks.compare import Tolerance, difference
from revgraph.checks.tables import brief
from revgraph.grading.student.serialize import decode, encode

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
]
PLAIN = [
    {"a", "b"},
    frozenset({1, 2}),
    b"\x00bytes",
    np.array(["short", "longer"]),
    np.array(["2026-01-31"], dtype="datetime64[D]"),
    {"words": {"one", "two"}, "counts": [1, 2]},
]


@pytest.mark.parametrize("value", [*TABLES, *PLAIN], ids=lambda value: type(value).__name__)
def test_it_arrives_as_it_was_sent(value):
    back = decode(json.loads(json.dumps(encode(value))))
    assert type(back) is type(value)
    assert same_data(back, value)
    assert difference(value, back, Tolerance()) is None


@pytest.mark.parametrize(
    ("other", "kind", "path"),
    [
        (TABLE.rename(columns={"n": "m"}), "value", ("the columns", 2)),
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
    assert difference(TABLE, TABLE + TABLE * 0 if False else TABLE.copy(), Tolerance()) is None


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
