"""Reverse mode: a graph in, a graph out. This file knows no operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from revgraph.core.errors import GraphError, made_at, shape_text
from revgraph.core.garbage import no_collection
from revgraph.core.ops import broadcast_like
from revgraph.core.ops.casting import in_dtype_of
from revgraph.core.tensor import (
    Dims,
    Operand,
    Tensor,
    as_tensor,
    number_like,
    require_nodes,
    topological_order,
)


@overload
def gradients(ys: Tensor | Sequence[Tensor], xs: Tensor, grad_ys: Operand | None = None) -> Tensor: ...
@overload
def gradients(
    ys: Tensor | Sequence[Tensor], xs: Sequence[Tensor], grad_ys: Operand | None = None
) -> list[Tensor]: ...
def gradients(
    ys: Tensor | Sequence[Tensor], xs: Tensor | Sequence[Tensor], grad_ys: Operand | None = None
) -> Tensor | list[Tensor]:
    """The gradients of `ys`, added up, by each of `xs`: nodes of the shapes of `xs`, one for one.

    ys: a node or several; each is summed over its entries, unless `grad_ys` weighs them (one for each y).
    xs: a node, for one gradient, or a list, for a list. An x that ys do not depend on has gradient zero.

    The result is made of nodes, so it can be differentiated again. A GraphError says which operation is in
    the way where every path from ys to an x passes through one that has no gradient.
    """
    one_x = isinstance(xs, Tensor)
    sources: list[Any] = list(xs) if isinstance(xs, list | tuple) else [xs]
    targets: list[Any] = list(ys) if isinstance(ys, list | tuple) else [ys]
    require_nodes([*sources, *targets])
    with no_collection():
        found = backpropagate(targets, seeds(targets, grad_ys), sources)
    return found[0] if one_x else found


def seeds(ys: list[Tensor], grad_ys: Any) -> list[Tensor]:
    """The gradients to start from: ones, or the given ones."""
    if grad_ys is None:
        return [broadcast_like(number_like(1.0, y), y) for y in ys]
    several = isinstance(grad_ys, list | tuple) and (len(ys) > 1 or len(grad_ys) == 1)
    given = list(grad_ys) if several else [grad_ys]
    if len(given) != len(ys):
        raise GraphError(f"grad_ys has {len(given)} gradients for {len(ys)} ys; each y takes one")
    return [seed(as_tensor(g), y) for g, y in zip(given, ys, strict=True)]


def seed(g: Tensor, y: Tensor) -> Tensor:
    """A given gradient of y, of y's shape; a number counts for every entry."""
    if not may_be_equal(g.dims, y.dims) and g.dims != ():
        raise GraphError(
            f"a gradient of shape {shape_text(g.shape)} is given for {y!r}, of shape {shape_text(y.shape)}; "
            f"it weighs y entry by entry, so it takes y's shape.{made_at(y.where)}"
        )
    return broadcast_like(in_dtype_of(g, y), y)


def may_be_equal(a: Dims, b: Dims) -> bool:
    """Whether shapes can be the same at a run, as far as they are known."""
    if a is None or b is None:
        return True
    return len(a) == len(b) and all(m == n or m < 0 or n < 0 for m, n in zip(a, b, strict=True))


def backpropagate(ys: list[Tensor], grad_ys: list[Tensor], xs: list[Tensor]) -> list[Tensor]:
    """The gradients of xs: a node hands its gradient on once all nodes that use it have handed on theirs."""
    order = topological_order(ys)
    useful = leading_to(set(xs), order)
    pending: dict[Tensor, Tensor] = {}
    for y, g in zip(ys, grad_ys, strict=True):
        pending[y] = pending[y] + g if y in pending else g
    for node in reversed(order):
        g_node = pending.get(node)
        if g_node is None or node.op is None or node.op.vjp is None:
            continue
        for arg, g_arg in zip(node.args, node.op.gradients(g_node, node), strict=True):
            if g_arg is not None and arg in useful:
                g_arg = in_dtype_of(g_arg, arg)
                pending[arg] = pending[arg] + g_arg if arg in pending else g_arg  # two paths: gradients add
    require_paths(order, ys, [x for x in xs if x not in pending])
    return [pending[x] if x in pending else broadcast_like(number_like(0.0, x), x) for x in xs]


def leading_to(xs: set[Tensor], order: list[Tensor]) -> set[Tensor]:
    """The nodes through which gradients reach xs, which are among them."""
    useful = set(xs)
    for node in order:
        if node.op and node.op.vjp and not useful.isdisjoint(node.args):
            useful.add(node)
    return useful


def require_paths(order: list[Tensor], ys: list[Tensor], xs: list[Tensor]) -> None:
    """Raise if ys depend on one of xs, but only through operations without a gradient.

    An x that ys do not depend on at all, or only through flat operations such as a comparison, has gradient
    zero and passes.
    """
    reached, blocking = set(ys), []
    for node in reversed(order) if xs else ():
        if node in reached and node.op and node.op.vjp:
            reached.update(node.args)
        elif node in reached and node.op:
            blocking.append(node)
    for x in xs:
        for node in blocking if x not in reached else ():
            if x in set(topological_order([node])):
                raise GraphError(
                    f"no gradient reaches {x!r}: on the way lies {node.kind}, which has none."
                    f"{made_at(node.where)}\n  Next: replace it by a differentiable operation."
                )
