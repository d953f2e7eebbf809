"""What the compiler leaves out: a graph in, an equal graph out that takes less work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from revgraph.core.ops.arithmetic import add, mul, pow, sub, truediv
from revgraph.core.ops.op import op, same_dims
from revgraph.core.tensor import Tensor, topological_order

copy = op(
    "copy",
    lambda a: np.array(a)[()],
    lambda g, ans, a: g,
    dims=same_dims,
    doc="The values in an array of their own, which no later step can change.",
)

# The number that changes nothing as the first argument, and as the second.
NEUTRAL = {add: (0, 0), sub: (None, 0), mul: (1, 1), truediv: (None, 1), pow: (None, 1)}

# Views in which one place in memory is many entries, so that writing to one would change others.
SPREAD = {"broadcast_to", "broadcast_like", "windows"}


def simplified(nodes: Sequence[Tensor]) -> list[Tensor]:
    """Nodes of the same values, without multiplying by one and the like, each in memory of its own."""
    simple: dict[Tensor, Tensor] = {}
    for node in topological_order(nodes):
        simple[node] = simplest(node, tuple(simple[arg] for arg in node.args))
    return [owned(simple[node]) for node in nodes]


def simplest(node: Tensor, args: tuple[Tensor, ...]) -> Tensor:
    """`node` with `args` for its arguments, or the one of them that it equals."""
    if node.op is None or node.literal is not None:
        return node
    if node.op.name == "no_grad":
        return args[0]
    for arg, other, neutral in zip(args, args[::-1], NEUTRAL.get(node.op, ())[::-1], strict=False):
        if (
            neutral is not None
            and other.literal == neutral
            and (arg.dims, arg.dtype) == (node.dims, node.dtype)
        ):
            return arg
    if node.op.effect:
        args = tuple(map(owned, args))
    if all(new is old for new, old in zip(args, node.args, strict=True)):
        return node
    return Tensor(node.op, args, node.params, node.dims, node.dtype, node.name, where=node.where)


def owned(node: Tensor) -> Tensor:
    """`node`, or its copy where its memory is a leaf's, which steps change, or is many entries at once."""
    root = node
    while root.op and root.op.view and root.op.name not in SPREAD:
        root = root.args[0]
    return node if root.op and root.op.name not in SPREAD else copy(node)
