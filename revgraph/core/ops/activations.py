"""Activations and what belongs to them. Nothing overflows: exp only ever sees numbers below 0."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from revgraph.core.ops.broadcasting import pointwise, reduced_dims, reduction_params, sum
from revgraph.core.ops.casting import in_floats
from revgraph.core.ops.choice import clip, equal, greater, where
from revgraph.core.ops.elementary import exp, square
from revgraph.core.ops.op import Op, as_ints, first_dtype, op, same_dims
from revgraph.core.ops.reductions import restored
from revgraph.core.ops.shaping import normalized
from revgraph.core.tensor import Dims, Operand, Tensor, as_tensor
from revgraph.core.threads import SHARED, by_rows, share_rows

Array = np.ndarray[Any, Any]

BLOCK = 1 << 18  # bytes of a result that are computed at a time


def sigmoid_forward(a: Array) -> Array:
    """1 / (1 + exp(-a)), multiplied by exp(a) above and below where a is negative."""
    e = np.exp(-np.abs(a))
    return np.where(np.greater_equal(a, 0), 1, e) / (1 + e)


relu = pointwise(
    "relu",
    lambda a: np.maximum(a, 0),
    lambda g, ans, a: where(greater(ans, 0), g, 0),  # cut, since 0·inf would be nan
    text=lambda a: f"np.maximum({a}, 0)",
    dtype=lambda a: np.result_type(0.0 if a is float else a, 0),
    in_place=True,
    doc="max(x, 0) of each entry. The gradient at 0 is 0.",
)

sigmoid: Op = pointwise(
    "sigmoid",
    sigmoid_forward,
    lambda g, ans, a: g * (ans * (1 - ans)),
    prepare=in_floats,
    doc="1 / (1 + exp(-x)) of each entry, without overflow.",
)

softplus = pointwise(
    "softplus",
    lambda a: np.logaddexp(a, 0),
    lambda g, ans, a: g * sigmoid(a),
    text=lambda a: f"np.logaddexp({a}, 0)",
    prepare=in_floats,
    in_place=True,
    doc="log(1 + exp(x)) of each entry, without overflow.",
)


SLOPE, CUBIC = math.sqrt(2 / math.pi), 0.044715  # of gelu's tanh


def in_blocks(work: Callable[..., Any], *arrays: Array, out: Array | None = None) -> Array:
    """`work(out, *arrays)`, entry by entry, on as much at a time as stays in the cache with what it needs."""
    flat = [array.reshape(-1) for array in arrays]
    result = np.empty_like(flat[0]) if out is None or not out.flags.c_contiguous else out.reshape(-1)

    def block(place: slice) -> None:
        work(result[place], *(array[place] for array in flat))

    if result.size >= SHARED:
        share_rows(block, result.size, 1)
    else:
        step = BLOCK // result.itemsize
        for start in range(0, result.size, step):
            block(slice(start, start + step))
    return result.reshape(arrays[0].shape)[()]


def gelu_gate_block(out: Array, a: Array) -> None:
    """As 1 / (1 + exp(-2u)), which equals (1 + tanh(u)) / 2: exp takes half of tanh's time in float64."""
    with np.errstate(over="ignore", under="ignore"):  # what exp makes 0 or inf gives a gate of 1 or 0
        np.multiply(a, a, out=out)
        out *= -2 * SLOPE * CUBIC
        out -= 2 * SLOPE
        out *= a
        np.exp(out, out=out)
    out += 1
    np.divide(1, out, out=out)


def gate_slope(b: Array, out: Array) -> Array:
    """The derivative of twice what gelu's tanh is taken of."""
    np.multiply(b, b, out=out)
    out *= 6 * SLOPE * CUBIC
    out += 2 * SLOPE
    return out


def gelu_gate_gradient_block(out: Array, g: Array, gate: Array, a: Array) -> None:
    b = np.clip(a, -10, 10)
    gate_slope(b, out)
    out *= gate
    out *= np.subtract(1, gate, out=b)
    out *= g


def gelu_gradient_block(out: Array, g: Array, gate: Array, a: Array) -> None:
    """Of a · gate, both factors: g · gate · (1 + a · slope · (1 - gate))."""
    b = np.clip(a, -10, 10)
    slope = gate_slope(b, np.empty_like(b))
    slope *= b
    slope *= np.subtract(1, gate, out=b)
    slope += 1
    slope *= gate
    np.multiply(slope, g, out=out)


def gelu_gate_gradient_vjp(
    u: Tensor, ans: Tensor, g: Tensor, gate: Tensor, a: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """The product rule: each of the factors g, gate·(1 - gate) and the slope of what the tanh is taken of."""
    b = clip(a, -10, 10)
    slope = 2 * SLOPE + 6 * SLOPE * CUBIC * square(b)
    bend = where(equal(a, b), 12 * SLOPE * CUBIC * b, 0)
    return gelu_gate_gradient(u, gate, a), u * g * (1 - 2 * gate) * slope, u * g * gate * (1 - gate) * bend


gelu_gate_gradient: Op = op(
    "gelu_gate_gradient",
    lambda g, gate, a: in_blocks(gelu_gate_gradient_block, g, gate, a),
    gelu_gate_gradient_vjp,
    dims=same_dims,
    dtype=first_dtype,
    doc="g · gate · (1 - gate) · 2√(2/π)·(1 + 3·0.044715·x²): a sigmoid, of twice what the tanh is taken of.",
)

gelu_gate = op(
    "gelu_gate",
    lambda a: in_blocks(gelu_gate_block, a),
    lambda g, ans, a: gelu_gate_gradient(g, ans, a),
    dims=same_dims,
    dtype=first_dtype,
    doc="(1 + tanh(√(2/π)·(x + 0.044715·x³))) / 2 of each entry: how much of it gelu lets through.",
)


def gelu(x: Operand) -> Tensor:
    """x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³))) of each entry (Hendrycks and Gimpel 2016)."""
    x = in_floats(as_tensor(x))
    return x * gelu_gate(x)


SEVERAL = 1 << 10  # entries of an array, from which it pays to look for a faster way
SHORT = 32  # entries of a row, of which NumPy finds the largest faster down the columns


def largest(a: Array, axis: Any) -> Array:
    """The largest over `axis`, which is kept: subtracted, it leaves no entry above 0.

    fmax takes a quarter of max's time. It skips nan, which does no harm: nan - top is nan all the same.
    Of no entries the largest is -inf.
    """
    if a.size >= SEVERAL and axis in (-1, a.ndim - 1) and a.ndim > 1 and a.shape[-1] <= SHORT:
        columns = np.ascontiguousarray(a.reshape(-1, a.shape[-1]).T)
        return np.fmax.reduce(columns, 0, initial=-np.inf).reshape(*a.shape[:-1], 1)
    return np.fmax.reduce(a, axis, keepdims=True, initial=-np.inf)


def added_up(e: Array, axis: Any) -> Array:
    """The sum over `axis`, which is kept; over the last one it is a product with ones, which is faster."""
    if e.size >= SEVERAL and axis in (-1, e.ndim - 1):
        return np.matmul(e, np.ones((e.shape[-1], 1), e.dtype))
    return np.add.reduce(e, axis, keepdims=True)


NEAR = 8.0  # a number whose exp and a logarithm after it lose no more than a digit
FAR = 32.0  # a number whose exp, and the sum of many of them, are far from the ends of float32


def counts_from_0(a: Array, axis: Any) -> bool:
    """Whether log Σ exp may be taken of the entries as they are: none is large, no row is far below 0.

    To find the largest of each row and to subtract it takes as long as exp itself. The largest of all is
    found fast, and no row lies lower than its first entry.
    """
    if a.size < SEVERAL or a.itemsize < 4:
        return False
    first = a[..., 0] if axis in (-1, a.ndim - 1) else a
    return bool(a.max() <= NEAR and first.min() >= -NEAR)


def lies_around_0(a: Array) -> bool:
    """Whether exp may be taken of all entries as they are: that of none is large, and none vanishes."""
    return a.size >= SEVERAL and a.itemsize >= 4 and bool(a.max() <= FAR and a.min() >= -FAR)


SMALLEST = -700.0  # of float64; the exp of what is below is less than 1e-304


def exp_below(a: Array, out: Array) -> None:
    """np.exp of numbers of which none is large; in float64 0 for -inf and others whose exp is as good as 0.

    NumPy takes ten times as long for those, and after a mask half of all scores are.
    """
    tiny = a < SMALLEST if a.size >= SEVERAL and a.dtype == np.float64 else None
    if tiny is None or not tiny.any():
        np.exp(a, out=out)
        return
    np.exp(a, out=out, where=~tiny)
    np.copyto(out, 0, where=tiny)


def softmax_of(out: Array, a: Array, axis: int | tuple[int, ...] = -1, around_0: bool | None = None) -> None:
    """`around_0` tells of scores whether they lay around 0 before a mask was put over them."""
    if not (lies_around_0(a) if around_0 is None else around_0):
        a = np.subtract(a, largest(a, axis), out=out)
    exp_below(a, out)
    out /= added_up(out, axis)


def log_softmax_of(out: Array, a: Array, axis: int | tuple[int, ...] = -1) -> None:
    if not counts_from_0(a, axis):
        a = np.subtract(a, largest(a, axis), out=out)
    np.subtract(a, np.log(added_up(np.exp(a), axis)), out=out)


def over_axis(work: Callable[..., None]) -> Callable[..., Array]:
    """`work(out, a, axis)` as a function that returns `out`; over the last axis on some rows at a time.

    Of a small matrix all rows are taken as they are.
    """

    def forward(a: Array, axis: int | tuple[int, ...]) -> Array:
        result = np.empty(a.shape, a.dtype if a.dtype.kind == "f" else float)
        if axis in (-1, a.ndim - 1) and a.size >= (SHARED if a.ndim == 2 else SEVERAL):
            return by_rows(work, result, a)
        work(result, a, axis)
        return result

    return forward


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


softmax_op = op(
    "softmax",
    over_axis(softmax_of),
    lambda g, ans, a, axis: ans * (g - sum(g * ans, axis, keepdims=True)),
    dims=normalized_dims,
    prepare=in_floats,
)

_log_softmax = op(
    "log_softmax",
    over_axis(log_softmax_of),
    lambda g, ans, a, axis: g - exp(ans) * sum(g, axis, keepdims=True),
    dims=normalized_dims,
    prepare=in_floats,
)


def logsumexp_vjp(g: Tensor, ans: Tensor, a: Tensor, axis: Any, keepdims: bool = False) -> Tensor:
    """Each entry counts by its share exp(a) / Σ exp(a), the softmax."""
    return restored(g, axis, keepdims) * exp(a - restored(ans, axis, keepdims))


_logsumexp = op("logsumexp", logsumexp_forward, logsumexp_vjp, dims=reduced_dims, prepare=in_floats)


def top_forward(a: Array, axis: Any) -> Array:
    if axis not in (-1, a.ndim - 1):
        return largest(a, axis)
    tops = np.empty((*a.shape[:-1], 1), a.dtype)

    def of_rows(out: Array, rows: Array) -> None:
        out[...] = 0 if counts_from_0(rows, -1) else largest(rows, -1)

    return by_rows(of_rows, tops, a)


top_of = op(
    "top_of",
    top_forward,
    lambda g, ans, a, axis: None,  # what is taken from all entries of a row moves no share of it
    dims=lambda a, axis: reduced_dims(a, axis, keepdims=True),
    doc="What to subtract before exp: the largest entry over `axis`, kept; 0 where that does as well.",
)


def softmax(a: Operand, axis: int | tuple[int, ...] = -1) -> Tensor:
    """exp(a) divided by its sum over `axis`: positive numbers that add up to 1."""
    return softmax_op(a, axis=as_ints(axis))


def log_softmax(a: Operand, axis: int | tuple[int, ...] = -1) -> Tensor:
    """log(softmax(a)), exact also where the softmax rounds to 0."""
    return _log_softmax(a, axis=as_ints(axis))


def logsumexp(a: Operand, axis: int | tuple[int, ...] | None = -1, keepdims: bool = False) -> Tensor:
    """log Σ exp(a) over `axis`; None is all axes."""
    return _logsumexp(a, **reduction_params(axis, keepdims))
