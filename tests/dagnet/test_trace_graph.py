import sys

import pytest

from revgraph.dagnet.engine import Value
from revgraph.dagnet.nn import MLP
from revgraph.dagnet.trace_graph import draw_dot, nearest


def shared():
    x = Value(2.0, "x")
    y = 3 * x
    return 2 * y + 5 * y


def test_a_value_is_a_box_and_an_operation_a_circle_before_it():
    x = Value(2.0, "x")
    y = x * x
    y.backward()
    graph = draw_dot(y).graph
    assert [(n.kind, n.fields) for n in graph.nodes] == [
        ("value", ("data 4.0000", "grad 1.0000")),
        ("operation", ("*",)),
        ("leaf", ("x", "data 2.0000", "grad 4.0000")),
    ]
    assert [(e.source, e.target) for e in graph.edges] == [("v0op", "v0"), ("v1", "v0op"), ("v1", "v0op")]


def test_a_shared_value_is_drawn_once():
    graph = draw_dot(shared()).graph
    assert [n.kind for n in graph.nodes].count("operation") == 4
    assert [n.kind for n in graph.nodes].count("leaf") == 4
    assert len(graph.nodes) == 12


def test_depth_cuts_and_dots_stand_for_the_rest():
    graph = draw_dot(shared(), depth=1).graph
    assert [n.kind for n in graph.nodes] == ["value", "operation", "value", "operation", "more", "value",
                                             "operation", "more"]  # fmt: skip
    assert draw_dot(shared(), depth=0).source.count("…") == 1


def test_a_large_graph_says_how_to_see_a_part():
    out = MLP(2, [16, 16, 1], seed=0)([1.0, 2.0])
    with pytest.raises(ValueError, match=r"more than 200 Values.*draw_dot\(root, depth=3\)"):
        draw_dot(out)
    assert len(draw_dot(out, limit=1000).graph.nodes) > 400
    assert out._repr_mimebundle_() == {"text/plain": repr(out)}
    chain = Value(1.0)
    for _ in range(100_000):
        chain = chain + 1
    assert len(nearest(chain)) == 201
    assert chain._repr_mimebundle_() == {"text/plain": repr(chain)}


def test_a_notebook_shows_the_picture_and_the_repr(monkeypatch):
    x = Value(2.0, "x")
    bundle = (x * 3)._repr_mimebundle_()
    assert bundle["text/plain"] == "Value(data=6, grad=0)"
    assert ">data 6.0000</text>" in bundle["image/svg+xml"]
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    assert (x * 3)._repr_mimebundle_() == {"text/plain": "Value(data=6, grad=0)"}
