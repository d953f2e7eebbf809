"""What the compiler leaves out: a graph in, an equal graph out that takes less work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from revgraph.core.ops.arithmetic import add, mul, neg, pow, sub, truediv
from revgraph.core.ops.broadcasting import broadcast_dims, broadcast_like_op, broadcast_to_op
from revgraph.core.ops.choice import where
from revgraph.core.ops.linear import matmul_op
from revgraph.core.ops.op import Op, is_registered, op, same_dims
from revgraph.core.tensor import Dims, Tensor, topological_order

# The number that changes nothing as the first argument, and as the second.
NEUTRAL = {add: (0, 0), sub: (None, 0), mul: (1, 1), truediv: (None, 1), pow: (None, 1)}

MASKABLE = set(map(np.dtype, ("f2", "f4", "f8")))

BROADCASTS = {broadcast_to_op, broadcast_like_op}

dot = op(
    "dot",
    np.dot,
    text=lambda a, b: f"{a}.dot({b})",
    doc="The product of two matrices; for small ones faster than @, which is for stacks of them, too.",
)


def masked_forward(condition: Any, a: Any, keep: bool = True, out: Any = None) -> Any:
    """The bits of `a` where the condition holds (fails, unless keep); elsewhere none, which is 0.

    np.where branches at each entry, which takes twenty times as long where a processor cannot guess the next.
    """
    bits, mask = a.view(f"i{a.dtype.itemsize}"), condition.view(np.int8)
    mask = np.negative(mask) if keep else np.subtract(mask, 1)  # -1, which is all bits, where an entry stays
    if out is None:
        mask = mask.astype(bits.dtype)
        fresh = mask.ndim and (
            mask.shape == bits.shape or mask.shape == np.broadcast_shapes(mask.shape, bits.shape)
        )
        return np.bitwise_and(mask, bits, out=mask if fresh else None).view(a.dtype)
    return np.bitwise_and(mask, bits, out=bits).view(a.dtype)


masked = op(
    "masked",
    masked_forward,
    in_place=True,
    doc="where(condition, a, 0), or where(condition, 0, a) with keep=False.",
)

copy = op(
    "copy",
    lambda a: np.array(a)[()],
    lambda g, ans, a: g,
    dims=same_dims,
    doc="The values in an array of their own, which no later step can change.",
)


def simplified(nodes: Sequence[Tensor]) -> list[Tensor]:
    """Nodes of the same values, each in memory of its own, without needless work.

    What an effect is given (a step the gradients) variables keep and users' rules may change, so that is in
    memory of its own too; but what it passes on is only not to be changed under it.
    """
    simple: dict[Tensor, Tensor] = {}
    taken: set[Tensor] = set()
    for node in topological_order(nodes):
        args = tuple(simple[arg] for arg in node.args)
        if node.op and node.op.effect:
            passed = 1 if node.op.view else 0
            given = [owned(arg, set()) for arg in args[:passed]] + [
                owned(arg, taken) for arg in args[passed:]
            ]
            simple[node] = renewed(node, tuple(given), node.dims)
        else:
            simple[node] = (
                node if node.op is None or node.literal is not None else simplest(node, node.op, args)
            )
    return [owned(simple[node], taken) for node in nodes]


def simplest(node: Tensor, op: Op, args: tuple[Tensor, ...]) -> Tensor:
    """An equal of `node` whose arguments are `args`, or simpler."""
    if op.identity:
        return args[0]
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
    if node.op is where and node.dtype in MASKABLE and args[0].dtype == bool:
        return without_choice(node, args, dims)
    return renewed(node, args, dims)


def without_choice(node: Tensor, args: tuple[Tensor, ...], dims: Dims) -> Tensor:
    """`where` as a mask, where one of its choices is 0."""
    condition, a, b = args
    if b.literal == 0 and a.dtype == node.dtype:
        return Tensor(masked, (condition, a), {}, dims, node.dtype, node.name, where=node.where)
    if a.literal == 0 and b.dtype == node.dtype:
        return Tensor(masked, (condition, b), {"keep": False}, dims, node.dtype, node.name, where=node.where)
    return renewed(node, args, dims)


def renewed(node: Tensor, args: tuple[Tensor, ...], dims: Dims) -> Tensor:
    """`node` with other arguments; the node itself if they are its own."""
    if node.op is None or all(new is old for new, old in zip(args, node.args, strict=True)):
        return node
    literal = node.op.fold(args, node.params)
    return Tensor(node.op, args, node.params, dims, node.dtype, node.name, literal, node.where)


def owned(node: Tensor, taken: set[Tensor]) -> Tensor:
    """`node`, or its copy where its memory is another's or many entries at once.

    That is so of leaves, which steps change, of what a user's operation returns, and of what was `taken`: the
    nodes whose memory belongs to somebody already, to which this one's is added.
    """
    root = node
    while root.op and is_plain_view(root.op) and root.args:
        root = root.args[0]
    if node.literal is not None or (root.op and not root.op.view and root not in taken):
        taken.add(root)
        return node
    return copy(node)


def is_plain_view(op: Op) -> bool:
    """Whether an operation of the library shows the memory of its first argument, each entry once."""
    return op.view and not op.spread and (op.effect or is_registered(op))
