"""conv2d_naive: the definition, number by number."""

import numpy as np

from revgraph.checks.call import case
from revgraph.checks.chapters.ch11_conv2d.common import CONVOLVED, HOW, TORCH, K, Pair, X
from revgraph.checks.chapters.ch11_conv2d.given import output_shape, pad_images
from revgraph.checks.chapters.ch11_conv2d.machine import (
    EQUAL_MARGINS,
    FLIPS,
    FLOOR,
    MORE_BEFORE,
    ONE_APART,
    STRIDES_SWAPPED,
    conv2d_cases,
    convolve,
    margins_of_stride_one,
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
    reference=conv2d_naive,
    cases=conv2d_cases,
    recorded=[Recorded(case(X, K, *HOW), CONVOLVED, TORCH + "conv2d")],
    next="take one number of the output: which window of the image, and which kernel, does it come from?",
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
        STRIDES_SWAPPED,
        ONE_APART,
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
            "never pads",
            wrong_convolution(lambda x, k, stride, padding: convolve(x, k, stride, "VALID")),
            "You treated 'SAME' like 'VALID': no zeros were put around the image.",
        ),
    ],
)
