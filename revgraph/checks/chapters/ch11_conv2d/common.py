"""What the exercises of chapter 11 share: layouts that catch mistakes, and values from elsewhere."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from revgraph.checks.call import Case, part
from revgraph.checks.chapters.common import Array, Rng, Shape, fixed

Pair = tuple[int, int]

Layout = tuple[Shape, Shape, Pair, str]

# Images, kernels, stride, padding. All sizes differ, so that no axis can pass for another; the first are small
# enough to be read in a message. What each catches: strides that leave a remainder, a padding that depends on
# the stride, even kernels, a kernel of 1 x 1, strides larger than the kernel, a kernel as large as the image,
# no image at all.
LAYOUTS: list[Layout] = [
    ((1, 2, 3, 1), (1, 2, 1, 1), (1, 1), "VALID"),
    ((2, 5, 6, 3), (3, 2, 3, 4), (1, 1), "VALID"),
    ((2, 4, 5, 3), (4, 5, 3, 2), (1, 1), "VALID"),
    ((1, 1, 6, 1), (1, 2, 1, 1), (1, 3), "VALID"),
    ((2, 5, 6, 2), (2, 3, 2, 3), (1, 2), "VALID"),
    ((2, 6, 7, 2), (2, 1, 2, 3), (3, 2), "VALID"),
    ((1, 3, 2, 1), (2, 1, 1, 1), (1, 1), "SAME"),
    ((2, 4, 7, 1), (1, 1, 1, 2), (1, 1), "SAME"),
    ((2, 5, 4, 1), (3, 1, 1, 2), (1, 2), "SAME"),
    ((2, 6, 5, 2), (3, 2, 2, 3), (2, 3), "SAME"),
    ((2, 5, 7, 2), (2, 4, 2, 1), (2, 1), "SAME"),
    ((2, 6, 9, 1), (4, 5, 1, 2), (2, 3), "SAME"),
    ((2, 5, 4, 2), (1, 2, 2, 3), (3, 3), "SAME"),
    ((0, 4, 5, 2), (3, 2, 2, 3), (1, 1), "SAME"),
]
ONE, ANY, SAME = "stride 1", "other strides", "'SAME'"
NO_IMAGES = "a batch of no images"

# Images, window, stride. The first is small enough to be read in a message.
POOLS: list[tuple[Shape, Pair, Pair]] = [
    ((1, 1, 6, 1), (1, 2), (1, 2)),
    ((2, 5, 7, 3), (2, 2), (2, 2)),
    ((2, 4, 7, 2), (2, 3), (2, 3)),
    ((1, 2, 3, 1), (2, 2), (1, 1)),
    ((2, 4, 7, 2), (2, 3), (1, 2)),
    ((2, 7, 5, 2), (3, 2), (2, 3)),
    ((2, 6, 7, 3), (2, 1), (3, 2)),
    ((2, 3, 4, 3), (3, 4), (1, 1)),
    ((0, 4, 5, 2), (2, 3), (2, 1)),
]
SIDE_BY_SIDE, OTHER_STEPS = "windows side by side", "other strides"


def every_layout(rng: Rng) -> Iterator[tuple[Rng, Layout]]:
    """Each layout with numbers that no seed changes, then with those that the seed draws."""
    for source in (fixed(), rng):
        for layout in LAYOUTS:
            if layout[0][0] or source is rng:
                yield source, layout


def marked(layout: Layout, question: Case) -> Case:
    """As an edge case, or with the part to which its layout belongs."""
    x_shape, _, stride, padding = layout
    if not x_shape[0]:
        return replace(question, edge=NO_IMAGES)
    return part(SAME if padding == "SAME" else ONE if stride == (1, 1) else ANY, question)


def arguments(layout: Layout) -> tuple[Any, ...]:
    """Stride and padding, where they are not the defaults."""
    _, _, stride, padding = layout
    return () if (stride, padding) == ((1, 1), "VALID") else (stride, padding)


def channels_first(right: Array) -> Array:
    return right.transpose(0, 3, 1, 2).reshape(right.shape)


def whole(start: int, step: int, modulus: int, shape: Shape) -> Array:
    """Whole numbers that look random: enough to tell every mistake, easy to type elsewhere."""
    return (np.arange(float(np.prod(shape))) * step % modulus - start).reshape(shape)


def listed(numbers: str, shape: Shape) -> Array:
    return np.array([float(word) for word in numbers.split()]).reshape(shape)


X = whole(5, 7, 11, (2, 2, 3, 2))
K = whole(3, 5, 7, (2, 2, 2, 3))
G = whole(2, 3, 5, (2, 2, 2, 3))
COLS = whole(3, 3, 7, (8, 8))
POOLED = whole(20, 17, 41, (2, 4, 5, 1))
HOW = ((1, 2), "SAME")
TORCH = "PyTorch 2.13.0, "
CONVOLVED = listed("-4 -10 5 -8 -6 10 -8 14 1 13 -17 -5 -3 -18 16 0 11 15 5 -19 -1 11 -4 2", (2, 2, 2, 3))
X_GRADIENT = listed("8 6 -3 -5 -6 -6 -5 -5 2 16 4 3 7 8 -5 -4 8 6 -9 -8 -7 1 -5 -5", X.shape)
K_GRADIENT = listed("15 -1 3 -22 10 7 1 12 -12 -10 4 3 0 -1 3 -10 -6 8 5 2 4 -5 1 -3", K.shape)
UNFOLDED = listed(
    "-5 2 -2 5 4 0 -4 3  1 -3 0 0 -1 -5 0 0  4 0 -4 3 0 0 0 0  -1 -5 0 0 0 0 0 0 "
    "2 -2 5 1 0 -4 3 -1  -3 4 0 0 -5 2 0 0  0 -4 3 -1 0 0 0 0  -5 2 0 0 0 0 0 0",
    (8, 8),
)
FOLDED = listed("-3 0 3 -1 0 3 5 -3 3 -5 -3 3 2 -2 1 -3 -2 1 1 0 -1 5 0 -1", X.shape)
LARGEST = listed("17 17 20 20 20 20 12 19 15 8 18 11", (2, 3, 2, 1))
POOL_GRADIENT = listed(
    "0 0 0 0 0 0 0 3 0 0 0 0 18 0 0 0 0 0 0 0  0 0 0 0 8 0 7 0 0 0 0 9 0 10 0 0 11 0 12 0", POOLED.shape
)
