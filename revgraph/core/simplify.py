"""What the compiler leaves out: a graph in, an equal graph out that takes less work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from revgraph.core.ops.arithmetic import add, mul, neg, pow, sub, truediv
from revgraph.core.ops.broadcasting import broadcast_dims, broadcast_like_op, broadcast_to_op
from revgraph.core.ops.linear import matmul_op
from revgraph.core.ops.op import Op, op, same_dims
from revgraph.core.tensor import Dims, Tensor, topological_order

# The number that changes nothing as the first argument, and as the second.
NEUTRAL = {add: (0, 0), sub: (None, 0), mul: (1, 1), truediv: (None, 1), pow: (None, 1)}

BROADCASTS = {broadcast_to_op, broadcast_like_op}

dot = op(
    "dot",
    np.dot,
    text=lambda a, b: f"{a}.dot({b})",
    doc="The product of two matrices; for small ones faster than @, which is for stacks of them, too.",
)

copy = op(
    "copy",
    lambda a: np.array(a)[()],
    lambda g, ans, a: g,
    dims=same_dims,
    doc="The values in an array of their own, which no later step can change.",
)


def simplified(nodes: Sequence[Tensor]) -> list[Tensor]:
    """Nodes of the same values, each in memory of its own, without needless work."""
    simple: dict[Tensor, Tensor] = {}
    for node in topological_order(nodes):
        args = tuple(simple[arg] for arg in node.args)
        simple[node] = node if node.op is None or node.literal is not None else simplest(node, node.op, args)
    return [owned(simple[node]) for node in nodes]


def simplest(node: Tensor, op: Op, args: tuple[Tensor, ...]) -> Tensor:
    """An equal of `node` whose arguments are `args`, or simpler."""
    if op.identity:
        return args[0]
    if op.effect:
        return renewed(node, tuple(map(owned, args)), node.dims)
    if op is matmul_op and all(arg.ndim == 2 for arg in args):
        return Tensor(dot, args, {}, node.dims, node.dtype, node.name, where=node.where)
    if op.pointwise and node.dims is not None:
        return broadcast_last(node, args)
    return renewed(node, args, node.dims)


def broadcast_last(node: Tensor, args: tuple[Tensor, ...]) -> Tensor:
    """The operation on its arguments as they were before they were broadcast, since it does that by itself.

    If that leaves the result too small, the result is broadcast instead, and perhaps later not at all.
    """
    small = tuple(arg.args[0] if is_broadcast(arg) else arg for arg in args)
    dims = broadcast_dims(*(arg.dims for arg in small))
    if dims == node.dims:
        return without_neutral(node, small, dims)
    for arg in args:
        if is_broadcast(arg) and arg.dims == node.dims:
            core = without_neutral(node, small, dims)
            return Tensor(arg.op, (core, *arg.args[1:]), arg.params, node.dims, node.dtype, where=node.where)
    return without_neutral(node, args, node.dims)


def is_broadcast(node: Tensor) -> bool:
    return node.op in BROADCASTS


def without_neutral(node: Tensor, args: tuple[Tensor, ...], dims: Dims) -> Tensor:
    """The operation on `args`, or the argument that it does not change."""
    assert node.op is not None
    for arg, other, neutral in zip(args, args[::-1], NEUTRAL.get(node.op, ())[::-1], strict=False):
        if neutral is not None and other.literal == neutral and (arg.dims, arg.dtype) == (dims, node.dtype):
            return arg
        if node.op is mul and other.literal == -1 and arg.dtype == node.dtype:
            return Tensor(neg, (arg,), {}, dims, node.dtype, node.name, where=node.where)
    return renewed(node, args, dims)


def renewed(node: Tensor, args: tuple[Tensor, ...], dims: Dims) -> Tensor:
    """`node` with other arguments; the node itself if they are its own."""
    if node.op is None or all(new is old for new, old in zip(args, node.args, strict=True)):
        return node
    literal = node.op.fold(args, node.params)
    return Tensor(node.op, args, node.params, dims, node.dtype, node.name, literal, node.where)


def owned(node: Tensor) -> Tensor:
    """`node`, or its copy where its memory is a leaf's, which steps change, or is many entries at once."""
    root = node
    while root.op and root.op.view and root.args and not root.op.spread:
        root = root.args[0]
    return node if root.op and not root.op.spread else copy(node)
