"""The helpers that the chapter gives: its two functions of one axis, applied to rows and columns."""

import numpy as np

from revgraph.checks.chapters.ch11_conv2d.common import Pair
from revgraph.checks.chapters.ch11_conv2d.output_size import output_size
from revgraph.checks.chapters.ch11_conv2d.same_padding import same_padding
from revgraph.checks.chapters.common import Array, Shape


def output_shape(x_shape: Shape, kernel_size: Shape, stride: Pair, padding: str) -> Pair:
    """Rows and columns of the output."""
    (_, h, w, _), (kh, kw), (sh, sw) = x_shape, kernel_size, stride
    return output_size(h, kh, sh, padding), output_size(w, kw, sw, padding)


def margins(x_shape: Shape, kernel_size: Shape, stride: Pair, padding: str) -> tuple[Pair, Pair]:
    """Zeros around the images: (top, bottom), (left, right)."""
    (_, h, w, _), (kh, kw), (sh, sw) = x_shape, kernel_size, stride
    if padding == "VALID":
        return (0, 0), (0, 0)
    return same_padding(h, kh, sh), same_padding(w, kw, sw)


def pad_images(x: Array, kernel_size: Shape, stride: Pair, padding: str) -> Array:
    """The images with their zeros around them."""
    return surround(x, *margins(x.shape, kernel_size, stride, padding))


def surround(x: Array, rows: Pair, columns: Pair) -> Array:
    return np.pad(x, ((0, 0), rows, columns, (0, 0)))
