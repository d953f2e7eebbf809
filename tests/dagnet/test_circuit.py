"""The circuit picture: every value and gradient is on it, and no wire hides behind a node."""

import matplotlib
import pytest

matplotlib.use("agg")

import matplotlib.pyplot as plt

from revgraph.dagnet import Value
from revgraph.dagnet.circuit import _bowed, _places, draw_circuit


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def written(ax):
    return [text.get_text() for text in ax.texts]


def test_values_and_gradients_stand_on_the_wires():
    a, b = Value(2.0), Value(-3.0)
    f = a * b + 10
    f.backward()
    texts = written(draw_circuit(f, a=a, b=b, f=f))
    assert {"a", "b", "f", "*", "+", "2", "-3", "-6", "10", "4", "1"} <= set(texts)
    assert "1" not in written(draw_circuit(f, gradients=False, a=a))


def test_a_node_stands_right_of_its_children_and_on_a_place_of_its_own():
    w = Value(1.0)
    x = w.tanh()
    y = x.exp()
    f = x + y + w * 3
    places = _places(f)
    assert all(places[c][0] < places[v][0] for v in places for c in v._children)
    assert len(set(places.values())) == len(places)


def test_a_wire_that_would_run_through_a_node_is_bowed():
    x = Value(1.0)
    y = x.tanh()
    f = x + y
    places = _places(f)
    assert _bowed(x, f, places)
    assert not _bowed(y, f, places)


def test_a_single_value_can_be_drawn_into_given_axes():
    _, ax = plt.subplots()
    assert draw_circuit(Value(5.0), ax=ax) is ax
    assert "5" in written(ax)
