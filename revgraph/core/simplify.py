"""What the compiler leaves out: a graph in, an equal graph out that takes less work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from revgraph.core.memory import entries, is_large
from revgraph.core.ops.activations import gelu_gate_gradient, softmax_op, top_of
from revgraph.core.ops.arithmetic import add, mul, neg, pow, sub, truediv
from revgraph.core.ops.broadcasting import broadcast_dims, broadcast_like_op, broadcast_to_op, sum_op
from revgraph.core.ops.choice import where
from revgraph.core.ops.elementary import exp, square
from revgraph.core.ops.faster import (
    LARGE_PRODUCT,
    SHORT_ROW,
    add_row,
    all_products,
    attention_gradient,
    attention_weights,
    column_products,
    column_sums,
    columns_dot,
    divide_row,
    dot,
    exp_difference,
    gelu_gradient,
    masked,
    multiply_row,
    row_products,
    row_sums,
    rows_dot,
    softmax_gradient,
    stacks_dot,
    subtract_row,
)
from revgraph.core.ops.indexing import place, placed_on
from revgraph.core.ops.linear import as_one_matrix, matmul_op
from revgraph.core.ops.op import Op, is_registered, op, same_dims
from revgraph.core.ops.shaping import transpose_op
from revgraph.core.tensor import Dims, Tensor, topological_order
from revgraph.core.threads import SHARED

# The number that changes nothing as the first argument, and as the second.
NEUTRAL = {add: (0, 0), sub: (None, 0), mul: (1, 1), truediv: (None, 1), pow: (None, 1)}

MASKABLE = set(map(np.dtype, ("f2", "f4", "f8")))

ROUNDED = set(map(np.dtype, ("f4", "f8")))  # that BLAS multiplies matrices of

BROADCASTS = {broadcast_to_op, broadcast_like_op}

EACH_ROW = {add: add_row, sub: subtract_row, mul: multiply_row, truediv: divide_row}
ROWS = 1 << 10  # of an array, from which they are taken several at a time

copy = op(
    "copy",
    lambda a: np.array(a)[()],
    lambda g, ans, a: g,
    dims=same_dims,
    doc="The values in an array of their own, which no later step can change.",
)


def simplified(nodes: Sequence[Tensor]) -> list[Tensor]:
    """Nodes of the same values, each in memory of its own, without needless work.

    An effect's arguments (a step's gradients) get memory of their own too: variables keep them, and users'
    rules may change them. What an effect passes on must only stay as it is.
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
    if op is sum_op:
        return simplest_sum(node, args)
    if op is matmul_op and all(arg.ndim == 2 for arg in args):
        if stacks := stacks_of(*args):
            return instead(node, columns_dot, stacks)
        return instead(node, product_of(*args), args)
    if op is matmul_op and args[1].ndim == 2 and args[0].ndim and args[0].ndim > 2:
        return instead(node, rows_dot, args)
    if op is matmul_op and are_many_products(node, args):
        return instead(node, stacks_dot, args)
    if op is softmax_op and is_last(node) and (scores := scores_of(args[0])):
        return instead(node, attention_weights, scores)
    if op is mul and is_softmax_gradient(node, args):
        return simplest_softmax_gradient(node, args[0], args[1].args[0])
    if op is add and (factors := gelu_factors(node, *args)):
        return instead(node, gelu_gradient, factors)
    if op is exp and is_difference_of_rows(args[0]):
        return instead(node, exp_difference, args[0].args)
    if op.pointwise and node.dims is not None:
        return broadcast_last(node, args)
    return renewed(node, args, node.dims)


def stacks_of(a: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    """Two stacks of matrices, where `a` is all rows of one as columns and `b` all rows of the other."""
    turned = a.op is transpose_op and not a.params
    if not turned or a.args[0].op is not as_one_matrix or b.op is not as_one_matrix:
        return ()
    return (*a.args[0].args, *b.args)


def product_of(a: Tensor, b: Tensor) -> Op:
    """What multiplies two matrices: a large product is made in parts, and for small ones dot takes less time.

    Where rows of `a` may have a single entry, it is matmul: dot then takes 0 times infinity for 0.
    """
    assert a.dims is not None
    assert b.dims is not None
    if entries(a.dims) * entries(b.dims[1:]) >= LARGE_PRODUCT:
        return rows_dot
    return dot if max(a.dims[1], b.dims[0]) > 1 else matmul_op


def instead(
    node: Tensor, op: Op, args: tuple[Tensor, ...], params: dict[str, Any] | None = None, dims: Any = ...
) -> Tensor:
    """What has the node's values by another operation; where it is broadcast later, these are its `dims`."""
    params, dims = params or {}, node.dims if dims is ... else dims
    return Tensor(op, args, params, dims, node.dtype, node.name, op.fold(args, params), node.where)


def gelu_factors(node: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    """g, gate and x, where the node is g * gate + gelu_gate_gradient(g * x, gate, x)."""
    through, of_gate = (a, b) if b.op is gelu_gate_gradient else (b, a)
    if of_gate.op is not gelu_gate_gradient or not (through.op is of_gate.args[0].op is mul):
        return ()
    above, gate, x = of_gate.args
    for g in through.args:
        alike = all((part.dims, part.dtype) == (node.dims, node.dtype) for part in (g, gate, x))
        if alike and set(through.args) == {g, gate} and set(above.args) == {g, x}:
            return (g, gate, x)
    return ()


def is_difference_of_rows(node: Tensor) -> bool:
    """Whether the node is an array less a number for each of its rows: a large one, or one that may be 0."""
    if node.op is not sub or not node.dims:
        return False
    a, b = node.args
    if entries(node.dims) < SHARED and b.op is not top_of:
        return False
    return a.dims == node.dims and b.dims == (*node.dims[:-1], 1) and a.dtype == b.dtype == node.dtype


def are_many_products(node: Tensor, args: tuple[Tensor, ...]) -> bool:
    """Whether the node is a large stack of products of two equally long stacks of matrices."""
    a, b = args
    if not (a.dims and b.dims and node.dims and a.dims[:-2] == b.dims[:-2] and a.dtype == b.dtype):
        return False
    largest = max(map(entries, (a.dims, b.dims, node.dims)))
    return len(a.dims) > 2 and largest >= SHARED and a.dtype in ROUNDED


def is_last(node: Tensor) -> bool:
    """Whether the softmax is over the last axis."""
    return node.params["axis"] in (-1, len(node.dims or ()) - 1)


def scores_of(node: Tensor) -> tuple[Tensor, ...]:
    """Two stacks of matrices whose products the node is, and the mask behind which others are -inf, if any.

    Nothing, where the node is something else.
    """
    if node.op is masked and node.params == {"fill": -np.inf}:
        mask, products = node.args
        stacks = multiplied(products)
        fits = products.dims == node.dims and mask.dims == (node.dims or ())[-2:]
        return (*stacks, mask) if stacks and fits else ()
    return multiplied(node)


def multiplied(node: Tensor) -> tuple[Tensor, ...]:
    """Two equally long stacks of matrices whose products the node is; nothing, where it is something else."""
    if node.op not in (matmul_op, stacks_dot):
        return ()
    a, b = node.args
    stacks = a.dims and b.dims and len(a.dims) > 2 and a.dims[:-2] == b.dims[:-2]
    return (a, b) if stacks and a.dtype == b.dtype and a.dtype in ROUNDED else ()


def simplest_softmax_gradient(node: Tensor, y: Tensor, g: Tensor) -> Tensor:
    """y * (g - Σ g·y) in one go."""
    if y.op is attention_weights and (factors := multiplied(g)):
        return instead(node, attention_gradient, (y, *factors))
    return instead(node, softmax_gradient, (y, g))


def is_softmax_gradient(node: Tensor, args: tuple[Tensor, ...]) -> bool:
    """Whether the node is y * (g - Σ g·y), the sum over each row of large arrays, or attention's weights."""
    y, difference = args
    if difference.op is not sub or not node.dims:
        return False
    if y.op is not attention_weights and entries(node.dims) < SHARED:
        return False
    g, total = difference.args
    return (
        total.op is row_products
        and total.params["keepdims"]
        and set(total.args) == {g, y}
        and (y.dims, y.dtype) == (g.dims, g.dtype) == (node.dims, node.dtype)
    )


def simplest_sum(node: Tensor, args: tuple[Tensor, ...]) -> Tensor:
    """An equal of a sum that takes less time.

    A sum of negatives is the negative of a sum. A sum of products is a product of rows over the last axis, of
    columns over the first axes, and of vectors over all axes of a large array. Other sums of large arrays, or
    over several axes, are products with ones.
    """
    (a,), params = args, node.params
    axis, rank, keepdims = params["axis"], len(a.dims or ()), {"keepdims": params.get("keepdims", False)}
    if a.op is neg and a.dtype == node.dtype:
        total = Tensor(node.op, a.args, params, node.dims, node.dtype, where=node.where)
        return instead(node, neg, (simplest_sum(total, a.args),))
    if not rank or a.dtype != node.dtype or a.dtype.kind != "f":
        return renewed(node, args, node.dims)
    last = axis in (-1, rank - 1)
    factors = factors_of(a)
    if axis is None and factors and is_large(a.dims) and not keepdims["keepdims"]:
        return instead(node, all_products, factors)
    if last and factors:
        return instead(node, row_products, factors, keepdims)
    if last and rank > 1 and is_large(a.dims):
        return instead(node, row_sums, args, keepdims)
    axes = (axis,) if isinstance(axis, int) else axis or ()
    first = 0 < len(axes) < rank and axes == tuple(range(len(axes))) and len(params) == 1
    if first and (is_large(a.dims) or len(axes) > 1):
        return sum_of_first(node, a, len(axes))
    return renewed(node, args, node.dims)


def sum_of_first(node: Tensor, a: Tensor, axes: int) -> Tensor:
    """The sum of `a` over so many of its axes, the first ones."""
    factors = factors_of(a)
    if factors and a.dims and is_large(a.dims):
        if axes == 1:
            return instead(node, column_products, factors)
        a = Tensor(column_products, factors, {}, a.dims[1:], node.dtype, where=node.where)
        axes -= 1
    return instead(node, column_sums, (a,), {"axes": axes})


def factors_of(node: Tensor) -> tuple[Tensor, ...]:
    """Two arrays of the node's shape and dtype whose product it is; nothing where it is none."""
    factors = node.args * 2 if node.op is square else node.args if node.op is mul else ()
    return factors if all((arg.dims, arg.dtype) == (node.dims, node.dtype) for arg in factors) else ()


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
            return instead(node, neg, (arg,), dims=dims)
    if node.op is add:
        return placed_if_possible(node, args, dims)
    if node.op is where and node.dtype in MASKABLE and args[0].dtype == bool:
        return without_choice(node, args, dims)
    return with_each_row(node, args, dims)


def with_each_row(node: Tensor, args: tuple[Tensor, ...], dims: Dims) -> Tensor:
    """Arithmetic of an array of many short rows with one such row, taking several rows at a time."""
    assert node.op is not None
    by_row, pairs = EACH_ROW.get(node.op), [args, args[::-1]] if node.op in (add, mul) else [args]
    if by_row is not None:
        for a, row in pairs:
            if (a.dims, a.dtype, row.dtype) == (dims, node.dtype, node.dtype) and is_row_of(row, a):
                return instead(node, by_row, (a, row), dims=dims)
    return renewed(node, args, dims)


def is_row_of(row: Tensor, a: Tensor) -> bool:
    """Whether `row` has the shape of one of the many short rows of `a`."""
    if not a.dims or not row.dims or len(row.dims) > len(a.dims) or row.literal is not None:
        return False
    *ones, size = row.dims
    return (
        1 < size <= SHORT_ROW
        and a.dims[-1] == size
        and ones == [1] * len(ones)
        and entries(a.dims[:-1]) >= ROWS
    )


def placed_if_possible(node: Tensor, args: tuple[Tensor, ...], dims: Dims) -> Tensor:
    """A sum with a term that is 0 but for one entry of each row: the other term with these entries added."""
    for arg, other in zip(args, args[::-1], strict=True):
        if arg.op is place and (other.dims, other.dtype) == (dims, node.dtype) == (arg.dims, arg.dtype):
            values, at, _ = arg.args
            into = (other, values.args[0] if is_broadcast(values) else values, at)
            return instead(node, placed_on, into, dims=dims)
    return with_each_row(node, args, dims)


def without_choice(node: Tensor, args: tuple[Tensor, ...], dims: Dims) -> Tensor:
    """`where` as a mask, where one of its choices is a number."""
    condition, a, b = args
    masks = a.args[0].args[2:] if a.op is attention_gradient else ()
    if b.literal == 0 and any(mask is condition for mask in masks):
        return instead(node, attention_gradient, (*a.args[:3], condition))
    for kept, other, options in ((a, b, {}), (b, a, {"keep": False})):
        if other.literal is not None and kept.dtype == node.dtype:
            is_zero = str(other.literal) == "0.0"  # which -0.0 is not
            filled = options if is_zero else options | {"fill": other.literal}
            return instead(node, masked, (condition, kept), filled, dims)
    return renewed(node, args, dims)


def renewed(node: Tensor, args: tuple[Tensor, ...], dims: Dims) -> Tensor:
    """`node` with other arguments; the node itself if they are its own."""
    if node.op is None or all(new is old for new, old in zip(args, node.args, strict=True)):
        return node
    return instead(node, node.op, args, node.params, dims)


def owned(node: Tensor, taken: set[Tensor]) -> Tensor:
    """`node`, or a copy where the memory is not its own, or one place in it is many entries.

    It is not its own where it is a leaf's, which steps change, where a user's operation returned it, and
    where it was `taken`: that of these nodes is given away already, and so is this one's from now on.
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
