"""Pictures in steps: the frames of a computation over one graph, and all of them on one strip.

A graph is laid out once, with room for the widest text that any frame writes in a node, and each frame only
repaints it: nothing moves from frame to frame but what the frame is about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from textwrap import wrap
from xml.etree import ElementTree

from revgraph.draw.graph import Graph, Node
from revgraph.draw.picture import Picture
from revgraph.draw.style import CARD, EDGES, FONT, INK, LINE, STATES

SVG = "http://www.w3.org/2000/svg"
POINT = 4 / 3  # pixels; Graphviz measures in points
STRIP_WIDTH = 1000
STRIP_LIMIT = 24  # frames; a longer strip is no longer looked at
LINE_HEIGHT = 19
LETTER = 6.6  # the mean width of a letter in pixels, at 13 pixels a line
MARGIN = 12


@dataclass(frozen=True)
class Frame:
    """One step: what happens, its picture, what it computes, and a table of names and cells."""

    title: str
    svg: str
    lines: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Stage:
    """What a frame changes about its graph: states and fields by node id, and the edges in use."""

    title: str
    lines: tuple[str, ...] = ()
    states: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    active: frozenset[tuple[str, str]] = frozenset()  # pairs of source and target
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def graph_frames(graph: Graph, stages: Sequence[Stage]) -> list[Frame]:
    """One frame a stage over the same layout; CannotRender where no Graphviz is found."""
    nodes = tuple(_with_room(node, stages) for node in graph.nodes)
    drawn = Picture(replace(graph, nodes=nodes)).svg()
    return [_frame(graph, stage, drawn) for stage in stages]


def _with_room(node: Node, stages: Sequence[Stage]) -> Node:
    written = [stage.fields.get(node.id, node.fields) for stage in stages]
    return replace(node, fields=tuple(max(texts, key=len) for texts in zip(*written, strict=True)))


def _frame(graph: Graph, stage: Stage, drawn: str) -> Frame:
    ElementTree.register_namespace("", SVG)
    svg = ElementTree.fromstring(drawn)
    nodes = {node.id: node for node in graph.nodes}
    active = {f"{source}->{target}" for source, target in stage.active}
    for group in svg.iter(f"{{{SVG}}}g"):
        title = group.findtext(f"{{{SVG}}}title", "")
        if title in nodes:
            node = nodes[title]
            look = STATES[stage.states.get(title, node.state)]
            _repaint(group, look, stage.fields.get(title, node.fields))
        elif title in active:
            _stroke(group, EDGES["active"])
    return Frame(
        stage.title, ElementTree.tostring(svg, encoding="unicode"), stage.lines, stage.header, stage.rows
    )


def _repaint(group: ElementTree.Element, look: Mapping[str, str], fields: tuple[str, ...]) -> None:
    _stroke(group, look)
    for shape in _parts(group, "polygon", "ellipse", "path"):
        if "fillcolor" in look and shape.get("fill") != "none":
            shape.set("fill", look["fillcolor"])
    for text, words in zip(_parts(group, "text"), fields, strict=True):
        text.text = words


def _stroke(group: ElementTree.Element, look: Mapping[str, str]) -> None:
    dashes = {"filled,dashed": "5,2", "filled,dotted": "1,3"}.get(look.get("style", ""))
    for shape in _parts(group, "polygon", "polyline", "ellipse", "path"):
        for attribute, value in (("stroke", look.get("color")), ("stroke-width", look.get("penwidth")),
                                 ("stroke-dasharray", dashes)):  # fmt: skip
            if value:
                shape.set(attribute, value)


def _parts(group: ElementTree.Element, *tags: str) -> list[ElementTree.Element]:
    return [part for part in group.iter() if part.tag in {f"{{{SVG}}}{tag}" for tag in tags}]


def size(svg: str) -> tuple[float, float]:
    """Width and height of an SVG text in pixels."""
    root = ElementTree.fromstring(svg)
    return _pixels(root.get("width", "0")), _pixels(root.get("height", "0"))


def _pixels(length: str) -> float:
    number = float(length.removesuffix("pt").removesuffix("px"))
    return number * POINT if length.endswith("pt") else number


def film_strip(frames: Sequence[Frame]) -> str:
    """All frames as one SVG, in rows from left to right: for pages that cannot step, such as GitHub's."""
    shown = frames[:STRIP_LIMIT]
    width = max(380.0, *(size(frame.svg)[0] for frame in shown)) + 2 * MARGIN
    panels = [_panel(frame, f"{i} of {len(frames)}", width) for i, frame in enumerate(shown, start=1)]
    columns = max(1, int(STRIP_WIDTH // width))
    parts, top = [], 0.0
    for start in range(0, len(panels), columns):
        row = panels[start : start + columns]
        height = max(h for _, h in row)
        parts += [_card(panel, i * width, top, width, height) for i, (panel, _) in enumerate(row)]
        top += height
    return (
        f'<svg xmlns="{SVG}" width="{columns * width:.0f}" height="{top:.0f}" '
        f'viewBox="0 0 {columns * width:.0f} {top:.0f}">{"".join(parts)}</svg>'
    )


def _panel(frame: Frame, number: str, width: float) -> tuple[str, float]:
    """A frame's title, picture and lines, one below the other, and their height."""
    letters = int((width - 2 * MARGIN) / LETTER)
    title = wrap(f"{number}: {frame.title}", letters)
    lines = [part for line in frame.lines for part in wrap(line, letters)]
    picture_top = MARGIN + len(title) * LINE_HEIGHT
    lines_top = picture_top + size(frame.svg)[1] + MARGIN
    picture = frame.svg[frame.svg.index("<svg") :].replace("<svg", f'<svg x="{MARGIN}" y="{picture_top}"', 1)
    parts = [_text(title, MARGIN, "bold"), picture, _text(lines, lines_top, "normal")]
    return "".join(parts), lines_top + len(lines) * LINE_HEIGHT + MARGIN


def _text(lines: Sequence[str], top: float, weight: str) -> str:
    style = f'font-family="{FONT}" font-size="13" font-weight="{weight}" fill="{INK}"'
    return "".join(
        f'<text x="{MARGIN}" y="{top + (i + 0.7) * LINE_HEIGHT:.0f}" {style}>{escape(line)}</text>'
        for i, line in enumerate(lines)
    )


def _card(panel: str, left: float, top: float, width: float, height: float) -> str:
    return (
        f'<g transform="translate({left:.0f} {top:.0f})"><rect x="2" y="2" width="{width - 4:.0f}" '
        f'height="{height - 4:.0f}" rx="6" fill="{CARD}" stroke="{LINE}"/>{panel}</g>'
    )
