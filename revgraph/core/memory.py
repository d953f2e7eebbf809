"""Which nodes may be computed in the memory of an argument that no later node reads, and when it is released.

A large array costs more to allocate than to compute with, so a program writes results over arrays that it
made itself and is done with: `t3 = np.add(t2, b, out=t2)`. What is left over it drops: `del t2, t3`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from revgraph.core.ops.op import is_registered
from revgraph.core.tensor import Dims, Tensor

LARGE = 1 << 14  # entries; below, it is not worth a longer line
TYPICAL = 64  # what an unknown size is taken for


def overwritten(order: Sequence[Tensor], results: Sequence[Tensor]) -> dict[Tensor, Tensor]:
    """For each node that may be computed in the memory of an argument, that argument.

    order: the nodes as they are computed; results: those that are handed out.
    """
    candidates = list(filter(is_candidate, order))
    if not candidates:
        return {}
    owners, unfit = owners_of(order), unfit_among(order)
    last_reader = {owners[arg]: node for node in order for arg in read_by(node)}
    kept = {owners.get(result, result) for result in results}
    for node in filter(is_foreign, order):
        kept |= {node, *(owners.get(arg, arg) for arg in node.args)}
    found: dict[Tensor, Tensor] = {}
    for node in candidates:
        for arg in node.args:
            owner, alike = owners.get(arg), (arg.dims, arg.dtype) == (node.dims, node.dtype)
            if (
                alike
                and owner is not None
                and arg not in unfit
                and owner not in kept
                and last_reader[owner] is node
                # Another view of that memory may be read where the result has been written.
                and not any(owners.get(other) is owner for other in node.args if other is not arg)
            ):
                found[node] = arg
    return found


def released(
    order: Sequence[Tensor], results: Sequence[Tensor], overwritten: dict[Tensor, Tensor]
) -> dict[Tensor, list[Tensor]]:
    """For each node after which large memory is needed no more, the nodes whose values lie there.

    The program then drops their names, and so holds no more at a time than it has to.
    """
    owners: dict[Tensor, Tensor] = {}
    last: dict[Tensor, Tensor] = {}
    for node in order:
        shared = overwritten[node] if node in overwritten else (node.args[0] if is_view(node) else node)
        owners[node] = owners.get(shared, shared)
        last.update((owners.get(read, read), node) for read in (*node.args, node))
    kept = {owners.get(result, result) for result in results}
    found: dict[Tensor, list[Tensor]] = {}
    for node, owner in owners.items():
        if owner.op and is_large(owner.dims) and owner not in kept and last[owner] is not order[-1]:
            found.setdefault(last[owner], []).append(node)
    return found


def is_candidate(node: Tensor) -> bool:
    """Whether the node can be computed in an argument's memory, and is large enough for that to pay."""
    return node.op is not None and node.op.in_place and is_large(node.dims)


def owners_of(order: Sequence[Tensor]) -> dict[Tensor, Tensor]:
    """The node that made the memory in which each node's value lies."""
    owners: dict[Tensor, Tensor] = {}
    for node in order:
        owners[node] = owners.get(node.args[0], node.args[0]) if is_view(node) else node
    return owners


def unfit_among(order: Sequence[Tensor]) -> set[Tensor]:
    """The nodes that are not written over: whose entries share places in memory, or lie apart in it.

    NumPy 2.4 negates some wrongly in place: of float32 that are 16 bytes apart, of float64 that are 64.
    """
    unfit: set[Tensor] = set()
    for node in order:
        if node.op and (node.op.spread or node.op.gaps or (is_view(node) and node.args[0] in unfit)):
            unfit.add(node)
    return unfit


def is_view(node: Tensor) -> bool:
    return node.op is not None and node.op.view and len(node.args) > 0


def is_foreign(node: Tensor) -> bool:
    """Whether the node is a leaf, or an operation not of ours, which may keep or return what it was given."""
    return node.op is None or not is_registered(node.op)


def read_by(node: Tensor) -> Iterator[Tensor]:
    """The arguments, but for plain numbers, of which the node reads more than the shape."""
    for i, arg in enumerate(node.args):
        if node.op and i not in node.op.shape_only and arg.literal is None:
            yield arg


def is_large(dims: Dims) -> bool:
    return bool(dims) and entries(dims) >= LARGE


def entries(dims: Dims) -> int:
    """How many there are, as far as the shape says so."""
    return math.prod(size if size >= 0 else TYPICAL for size in dims or ())
