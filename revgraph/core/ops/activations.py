"""Activations and what belongs to them. Nothing overflows: exp only ever sees numbers below 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from revgraph.core.ops.broadcasting import pointwise, reduced_dims, reduction_params, sum
from revgraph.core.ops.choice import clip, greater, where
from revgraph.core.ops.elementary import exp, square, tanh
from revgraph.core.ops.op import Op, as_ints, op
from revgraph.core.ops.reductions import restored
from revgraph.core.ops.shaping import normalized
from revgraph.core.tensor import Dims, Operand, Tensor

Array = np.ndarray[Any, Any]


def sigmoid_forward(a: Array) -> Array:
    """1 / (1 + exp(-a)), multiplied by exp(a) above and below where a is negative."""
    e = np.exp(-np.abs(a))
    return np.where(np.greater_equal(a, 0), 1, e) / (1 + e)


relu = pointwise(
    "relu",
    lambda a: np.maximum(a, 0),
    lambda g, ans, a: where(greater(ans, 0), g, 0),  # cut, since 0·inf would be nan
    text=lambda a: f"np.maximum({a}, 0)",
    in_place=True,
    doc="max(x, 0) of each entry. The gradient at 0 is 0.",
)

sigmoid: Op = pointwise(
    "sigmoid",
    sigmoid_forward,
    lambda g, ans, a: g * (ans * (1 - ans)),
    doc="1 / (1 + exp(-x)) of each entry, without overflow.",
)

softplus = pointwise(
    "softplus",
    lambda a: np.logaddexp(a, 0),
    lambda g, ans, a: g * sigmoid(a),
    text=lambda a: f"np.logaddexp({a}, 0)",
    in_place=True,
    doc="log(1 + exp(x)) of each entry, without overflow.",
)


SLOPE, CUBIC = math.sqrt(2 / math.pi), 0.044715  # of gelu's tanh


def gelu_forward(a: Array) -> Array:
    b = np.clip(a, -10, 10)  # beyond, tanh is -1 or 1 exactly, and the cube might overflow
    return a * (0.5 + 0.5 * np.tanh(SLOPE * b * (1 + CUBIC * b * b)))


def gelu_vjp(g: Tensor, ans: Tensor, a: Tensor) -> Tensor:
    """The product rule: x/2 · (1 + t), where t is the tanh."""
    b = clip(a, -10, 10)
    t = tanh(SLOPE * b * (1 + CUBIC * square(b)))
    return g * (0.5 * (1 + t) + 0.5 * SLOPE * b * (1 - square(t)) * (1 + 3 * CUBIC * square(b)))


gelu = pointwise(
    "gelu",
    gelu_forward,
    gelu_vjp,
    doc="x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³))) of each entry (Hendrycks and Gimpel 2016).",
)


SHORT = 32  # entries of a row, of which NumPy finds the largest faster down the columns


def largest(a: Array, axis: Any) -> Array:
    """What the entries are brought below 0 by: the largest over `axis`, which is kept.

    fmax takes a quarter of max's time. It passes over nan, and so does what it is for: nan - top is nan.
    """
    if axis in (-1, a.ndim - 1) and a.ndim > 1 and a.shape[-1] <= SHORT:
        columns = np.ascontiguousarray(a.reshape(-1, a.shape[-1]).T) if a.size else a.T
        return np.fmax.reduce(columns, 0).reshape(*a.shape[:-1], 1)
    return np.fmax.reduce(a, axis, keepdims=True)


def added_up(e: Array, axis: Any) -> Array:
    """The sum over `axis`, which is kept; over the last one it is a product with ones, which is faster."""
    if axis in (-1, e.ndim - 1):
        return np.matmul(e, np.ones((e.shape[-1], 1), e.dtype))
    return np.add.reduce(e, axis, keepdims=True)


def softmax_forward(a: Array, axis: int | tuple[int, ...]) -> Array:
    e = a - largest(a, axis)
    np.exp(e, out=e)
    e /= added_up(e, axis)
    return e


def log_softmax_forward(a: Array, axis: int | tuple[int, ...]) -> Array:
    below = a - largest(a, axis)
    below -= np.log(added_up(np.exp(below), axis))
    return below


def logsumexp_forward(a: Array, axis: Any, keepdims: bool = False) -> Array:
    top = largest(a, axis)
    top = np.where(np.isfinite(top), top, 0)  # all entries may be -inf, or one +inf
    result = np.log(np.exp(a - top).sum(axis, keepdims=True)) + top
    return result if keepdims else result.squeeze(axis)


def normalized_dims(a: Dims, axis: int | tuple[int, ...]) -> Dims:
    """The shape stays, and has these axes."""
    if a is not None:
        normalized(axis, len(a))
    return a


_softmax = op(
    "softmax",
    softmax_forward,
    lambda g, ans, a, axis: ans * (g - sum(g * ans, axis, keepdims=True)),
    dims=normalized_dims,
)

_log_softmax = op(
    "log_softmax",
    log_softmax_forward,
    lambda g, ans, a, axis: g - exp(ans) * sum(g, axis, keepdims=True),
    dims=normalized_dims,
)


def logsumexp_vjp(g: Tensor, ans: Tensor, a: Tensor, axis: Any, keepdims: bool = False) -> Tensor:
    """Each entry counts by its share exp(a) / Σ exp(a), the softmax."""
    return restored(g, axis, keepdims) * exp(a - restored(ans, axis, keepdims))


_logsumexp = op("logsumexp", logsumexp_forward, logsumexp_vjp, dims=reduced_dims)


top_of = op(
    "top_of",
    largest,
    lambda g, ans, a, axis: None,  # what is taken from all entries of a row moves no share of it
    dims=lambda a, axis: reduced_dims(a, axis, keepdims=True),
    doc="The largest entry over `axis`, which is kept, as a number to count from.",
)


def softmax(a: Operand, axis: int | tuple[int, ...] = -1) -> Tensor:
    """exp(a) divided by its sum over `axis`: positive numbers that add up to 1."""
    return _softmax(a, axis=as_ints(axis))


def log_softmax(a: Operand, axis: int | tuple[int, ...] = -1) -> Tensor:
    """log(softmax(a)), exact also where the softmax rounds to 0."""
    return _log_softmax(a, axis=as_ints(axis))


def logsumexp(a: Operand, axis: int | tuple[int, ...] | None = -1, keepdims: bool = False) -> Tensor:
    """log Σ exp(a) over `axis`; None is all axes."""
    return _logsumexp(a, **reduction_params(axis, keepdims))
