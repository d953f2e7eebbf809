"""A convolution whose parts can be exchanged: the cases of conv2d and conv2d_naive, and their wrong answers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch11_conv2d.common import Pair, arguments, every_layout, marked
from revgraph.checks.chapters.ch11_conv2d.given import margins, output_shape, pad_images, surround
from revgraph.checks.chapters.common import Array, Rng, Shape, draw
from revgraph.checks.exercise import Misconception

Convolution = Callable[..., Array]


def conv2d_cases(rng: Rng) -> Iterator[Case]:
    for source, layout in every_layout(rng):
        x, k = draw(source, layout[0]), draw(source, layout[1])
        yield marked(layout, case(x, k, *arguments(layout)))


def windows(padded: Array, kernel_size: Shape, stride: Pair) -> Array:
    """(n, rows, columns, kh, kw, channels): the windows that fit."""
    every = np.lib.stride_tricks.sliding_window_view(padded, kernel_size, axis=(1, 2))
    return every[:, :: stride[0], :: stride[1]].transpose(0, 1, 2, 4, 5, 3)


def slide(padded: Array, k: Array, stride: Pair) -> Array:
    """A convolution of images that have their zeros around them."""
    return np.tensordot(windows(padded, k.shape[:2], stride), k, axes=3)


def convolve(x: Array, k: Array, stride: Pair, padding: str) -> Array:
    return slide(pad_images(x, k.shape[:2], stride, padding), k, stride)


def wrong_convolution(change: Callable[[Array, Array, Pair, str], Array]) -> Convolution:
    """A wrong convolution with a convolution's default arguments."""

    def answer(x: Array, k: Array, stride: Pair = (1, 1), padding: str = "VALID") -> Array:
        return change(x, k, stride, padding)

    return answer


def floor_windows(x: Array, k: Array, stride: Pair, padding: str) -> Array:
    right = convolve(x, k, stride, padding)
    if padding == "VALID":
        return right
    return right[:, : x.shape[1] // stride[0], : x.shape[2] // stride[1]]


def more_before(x: Array, k: Array, stride: Pair, padding: str) -> Array:
    (top, bottom), (left, right) = margins(x.shape, k.shape[:2], stride, padding)
    return slide(surround(x, (bottom, top), (right, left)), k, stride)


def equal_margins(x: Array, k: Array, stride: Pair, padding: str) -> Array:
    half_h, half_w = (n // 2 if padding == "SAME" else 0 for n in k.shape[:2])
    return slide(surround(x, (half_h, half_h), (half_w, half_w)), k, stride)


def margins_of_stride_one(x: Array, k: Array, stride: Pair, padding: str) -> Array:
    return slide(pad_images(x, k.shape[:2], (1, 1), padding), k, stride)


def windows_one_apart(x: Array, k: Array, stride: Pair, padding: str) -> Array:
    rows, columns = output_shape(x.shape, k.shape[:2], stride, padding)
    return slide(pad_images(x, k.shape[:2], stride, padding), k, (1, 1))[:, :rows, :columns]


def last_kernel(x: Array, k: Array, stride: Pair, padding: str) -> Array:
    return convolve(x, np.repeat(k[..., -1:], k.shape[3], axis=3), stride, padding)


def only(part: tuple[slice, ...]) -> Convolution:
    """Zeros, but for a part of the output."""

    def answer(x: Array, k: Array, stride: Pair, padding: str) -> Array:
        right = convolve(x, k, stride, padding)
        out = np.zeros(right.shape)
        out[part] = right[part]
        return out

    return wrong_convolution(answer)


def mirrored(k: Array) -> Array:
    return k[::-1, ::-1]


FLIPS = Misconception(
    "flips the kernel",
    wrong_convolution(lambda x, k, *how: convolve(x, mirrored(k), *how)),
    "You turned the kernel around, as mathematicians do. Deep learning lays it on the image as it is.",
    "which entry of the kernel meets the upper left pixel of the window?",
)
FLOOR = Misconception(
    "floor with SAME",
    wrong_convolution(floor_windows),
    "With 'SAME', your output lacks its last row or column when the stride leaves a remainder.",
    "with 5 pixels and a stride of 2, windows start at 0, 2 and 4. How many are these?",
)
MORE_BEFORE = Misconception(
    "more zeros before",
    wrong_convolution(more_before),
    "You put the odd zero before. 'SAME' puts it after: below, and on the right.",
    "which of the two numbers of `same_padding` is the larger?",
)
EQUAL_MARGINS = Misconception(
    "equal margins",
    wrong_convolution(equal_margins),
    "You put half a kernel of zeros on either side. 'SAME' adds only what the windows need, and sometimes "
    "one more behind.",
    "what does `same_padding` say for each of the two axes?",
)


def repeats_its_edge(x: Array, k: Array, stride: Pair, padding: str) -> Array:
    around = margins(x.shape, k.shape[:2], stride, padding)
    return slide(np.pad(x, ((0, 0), *around, (0, 0)), mode="edge"), k, stride)


EDGES = Misconception(
    "repeats the border",
    wrong_convolution(repeats_its_edge),
    "Around the image you repeated its border. 'SAME' puts zeros there.",
    "which `mode` of `np.pad` fills with zeros?",
)
STRIDES_SWAPPED = Misconception(
    "strides swapped",
    wrong_convolution(lambda x, k, stride, padding: convolve(x, k, stride[::-1], padding)),
    "You swapped the two strides. The first is the step from row to row, the second from column to column.",
)
ONE_APART = Misconception(
    "windows one apart",
    wrong_convolution(windows_one_apart),
    "The output has the right size, but your windows start one pixel apart, whatever the stride.",
    "at which row of the image does the window of output row `i` start?",
)
ROW_STRIDE = Misconception(
    "the first stride for both",
    wrong_convolution(lambda x, k, stride, padding: convolve(x, k, (stride[0], stride[0]), padding)),
    "You used the first stride for both axes. The second is the step from column to column.",
)
COLUMN_STRIDE = Misconception(
    "the second stride for both",
    wrong_convolution(lambda x, k, stride, padding: convolve(x, k, (stride[1], stride[1]), padding)),
    "You used the second stride for both axes. The first is the step from row to row.",
)


def wrong_strides(of_rows: int, of_columns: int) -> Convolution:
    """The right size, but windows that start as far apart as another stride says: at the edge they are cut
    short."""

    def answer(x: Array, k: Array, stride: Pair, padding: str) -> Array:
        (kh, kw, _, out), down, right = k.shape, stride[of_rows], stride[of_columns]
        padded = pad_images(x, (kh, kw), stride, padding)
        ans = np.zeros((len(x), *output_shape(x.shape, (kh, kw), stride, padding), out))
        for i, j in np.ndindex(*ans.shape[1:3]):
            window = padded[:, i * down : i * down + kh, j * right : j * right + kw]
            ans[:, i, j] = np.sum(window[..., np.newaxis] * k, axis=(1, 2, 3))
        return ans

    return wrong_convolution(answer)


WRONG_STRIDES_IN_THE_LOOP = [
    replace(ROW_STRIDE, answer=wrong_strides(0, 0)),
    replace(COLUMN_STRIDE, answer=wrong_strides(1, 1)),
    replace(STRIDES_SWAPPED, answer=wrong_strides(1, 0)),
]
size_with_a_float: Any = (1, 1.0)
FLOAT_SIZE = Misconception(
    "a float for a size",
    wrong_convolution(lambda x, k, stride, padding: np.zeros(size_with_a_float)),
    "The size of an array must be a whole number, and a quotient made by `/` never is: it is a float.",
    "`//` stays with whole numbers. Or let `output_shape` do it.",
)
