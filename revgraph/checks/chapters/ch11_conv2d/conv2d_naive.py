"""conv2d_naive: the definition, number by number."""

import numpy as np

from revgraph.checks.call import case, part
from revgraph.checks.chapters.ch11_conv2d.common import ANY, CONVOLVED, HOW, ONE, SAME, TORCH, K, Pair, X
from revgraph.checks.chapters.ch11_conv2d.given import output_shape, pad_images
from revgraph.checks.chapters.ch11_conv2d.machine import (
    COLUMN_STRIDE,
    EDGES,
    EQUAL_MARGINS,
    FLIPS,
    FLOAT_SIZE,
    FLOOR,
    MORE_BEFORE,
    ONE_APART,
    ROW_STRIDE,
    STRIDES_SWAPPED,
    WRONG_STRIDES_IN_THE_LOOP,
    conv2d_cases,
    convolve,
    last_kernel,
    margins_of_stride_one,
    only,
    wrong_convolution,
)
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def conv2d_naive(x: Array, k: Array, stride: Pair = (1, 1), padding: str = "VALID") -> Array:
    (kh, kw, _, out), (sh, sw) = k.shape, stride
    oh, ow = output_shape(x.shape, (kh, kw), stride, padding)
    padded = pad_images(x, (kh, kw), stride, padding)
    ans = np.zeros((len(x), oh, ow, out))
    for image, i, j, channel in np.ndindex(*ans.shape):
        window = padded[image, i * sh : i * sh + kh, j * sw : j * sw + kw]
        ans[image, i, j, channel] = np.sum(window * k[..., channel])
    return ans


CONV2D_NAIVE = Exercise(
    name="conv2d_naive",
    points=15,
    parts={ONE: 8, ANY: 4, SAME: 3},
    uses=("output_size", "same_padding"),
    reference=conv2d_naive,
    cases=conv2d_cases,
    recorded=[Recorded(part(SAME, case(X, K, *HOW)), CONVOLVED, TORCH + "conv2d")],
    next="take one number of the output: which window of the image, and which kernel, does it come from?",
    why="one line for the window, one for the sum: the definition in the order in which one says it.",
    misconceptions=[
        FLIPS,
        FLOOR,
        MORE_BEFORE,
        EQUAL_MARGINS,
        Misconception(
            "margins of stride 1",
            wrong_convolution(margins_of_stride_one),
            "You padded as if the stride were 1. How many zeros are needed depends on the stride.",
        ),
        EDGES,
        STRIDES_SWAPPED,
        ROW_STRIDE,
        COLUMN_STRIDE,
        *WRONG_STRIDES_IN_THE_LOOP,
        ONE_APART,
        FLOAT_SIZE,
        Misconception(
            "the last kernel everywhere",
            wrong_convolution(last_kernel),
            "All output channels are the same: each number was written into all of them, and the last kernel stayed.",
            "which index of `ans` says to which kernel the number belongs?",
        ),
        Misconception(
            "the first number alone",
            only((slice(1),) * 4),
            "Only the first number is there: the function returned after the first round of the loop.",
            "how far is your `return` indented?",
        ),
        Misconception(
            "the first image alone",
            only((slice(1),)),
            "Only the first image has an output; that of all others is 0.",
            "which of your loops goes over the images, and is the `return` behind it?",
        ),
        Misconception(
            "channels first",
            wrong_convolution(lambda *how: np.moveaxis(convolve(*how), 3, 1)),
            "Your axes are images, channels, rows, columns. Here the channels come last, as in the input.",
        ),
        Misconception(
            "the first image for all",
            wrong_convolution(lambda x, k, *how: np.repeat(convolve(x[:1], k, *how), len(x), axis=0)),
            "All images gave the result of the first. Which one a window comes from is an index, too.",
        ),
        Misconception(
            "first channel only",
            wrong_convolution(lambda x, k, *how: convolve(x[..., :1], k[:, :, :1], *how)),
            "Only the first input channel arrives. A kernel covers all channels, and their products are summed.",
        ),
        Misconception(
            "averages channels",
            wrong_convolution(lambda x, k, *how: convolve(x, k, *how) / x.shape[3]),
            "You averaged over the input channels. Their products are summed, like those of the pixels.",
        ),
        Misconception(
            "stride 1 alone",
            wrong_convolution(lambda x, k, stride, padding: convolve(x, k, (1, 1), padding)),
            "Your windows move on by one pixel, whatever the stride is.",
            "with a stride of 2, at which rows do the first three windows start?",
        ),
        Misconception(
            "neither stride nor 'SAME'",
            wrong_convolution(lambda x, k, *how: convolve(x, k, (1, 1), "VALID")),
            "With stride 1 and 'VALID' all is right. Neither the stride nor 'SAME' changes anything in your result.",
            "which lines of yours use `stride`, and which `padding`?",
        ),
        Misconception(
            "never pads",
            wrong_convolution(lambda x, k, stride, padding: convolve(x, k, stride, "VALID")),
            "You treated 'SAME' like 'VALID': no zeros were put around the image.",
        ),
        Misconception(
            "always pads",
            wrong_convolution(lambda x, k, stride, padding: convolve(x, k, stride, "SAME")),
            "You treated 'VALID' like 'SAME': with 'VALID' nothing is put around the image.",
            "which of your lines asks what `padding` says?",
        ),
        Misconception(
            "images added up",
            wrong_convolution(
                lambda x, k, stride, padding: 0 * (out := convolve(x, k, stride, padding)) + out.sum(axis=0)
            ),
            "You summed over the images as well: all have the same output. Each has one of its own.",
            "a window of all images has the shape (n, kh, kw, in). Over which of these axes does the sum go?",
        ),
    ],
)
