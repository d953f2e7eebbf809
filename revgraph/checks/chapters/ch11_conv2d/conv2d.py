"""conv2d: a product of matrices."""

import re
from collections.abc import Callable

from revgraph.checks.call import case, part
from revgraph.checks.chapters.ch11_conv2d.common import (
    ANY,
    CONVOLVED,
    HOW,
    ONE,
    SAME,
    TORCH,
    K,
    Pair,
    X,
    channels_first,
)
from revgraph.checks.chapters.ch11_conv2d.given import output_shape
from revgraph.checks.chapters.ch11_conv2d.im2col import im2col
from revgraph.checks.chapters.ch11_conv2d.machine import (
    COLUMN_STRIDE,
    EDGES,
    FLIPS,
    ONE_APART,
    ROW_STRIDE,
    STRIDES_SWAPPED,
    Convolution,
    conv2d_cases,
    convolve,
    wrong_convolution,
)
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def conv2d(x: Array, k: Array, stride: Pair = (1, 1), padding: str = "VALID") -> Array:
    kh, kw, channels, out = k.shape
    oh, ow = output_shape(x.shape, (kh, kw), stride, padding)
    product = im2col(x, (kh, kw), stride, padding) @ k.reshape(kh * kw * channels, out)
    return product.reshape(len(x), oh, ow, out)


def kernel_read_as(*order: int) -> Convolution:
    """The kernel flattened with its axes in another order than the patches have."""
    return wrong_convolution(lambda x, k, *how: convolve(x, k.transpose(*order, 3).reshape(k.shape), *how))


def output_columns_first(x: Array, k: Array, stride: Pair, padding: str) -> Array:
    right = convolve(x, k, stride, padding)
    n, rows, columns, channels = right.shape
    return right.reshape(n, columns, rows, channels)


def reshaped(patches: Array, x: Array, k: Array, stride: Pair, padding: str) -> Array:
    """The product, of patches that may be too many or too few for the output."""
    shape = len(x), *output_shape(x.shape, k.shape[:2], stride, padding), k.shape[3]
    return (patches @ k.reshape(-1, k.shape[3])).reshape(shape)


def without_stride(x: Array, k: Array, stride: Pair = (1, 1), padding: str = "VALID") -> Array:
    patches = im2col(x, k.shape[:2], padding=padding)
    return reshaped(patches, x, k, stride, padding)


def without_padding(x: Array, k: Array, stride: Pair = (1, 1), padding: str = "VALID") -> Array:
    patches = im2col(x, k.shape[:2], stride)
    return reshaped(patches, x, k, stride, padding)


def with_neither(x: Array, k: Array, stride: Pair = (1, 1), padding: str = "VALID") -> Array:
    patches = im2col(x, k.shape[:2])
    return reshaped(patches, x, k, stride, padding)


def not_handed(*words: str) -> Callable[[str], bool]:
    """Whether a call of `im2col` names none of these."""
    return lambda source: any(
        not any(word in arguments for word in words) for arguments in re.findall(r"im2col\((.*)", source)
    )


READS_ORDER = "compare with your loop in `im2col`: in which order do the numbers of a window stand in a row?"


CONV2D = Exercise(
    name="conv2d",
    points=10,
    parts={ONE: 5, ANY: 3, SAME: 2},
    uses=("im2col", "output_size", "same_padding"),
    reference=conv2d,
    cases=conv2d_cases,
    recorded=[Recorded(part(SAME, case(X, K, *HOW)), CONVOLVED, TORCH + "conv2d")],
    next="which shapes do the patch matrix, the kernel as a matrix, and their product have?",
    why="with the patches as rows, the whole convolution is one product of matrices between two reshapes.",
    misconceptions=[
        FLIPS,
        Misconception(
            "kernel channels first",
            kernel_read_as(2, 0, 1),
            "You flattened the kernel channel by channel, but a row of patches goes pixel by pixel.",
            READS_ORDER,
        ),
        Misconception(
            "kernel column by column",
            kernel_read_as(1, 0, 2),
            "You flattened the kernel column by column, but a row of patches goes row by row.",
            READS_ORDER,
        ),
        Misconception(
            "reshape instead of transpose",
            wrong_convolution(
                lambda x, k, *how: convolve(x, k.reshape(k.shape[3], -1).T.reshape(k.shape), *how)
            ),
            "You reshaped the kernel to (out, …) and transposed it. A reshape does not move an axis, so "
            "the numbers of different kernels got mixed.",
            "out is the last axis already. Which shape keeps it there?",
        ),
        Misconception(
            "output columns first",
            wrong_convolution(output_columns_first),
            "The numbers are right, but you gave the output its width before its height.",
        ),
        EDGES,
        STRIDES_SWAPPED,
        Misconception(
            "averages",
            wrong_convolution(lambda x, k, *how: convolve(x, k, *how) / (k.shape[0] * k.shape[1])),
            "You averaged over the window. A convolution sums.",
        ),
        Misconception(
            "never pads",
            wrong_convolution(lambda x, k, stride, padding: convolve(x, k, stride, "VALID")),
            "You treated 'SAME' like 'VALID': no zeros were put around the image.",
            "does `padding` reach `im2col`?",
        ),
        ROW_STRIDE,
        COLUMN_STRIDE,
        ONE_APART,
        Misconception(
            "stride not passed on",
            without_stride,
            "`im2col` was not told the stride, so there are more patches than the output has places.",
            "which of its arguments does your `im2col` get?",
            seen=not_handed("stride"),
        ),
        Misconception(
            "padding not passed on",
            without_padding,
            "`im2col` was not told the padding, so there are fewer patches than the output has places.",
            "which of its arguments does your `im2col` get?",
            seen=not_handed("padding"),
        ),
        Misconception(
            "nothing passed on",
            with_neither,
            "`im2col` was told neither stride nor padding, so there are more patches, or fewer, than the output has places.",
            "which of its arguments does your `im2col` get?",
            seen=not_handed("stride", "padding"),
        ),
        Misconception(
            "still a matrix",
            wrong_convolution(lambda x, k, *how: convolve(x, k, *how).reshape(-1, k.shape[3])),
            "The numbers are right, but the result is still a matrix. It has the shape (n, oh, ow, out).",
        ),
        Misconception(
            "output channels first",
            wrong_convolution(lambda x, k, *how: channels_first(convolve(x, k, *how))),
            "Your last reshape has mixed the output channels with the places: in the product they are the last axis.",
            "in which order do the rows of the product go through the images and places?",
        ),
    ],
)
