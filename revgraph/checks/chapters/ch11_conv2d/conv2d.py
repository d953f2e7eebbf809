"""conv2d: a product of matrices."""

from revgraph.checks.call import case
from revgraph.checks.chapters.ch11_conv2d.common import CONVOLVED, HOW, TORCH, K, Pair, X
from revgraph.checks.chapters.ch11_conv2d.given import output_shape
from revgraph.checks.chapters.ch11_conv2d.im2col import im2col
from revgraph.checks.chapters.ch11_conv2d.machine import (
    FLIPS,
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


READS_ORDER = "compare with your loop in `im2col`: in which order do the numbers of a window stand in a row?"


CONV2D = Exercise(
    name="conv2d",
    points=10,
    reference=conv2d,
    cases=conv2d_cases,
    recorded=[Recorded(case(X, K, *HOW), CONVOLVED, TORCH + "conv2d")],
    next="which shapes do the patch matrix, the kernel as a matrix, and their product have?",
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
    ],
)
