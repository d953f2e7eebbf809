"""A Value describes the graph it was computed by, for ``revgraph.draw`` to draw."""

from revgraph.dagnet.engine import Value
from revgraph.draw import CannotRender, Edge, Graph, Node, Picture

LIMIT = 200  # Values; a larger picture can no longer be read


def draw_dot(root: Value, depth: int | None = None, limit: int = LIMIT, direction: str = "LR") -> Picture:
    """The graph that made ``root``: boxes for Values (data left, gradient right), circles for operations.

    ``depth`` shows only what is at most that many operations away from root. ValueError if there are more
    than ``limit`` Values to draw.
    """
    values = nearest(root, depth, limit)
    if len(values) > limit:
        raise ValueError(
            f"This graph has more than {limit} Values, too many to read. draw_dot(root, depth=3) draws the "
            f"part nearest to root; limit=... allows more."
        )
    return Picture(describe(values, direction))


def nearest(root: Value, depth: int | None = None, limit: int = LIMIT) -> list[Value]:
    """The Values at most ``depth`` operations from root, the nearest first; ends behind ``limit``."""
    found = {root: None}
    ring = [root]
    distance = 0
    while ring and len(found) <= limit and (depth is None or distance < depth):
        ring = list(dict.fromkeys(c for value in ring for c in value._children if c not in found))
        found.update(dict.fromkeys(ring))
        distance += 1
    return list(found)


def describe(values: list[Value], direction: str = "LR") -> Graph:
    """These Values as nodes and edges; dots stand for operands that are not among them."""
    ids = {value: f"v{i}" for i, value in enumerate(values)}
    nodes: list[Node] = []
    edges: list[Edge] = []
    for value, name in ids.items():
        nodes.append(_box(name, value))
        if value._children:
            nodes.append(Node(name + "op", (operation(value),), "operation"))
            edges.append(Edge(name + "op", name))
            edges += [Edge(ids[c], name + "op") for c in value._children if c in ids]
            if any(c not in ids for c in value._children):
                nodes.append(Node(name + "more", ("…",), "more"))
                edges.append(Edge(name + "more", name + "op"))
    return Graph(tuple(nodes), tuple(edges), direction)


def _box(name: str, value: Value) -> Node:
    fields = (f"data {value.data:.4f}", f"grad {value.grad:.4f}")
    name_first = (label(value), *fields) if label(value) else fields
    return Node(name, name_first, "value" if value._children else "leaf")


def label(value: Value) -> str:
    """A Value's label; a learner's own class need not have one."""
    return getattr(value, "label", "")


def operation(value: Value) -> str:
    """The operation that made a Value; f where a learner's own class does not record it."""
    return getattr(value, "_op", "") or ("f" if value._children else "")


def display(value: Value) -> dict[str, str]:
    """What a notebook shows of a Value: its graph, where that is small and can be drawn, and its repr."""
    try:
        return {"image/svg+xml": draw_dot(value, limit=40).svg(), "text/plain": repr(value)}
    except (CannotRender, ValueError):
        return {"text/plain": repr(value)}
