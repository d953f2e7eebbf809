import os
import re
import stat
import subprocess
import sys
from types import SimpleNamespace

import pytest

from revgraph.draw import CannotRender, Edge, Graph, Node, Picture, collapsed
from revgraph.draw.picture import render

AWKWARD = 'a|b {c} <d> "e" \\ n: über'


def small_graph(**changes):
    nodes = (Node("x", ("x", "data 2.0")), Node("y:0", (AWKWARD,), "operation"))
    return Graph(nodes, (Edge("x", "y:0", AWKWARD),), **changes)


@pytest.fixture
def no_dot(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def no_pygraphviz(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygraphviz", None)


def fake_dot(tmp_path, monkeypatch, script):
    program = tmp_path / "dot"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_any_text_can_stand_in_a_node_and_at_an_edge(no_dot, direction):
    svg = Picture(small_graph(direction=direction)).svg()
    assert svg.count('class="node"') == 2
    assert svg.count('class="edge"') == 1
    assert svg.count("a|b {c} &lt;d&gt; &quot;e&quot; \\ n: über") == 2


def test_a_dot_on_the_path_comes_first(tmp_path, monkeypatch, no_pygraphviz):
    fake_dot(tmp_path, monkeypatch, 'echo "<svg>drawn by $2</svg>"')
    assert Picture(small_graph()).svg().strip().startswith("<svg>drawn by")


def test_a_broken_dot_gives_way_to_pygraphviz(tmp_path, monkeypatch):
    fake_dot(tmp_path, monkeypatch, "exit 1")
    assert "</svg>" in Picture(small_graph()).svg()


def test_without_any_graphviz_the_next_step_and_the_text_are_shown(no_dot, no_pygraphviz):
    picture = Picture(small_graph())
    with pytest.raises(CannotRender, match="pip install pygraphviz"):
        picture.svg()
    bundle = picture._repr_mimebundle_()
    assert bundle.keys() == {"text/plain"}
    assert "pip install pygraphviz" in bundle["text/plain"]
    assert "digraph {" in bundle["text/plain"]


def test_a_page_in_a_browser_draws_with_its_own_graphviz(monkeypatch):
    drawing = SimpleNamespace(formats=["dot", "svg"], renderString=lambda text, format: f"<svg>{text}</svg>")
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setitem(sys.modules, "js", SimpleNamespace(graphviz=drawing))
    picture = Picture(small_graph())
    assert picture.svg() == f"<svg>{picture.source}</svg>"
    with pytest.raises(CannotRender, match=r"A browser draws no png\. Next: save the picture as \.svg"):
        picture.save("picture.png")


def test_without_the_graphviz_package_the_next_step_is_shown(monkeypatch):
    monkeypatch.setitem(sys.modules, "graphviz", None)
    assert "pip install graphviz" in Picture(small_graph())._repr_mimebundle_()["text/plain"]


def test_a_notebook_gets_svg_and_a_text_that_repeats(no_dot):
    bundle = Picture(small_graph())._repr_mimebundle_()
    assert "</svg>" in bundle["image/svg+xml"]
    assert bundle["text/plain"] == "Picture(2 nodes, 1 edges)"


def test_rendering_writes_nothing_to_stderr(no_dot, capfd):
    render('digraph { a [label="larger than its node", fixedsize=true, width=0.1] }', "svg")  # Graphviz warns
    assert capfd.readouterr().err == ""
    os.write(2, b"heard again")
    assert capfd.readouterr().err == "heard again"


@pytest.mark.parametrize(("suffix", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("dot", b"digraph")])
def test_the_ending_of_a_path_names_the_format(no_dot, tmp_path, suffix, start):
    path = Picture(small_graph()).save(tmp_path / f"picture.{suffix}")
    assert path.read_bytes().startswith(start)


@pytest.mark.parametrize(("nodes", "width"), [(3, "natural"), (8, "630"), (40, "0.6 of natural")])
def test_a_wide_picture_shrinks_as_long_as_it_stays_legible(nodes, width):
    chain = Graph(
        tuple(Node(f"n{i}", ("wide enough",)) for i in range(nodes)),
        tuple(Edge(f"n{i}", f"n{i + 1}") for i in range(nodes - 1)),
    )
    svg = Picture(chain).svg()
    shown = [float(n) for n in re.search(r'width="(\d+)pt" height="(\d+)pt"', svg).groups()]
    natural = [float(n) for n in re.search(r'viewBox="0.00 0.00 ([\d.]+) ([\d.]+)"', svg).groups()]
    scale = {"natural": 1, "630": 630 / natural[0], "0.6 of natural": 0.6}[width]
    assert shown == pytest.approx([scale * n for n in natural], abs=0.51)


def test_groups_become_clusters_and_collapse_by_depth():
    nodes = (
        Node("x", ("x",)),
        Node("a", ("a",), group=("net", "first")),
        Node("b", ("b",), group=("net", "first")),
        Node("c", ("c",), group=("net",)),
    )
    graph = Graph(nodes, (Edge("x", "a"), Edge("a", "b"), Edge("b", "c")))
    assert Picture(graph).source.count("subgraph") == 2
    assert [n.fields for n in collapsed(graph, 0).nodes] == [("x",), ("net", "3 nodes")]
    assert collapsed(graph, 0).edges == (Edge("x", "group/net"),)
    assert [n.fields for n in collapsed(graph, 1).nodes] == [("x",), ("first", "2 nodes"), ("c",)]
    assert collapsed(graph, 1).edges == (Edge("x", "group/net/first"), Edge("group/net/first", "c"))
    assert collapsed(graph, 2) == graph


def test_a_state_changes_how_a_node_looks():
    plain, marked = Picture(small_graph()), Picture(small_graph().marked({"x": "final"}))
    assert plain.source != marked.source
    assert marked.graph.nodes[1] == plain.graph.nodes[1]


def test_importing_loads_neither_graphviz_nor_jupyter():
    code = """
import sys, revgraph.draw, revgraph.dagnet, revgraph.dagnet.nn, revgraph.dagnet.trace_graph
heavy = {"graphviz", "pygraphviz", "IPython", "ipywidgets", "matplotlib"}
print(sorted(heavy & set(sys.modules)))
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"
