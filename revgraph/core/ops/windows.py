"""Windows on images, and pooling, which reduces each window to a number.

Where windows overlap, an entry stands in several of them, and their gradients add.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from revgraph.core.ops.broadcasting import broadcast_like, sum
from revgraph.core.ops.casting import in_floats
from revgraph.core.ops.choice import equal, where
from revgraph.core.ops.op import Op, as_ints, first_dtype, op
from revgraph.core.ops.shaping import expand_dims
from revgraph.core.tensor import Dims, Operand, Tensor, as_numbers, as_tensor, number_like, unknown_size
from revgraph.core.threads import share_first

Array = np.ndarray[Any, Any]
Pair = tuple[int, int]


def output_size(size: int, kernel: int, stride: int, padding: str) -> int:
    """How many windows of `kernel` entries fit on an axis, one every `stride` entries."""
    if padding == "SAME":
        return -(-size // stride)
    if kernel > size:
        raise ValueError(f"a window of {kernel} is larger than the {size} entries it moves over")
    return (size - kernel) // stride + 1


def same_padding(size: int, kernel: int, stride: int) -> Pair:
    """The zeros before and after an axis that let every `stride`-th entry start a window, as TensorFlow."""
    missing = (output_size(size, kernel, stride, "SAME") - 1) * stride + kernel - size
    return (missing // 2, missing - missing // 2) if missing > 0 else (0, 0)


def surrounded(x: Array, padding: Sequence[Pair], value: float = 0) -> Array:
    """Images with `value` around them; the images themselves where nothing is to be added."""
    if not np.any(padding):
        return x
    (top, bottom), (left, right) = padding
    n, height, width, c = x.shape
    result = np.full((n, top + height + bottom, left + width + right, c), value, x.dtype)
    result[:, top : top + height, left : left + width] = x
    return result


class Layout:
    """Where the windows lie on images of a shape (n, height, width, channels)."""

    def __init__(
        self, shape: tuple[int, ...], size: Pair, stride: Pair, dilation: Pair, padding: str
    ) -> None:
        self.shape, self.size, self.stride, self.dilation = shape, size, stride, dilation
        spans = [(k - 1) * d + 1 for k, d in zip(size, dilation, strict=True)]
        axes = list(zip(shape[1:3], spans, stride, strict=True))
        self.count = tuple(output_size(*axis, padding) for axis in axes)
        self.padding = [same_padding(*axis) if padding == "SAME" else (0, 0) for axis in axes]

    @property
    def windows_shape(self) -> tuple[int, ...]:
        return (self.shape[0], *self.count, *self.size, self.shape[3])

    def padded(self, x: Array, value: float) -> Array:
        return surrounded(x, self.padding, value)

    @property
    def overlaps(self) -> bool:
        reach = zip(self.size, self.dilation, self.stride, strict=True)
        return any((k - 1) * d + 1 > step for k, d, step in reach)

    def shifted(self, x: Array, axis: int) -> list[Array]:
        """What stands at each place along a window's height (axis 0) or width (1), in all windows."""
        n, step = self.count[axis], self.stride[axis]
        starts = range(0, self.size[axis] * self.dilation[axis], self.dilation[axis])
        return [x[(slice(None),) * (axis + 1) + (slice(start, start + n * step, step),)] for start in starts]

    def cropped(self, padded: Array) -> Array:
        """The images without what was padded."""
        (top, _), (left, _) = self.padding
        return padded[:, top : top + self.shape[1], left : left + self.shape[2]]

    def places(self) -> Iterator[tuple[int, int, tuple[slice, ...]]]:
        """For each entry (i, j) of a window, where it lies in all the windows of a padded image."""
        for i, j in np.ndindex(*self.size):
            starts = (i * self.dilation[0], j * self.dilation[1])
            ends = (start + n * step for start, n, step in zip(starts, self.count, self.stride, strict=True))
            yield i, j, (slice(None), *map(slice, starts, ends, self.stride))


def windows_forward(
    x: Array, size: Pair, stride: Pair, dilation: Pair = (1, 1), padding: str = "VALID", fill: float = 0
) -> Array:
    """(n, h, w, c) → (n, rows, columns, kh, kw, c): a view of the padded images, without a copy."""
    layout = Layout(x.shape, size, stride, dilation, padding)
    padded = layout.padded(x, fill)
    n, h, w, c = padded.strides
    moves = (n, h * stride[0], w * stride[1], h * dilation[0], w * dilation[1], c)
    return as_strided(padded, layout.windows_shape, moves, writeable=False)


def overlap_add_forward(
    g: Array, like: Array, size: Pair, stride: Pair, dilation: Pair = (1, 1), padding: str = "VALID", **_: Any
) -> Array:
    """(n, rows, columns, kh, kw, c) → the shape of `like`: each entry's copies in the windows, added up."""
    layout = Layout(like.shape, size, stride, dilation, padding)
    (top, bottom), (left, right) = layout.padding
    n, height, width, c = like.shape
    padded = np.zeros((n, height + top + bottom, width + left + right, c), g.dtype)
    for i, j, place in layout.places():
        if layout.overlaps:
            padded[place] += g[:, :, :, i, j]
        else:
            padded[place] = g[:, :, :, i, j]
    return layout.cropped(padded)


def windows_dims(
    a: Dims, size: Pair, stride: Pair, dilation: Pair = (1, 1), padding: str = "VALID", **_: Any
) -> Dims:
    if a is None:
        return None
    if len(a) != 4:
        raise ValueError("images have the four axes (n, height, width, channels)")
    if min(*size, *stride, *dilation) < 1:
        raise ValueError(f"size {size}, stride {stride} and dilation {dilation} are positive numbers")
    counts = (
        output_size(n, (k - 1) * d + 1, step, padding) if n >= 0 else unknown_size()
        for n, k, step, d in zip(a[1:3], size, stride, dilation, strict=True)
    )
    return (a[0], *counts, *size, a[3])


_windows: Op = op(
    "windows",
    windows_forward,
    lambda g, ans, x, **layout: _overlap_add(g, x, **layout),
    dims=windows_dims,
    view=True,
    spread=True,
)

_overlap_add: Op = op(
    "overlap_add",
    overlap_add_forward,
    lambda g, ans, patches, like, **layout: (_windows(g, **{**layout, "fill": 0}), None),
    dims=lambda patches, like, **layout: like,
    dtype=first_dtype,
    shape_only=(1,),
)


def pair(value: int | tuple[int, int]) -> Pair:
    """One number for both directions, or one for each: (along the height, along the width)."""
    numbers = as_ints(value)
    if isinstance(numbers, int):
        return numbers, numbers
    if len(numbers) != 2:
        raise ValueError(f"one number, or one for the height and one for the width, not {value!r}")
    return numbers[0], numbers[1]


def layout_options(dilation: int | Pair, padding: str) -> dict[str, Any]:
    """These params of a layout, without those that have their default, to keep the program short."""
    options: dict[str, Any] = {"padding": "SAME"} if padding_name(padding) == "SAME" else {}
    return options if pair(dilation) == (1, 1) else {"dilation": pair(dilation)} | options


def padding_name(padding: str) -> str:
    """'VALID' or 'SAME', in whatever case it was written."""
    name = padding.upper() if isinstance(padding, str) else padding
    if name not in ("VALID", "SAME"):
        raise ValueError(
            f"padding is 'VALID' or 'SAME', not {padding!r}. Next: for zeros of another width pad the images "
            "first, rc.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))); the stride comes behind the padding."
        )
    return name


def windows(
    x: Operand,
    size: int | Pair,
    stride: int | Pair = 1,
    dilation: int | Pair = 1,
    padding: str = "VALID",
    fill: float = 0.0,
) -> Tensor:
    """Every window on images (n, h, w, c), as (n, rows, columns, kh, kw, c).

    A window has `size` entries, `dilation` apart; the next one starts `stride` further. 'VALID' takes the
    windows that fit; 'SAME' pads with `fill`, as TensorFlow does, so that ceil(h / stride) rows start one.

    Raises ValueError where integers are to be padded with what is none.
    """
    x = as_tensor(x)
    as_numbers(fill, x.dtype)
    options = layout_options(dilation, padding) | ({"fill": fill} if fill else {})
    return _windows(x, size=pair(size), stride=pair(stride), **options)


def pooled(
    x: Array, join: np.ufunc, fill: float, size: Pair, stride: Pair, padding: str, divisor: int = 1
) -> Array:
    """Each window's entries joined: of its rows first, which are contiguous, then of what is left of each."""
    layout = Layout(x.shape, size, stride, (1, 1), padding)
    result = np.empty((len(x), *layout.count, x.shape[3]), x.dtype)

    def images(x: Array, out: Array) -> None:
        rows = joined(join, layout.shifted(layout.padded(x, fill), 0))
        joined(join, layout.shifted(rows, 1), out)
        if divisor != 1:
            out /= divisor

    share_first(images, x, result)
    return result


def joined(join: np.ufunc, parts: list[Array], out: Array | None = None) -> Array:
    """The parts, entry by entry joined to one."""
    first, *others = parts
    result = np.empty(first.shape, first.dtype) if out is None else out
    if not others:
        result[...] = first
    for part in others:
        join(first, part, out=result)
        first = result
    return result


def max_pool_forward(x: Array, size: Pair, stride: Pair, padding: str = "VALID") -> Array:
    return pooled(x, np.maximum, -np.inf, size, stride, padding)


def max_pool_gradient_forward(
    g: Array, ans: Array, x: Array, size: Pair, stride: Pair, padding: str = "VALID"
) -> Array:
    """Each window's gradient, in equal shares, to those of its entries that are its largest."""
    layout = Layout(x.shape, size, stride, (1, 1), padding)
    result = np.empty(x.shape, g.dtype)

    def images(out: Array, *arrays: Array) -> None:
        out[...] = shared_among_largest(layout, *arrays)

    share_first(images, result, g, ans, x)
    return result


def shared_among_largest(layout: Layout, g: Array, ans: Array, x: Array) -> Array:
    padded = layout.padded(x, -np.inf)
    places = [place for _, _, place in layout.places()]
    attaining = [(padded[place] == ans).view(np.int8) for place in places]
    count = attaining[0].astype(g.dtype) if len(places) > np.iinfo(np.int8).max else attaining[0]
    for attains in attaining[1:]:
        count = count + attains
    bits = (g / count.astype(g.dtype)).view(f"i{g.dtype.itemsize}")
    result = np.zeros(padded.shape, g.dtype)
    for place, attains in zip(places, attaining, strict=True):
        share = np.bitwise_and(bits, np.negative(attains).astype(bits.dtype)).view(g.dtype)  # -1 is all bits
        if layout.overlaps:
            result[place] += share
        else:
            result[place] = share
    return layout.cropped(result)


def max_pool_gradient_vjp(
    u: Tensor, node: Tensor, g: Tensor, ans: Tensor, x: Tensor, **layout: Any
) -> tuple[Tensor, None, None]:
    """Linear in g: a window's gradient gets the mean of `u` over the entries that it was shared among."""
    attains = equal(_windows(x, **layout, fill=-np.inf), expand_dims(ans, (3, 4)))
    found = sum(where(attains, _windows(u, **layout), 0), (3, 4))
    return found / sum(where(attains, number_like(1.0, g), 0), (3, 4)), None, None


def pooled_dims(a: Dims, **layout: Any) -> Dims:
    dims = windows_dims(a, **layout)
    return dims and (*dims[:3], dims[5])


_max_pool: Op = op(
    "max_pool2d",
    max_pool_forward,
    lambda g, ans, x, **layout: _max_pool_gradient(g, ans, x, **layout),
    dims=pooled_dims,
)

_max_pool_gradient: Op = op(
    "max_pool2d_gradient",
    max_pool_gradient_forward,
    max_pool_gradient_vjp,
    dims=lambda g, ans, x, **layout: x,
    dtype=first_dtype,
)


def sum_pool_forward(x: Array, size: Pair, stride: Pair, padding: str = "VALID", divisor: int = 1) -> Array:
    return pooled(x, np.add, 0, size, stride, padding, divisor)


BEYOND_CACHE = 1 << 22  # bytes of a result, from which it is written faster in parts than all at once


def spread_forward(
    g: Array, like: Array, size: Pair, stride: Pair, padding: str = "VALID", divisor: int = 1
) -> Array:
    """Each window's number, divided, at all of its entries, in the shape of `like`."""
    layout = Layout(like.shape, size, stride, (1, 1), padding)
    (top, bottom), (left, right) = layout.padding
    n, height, width, c = like.shape
    padded = n, top + height + bottom, left + width + right, c
    tiles = g.shape[1], size[0], g.shape[2], size[1]
    tiled = size == stride and padded[1:3] == (tiles[0] * tiles[1], tiles[2] * tiles[3])
    if tiled and math.prod(padded) * g.itemsize < BEYOND_CACHE:
        return layout.cropped((g / divisor if divisor != 1 else g).repeat(size[1], 2).repeat(size[0], 1))
    result = np.empty(padded, g.dtype)

    def images(g: Array, out: Array) -> None:
        g = g / divisor if divisor != 1 else g
        if tiled:
            out.reshape(len(out), *tiles, c)[...] = g[:, :, None, :, None]
        else:
            out[...] = spread_along(layout, spread_along(layout, g, 1, out.shape[2]), 0, out.shape[1])

    share_first(images, g, result)
    return layout.cropped(result)


def spread_along(layout: Layout, g: Array, axis: int, size: int) -> Array:
    """Each window's number at all its places along the height (axis 0) or width (1), which has this size."""
    shape = list(g.shape)
    shape[axis + 1] = size
    wider = np.zeros(shape, g.dtype)
    for part in layout.shifted(wider, axis):
        np.copyto(part, part + g if layout.overlaps else g)
    return wider


_sum_pool: Op = op(
    "sum_pool2d",
    sum_pool_forward,
    lambda g, ans, x, **layout: _spread(g, x, **layout),
    dims=pooled_dims,
)

_spread: Op = op(
    "spread",
    spread_forward,
    lambda u, ans, g, like, **layout: (_sum_pool(u, **layout), None),
    dims=lambda g, like, **layout: like,
    dtype=first_dtype,
    shape_only=(1,),
)


def max_pool2d(
    x: Operand, size: int | Pair, stride: int | Pair | None = None, padding: str = "VALID"
) -> Tensor:
    """The largest entry of each window and channel: (n, h, w, c) → (n, rows, columns, c).

    The stride is the size unless given. The padding is 'VALID' or 'SAME' as in `windows`; what is padded
    never is the largest. Entries that tie share the gradient equally; PyTorch gives all of it to the first.
    """
    step = pair(size if stride is None else stride)
    return _max_pool(x, size=pair(size), stride=step, **layout_options(1, padding))


def avg_pool2d(
    x: Operand, size: int | Pair, stride: int | Pair | None = None, padding: str = "VALID"
) -> Tensor:
    """The mean of each window and channel: (n, h, w, c) → (n, rows, columns, c).

    The stride is the size unless given. The padding is as in `windows`; with 'SAME' only the image's
    entries count, as in TensorFlow.
    """
    x = in_floats(as_tensor(x))
    step = pair(size if stride is None else stride)
    layout = {"size": pair(size), "stride": step, **layout_options(1, padding)}
    if padding_name(padding) == "VALID":
        return _sum_pool(x, **layout, divisor=math.prod(pair(size)))
    return _sum_pool(x, **layout) / _sum_pool(broadcast_like(number_like(1.0, x), x[:1]), **layout)
