"""A graph of tensors, described as nodes and edges for revgraph.draw to draw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, count
from typing import Any

from revgraph.core.errors import GraphError, shape_text
from revgraph.core.gradients import backpropagate, seeds
from revgraph.core.ops.op import Op
from revgraph.core.tensor import Tensor, require_nodes, topological_order, variable
from revgraph.draw import Edge, Graph, Node, collapsed

MEANINGS = {
    "placeholder": "placeholder: fed at each run",
    "variable": "variable: trained",
    "constant": "constant",
    "tensor": "operation",
    "gradient": "gradient",
    "group": "layer",
    "gradient group": "gradient of a layer",
}


def describe(
    tensor: Tensor | Sequence[Tensor],
    gradients: bool | Sequence[Tensor],
    depth: int | None,
    distance: int | None,
    limit: int,
    direction: str,
    legend: bool,
) -> Graph:
    """The graph as nodes and edges; the parameters are draw_graph's."""
    roots = [tensor] if isinstance(tensor, Tensor) else list(tensor)
    forward = topological_order(roots, operands)
    makers: dict[Tensor, Tensor] = {}
    derivatives = _derivatives(roots, forward, gradients, makers)
    reached = _within(distance, [*roots, *derivatives], topological_order([*forward, *derivatives], operands))
    if depth is None:
        _require_legible(len(reached), limit)
    graph = replace(_graph(reached, forward, derivatives, makers), direction=direction)
    if depth is not None:
        graph = collapsed(graph, depth)
        _require_legible(len(graph.nodes), limit)
    kinds = {node.kind for node in graph.nodes if legend}
    return replace(graph, legend=tuple((k, m) for k, m in MEANINGS.items() if k in kinds))


def _graph(
    reached: list[Tensor],
    forward: list[Tensor],
    derivatives: dict[Tensor, str],
    makers: dict[Tensor, Tensor],
) -> Graph:
    """The nodes reached; those that are not of the forward graph are of the gradient's."""
    known, groups = set(forward), _groups(forward)
    groups |= _gradient_groups(groups, known, makers)
    ids = {node: f"t{i}" for i, node in enumerate(reached)}
    nodes = [_node(n, ids[n], n in known, groups.get(n, ()), derivatives.get(n, "")) for n in reached]
    edges = [
        Edge(ids[arg], name, kind="forward" if node in known else "gradient")
        for node, name in ids.items()
        for arg in operands(node)
        if arg in ids
    ]
    captions = {groups[node]: _shape(node) for node in forward if _group(node)}
    return Graph(tuple(nodes), tuple(edges), captions=captions)


def operands(node: Tensor) -> tuple[Tensor, ...]:
    """What a picture shows a node to be made of.

    A number that was computed beforehand is made of nothing. A node that notes a layer's call is made of the
    layer's output alone, not of what else it notes.
    """
    if node.literal is not None:
        return ()
    return node.args[:1] if _group(node) else node.args


def _group(node: Tensor) -> Any:
    """The group of nodes (a layer) whose output this node is, or None."""
    return node.op.group(**node.params) if node.op and node.op.group else None


def _derivatives(
    roots: list[Tensor], forward: list[Tensor], by: bool | Sequence[Tensor], makers: dict[Tensor, Tensor]
) -> dict[Tensor, str]:
    """The gradient of roots by each of the tensors asked for, and what to call it."""
    if by is False:
        return {}
    variables: list[Tensor] = [node for node in forward if isinstance(node, variable)]
    sources = variables if by is True else list(by)
    if not sources:
        raise GraphError(
            "no variable to draw gradients by. Next: draw_graph(y, gradients=[x]) names the tensors"
        )
    require_nodes(sources)
    found = _watched_gradients(roots, sources, makers)
    names: dict[Tensor, str] = {}
    for g, x in zip(found, sources, strict=True):  # two may share a gradient
        names[g] = f"{names[g]}, ∂/∂{x.name or x.kind}" if g in names else f"∂/∂{x.name or x.kind}"
    return names


def _watched_gradients(
    roots: list[Tensor], sources: list[Tensor], makers: dict[Tensor, Tensor]
) -> list[Tensor]:
    """The gradients of roots by sources; `makers` learns which node's rule made each gradient.

    They are computed on a twin of the graph, whose rules do what the nodes' own do and take a note of it.
    """
    twins: dict[Tensor, Tensor] = {}
    for node in topological_order(roots):
        twins[node] = _twin(node, tuple(twins[arg] for arg in node.args), makers) if node.op else node
    ys, xs = [twins[root] for root in roots], [twins.get(x, x) for x in sources]
    found = backpropagate(ys, seeds(roots, None), xs)
    originals = {twin: node for node, twin in twins.items() if node.op}
    return [_with_args(g, originals) for g in found]


def _twin(node: Tensor, args: tuple[Tensor, ...], makers: dict[Tensor, Tensor]) -> Tensor:
    """A node like this one, whose rule notes the gradients it makes."""
    op = node.op
    assert op is not None

    def vjp(g: Tensor, *_: Tensor) -> Sequence[Tensor | None]:
        found = op.gradients(g, node)
        for gradient in found:
            if gradient is not None:
                makers.setdefault(gradient, node)
        return found

    watching = Op(op.name, op.forward, op.vjp and vjp)
    return Tensor(watching, args, {}, node.dims, node.dtype, node.name, where=node.where)


def _with_args(g: Tensor, instead: dict[Tensor, Tensor]) -> Tensor:
    """`g`, or its like on other arguments: a gradient of zeros takes its shape from the source's twin."""
    if not g.op or instead.keys().isdisjoint(g.args):
        return g
    return g.op(*[instead.get(arg, arg) for arg in g.args], **g.params)


def _within(distance: int | None, roots: list[Tensor], order: list[Tensor]) -> list[Tensor]:
    """Of the nodes in `order`, those at most `distance` operations from one of roots."""
    if distance is None:
        return order
    reached = ring = dict.fromkeys(roots)
    for _ in range(distance):
        ring = dict.fromkeys(arg for node in ring for arg in operands(node) if arg not in reached)
        reached = reached | ring
    return [node for node in order if node in reached]


def _groups(order: list[Tensor]) -> dict[Tensor, tuple[str, ...]]:
    """For each node the path of the layers it is in, the outermost first."""
    groups: dict[Tensor, tuple[str, ...]] = {}
    names = _unique_names(filter(None, map(_group, order)))
    for node in reversed(order):  # an outer layer's output comes after those of the layers in it
        if group := _group(node):
            path = (*groups.get(node, ()), names[group])
            groups.update(dict.fromkeys(_inside(node), path))
    return groups


def _unique_names(groups: Iterable[Any]) -> dict[Any, str]:
    """A name for each group: its own, with a number where another one has it already."""
    names: dict[Any, str] = {}
    for group in dict.fromkeys(groups):
        candidates = chain([group.name], (f"{group.name} ({n})" for n in count(2)))
        names[group] = next(name for name in candidates if name not in names.values())
    return names


def _gradient_groups(
    groups: dict[Tensor, tuple[str, ...]], forward: set[Tensor], makers: dict[Tensor, Tensor]
) -> dict[Tensor, tuple[str, ...]]:
    """For each node of the gradient graph, the layer whose gradient it computes, as a group of its own."""
    found: dict[Tensor, tuple[str, ...]] = {}
    for gradient, maker in makers.items():  # from the loss on: what an earlier rule made is found by then
        path = tuple(f"∂ {name}" for name in groups.get(maker, ()))
        made = topological_order(
            [gradient],
            lambda node: tuple(a for a in operands(node) if not (a in forward or a in found or a in makers)),
        )
        found.update((node, path) for node in made if node not in found and node not in forward)
    return found


def _inside(output: Tensor) -> list[Tensor]:
    """The nodes of the layer with this output: what leads to it from the layer's inputs."""
    inputs = set(output.args[1:])
    return topological_order([output], lambda node: tuple(arg for arg in operands(node) if arg not in inputs))


def _node(node: Tensor, name: str, forward: bool, group: tuple[str, ...], derivative: str) -> Node:
    kind = "gradient" if not forward else "tensor" if node.op else node.kind
    heading = " = ".join(filter(None, [derivative, _heading(node)]))
    if node.literal is not None:
        return Node(name, (heading,), "constant" if forward else "gradient", group=group)
    return Node(name, (heading, _shape(node)), kind, group=group)


def _heading(node: Tensor) -> str:
    if node.literal is not None:
        return f"{node.literal:.6g}"
    return " ".join(filter(None, [node.name, _operation(node) if node.op else ""])) or node.kind


def _shape(node: Tensor) -> str:
    return f"{shape_text(node.shape)} {node.dtype}"


def _operation(node: Tensor) -> str:
    if _group(node):
        return ""  # its name is the layer's
    shown = ", ".join(f"{name}={value}" for name, value in node.params.items() if value is not None)
    return f"{node.kind}({shown})" if shown and len(shown) <= 30 else node.kind


def _require_legible(n_nodes: int, limit: int) -> None:
    if n_nodes > limit:
        raise GraphError(
            f"this graph has {n_nodes} nodes, too many to read."
            "\n  Next: distance=5 draws what is near the tensor, depth=0 draws each layer as one node, "
            f"limit={n_nodes} draws it all."
        )
