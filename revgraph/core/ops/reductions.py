"""Reductions: many entries become one. The sum stands beside broadcasting, its dual."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from revgraph.core.ops.broadcasting import Axis, reduced_dims, reduction_params, sum
from revgraph.core.ops.casting import CASTS
from revgraph.core.ops.choice import equal, where
from revgraph.core.ops.op import as_ints, fully_known, op
from revgraph.core.ops.shaping import expand_dims, normalized
from revgraph.core.tensor import Operand, Tensor, as_tensor, number_like


def restored(reduced: Tensor, axis: Axis, keepdims: bool) -> Tensor:
    """A reduction over `axis` with the axes it lost, so that it broadcasts against what was reduced."""
    return reduced if keepdims or axis is None else expand_dims(reduced, axis)


def extreme_vjp(g: Tensor, ans: Tensor, a: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The gradient goes to the entries that attain the extreme, in equal shares."""
    attains = equal(a, restored(ans, axis, keepdims))
    sharing = sum(where(attains, number_like(1.0, a), 0), axis, keepdims=True)
    return where(attains, restored(g, axis, keepdims) / sharing, 0)


_max = op("max", np.max, extreme_vjp, dims=reduced_dims, text=".max")
_min = op("min", np.min, extreme_vjp, dims=reduced_dims, text=".min")


def max(a: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The largest entry over `axis` (None, an int or a tuple). Entries that tie share the gradient."""
    return _max(a, **reduction_params(axis, keepdims))


def min(a: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The smallest entry over `axis` (None, an int or a tuple). Entries that tie share the gradient."""
    return _min(a, **reduction_params(axis, keepdims))


def count_text(a: str, dtype: str, axis: tuple[int, ...] | None = None) -> str:
    sizes = f"{a}.size" if axis is None else " * ".join(f"{a}.shape[{i}]" for i in axis) or "1"
    return f"np.{dtype}({sizes})"  # a bare Python number would not hold on to float32


def float_of(dtype: Any) -> np.dtype[Any]:
    """The dtype itself where it is floating, else float64."""
    dtype = np.dtype(dtype)
    return dtype if dtype.kind == "f" else np.dtype(np.float64)


_count = op(
    "count",
    lambda a, dtype, axis: np.size(a) if axis is None else math.prod(np.shape(a)[i] for i in axis),
    lambda g, ans, a, dtype, axis: None,
    dims=lambda a, dtype, axis: (),
    dtype=float_of,
    text=count_text,
)


def count(a: Tensor, axis: Axis) -> Tensor | int:
    """How many entries of `a` a reduction puts into one: a number where the shape says so before the run."""
    axis = None if axis is None else as_ints(axis)
    axes = (axis,) if isinstance(axis, int) else axis
    if a.dims is not None:
        sizes = a.dims if axes is None else tuple(a.dims[i] for i in normalized(axes, a.ndim or 0))
        if fully_known(sizes):
            return math.prod(sizes)
    return _count(a, dtype=float_of(a.dtype).name, axis=axes)


def mean(a: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The mean over `axis` (None, an int or a tuple). Of float16 it is added up in float32, as by NumPy."""
    a = as_tensor(a)
    if a.dtype == np.float16:
        return CASTS[a.dtype](mean(CASTS[np.dtype(np.float32)](a), axis, keepdims))
    return sum(a, axis, keepdims) / count(a, axis)


# Answers that are no matter of degree: they have no gradient.

_all = op("all", np.all, dims=reduced_dims, dtype=lambda a: np.dtype(bool), text="np.all")
_any = op("any", np.any, dims=reduced_dims, dtype=lambda a: np.dtype(bool), text="np.any")
_argmax = op("argmax", np.argmax, dims=reduced_dims, dtype=lambda a: np.dtype(np.intp), text=".argmax")
_argmin = op("argmin", np.argmin, dims=reduced_dims, dtype=lambda a: np.dtype(np.intp), text=".argmin")
_len = op("len", lambda a: np.intp(np.shape(a)[0]), dims=lambda a: (), dtype=lambda a: np.dtype(np.intp))


def all(a: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether every entry over `axis` is true (not 0). Without gradient."""
    return _all(a, **reduction_params(axis, keepdims))


def any(a: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Whether some entry over `axis` is true (not 0). Without gradient."""
    return _any(a, **reduction_params(axis, keepdims))


def argmax(a: Operand, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Where along `axis` the largest entry stands, the first of them. Without gradient."""
    return _argmax(a, **reduction_params(axis, keepdims))


def argmin(a: Operand, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Where along `axis` the smallest entry stands, the first of them. Without gradient."""
    return _argmin(a, **reduction_params(axis, keepdims))


def len(xs: Operand) -> Tensor:
    """The size of the first axis, as a node. Without gradient."""
    return _len(xs)
