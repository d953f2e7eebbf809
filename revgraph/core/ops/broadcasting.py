"""Broadcasting and its undoing.

NumPy copies an array along new axes and along axes of size 1 to fit another. Every copy is a path to the
result, and the gradients of all paths add: so the gradient of a broadcast is a sum over the copies, and the
gradient of a sum is a broadcast. The two are each other's rule, which is why they stand in one file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from revgraph.core.ops.casting import in_floats
from revgraph.core.ops.op import Op, Rule, as_ints, entry_dtype, first_dtype, fully_known, op, ufunc_dtype
from revgraph.core.ops.shaping import as_shape, expand_dims, normalized
from revgraph.core.tensor import Dims, Operand, Tensor, as_tensor, either_size

Axis = int | tuple[int, ...] | None


def broadcast_size(a: int, b: int) -> int:
    """The size two axes broadcast to; negative sizes are unknown."""
    if a == b or b == 1:
        return a
    if a == 1:
        return b
    if a >= 0 and b >= 0:
        raise ValueError(
            "they do not broadcast; sizes must be equal, or one of them 1, from the last axis on"
        )
    return max(a, b) if max(a, b) >= 0 else either_size(a, b)  # the known size is right, or the run will fail


def broadcast_dims(*shapes: Dims) -> Dims:
    """The dims that `shapes` broadcast to."""
    result: tuple[int, ...] = ()
    for dims in shapes:
        if dims is None:
            return None
        if result and dims and dims != result:
            rank = max(len(result), len(dims))
            one, other = ((1,) * (rank - len(s)) + s for s in (result, dims))
            result = tuple(map(broadcast_size, one, other))
        else:
            result = result or dims
    return result


def reduced_dims(dims: Dims, axis: Axis = None, keepdims: bool = False) -> Dims:
    """The dims left by a reduction over `axis`."""
    if dims is None:
        return () if axis is None and not keepdims else None
    axes = range(len(dims)) if axis is None else normalized(axis, len(dims))
    if keepdims:
        return tuple(1 if i in axes else size for i, size in enumerate(dims))
    return tuple(size for i, size in enumerate(dims) if i not in axes)


def reduction_params(axis: Axis, keepdims: bool) -> dict[str, Any]:
    """The params of a reduction; NumPy's defaults are left out of the program."""
    axis = None if axis is None else as_ints(axis)
    if keepdims not in (True, False):
        raise TypeError(f"keepdims is True or False, not {keepdims!r:.60}")
    return {"axis": axis, "keepdims": True} if keepdims else {"axis": axis}


def sum_vjp(g: Tensor, ans: Tensor, a: Tensor, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """Every entry counts once in the sum, so each gets its sum's gradient."""
    return broadcast_like(g if keepdims or axis is None else expand_dims(g, axis), a)


sum_op = op(
    "sum",
    np.sum,
    sum_vjp,
    dims=reduced_dims,
    dtype=lambda a: np.empty(0, a).sum().dtype,  # booleans add up to integers
    text=".sum",
)


def sum(xs: Operand, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """The sum over `axis`: all axes (None), one, or a tuple of them, which `keepdims` keeps at size 1."""
    return sum_op(xs, **reduction_params(axis, keepdims))


broadcast_to_op = op(
    "broadcast_to",
    np.broadcast_to,
    lambda g, ans, a, shape: unbroadcast_like(g, a),
    dims=lambda a, shape: broadcast_onto(a, shape),
    text="np.broadcast_to",
    view=True,
    spread=True,
)

broadcast_like_op = op(
    "broadcast_like",
    lambda a, like: a if a.shape == like.shape else np.broadcast_to(a, like.shape),
    lambda g, ans, a, like: (unbroadcast_like(g, a), None),
    dims=lambda a, like: like,
    dtype=first_dtype,
    shape_only=(1,),
    view=True,
    spread=True,
)


def broadcast_onto(a: Dims, shape: tuple[int, ...]) -> Dims:
    """The shape itself; a size of `a` that only the run knows may be the one that is needed."""
    least = a and tuple(1 if size < 0 else size for size in a)
    if any(size < 0 for size in shape) or broadcast_dims(least, shape) not in (None, shape):
        raise ValueError(f"it does not broadcast to {shape}")
    return shape


def broadcast_to(a: Operand, shape: int | Sequence[int]) -> Tensor:
    """`a` copied along new and size-1 axes until it has `shape`."""
    return broadcast_to_op(a, shape=as_shape(shape))


def broadcast_like(a: Operand, like: Operand) -> Tensor:
    """`a` broadcast to the shape of `like`. The dual of `unbroadcast_like`."""
    a, like = as_tensor(a), as_tensor(like)
    if a.dims is not None and a.dims == like.dims:
        return a
    return broadcast_to(a, like.dims) if fully_known(like.dims) else broadcast_like_op(a, like)  # type: ignore[arg-type]


def unbroadcast(g: np.ndarray[Any, Any], shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """The NumPy function: `g` summed over the axes along which broadcasting copied an array of `shape`."""
    if g.shape == shape:
        return g
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1 != g.shape[axis])
    return g.sum(axis=stretched, keepdims=True)


_unbroadcast_like = op(
    "unbroadcast_like",
    lambda g, like: unbroadcast(g, like.shape),
    lambda g, ans, a, like: (broadcast_like(g, a), None),
    dims=lambda g, like: like,
    dtype=first_dtype,
    shape_only=(1,),
    view=True,
)


def unbroadcast_like(g: Tensor, a: Tensor) -> Tensor:
    """`g` summed over the axes along which broadcasting copied `a`, so that it has the shape of `a`.

    Where the shapes say which axes those are this is a plain sum, or `g` itself; otherwise the run finds out.
    """
    if g.dims is None or a.dims is None:
        return _unbroadcast_like(g, a)
    if g.dims == a.dims:
        return g
    added = len(g.dims) - len(a.dims)
    sizes = list(zip(g.dims[added:], a.dims, strict=True))
    if any(size < 0 and size != copied for copied, size in sizes):
        return _unbroadcast_like(g, a)
    if added and not sizes:
        return sum(g)
    if added:
        g = sum(g, 0 if added == 1 else tuple(range(added)))
    stretched = tuple(axis for axis, (copied, size) in enumerate(sizes) if size == 1 != copied)
    return sum(g, stretched[0] if len(stretched) == 1 else stretched, keepdims=True) if stretched else g


def pointwise(
    name: str,
    forward: Callable[..., Any],
    rule: Rule | None,
    arguments: Sequence[str] | None = None,
    **options: Any,
) -> Op:
    """An operation that computes each entry by itself and broadcasts its arguments.

    `rule` is its vjp as for arguments of one shape; broadcasting is undone here, for all of them.
    `arguments` are their names where they are not x, or a and b.
    """
    if arguments is None:
        arguments = ("a", "b") if isinstance(forward, np.ufunc) and forward.nin == 2 else ("x",)

    def dims(*shapes: Dims, **params: Any) -> Dims:
        require_call(name, len(arguments), len(shapes), params)
        return broadcast_dims(*shapes)

    def vjp(g: Tensor, ans: Tensor, *args: Tensor, **params: Any) -> tuple[Tensor | None, ...]:
        assert rule is not None
        result = rule(g, ans, *args, **params)
        gradients = result if isinstance(result, tuple) else (result,)
        return tuple(
            None if g_a is None else unbroadcast_like(g_a, a) for g_a, a in zip(gradients, args, strict=True)
        )

    if isinstance(forward, np.ufunc):
        options.setdefault("dtype", partial(entry_dtype, forward))
        options.setdefault("text", f"np.{forward.__name__}")
        options["in_place"] = True
        if gives_floats(forward):
            options["prepare"] = in_floats
        call = f"{name}({', '.join(arguments)})"
        several = " Arguments broadcast." if len(arguments) == 2 else ""
        options["doc"] = f"{call}: numpy.{forward.__name__} of each entry.{several}"
    return op(name, forward, rule and vjp, dims=dims, pointwise=True, arguments=arguments, **options)


def gives_floats(function: np.ufunc) -> bool:
    """Whether it takes one argument and makes floats of integers, as exp does and abs does not."""
    return function.nin == 1 and ufunc_dtype(function, np.dtype(np.int64)).kind == "f"


def require_call(name: str, count: int, given: int, params: dict[str, Any]) -> None:
    """Raise a TypeError where an entrywise operation is given too much or too little."""
    if given != count or params:
        takes = "1 argument" if count == 1 else f"{count} arguments"
        also = "".join(f" and {key}={value!r}" for key, value in params.items())
        raise TypeError(f"{name} works entry by entry: it takes {takes} and no options, not {given}{also}")
