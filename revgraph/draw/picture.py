"""A described graph becomes DOT, and DOT becomes SVG: through ``dot``, or through pygraphviz."""

import os
import re
import sys
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from subprocess import CalledProcessError
from typing import TYPE_CHECKING, Any

from revgraph.draw.graph import Graph, Node, subgroups
from revgraph.draw.style import EDGES, FONT, INK, KINDS, LINE, STATES

UNSHOWN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}  # control characters, halves of characters, unassigned ones
COLUMN = 630  # points: the width of a cell's output in JupyterLab, on a laptop
SMALLEST = 0.6  # scale at which the text is still legible; what is wider than that scrolls

if TYPE_CHECKING:
    import graphviz


class CannotRender(RuntimeError):
    """Neither a ``dot`` on the PATH nor pygraphviz is there; the message says what to install."""


class Picture:
    """A graph as a picture: shown by a notebook, or kept with ``save``.

    ``source`` is the DOT text. On a machine that cannot render, a notebook shows the next step and that text.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @cached_property
    def source(self) -> str:
        """The picture as DOT text."""
        return _digraph(self.graph).source

    def svg(self) -> str:
        """The picture as SVG text, scaled down to fit a notebook; CannotRender where no Graphviz is found."""
        return _fitted(render(self.source, "svg").decode())

    def save(self, path: str | Path) -> Path:
        """Write the picture to ``path``; its ending names the format: .svg .png .pdf, .dot for the text."""
        path = Path(path)
        if path.suffix in (".dot", ".gv"):
            path.write_text(self.source, encoding="utf-8")
        else:
            path.write_bytes(render(self.source, path.suffix.lstrip(".") or "svg"))
        return path

    def __repr__(self) -> str:
        return f"Picture({len(self.graph.nodes)} nodes, {len(self.graph.edges)} edges)"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        try:
            return {"image/svg+xml": self.svg(), "text/plain": repr(self)}
        except CannotRender as problem:
            return {"text/plain": str(problem)}


def _digraph(graph: Graph) -> "graphviz.Digraph":
    try:
        import graphviz
    except ImportError as problem:
        raise CannotRender("Pictures need the graphviz package: pip install graphviz pygraphviz") from problem
    dot = graphviz.Digraph(
        graph_attr={"rankdir": graph.direction, "bgcolor": "transparent", "fontname": FONT, "fontcolor": LINE,
                    "color": LINE, "nodesep": "0.15", "ranksep": "0.3", "label": _escape(graph.title)},
        node_attr={"style": "filled", "fontname": FONT, "fontsize": "11", "fontcolor": INK, "height": "0.3",
                   "width": "0.3"},
        edge_attr={"fontname": FONT, "fontsize": "10", "fontcolor": LINE, "arrowsize": "0.7"},
    )  # fmt: skip
    _add_nodes(dot, graph, graph.nodes, ())
    for edge in graph.edges:
        dot.edge(_id(edge.source), _id(edge.target), label=_escape(edge.label), **EDGES[edge.kind])
    _add_legend(dot, graph.legend)
    return dot


def _add_nodes(dot: "graphviz.Digraph", graph: Graph, nodes: Sequence[Node], group: tuple[str, ...]) -> None:
    for node in nodes:
        if len(node.group) == len(group):
            look = KINDS[node.kind] | STATES[node.state]
            label = _label(node.fields, look["shape"], graph.direction)
            dot.node(_id(node.id), label, **look)
    for name, members in subgroups(nodes, len(group)):
        path = (*group, name)
        with dot.subgraph(name=_escape("cluster " + "/".join(path))) as cluster:
            cluster.attr(label=_escape(name), style="rounded", color=LINE)
            _add_nodes(cluster, graph, members, path)


def _add_legend(dot: "graphviz.Digraph", legend: tuple[tuple[str, str], ...]) -> None:
    if legend:
        with dot.subgraph(name="cluster legend") as cluster:
            cluster.attr(label="", style="dotted", color=LINE)
            for kind, meaning in legend:
                cluster.node(f"legend {kind}", _escape(meaning), **KINDS[kind])


def _id(name: str) -> str:
    return _escape(name.replace(":", "_"))  # DOT reads what follows a colon as a port


def _escape(text: str, special: str = "\\") -> str:
    """A name as Graphviz shows it letter by letter; what cannot be shown is spelled out, as \\x00."""
    shown = "".join(ascii(c)[1:-1] if unicodedata.category(c) in UNSHOWN else c for c in text)
    return _no_markup("".join("\\" + c if c in special else c for c in shown.replace("&", "&amp;")))


def _label(fields: tuple[str, ...], shape: str, direction: str) -> str:
    if shape != "record":
        return _no_markup("\\n".join(map(_escape, fields)))
    cells = " | ".join(_escape(text, r"\{}|<>") for text in fields)
    return f"{{{cells}}}" if direction == "LR" else cells  # Graphviz turns records along with the graph


def _no_markup(label: str) -> str:
    """The label, which is text even if it looks like HTML, such as <b>."""
    from graphviz import nohtml

    return nohtml(label)


def render(source: str, format: str) -> bytes:
    """DOT text in a format Graphviz knows: by ``dot``, else by pygraphviz, else CannotRender."""
    if sys.platform == "emscripten":
        return _render_in_page(source, format)
    import graphviz

    try:
        return graphviz.Source(source).pipe(format=format, quiet=True)
    except (graphviz.ExecutableNotFound, CalledProcessError):
        return _render_in_process(source, format)


def _render_in_page(source: str, format: str) -> bytes:
    """By the Graphviz that a browser's page has loaded beside Python."""
    import js  # type: ignore[import-not-found]

    if format not in js.graphviz.formats:
        raise CannotRender(
            f"A browser draws no {format}. Next: save the picture as .svg, or its text as .dot."
        )
    return str(js.graphviz.renderString(source, format=format)).encode()


def _fitted(svg: str) -> str:
    """The same picture, shown no wider than a notebook's column, unless its text would become too small."""
    found = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    if found is None or float(found[1]) <= COLUMN:
        return svg
    width, height = map(float, found.groups())
    scale = max(COLUMN / width, SMALLEST)
    return svg.replace(found[0], f'width="{scale * width:.0f}pt" height="{scale * height:.0f}pt"', 1)


def _render_in_process(source: str, format: str) -> bytes:
    try:
        import pygraphviz
    except ImportError as problem:
        raise CannotRender(
            "No Graphviz found to draw this picture. Next: pip install pygraphviz (it brings Graphviz along) "
            f"or install Graphviz so that dot is on the PATH. Until then, this is its DOT text:\n\n{source}"
        ) from problem
    with _quiet_stderr():
        return bytes(pygraphviz.AGraph(string=source).draw(format=format, prog="dot"))


@contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Keep what Graphviz's C libraries write to stderr (fontconfig's warnings) out of the notebook."""
    saved = os.dup(2)
    with tempfile.TemporaryFile() as sink:
        os.dup2(sink.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
