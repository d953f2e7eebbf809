"""A small graph as a circuit: operations are circles, numbers stand on the wires."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, GRAY = "#0072B2", "#D55E00", "#8a8a8a"  # Okabe and Ito's
WIRE = 1.2  # the length of the wire that leaves a circle; the next column begins behind it
STEP = 2.4
Place = tuple[float, float]


def draw_circuit(
    root: Any, ax: "Axes | None" = None, mark: Any = None, gradients: bool = True, **names: Any
) -> "Axes":
    """Draw the graph that made ``root``: above each wire its value, below it (orange) its gradient.

    Works with anything that has ``data``, ``grad``, ``_children`` and, to write into the circle, ``_op``.
    Names for values come as keywords, ``draw_circuit(f, a=a, b=b)``; the one that is ``mark`` is highlighted.
    Returns the matplotlib axes; meant for graphs of up to about a dozen nodes.
    """
    import matplotlib.pyplot as plt

    places = _places(root)
    width = max(x for x, _ in places.values()) + WIRE
    height = max(y for _, y in places.values())
    if ax is None:
        size = (0.75 * (width + 1), 0.85 * (height + 1))
        _, ax = plt.subplots(figsize=size, layout="constrained")
    bows = any(_bowed(child, node, places) for node in places for child in node._children)  # need room below
    ax.set(xlim=(-0.7, width + 0.3), ylim=(-0.6 - 0.7 * bows, height + 0.6), aspect="equal")
    ax.axis("off")
    called = {id(value): name for name, value in names.items()}
    for node, (x, y) in places.items():
        for i, child in enumerate(node._children):
            again = any(child is other for other in node._children[:i])
            _draw_wire(ax, places[child], (x, y), again or _bowed(child, node, places))
        _draw_node(ax, node, x, y, called.get(id(node), ""), marked=node is mark)
        ax.text(x + 0.72, y + 0.1, f"{node.data:.4g}", color=BLUE, ha="center", va="bottom")
        if gradients:
            ax.text(x + 0.72, y - 0.1, f"{node.grad:.4g}", color=ORANGE, ha="center", va="top", weight="bold")
    return ax


def _draw_wire(ax: "Axes", start: Place, end: Place, bowed: bool) -> None:
    style = f"arc3,rad={0.4 if bowed else 0}"
    line = {"arrowstyle": "-", "color": GRAY, "connectionstyle": style, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, (start[0] + WIRE, start[1]), arrowprops=line, zorder=1)


def _bowed(child: Any, node: Any, places: dict[Any, Place]) -> bool:
    """Whether a straight wire would run through a node in between."""
    (x0, y0), (x1, y1) = places[child], places[node]
    return any(
        x0 < x < x1 and abs(y0 + (y1 - y0) * (x - x0) / (x1 - x0) - y) < 0.4 for x, y in places.values()
    )


def _draw_node(ax: "Axes", node: Any, x: float, y: float, name: str, marked: bool) -> None:
    operation = getattr(node, "_op", "") if node._children else ""
    ax.plot([x, x + WIRE], [y, y], color=GRAY, linewidth=1, zorder=1)
    circle = {
        "boxstyle": "circle,pad=0.3" if operation else "round,pad=0.3",
        "facecolor": "#fbe3a6" if marked else "white",
        "edgecolor": ORANGE if marked else BLUE if not operation else "#444444",
        "linewidth": 2 if marked else 1,
    }
    ax.text(
        x,
        y,
        operation or name or "·",
        ha="center",
        va="center",
        color="black",
        bbox=circle,
        zorder=2,
        parse_math=False,
    )
    if operation and name:
        ax.text(
            x, y + 0.36, name, ha="center", va="bottom", style="italic", color="#444444", parse_math=False
        )


def _places(root: Any) -> dict[Any, Place]:
    """x by the longest way from a leaf; y spreads a column, each node near the middle of its children."""
    columns: dict[Any, int] = {}
    nodes = _all_nodes(root)
    for _ in nodes:  # after as many rounds as there are nodes, every way has been seen
        columns = {v: max((columns.get(c, 0) + 1 for c in v._children), default=0) for v in nodes}
    rows = _rows(nodes, columns)
    highest = max(rows.values())
    return {v: (STEP * columns[v], highest - rows[v]) for v in nodes}


def _all_nodes(root: Any) -> list[Any]:
    """Leaves in the order in which they stand in the expression."""
    nodes: list[Any] = []
    stack = [root]
    while stack:
        node = stack.pop()
        if not any(node is known for known in nodes):
            nodes.append(node)
            stack.extend(reversed(node._children))
    return nodes


def _rows(nodes: list[Any], columns: dict[Any, int]) -> dict[Any, float]:
    rows: dict[Any, float] = {}
    for column in range(max(columns.values()) + 1):
        members = [v for v in nodes if columns[v] == column]
        wished = {v: _middle([rows[c] for c in v._children]) for v in members}
        members.sort(key=lambda v: wished[v])
        floor = -1e9
        for v in members:
            floor = rows[v] = max(wished[v], floor + 1)
        lowest = min(rows.values())
        rows = {v: row - lowest for v, row in rows.items()}
    return rows


def _middle(numbers: list[float]) -> float:
    return sum(numbers) / len(numbers) if numbers else 0.0
