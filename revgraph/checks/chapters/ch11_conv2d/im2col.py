"""im2col: every window, as a row."""

from collections.abc import Callable, Iterator

import numpy as np

from revgraph.checks.call import Case, case, part
from revgraph.checks.chapters.ch11_conv2d.common import (
    ANY,
    HOW,
    ONE,
    SAME,
    TORCH,
    UNFOLDED,
    Pair,
    X,
    arguments,
    every_layout,
    marked,
)
from revgraph.checks.chapters.ch11_conv2d.given import margins, output_shape, pad_images, surround
from revgraph.checks.chapters.ch11_conv2d.machine import (
    COLUMN_STRIDE,
    MORE_BEFORE,
    ONE_APART,
    ROW_STRIDE,
    STRIDES_SWAPPED,
    windows,
)
from revgraph.checks.chapters.common import Array, Rng, draw
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def im2col(x: Array, kernel_size: Pair, stride: Pair = (1, 1), padding: str = "VALID") -> Array:
    (kh, kw), (sh, sw), (n, _, _, channels) = kernel_size, stride, x.shape
    oh, ow = output_shape(x.shape, kernel_size, stride, padding)
    padded = pad_images(x, kernel_size, stride, padding)
    patches = np.zeros((n, oh, ow, kh, kw, channels))
    for i, j in np.ndindex(kh, kw):  # fewer rounds than over the windows; chapter 12 trains with this
        patches[:, :, :, i, j] = padded[:, i : i + oh * sh : sh, j : j + ow * sw : sw]
    return patches.reshape(n * oh * ow, kh * kw * channels)


def im2col_cases(rng: Rng) -> Iterator[Case]:
    for source, layout in every_layout(rng):
        yield marked(layout, case(draw(source, layout[0]), layout[1][:2], *arguments(layout)))


def wrong_im2col(change: Callable[[Array, Pair, Pair, str], Array]) -> Callable[..., Array]:
    def answer(x: Array, kernel_size: Pair, stride: Pair = (1, 1), padding: str = "VALID") -> Array:
        return change(x, kernel_size, stride, padding)

    return answer


def ordered(*order: int) -> Callable[..., Array]:
    """The six axes (image, row, column, kernel row, kernel column, channel) in another order."""

    def change(x: Array, kernel_size: Pair, stride: Pair, padding: str) -> Array:
        patches = windows(pad_images(x, kernel_size, stride, padding), kernel_size, stride)
        return patches.transpose(order).reshape(-1, kernel_size[0] * kernel_size[1] * x.shape[3])

    return wrong_im2col(change)


def more_before(x: Array, kernel_size: Pair, stride: Pair, padding: str) -> Array:
    (top, bottom), (left, right) = margins(x.shape, kernel_size, stride, padding)
    return im2col(surround(x, (bottom, top), (right, left)), kernel_size, stride)


def repeats_its_edge(x: Array, kernel_size: Pair, stride: Pair, padding: str) -> Array:
    around = margins(x.shape, kernel_size, stride, padding)
    return im2col(np.pad(x, ((0, 0), *around, (0, 0)), mode="edge"), kernel_size, stride)


def one_apart(x: Array, kernel_size: Pair, stride: Pair, padding: str) -> Array:
    rows, columns = output_shape(x.shape, kernel_size, stride, padding)
    patches = windows(pad_images(x, kernel_size, stride, padding), kernel_size, (1, 1))
    return patches[:, :rows, :columns].reshape(-1, kernel_size[0] * kernel_size[1] * x.shape[3])


def one_stride(which: int) -> Callable[..., Array]:
    """The right size, but windows that start as far apart along both axes: at the edge they are cut short."""

    def change(x: Array, kernel_size: Pair, stride: Pair, padding: str) -> Array:
        (kh, kw), step = kernel_size, stride[which]
        oh, ow = output_shape(x.shape, kernel_size, stride, padding)
        padded = pad_images(x, kernel_size, stride, padding)
        patches = np.zeros((len(x), oh, ow, kh, kw, x.shape[3]))
        for i, j in np.ndindex(oh, ow):
            patches[:, i, j] = padded[:, i * step : i * step + kh, j * step : j * step + kw]
        return patches.reshape(len(x) * oh * ow, -1)

    return wrong_im2col(change)


IM2COL = Exercise(
    name="im2col",
    points=10,
    parts={ONE: 5, ANY: 3, SAME: 2},
    uses=("output_size", "same_padding"),
    reference=im2col,
    cases=im2col_cases,
    recorded=[
        Recorded(
            part(SAME, case(X, (2, 2), *HOW)), UNFOLDED, TORCH + "nn.functional.unfold, channels moved last"
        )
    ],
    next="the first row of the matrix is the first window of the first image, all of it. Which is the second?",
    why="the loop runs over the few places of a window, and takes that place of all windows of all images at once.",
    misconceptions=[
        Misconception(
            "one image",
            wrong_im2col(lambda x, size, stride, padding: im2col(x[:1], size, stride, padding)),
            "Only the windows of the first image are there. Those of the others stand below them.",
            "of n images with oh · ow windows each, how many rows are there?",
        ),
        Misconception(
            "channels first",
            ordered(0, 1, 2, 5, 3, 4),
            "The right windows, but in each row you put one channel after the other. Here the channels of "
            "one pixel stand together.",
            "in `x`, which axis is the last? A plain reshape of a window keeps that order.",
        ),
        Misconception(
            "repeats the border",
            wrong_im2col(repeats_its_edge),
            "Around the image you repeated its border. 'SAME' puts zeros there.",
            "which `mode` of `np.pad` fills with zeros?",
        ),
        Misconception(
            "a patch a column",
            wrong_im2col(lambda x, *how: im2col(x, *how).T),
            "Your patches are the columns of the matrix. Here a patch is a row.",
        ),
        Misconception(
            "images last",
            ordered(1, 2, 0, 3, 4, 5),
            "The rows are right, but in another order: you go through all images at one place, then move on. "
            "Here all windows of the first image come first.",
            "which axis should come first before you reshape?",
        ),
        Misconception(
            "windows column by column",
            ordered(0, 2, 1, 3, 4, 5),
            "The rows are right, but your windows move down first. They move to the right first, then down.",
        ),
        Misconception(
            "pixels column by column",
            ordered(0, 1, 2, 4, 3, 5),
            "The right windows, but each is read column by column. Read it row by row.",
        ),
        Misconception(
            "strides swapped",
            wrong_im2col(lambda x, size, stride, padding: im2col(x, size, stride[::-1], padding)),
            STRIDES_SWAPPED.diagnosis,
        ),
        Misconception("windows one apart", wrong_im2col(one_apart), ONE_APART.diagnosis, ONE_APART.next),
        Misconception(
            "more zeros before",
            wrong_im2col(more_before),
            MORE_BEFORE.diagnosis,
            MORE_BEFORE.next,
        ),
        Misconception(
            "the first stride for both",
            wrong_im2col(lambda x, size, stride, padding: im2col(x, size, (stride[0], stride[0]), padding)),
            ROW_STRIDE.diagnosis,
        ),
        Misconception(
            "the second stride for both",
            wrong_im2col(lambda x, size, stride, padding: im2col(x, size, (stride[1], stride[1]), padding)),
            COLUMN_STRIDE.diagnosis,
        ),
        Misconception(ROW_STRIDE.name, one_stride(0), ROW_STRIDE.diagnosis),
        Misconception(COLUMN_STRIDE.name, one_stride(1), COLUMN_STRIDE.diagnosis),
        Misconception(
            "never pads",
            wrong_im2col(lambda x, size, stride, padding: im2col(x, size, stride, "VALID")),
            "You treated 'SAME' like 'VALID': no zeros were put around the image.",
        ),
        Misconception(
            "rows upside down",
            wrong_im2col(lambda x, *how: im2col(x, *how)[:, ::-1]),
            "Each row is written backwards. The first pixel of a window comes first.",
        ),
        Misconception(
            "six axes",
            wrong_im2col(
                lambda x, size, stride, padding: windows(
                    pad_images(x, size, stride, padding), size, stride
                ).copy()
            ),
            "You have all windows, but the result still has six axes. It is a matrix: a row for each window.",
            "which reshape makes one axis of the first three, and one of the last three?",
        ),
    ],
)
