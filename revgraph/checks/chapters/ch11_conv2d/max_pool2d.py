"""max_pool2d: the largest entry of each window."""

from collections.abc import Callable, Iterator

import numpy as np

from revgraph.checks.call import Case, case, edge, part
from revgraph.checks.chapters.ch11_conv2d.common import (
    LARGEST,
    NO_IMAGES,
    OTHER_STEPS,
    POOLED,
    POOLS,
    SIDE_BY_SIDE,
    TORCH,
    Pair,
    channels_first,
)
from revgraph.checks.chapters.ch11_conv2d.given import output_shape
from revgraph.checks.chapters.ch11_conv2d.im2col import im2col
from revgraph.checks.chapters.ch11_conv2d.machine import COLUMN_STRIDE, ROW_STRIDE, STRIDES_SWAPPED, windows
from revgraph.checks.chapters.ch11_conv2d.same_padding import same_padding
from revgraph.checks.chapters.common import Array, Rng, draw, fixed, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def max_pool2d(x: Array, size: Pair, stride: Pair) -> Array:
    oh, ow = output_shape(x.shape, size, stride, "VALID")
    patches = im2col(x, size, stride).reshape(len(x), oh, ow, size[0] * size[1], x.shape[3])
    return patches.max(axis=3)


def pool_windows(x: Array, size: Pair, stride: Pair) -> Array:
    """(n, rows, columns, entries of a window, channels)."""
    cut = windows(x, size, stride)
    return cut.reshape(*cut.shape[:3], size[0] * size[1], x.shape[3])


def pool_part(size: Pair, stride: Pair) -> str:
    return SIDE_BY_SIDE if size == stride else OTHER_STEPS


def max_pool2d_cases(rng: Rng) -> Iterator[Case]:
    text = np.array([4.0, 1.0, -3.0, -2.0, 0.0, 5.0]).reshape(1, 1, 6, 1)
    yield part(SIDE_BY_SIDE, case(text, (1, 2), (1, 2)))
    for source in (fixed(), rng):
        for shape, size, stride in POOLS:
            if shape[0]:
                yield part(pool_part(size, stride), case(draw(source, shape), size, stride))
            elif source is rng:
                yield edge(NO_IMAGES, np.zeros(shape), size, stride)


def sticking_out(x: Array, size: Pair, stride: Pair) -> Array:
    over = [
        (0, -(-(n - s) // step) * step + s - n) for n, s, step in zip(x.shape[1:3], size, stride, strict=True)
    ]
    return max_pool2d(np.pad(x, [(0, 0), *over, (0, 0)], constant_values=-np.inf), size, stride)


def on_padded(margins: Callable[[int, int, int], tuple[int, int]], fill: float) -> Callable[..., Array]:
    """With images that have as much around them as ``margins(pixels, size, step)`` says of each axis."""

    def answer(x: Array, size: Pair, stride: Pair) -> Array:
        around = [margins(*axis) for axis in zip(x.shape[1:3], size, stride, strict=True)]
        return max_pool2d(np.pad(x, [(0, 0), *around, (0, 0)], constant_values=fill), size, stride)

    return answer


def wherever_one_starts(pixels: int, size: int, step: int) -> tuple[int, int]:
    return 0, max((pixels - 1) // step * step + size - pixels, 0)


def mixed_channels(x: Array, size: Pair, stride: Pair) -> Array:
    cut = windows(x, size, stride)
    return cut.reshape(*cut.shape[:3], x.shape[3], size[0] * size[1]).max(axis=4)


MAX_POOL2D = Exercise(
    name="max_pool2d",
    points=5,
    parts={SIDE_BY_SIDE: 3, OTHER_STEPS: 2},
    uses=("im2col", "output_size"),
    reference=max_pool2d,
    cases=max_pool2d_cases,
    recorded=[Recorded(part(OTHER_STEPS, case(POOLED, (2, 3), (1, 2))), LARGEST, TORCH + "max_pool2d")],
    next="how many windows fit, and which axes of a window does the maximum go over?",
    why="channels stand together and last in a row of patches, so one reshape separates them from the places of a window.",
    misconceptions=[
        Misconception(
            "over the channels",
            lambda x, size, stride: (
                0 * (right := max_pool2d(x, size, stride)) + right.max(axis=3, keepdims=True)
            ),
            "You took the maximum over the channels as well: all have the same one. Each has its own.",
        ),
        Misconception(
            "starts from zero",
            lambda x, size, stride: np.maximum(max_pool2d(x, size, stride), 0),
            "Windows without a positive number come out as 0: the search for the largest began at 0.",
            "what is the largest of −3 and −2, and what would you have to begin with to find it?",
        ),
        Misconception(
            "averages",
            lambda x, size, stride: pool_windows(x, size, stride).mean(axis=3),
            "That is the mean of each window; the exercise asks for its largest entry.",
        ),
        *ways(
            "windows that stick out",
            "You also took windows that stick out at the edge. Only windows that fit count.",
            "how many places are there at which a whole window lies on the image?",
            sticking_out,
            *(
                on_padded(margins, fill)
                for margins in (same_padding, wherever_one_starts, lambda *_: (0, 1), lambda *_: (1, 1))
                for fill in (0.0, -np.inf)
            ),
        ),
        Misconception(
            "stride is the size",
            lambda x, size, stride: max_pool2d(x, size, size),
            "You moved each window by its own size. The step is `stride`; windows may overlap or leave gaps.",
        ),
        Misconception(
            "size swapped",
            lambda x, size, stride: max_pool2d(x, size[::-1], stride),
            "You swapped the two sizes of the window. The first is its height, the second its width.",
        ),
        Misconception(
            "strides swapped",
            lambda x, size, stride: max_pool2d(x, size, stride[::-1]),
            STRIDES_SWAPPED.diagnosis,
        ),
        Misconception(
            "over the channels too",
            lambda x, size, stride: max_pool2d(x, size, stride).max(axis=3, keepdims=True),
            "You took the maximum over the channels, too. Each channel is pooled by itself.",
        ),
        Misconception(
            "the first stride for both",
            lambda x, size, stride: max_pool2d(x, size, (stride[0], stride[0])),
            ROW_STRIDE.diagnosis,
        ),
        Misconception(
            "the second stride for both",
            lambda x, size, stride: max_pool2d(x, size, (stride[1], stride[1])),
            COLUMN_STRIDE.diagnosis,
        ),
        Misconception(
            "smallest",
            lambda x, size, stride: -max_pool2d(-x, size, stride),
            "That is the smallest entry of each window; the exercise asks for the largest.",
        ),
        Misconception(
            "channels mixed",
            mixed_channels,
            "A reshape has mixed the channels with the places: it does not move an axis.",
            "in a row of `im2col`, do the pixels of one channel stand together, or the channels of one pixel?",
        ),
        Misconception(
            "output channels first",
            lambda x, size, stride: channels_first(max_pool2d(x, size, stride)),
            "The numbers are right, but a reshape has dealt them out in the wrong order: it does not move an axis.",
            "in which order do the axes of your windows stand before the last reshape?",
        ),
        Misconception(
            "first entry",
            lambda x, size, stride: pool_windows(x, size, stride)[:, :, :, 0],
            "You took the first entry of each window; the exercise asks for its largest.",
        ),
    ],
)
