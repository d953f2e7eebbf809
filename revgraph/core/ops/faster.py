"""Operations that only the simplifier writes: each gives what others give, and takes less time."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from revgraph.core.ops.activations import gelu_gradient_block, in_blocks, lies_around_0, softmax_of
from revgraph.core.ops.linear import stacked_rows
from revgraph.core.ops.op import Op, first_dtype, op, same_dims
from revgraph.core.threads import PARTS, SHARED, by_rows, share_first, share_products

Array = np.ndarray[Any, Any]

SHORT_ROW = 64  # entries of a row, up to which several are taken at a time
LONG = 1 << 10  # entries of a row that NumPy adds up as fast as a product does
LONG_ROW = 1 << 13  # and from which NumPy takes no longer than for arrays of one shape

dot = op(
    "dot",
    np.dot,
    text=lambda a, b: f"{a}.dot({b})",
    doc="The product of two matrices; for small ones faster than @, which is for stacks of them, too.",
)


LARGE_PRODUCT = 1 << 24  # multiplications of a product, from which it is made in parts
TALL = 8  # how many times as long as its sides are products may be, before those are parted


def product(a: Array, b: Array) -> Array:
    """The product of two matrices; of large ones in parts, among threads where BLAS takes none of its own.

    The parts are those of the longest axis, as rows, as columns, or as products that add up.
    """
    (n, k), m = a.shape, b.shape[1]
    if n * k * m < LARGE_PRODUCT or a.dtype != b.dtype or a.itemsize < 4:
        return np.matmul(a, b) if k == 1 else a.dot(b)  # see simplify.product_of
    axis = 2 if k > TALL * max(n, m) else int(n < m)
    step = -(-(n, m, k)[axis] // PARTS)
    places = [slice(start, start + step) for start in range(0, (n, m, k)[axis], step)]
    if axis == 2:
        sums = np.empty((len(places), n, m), a.dtype)
        tasks = [(a[:, place], b[place], out) for place, out in zip(places, sums, strict=True)]
        share_products(product_into, tasks)
        return sums.sum(0)
    result = np.empty((n, m), a.dtype)
    tasks = [(a, b[:, p], result[:, p]) if axis else (a[p], b, result[p]) for p in places]
    share_products(product_into, tasks)
    return result


def product_into(a: Array, b: Array, out: Array) -> None:
    np.matmul(a, b, out=out)


def rows_dot_forward(a: Array, b: Array) -> Array:
    return product(stacked_rows(a), b).reshape(*a.shape[:-1], b.shape[-1])


def row_sums_forward(a: Array, keepdims: bool) -> Array:
    """A product with ones; not of many long rows, which NumPy adds up as fast.

    For a large product BLAS takes threads of its own. Afterwards they wait for the next one in a loop, on the
    cores that our threads need.
    """
    size = a.shape[-1]
    if a.size < SHARED or size < LONG:
        return np.matmul(a, np.ones((size, 1) if keepdims else size, a.dtype))
    sums = by_rows(
        lambda out, rows: np.add.reduce(rows, 1, keepdims=True, out=out),
        np.empty((*a.shape[:-1], 1), a.dtype),
        a,
    )
    return sums if keepdims else sums.squeeze(-1)


row_sums = op("row_sums", row_sums_forward, doc="The sum over the last axis.")

row_products = op(
    "row_products",
    lambda a, b, keepdims: np.vecdot(a, b)[..., None] if keepdims else np.vecdot(a, b),
    doc="The sum of a * b over the last axis.",
)

SINGLE = 1 << 13  # entries of vectors whose product BLAS does not give to threads of its own


def all_products_forward(a: Array, b: Array) -> Any:
    """In rows, each a product of vectors: so BLAS takes no threads, and float32 rounds less."""
    a, b = a.ravel(), b.ravel()
    whole = a.size - a.size % SINGLE
    rows = [vector[:whole].reshape(-1, SINGLE) for vector in (a, b)]
    sums = np.empty(len(rows[0]), a.dtype)
    share_first(lambda out, a, b: np.vecdot(a, b, out=out), sums, *rows)
    return sums.sum() + np.vdot(a[whole:], b[whole:])


all_products = op("all_products", all_products_forward, doc="The sum of a * b over all entries.")

rows_dot = op("rows_dot", rows_dot_forward, doc="A stack of matrices times one matrix, as one product.")

columns_dot = op(
    "columns_dot",
    lambda a, b: product(stacked_rows(a).T, stacked_rows(b)),
    doc="The sum of aᵀ @ b over the matrices of two stacks, as one product of all their rows.",
)


ALONE = 1 << 18  # multiplications of a product, above which BLAS takes threads of its own


def is_alone(a: Array, b: Array) -> bool:
    """Whether each product of two stacks of matrices is small enough for threads of ours."""
    return a.shape[-2] * b.shape[-1] * a.shape[-1] <= ALONE and a.shape[0] == b.shape[0]


def stacks_dot_forward(a: Array, b: Array) -> Array:
    if not is_alone(a, b):
        return np.matmul(a, b)
    result = np.empty((*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1]), a.dtype)
    share_first(lambda a, b, out: np.matmul(a, b, out=out), a, b, result)
    return result


stacks_dot = op("stacks_dot", stacks_dot_forward, doc="a @ b of many small matrices, in several threads.")


def softmax_gradient_of(out: Array, y: Array, g: Array) -> bool:
    """Written to `out`; whether all sums are finite."""
    sums = np.vecdot(g, y)
    np.multiply(y, g - sums[..., None], out=out)
    return bool(np.isfinite(sums).all())


def softmax_gradient_forward(y: Array, g: Array, out: Array | None = None) -> Array:
    """A part is written when it has been read, so `out` may be y or g; not where its rows lie apart."""
    if out is not None and not out.flags.c_contiguous:
        out = None
    return by_rows(softmax_gradient_of, np.empty(y.shape, y.dtype) if out is None else out, y, g)


softmax_gradient = op(
    "softmax_gradient",
    softmax_gradient_forward,
    in_place=True,
    doc="y * (g - (g * y).sum(-1, keepdims=True)) of large arrays, in several threads.",
)


def attention_weights_forward(a: Array, b: Array, *mask: Array) -> Array:
    """In each thread the softmax follows the product and the mask, in parts as large as they may be.

    Threads wait for each other in Python at the end of each call of NumPy, so calls should be few and long.
    """
    weights = np.empty((*a.shape[:-1], b.shape[-1]), a.dtype)

    def scores(out: Array, a: Array, b: Array) -> bool:
        np.matmul(a, b, out=out)
        around_0 = lies_around_0(out)
        for condition in mask:
            masked_forward(condition, out, fill=-np.inf, out=out)
        return around_0

    def part(out: Array, a: Array, b: Array) -> None:
        softmax_of(out, out, around_0=scores(out, a, b))

    if is_alone(a, b):
        share_first(part, weights, a, b)
        return weights
    return by_rows(partial(softmax_of, around_0=scores(weights, a, b)), weights, weights)


attention_weights = op(
    "attention_weights",
    attention_weights_forward,
    doc="softmax(a @ b), or softmax(where(mask, a @ b, -inf)), of stacks of matrices, in several threads.",
)


def attention_gradient_forward(y: Array, a: Array, b: Array, *mask: Array, out: Array | None = None) -> Array:
    """As softmax_gradient; of the product no more is kept at a time than threads work on.

    Where the mask cuts y is 0, and so is the result, but where the sum of a row is not finite: that of a row
    of which the mask leaves nothing is nan.
    """
    if out is None or not out.flags.c_contiguous:
        out = np.empty(y.shape, y.dtype)
    finite: list[bool] = []

    def part(out: Array, y: Array, g: Array) -> None:
        finite.append(softmax_gradient_of(out, y, g))

    if is_alone(a, b):
        share_first(lambda out, y, a, b: part(out, y, np.matmul(a, b)), out, y, a, b)
    else:
        by_rows(part, out, y, np.matmul(a, b))
    if mask and not all(finite):
        np.copyto(out, 0, where=~mask[0])
    return out


attention_gradient = op(
    "attention_gradient",
    attention_gradient_forward,
    in_place=True,
    doc="y * (g - (g * y).sum(-1, keepdims=True)) of g = a @ b, stacks of matrices, in several threads; "
    "0 where a mask cuts, if there is one.",
)


gelu_gradient = op(
    "gelu_gradient",
    lambda g, gate, a, out=None: in_blocks(gelu_gradient_block, g, gate, a, out=out),
    in_place=True,
    doc="g * gate + gelu_gate_gradient(g * a, gate, a), without the arrays in between.",
)


def masked_forward(condition: Any, a: Any, keep: bool = True, fill: float = 0.0, out: Any = None) -> Any:
    """The bits of `a` where the condition holds (fails, unless keep); elsewhere those of `fill`.

    np.where branches at each entry, which takes twenty times as long where a processor cannot guess the next.
    """
    bits, mask = a.view(f"i{a.dtype.itemsize}"), condition.view(np.int8)
    mask = np.negative(mask) if keep else np.subtract(mask, 1)  # -1, which is all bits, where an entry stays
    others = np.array(fill, a.dtype).view(bits.dtype)
    filling = np.bitwise_and(np.bitwise_not(mask, dtype=bits.dtype), others) if others else None
    if out is None:
        mask = mask.astype(bits.dtype)
        fresh = mask.ndim and (
            mask.shape == bits.shape or mask.shape == np.broadcast_shapes(mask.shape, bits.shape)
        )
        result = np.bitwise_and(mask, bits, out=mask if fresh else None)
    else:
        mask_over(bits, mask, filling)
        return out
    if filling is not None:
        result = np.bitwise_or(result, filling, out=result if result.ndim else None)
    return result.view(a.dtype)


def mask_over(bits: Array, mask: Array, filling: Array | None) -> None:
    """Mask the bits where they are, in several threads if all of the first axis meet the same mask."""
    if mask.size < bits.size:
        mask = mask.astype(bits.dtype)  # once for all copies

    def part(bits: Array) -> None:
        np.bitwise_and(mask, bits, out=bits)
        if filling is not None:
            np.bitwise_or(bits, filling, out=bits)

    if mask.ndim < bits.ndim:
        share_first(part, bits)
    else:
        part(bits)


masked = op(
    "masked",
    masked_forward,
    in_place=True,
    doc="where(condition, a, fill), or where(condition, fill, a) with keep=False.",
)


def each_row(ufunc: np.ufunc) -> Op:
    """`ufunc` of an array and a row, which meets each row of the array.

    NumPy goes through the last axis in a loop of its own for each row. Where rows are short, beginning those
    takes longer than the arithmetic; so several rows are laid end to end, and meet as many copies of the row.
    """

    def forward(a: Array, row: Array, out: Array | None = None) -> Array:
        enough = 1 << (LONG_ROW // row.size).bit_length()
        together = math.gcd(a.size // row.size, enough) if a.shape[-1] == row.size else 1
        if together == 1 or not all(array.flags.c_contiguous for array in (a, out) if array is not None):
            return ufunc(a, row, out=out)
        copies = np.empty((together, row.size), row.dtype)
        copies[:] = row.reshape(row.size)
        wide = (-1, copies.size)
        result = ufunc(a.reshape(wide), copies.ravel(), out=None if out is None else out.reshape(wide))
        return result.reshape(a.shape)

    return op(
        f"{ufunc.__name__}_row",
        forward,
        dims=same_dims,
        dtype=first_dtype,
        in_place=True,
        doc=f"np.{ufunc.__name__}(a, row), where each row of `a` is short.",
    )


add_row, subtract_row, multiply_row, divide_row = map(each_row, (np.add, np.subtract, np.multiply, np.divide))


def column_products_forward(a: Array, b: Array) -> Array:
    n, *rest = a.shape
    columns = n, math.prod(rest)
    return np.einsum("ij,ij->j", a.reshape(columns), b.reshape(columns)).reshape(rest)


def column_sums_forward(a: Array, axes: int) -> Array:
    """A product with ones, which goes through the rows once."""
    rows, rest = math.prod(a.shape[:axes]), a.shape[axes:]
    if a.itemsize < 4:  # BLAS has no product of short floats
        return a.reshape(rows, *rest).sum(0)
    return np.ones(rows, a.dtype).dot(a.reshape(rows, math.prod(rest))).reshape(rest)


column_sums = op("column_sums", column_sums_forward, doc="The sum over so many axes, the first ones.")


def exp_difference_of(out: Array, rows: Array, tops: Array) -> None:
    if tops.any():
        rows = np.subtract(rows, tops, out=out)
    np.exp(rows, out=out)


exp_difference = op(
    "exp_difference",
    lambda a, b: by_rows(exp_difference_of, np.empty(a.shape, a.dtype), a, b),
    doc="np.exp(a - b) of an array and a number for each of its rows, in several threads where it is large.",
)

column_products = op(
    "column_products",
    column_products_forward,
    doc="The sum of a * b over the first axis, without the array of the products.",
)
