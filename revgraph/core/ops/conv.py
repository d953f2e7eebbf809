"""Convolution: a product of matrices, of an image's windows laid out as rows (im2col) and the kernel.

It is linear in both, images and kernel. So it and its two gradients are each other's rules: differentiate one
of the three, as often as you like, and another of them comes out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.core.errors import user_line
from revgraph.core.ops.op import Op, misfit, op, promoted
from revgraph.core.ops.shaping import expand_dims, squeeze
from revgraph.core.ops.windows import (
    Layout,
    Pair,
    layout_options,
    overlap_add_forward,
    pair,
    surrounded,
    windows_dims,
    windows_forward,
)
from revgraph.core.tensor import Dims, Operand, Tensor, as_tensor
from revgraph.core.threads import parts_of, share_products

Array = np.ndarray[Any, Any]

BLOCK = 1 << 21  # bytes of windows laid out at a time, which stay in the cache
FEW_CHANNELS = 4


def rows_of(patches: Array) -> Iterator[tuple[slice, Array]]:
    """Windows (n, rows, columns, kh, kw, c) as the rows of a matrix, some images after the other.

    Each matrix comes with the place of its rows among all, and is written over the one before: laid out all
    at once, windows take kh·kw times the memory of the images, and long to write and fetch again.
    """
    n, *count, kh, kw, c = patches.shape
    each, width = math.prod(count), kh * kw * c
    step = min(n, max(1, BLOCK // max(1, each * width * patches.itemsize)))
    if c > FEW_CHANNELS:
        block = np.empty((step, *count, kh, kw, c), patches.dtype)
        matrix = block.reshape(step * each, width)
    else:  # the matrix lies there transposed, so that whole rows of pixels are copied, not single ones
        transposed = np.empty((kh, kw, c, step, *count), patches.dtype)
        block, matrix = transposed.transpose(3, 4, 5, 0, 1, 2), transposed.reshape(width, step * each).T
    for start in range(0, n, step or 1):
        images = patches[start : start + step]
        block[: len(images)] = images
        yield slice(start * each, (start + len(images)) * each), matrix[: len(images) * each]


def conv2d_forward(x: Array, kernel: Array, stride: Pair, **layout: Any) -> Array:
    """Each window as a row, times the kernel as a matrix."""
    require_channels(x.shape, kernel.shape)
    patches = windows_forward(x, kernel.shape[:2], stride, **layout)
    matrix = kernel.reshape(-1, kernel.shape[3])
    result = np.empty((*patches.shape[:3], kernel.shape[3]), np.result_type(x, kernel))

    def images(part: slice) -> None:
        out = result[part].reshape(-1, kernel.shape[3])
        for place, rows in rows_of(patches[part]):
            np.matmul(rows, matrix, out=out[place])

    share_products(images, [(part,) for part in parts_of(len(x), patches.size)], long=True)
    return result


def kernel_gradient_forward(x: Array, g: Array, kernel: Array, stride: Pair, **layout: Any) -> Array:
    """Each entry of the kernel meets one entry of every window: the gradient is rowsᵀ·g."""
    patches = windows_forward(x, kernel.shape[:2], stride, **layout)
    parts = parts_of(len(x), patches.size)
    sums = np.zeros((len(parts), math.prod(kernel.shape[:3]), g.shape[3]), np.result_type(x, g))

    def images(part: slice, total: Array) -> None:
        gradients = g[part].reshape(-1, g.shape[3])
        for place, rows in rows_of(patches[part]):
            total += rows.T @ gradients[place]

    share_products(images, list(zip(parts, sums, strict=True)), long=True)
    return sums.sum(0).reshape(kernel.shape)


def input_gradient_forward(
    g: Array, kernel: Array, x: Array, stride: Pair, dilation: Pair = (1, 1), padding: str = "VALID"
) -> Array:
    """Each window gets g·kernelᵀ, and where windows overlap, the gradients add.

    At stride 1 this is a convolution itself: of g with the kernel turned about, in and out exchanged.
    """
    layout = Layout(x.shape, kernel.shape[:2], stride, dilation, padding)
    if stride == (1, 1):
        reach = [(k - 1) * d for k, d in zip(kernel.shape[:2], dilation, strict=True)]
        around = [(r - before, r - after) for r, (before, after) in zip(reach, layout.padding, strict=True)]
        turned = kernel[::-1, ::-1].swapaxes(2, 3)
        return conv2d_forward(surrounded(g, around), turned, stride, dilation=dilation)
    matrix, windows = kernel.reshape(-1, kernel.shape[3]).T, layout.windows_shape
    result = np.empty(x.shape, np.result_type(g, kernel))

    def images(part: slice) -> None:
        patches = (g[part].reshape(-1, g.shape[3]) @ matrix).reshape(len(g[part]), *windows[1:])
        result[part] = overlap_add_forward(patches, x[part], kernel.shape[:2], stride, dilation, padding)

    share_products(images, [(part,) for part in parts_of(len(x), math.prod(windows))], long=True)
    return result


def require_channels(x: tuple[int, ...], kernel: tuple[int, ...]) -> None:
    if x[3] >= 0 and x[3] != kernel[2]:
        raise ValueError(f"the input has {x[3]} channels and the kernel takes {kernel[2]}")


def conv2d_dims(x: Dims, kernel: Dims, stride: Pair, **layout: Any) -> Dims:
    if kernel is None or len(kernel) != 4 or min(kernel) < 0:
        raise ValueError("a kernel has a known shape (kh, kw, in, out)")
    windows = windows_dims(x, kernel[:2], stride, **layout)
    if x is None or windows is None:
        return None
    require_channels(x, kernel)
    return (*windows[:3], kernel[3])


_conv2d: Op = op(
    "conv2d",
    conv2d_forward,
    lambda u, ans, x, kernel, **p: (_input_gradient(u, kernel, x, **p), _kernel_gradient(x, u, kernel, **p)),
    dims=conv2d_dims,
)

_input_gradient: Op = op(
    "conv2d_input_gradient",
    input_gradient_forward,
    lambda u, ans, g, kernel, x, **p: (_conv2d(u, kernel, **p), _kernel_gradient(u, g, kernel, **p), None),
    dims=lambda g, kernel, x, **layout: x,
    dtype=lambda g, kernel, x: promoted(g, kernel),
    shape_only=(2,),
)

_kernel_gradient: Op = op(
    "conv2d_kernel_gradient",
    kernel_gradient_forward,
    lambda u, ans, x, g, kernel, **p: (_input_gradient(g, u, x, **p), _conv2d(x, u, **p), None),
    dims=lambda x, g, kernel, **layout: kernel,
    dtype=lambda x, g, kernel: promoted(x, g),
    shape_only=(2,),
)


def conv2d(
    a: Operand,
    b: Operand,
    padding: str = "VALID",
    stride: int | Pair = 1,
    dilation: int | Pair = 1,
) -> Tensor:
    """Images a of shape (n, h, w, in) and a kernel b of shape (kh, kw, in, out) → (n, rows, columns, out).

    Each entry of the result is the sum of a window times the kernel (which is not flipped: a
    cross-correlation, as everywhere in deep learning). Padding, stride and dilation as in `windows`.
    """
    options = layout_options(dilation, padding)
    return _conv2d(a, b, stride=pair(stride), **options)


def conv1d(a: Operand, b: Operand, padding: str = "VALID", stride: int = 1, dilation: int = 1) -> Tensor:
    """Sequences a of shape (n, w, in) and a kernel b of shape (kw, in, out) → (n, columns, out).

    It is conv2d on images of height 1. Padding, stride and dilation as in `windows`, one number each.
    """
    a, b = as_tensor(a), as_tensor(b)
    options, strides = layout_options((1, dilation), padding), pair((1, stride))
    try:
        conv2d_dims(of_height_1(a.dims), of_height_1(b.dims, 0), strides, **options)
    except ValueError as error:
        raise misfit("conv1d", (a, b), error, user_line()) from None
    return squeeze(_conv2d(expand_dims(a, 1), expand_dims(b, 0), stride=strides, **options), 1)


def of_height_1(dims: Dims, axis: int = 1) -> Dims:
    """The dims of sequences, or of their kernel, as those of images."""
    if dims is not None and len(dims) != 3:
        raise ValueError("sequences have the three axes (n, width, channels), their kernel (kw, in, out)")
    return dims and (*dims[:axis], 1, *dims[axis:])
