"""Products of matrices."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from revgraph.core.ops.broadcasting import broadcast_dims, unbroadcast_like
from revgraph.core.ops.op import fully_known, op, ufunc_dtype
from revgraph.core.ops.shaping import expand_dims, reshape_like, squeeze, swap_last, transpose
from revgraph.core.tensor import Dims, Operand, Tensor, as_tensor, unknown_size


def transposed(a: Tensor) -> Tensor:
    """Each matrix of `a` transposed."""
    return transpose(a) if a.ndim == 2 else swap_last(a)


def stacked_rows(a: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A stack of matrices as one: all their rows, one below the other."""
    return a.reshape(math.prod(a.shape[:-1]), a.shape[-1])


as_one_matrix = op(
    "stacked_rows",
    stacked_rows,
    lambda g, ans, a: reshape_like(g, a),
    dims=lambda a: (math.prod(a[:-1]) if fully_known(a[:-1]) else unknown_size(), a[-1]),
    view=True,
)


def matmul_vjp(g: Tensor, ans: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """g·bᵀ and aᵀ·g; stacks of matrices that were broadcast are summed over the copies.

    Where all of a stack met one matrix, the sum of its products is one product, of all rows.
    """
    if b.ndim == 2 and a.ndim and a.ndim > 2:
        return g @ transpose(b), transpose(as_one_matrix(a)) @ as_one_matrix(g)
    return unbroadcast_like(g @ transposed(b), a), unbroadcast_like(transposed(a) @ g, b)


def matmul_dims(a: Dims, b: Dims) -> Dims:
    if a == () or b == ():
        raise ValueError("a number is no matrix; * multiplies by it")
    if a is None or b is None:
        return None
    if a[-1] >= 0 and b[-2] >= 0 and a[-1] != b[-2]:
        raise ValueError(f"each row has {a[-1]} entries and each column {b[-2]}; they must be equally many")
    return (*(broadcast_dims(a[:-2], b[:-2]) or ()), a[-2], b[-1])


matmul_op = op(
    "matmul", np.matmul, matmul_vjp, dims=matmul_dims, dtype=partial(ufunc_dtype, np.matmul), text="@"
)


def matmul(a: Operand, b: Operand) -> Tensor:
    """The matrix product (..., n, k) @ (..., k, m) → (..., n, m); the leading axes are stacks and broadcast.

    A vector on the left is a row, on the right a column, whose axis the result does not have. Placeholders of
    unknown shape are taken for matrices or stacks of them.
    """
    a, b = as_tensor(a), as_tensor(b)
    row, column = a.ndim == 1 and b.ndim != 0, b.ndim == 1 and a.ndim != 0
    product = matmul_op(expand_dims(a, 0) if row else a, expand_dims(b, 1) if column else b)
    axes = (-2,) * row + (-1,) * column
    return squeeze(product, axes) if axes else product


dot = matmul
