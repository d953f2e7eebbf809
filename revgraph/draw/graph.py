"""The description of a graph to draw: nodes with fields, edges, groups. It knows no autodiff."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Node:
    """A node: ``kind`` picks shape and color (see ``style.KINDS``), ``state`` marks it within a frame.

    ``fields`` are the cells written in it, from left to right; ``group`` is the path of the clusters it
    belongs to, the outermost first.
    """

    id: str
    fields: tuple[str, ...]
    kind: str = "value"
    state: str = ""
    group: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edge:
    """An arrow between the nodes of these ids; ``kind`` is a key of ``style.EDGES``."""

    source: str
    target: str
    label: str = ""
    kind: str = "forward"


@dataclass(frozen=True)
class Graph:
    """Nodes and edges; ``direction`` as Graphviz names it: LR from left to right, TB from top to bottom."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...] = ()
    direction: str = "LR"
    title: str = ""
    legend: tuple[tuple[str, str], ...] = ()  # pairs of kind and meaning
    captions: Mapping[tuple[str, ...], str] = field(default_factory=dict)  # of groups, by their path

    def marked(self, states: dict[str, str]) -> "Graph":
        """The same graph, the nodes of these ids in these states."""
        return replace(self, nodes=tuple(replace(n, state=states.get(n.id, n.state)) for n in self.nodes))


def collapsed(graph: Graph, depth: int) -> Graph:
    """The same graph with every group below ``depth`` levels drawn as one node.

    A group of nothing but gradient nodes becomes a "gradient group", every other one a "group".
    """
    home = {node.id: _representative(node, depth) for node in graph.nodes}
    sizes = Counter(home.values())
    others = {home[node.id] for node in graph.nodes if node.kind != "gradient"}
    nodes = {}
    for node in graph.nodes:
        name, path = home[node.id], node.group[: depth + 1]
        caption = graph.captions.get(path, f"{sizes[name]} nodes")
        kind = "group" if name in others else "gradient group"
        nodes[name] = node if name == node.id else Node(name, (path[-1], caption), kind, group=path[:-1])
    edges = {
        replace(e, source=home[e.source], target=home[e.target]): None
        for e in graph.edges
        if home[e.source] != home[e.target]
    }
    return replace(graph, nodes=tuple(nodes.values()), edges=tuple(edges))


def _representative(node: Node, depth: int) -> str:
    return "/".join(("group", *node.group[: depth + 1])) if len(node.group) > depth else node.id


def subgroups(nodes: Iterable[Node], depth: int) -> Iterator[tuple[str, list[Node]]]:
    """The nodes that go deeper than ``depth`` groups, by the name of their next group, in order."""
    groups: dict[str, list[Node]] = {}
    for node in nodes:
        if len(node.group) > depth:
            groups.setdefault(node.group[depth], []).append(node)
    yield from groups.items()
