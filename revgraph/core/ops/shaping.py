"""Operations that move entries about. A gradient is moved back the same way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from revgraph.core.ops.op import Op, as_ints, first_dtype, fully_known, op
from revgraph.core.tensor import Dims, Operand, Tensor, as_tensor, unknown_size


def normalized(axis: Any, rank: int) -> tuple[int, ...]:
    """`axis` (an int or a tuple, negative ones counted from the end) as a tuple of ascending axes."""
    return tuple(sorted(normalize_axis_tuple(axis, rank)))


def reshaped_dims(a: Dims, shape: tuple[int, ...]) -> Dims:
    """`shape` with its -1 filled in."""
    rest = [size for size in shape if size != -1]
    if any(size < 0 for size in rest):
        raise ValueError(f"a size is 0 or more, or -1 for what is left, unlike those of {shape}")
    if a is None:
        return tuple(unknown_size() if size == -1 else size for size in shape)
    if not fully_known(a):
        return fill_unknown(a, shape)
    left, right = math.prod(a), math.prod(rest)
    fits = left == right if len(rest) == len(shape) else right and left % right == 0
    if not fits or len(shape) - len(rest) > 1:
        raise ValueError(f"{left} entries do not fill the shape {shape}")
    return tuple(left // right if size == -1 else size for size in shape)


def fill_unknown(a: tuple[int, ...], shape: tuple[int, ...]) -> Dims:
    """`shape` whose -1 is an unknown size: that of `a`, if the other sizes leave no choice."""
    unknown = [size for size in a if size < 0]
    others = [math.prod(size for size in sizes if size >= 0) for sizes in (a, shape)]
    same = len(unknown) == 1 and others[0] == others[1] != 0
    size = unknown[0] if same else unknown_size()
    return tuple(size if n == -1 else n for n in shape)


_reshape = op(
    "reshape",
    np.reshape,
    lambda g, ans, a, shape: reshape_like(g, a),
    dims=reshaped_dims,
    text=lambda a, shape: f"{a}.reshape({shape})",
    view=True,
)

_reshape_like = op(
    "reshape_like",
    lambda a, like: np.reshape(a, np.shape(like)),
    lambda g, ans, a, like: (reshape_like(g, a), None),
    dims=lambda a, like: like,
    dtype=first_dtype,
    shape_only=(1,),
    text=lambda a, like: f"{a}.reshape({like}.shape)",
    view=True,
)


def as_shape(shape: Any) -> tuple[int, ...]:
    """A shape as a tuple of ints; one number is the shape of a vector."""
    sizes = as_ints(shape)
    return (sizes,) if isinstance(sizes, int) else sizes


def reshape(xs: Operand, newshape: int | Sequence[int]) -> Tensor:
    """The entries of `xs`, in order, in another shape; one size may be -1 and follows from the others."""
    return _reshape(xs, shape=as_shape(newshape))


def reshape_like(a: Operand, like: Operand) -> Tensor:
    """`a` in the shape of `like`."""
    a, like = as_tensor(a), as_tensor(like)
    if a.dims is not None and a.dims == like.dims:
        return a
    return reshape(a, like.dims) if fully_known(like.dims) else _reshape_like(a, like)  # type: ignore[arg-type]


def flattened_dims(a: Dims) -> Dims:
    if a is None:
        return None
    return a[0], math.prod(a[1:]) if fully_known(a[1:]) else unknown_size()


_flatten = op(
    "flatten",
    lambda a: a.reshape(len(a), math.prod(a.shape[1:])),
    lambda g, ans, a: reshape_like(g, a),
    dims=flattened_dims,
    view=True,
)


def flatten(xs: Operand, exclude_dim_0: bool = True) -> Tensor:
    """The entries of each sample `xs[i]` in one axis: (n, ...) → (n, entries); of a vector (n,) → (n, 1).

    With exclude_dim_0=False all entries in one axis: (...) → (entries,).
    """
    xs = as_tensor(xs)
    if not exclude_dim_0 or xs.dims == ():
        return reshape(xs, -1)
    if xs.dims is not None and fully_known(xs.dims[1:]) and 0 not in xs.dims[1:]:
        return reshape(xs, (max(xs.dims[0], -1), math.prod(xs.dims[1:])))
    return _flatten(xs)


def expanded_dims(a: Dims, axis: Any) -> Dims:
    if a is None:
        return None
    rank = len(a) + (1 if isinstance(axis, int) else len(axis))
    sizes, new = iter(a), normalized(axis, rank)
    return tuple(1 if i in new else next(sizes) for i in range(rank))


def expanded_text(a: str, axis: Any) -> str:
    """An index, which takes a tenth of np.expand_dims's time, unless axes are counted from both ends."""
    axes = as_shape(axis)
    if not axes or min(axes) < 0 <= max(axes):
        return f"np.expand_dims({a}, axis={axis})"
    places = range(min(axes), 0) if axes[0] < 0 else range(max(axes) + 1)
    index = ["..."] * (axes[0] < 0) + ["None" if i in axes else ":" for i in places]
    return f"{a}[{', '.join(index)}]"


_expand_dims = op(
    "expand_dims",
    np.expand_dims,
    lambda g, ans, a, axis: squeeze(g, axis),
    dims=expanded_dims,
    text=expanded_text,
    view=True,
)


def expand_dims(a: Operand, axis: int | tuple[int, ...]) -> Tensor:
    """`a` with a new axis of size 1 at each position of `axis` in the result."""
    return _expand_dims(a, axis=as_ints(axis))


def squeezed_dims(a: Dims, axis: Any) -> Dims:
    if a is None:
        return None
    axes = normalized(axis, len(a))
    if any(a[i] != 1 and a[i] >= 0 for i in axes):
        raise ValueError(f"only axes of size 1 can be squeezed, not {axis}")
    return tuple(size for i, size in enumerate(a) if i not in axes)


_squeeze = op(
    "squeeze",
    np.squeeze,
    lambda g, ans, a, axis: expand_dims(g, axis),
    dims=squeezed_dims,
    text=".squeeze",
    view=True,
)


def squeeze(a: Operand, axis: int | tuple[int, ...] | None = None) -> Tensor:
    """`a` without the size-1 axes `axis`; by default without all that are known to be of size 1."""
    a = as_tensor(a)
    if axis is None:
        axis = tuple(i for i, size in enumerate(a.dims or ()) if size == 1)
    return _squeeze(a, axis=as_ints(axis))


def transposed_dims(a: Dims, axes: Sequence[int] | None = None) -> Dims:
    if a is None:
        return None
    if axes is not None and len(axes) != len(a):
        raise ValueError(f"an order of {len(axes)} axes for {len(a)}; each axis occurs once")
    return tuple(a[::-1]) if axes is None else tuple(a[i] for i in normalize_axis_tuple(axes, len(a)))


def transpose_vjp(g: Tensor, ans: Tensor, a: Tensor, axes: tuple[int, ...] | None = None) -> Tensor:
    """The axes go back to where they came from."""
    return transpose(g, None if axes is None else tuple(int(i) for i in np.argsort(axes)))


transpose_op = op(
    "transpose",
    np.transpose,
    transpose_vjp,
    dims=transposed_dims,
    text=lambda a, axes=None: f"{a}.transpose({axes})" if axes else f"{a}.T",
    view=True,
)


def transpose(a: Operand, axes: Sequence[int] | None = None) -> Tensor:
    """`a` with its axes in the order `axes`, by default reversed."""
    if axes is None:
        return transpose_op(a)
    axes = as_shape(axes)
    in_range = all(-len(axes) <= axis < len(axes) for axis in axes)
    return transpose_op(a, axes=tuple(axis % len(axes) for axis in axes) if in_range else axes)


swap_last: Op = op(
    "swap_last",
    lambda a: np.swapaxes(a, -1, -2),
    lambda g, ans, a: swap_last(g),
    dims=lambda a: None if a is None else (*a[:-2], a[-1], a[-2]),
    text=lambda a: f"{a}.swapaxes(-1, -2)",
    view=True,
    doc="A stack of matrices, each transposed.",
)
