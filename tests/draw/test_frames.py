import re
import sys
from itertools import combinations
from xml.etree import ElementTree

import pytest

from revgraph.draw import Edge, Graph, Node, Picture
from revgraph.draw.frames import Stage, film_strip, graph_frames, size
from revgraph.draw.stepper import Stepper
from revgraph.draw.style import EDGES, STATES

GRAPH = Graph(
    (Node("x", ("x", "?"), "leaf"), Node("f", ("f",), "operation"), Node("y", ("y", "?"))),
    (Edge("x", "f"), Edge("x", "f"), Edge("f", "y")),
)
STAGES = [
    Stage("Start <here>", fields={"y": ("y", "1")}, header=("a", "b"), rows=(("x<y", "2"),)),
    Stage("End", ("x gets 12345.678",), {"x": "final"}, {"x": ("x", "12345.678")}, frozenset({("x", "f")})),
]


@pytest.fixture(scope="module")
def frames():
    return graph_frames(GRAPH, STAGES)


def shapes(frame, title):
    groups = [
        g
        for g in ElementTree.fromstring(frame.svg).iter()
        if title in [t.text for t in g if "title" in t.tag]
    ]
    return [
        part.attrib
        for group in groups
        for part in group
        if "title" not in part.tag and "text" not in part.tag
    ]


def test_nothing_moves_from_frame_to_frame(frames):
    coordinates = [re.findall(r' (?:points|d|x|y|cx|cy)="[^"]+"', frame.svg) for frame in frames]
    assert coordinates[0] == coordinates[1]
    assert size(frames[0].svg) == size(frames[1].svg)
    assert size(frames[0].svg)[0] > size(Picture(GRAPH).svg())[0] + 30  # room for the widest text


def test_a_frame_writes_and_paints_what_its_stage_says(frames):
    texts = [re.findall(r">([^<>\n]+)</text>", frame.svg) for frame in frames]
    assert texts == [["x", "?", "f", "y", "1"], ["x", "12345.678", "f", "y", "?"]]
    final = STATES["final"]
    assert final["fillcolor"] not in frames[0].svg
    assert shapes(frames[1], "x")[0]["fill"] == final["fillcolor"]
    assert shapes(frames[1], "x")[0]["stroke"] == final["color"]
    strokes = [[part["stroke"] for part in shapes(frame, "x->f")] for frame in frames]
    assert [len(s) for s in strokes] == [4, 4]  # both edges, a line and a tip each
    assert EDGES["active"]["color"] not in strokes[0]
    assert set(strokes[1]) == {EDGES["active"]["color"]}


def test_the_strip_holds_every_frame(frames):
    root = ElementTree.fromstring(film_strip(frames))
    assert len(root.findall("{*}g/{*}svg")) == 2
    words = [text.text for text in root.findall("{*}g/{*}text")]
    assert words == ["1 of 2: Start <here>", "2 of 2: End", "x gets 12345.678"]


def test_no_card_of_the_strip_lies_on_another_and_each_holds_its_lines(frames):
    root = ElementTree.fromstring(film_strip([*frames, *frames]))
    places = []
    for card in root.findall("{*}g"):
        left, top = map(float, re.findall(r"[\d.]+", card.get("transform")))
        width, height = (float(card.find("{*}rect").get(name)) for name in ("width", "height"))
        assert max(float(text.get("y")) for text in card.findall("{*}text")) < height
        places.append((left, top, left + width, top + height))
    assert len({top for _, top, _, _ in places}) < len(places) == 4  # some stand side by side
    for one, other in combinations(places, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_a_stepper_is_a_sequence_of_frames(frames, tmp_path):
    stepper = Stepper(frames)
    assert len(stepper) == 2
    assert [frame.title for frame in stepper] == ["Start <here>", "End"]
    assert stepper[-1] is frames[-1]
    assert stepper.save(tmp_path / "strip.svg").read_text() == stepper.strip()


def test_without_a_notebook_server_the_strip_is_shown(frames, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    stepper = Stepper(frames)
    assert stepper._repr_mimebundle_() == {
        "text/plain": "Stepper(2 frames)",
        "image/svg+xml": stepper.strip(),
    }


@pytest.mark.parametrize("where", ["server", "browser"])
def test_in_a_live_notebook_a_slider_moves_through_the_frames(frames, monkeypatch, where):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    if where == "server":
        monkeypatch.setenv("JPY_SESSION_NAME", "/somewhere/notebook.ipynb")
    else:
        monkeypatch.setattr(sys, "platform", "emscripten")
    stepper = Stepper(frames)
    bundle = stepper._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert bundle["text/plain"] == "Stepper(2 frames)"
    (play, slider), stack = (stepper.widget(start=1).children[0].children, stepper.widget().children[1])
    assert (play.value, play.max, slider.value, slider.max) == (1, 1, 1, 1)
    assert not play.show_repeat
    pages = [page.value for page in stack.children]
    assert "<td" in pages[0]
    assert "x&lt;y" in pages[0]
    assert '<svg role="img" aria-label="Start &lt;here&gt;"' in pages[0]
    assert "x gets 12345.678" in pages[1]


def test_without_ipywidgets_a_live_notebook_shows_the_strip(frames, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "/somewhere/notebook.ipynb")
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    assert Stepper(frames)._repr_mimebundle_().keys() == {"text/plain", "image/svg+xml"}
