"""col2im: every row back to where its window was."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, part
from revgraph.checks.chapters.ch11_conv2d.common import (
    ANY,
    COLS,
    FOLDED,
    HOW,
    ONE,
    SAME,
    TORCH,
    Pair,
    X,
    arguments,
    every_layout,
    marked,
)
from revgraph.checks.chapters.ch11_conv2d.given import margins, output_shape
from revgraph.checks.chapters.ch11_conv2d.machine import COLUMN_STRIDE, ONE_APART, ROW_STRIDE, STRIDES_SWAPPED
from revgraph.checks.chapters.common import Array, Rng, Shape, draw
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def col2im(
    cols: Array, x_shape: Shape, kernel_size: Pair, stride: Pair = (1, 1), padding: str = "VALID"
) -> Array:
    (n, h, w, channels), (kh, kw), (sh, sw) = x_shape, kernel_size, stride
    oh, ow = output_shape(x_shape, kernel_size, stride, padding)
    (top, bottom), (left, right) = margins(x_shape, kernel_size, stride, padding)
    padded = np.zeros((n, top + h + bottom, left + w + right, channels))
    patches = cols.reshape(n, oh, ow, kh, kw, channels)
    for i, j in np.ndindex(kh, kw):  # fewer rounds than over the windows
        padded[:, i : i + oh * sh : sh, j : j + ow * sw : sw] += patches[:, :, :, i, j]
    return padded[:, top : top + h, left : left + w]


def col2im_cases(rng: Rng) -> Iterator[Case]:
    yield part(ONE, case(np.array([[10.0, 1.0], [20.0, 2.0], [30.0, 3.0]]), (1, 1, 4, 1), (1, 2)))
    for source, layout in every_layout(rng):
        x_shape, k_shape, stride, padding = layout
        rows, columns = output_shape(x_shape, k_shape[:2], stride, padding)
        cols = draw(source, (x_shape[0] * rows * columns, int(np.prod(k_shape[:3]))))
        yield marked(layout, case(cols, x_shape, k_shape[:2], *arguments(layout)))


def wrong_col2im(change: Callable[[Array, Shape, Pair, Pair, str], Array]) -> Callable[..., Array]:
    def answer(
        cols: Array, x_shape: Shape, kernel_size: Pair, stride: Pair = (1, 1), padding: str = "VALID"
    ) -> Array:
        return change(cols, x_shape, kernel_size, stride, padding)

    return answer


def with_margins(
    cols: Array,
    x_shape: Shape,
    kernel_size: Pair,
    stride: Pair,
    padding: str,
    apart: Pair | None = None,
    overwrite: bool = False,
) -> Array:
    """The sum over windows, one by one, with the margins still around it."""
    (kh, kw), (sh, sw), (n, h, w, channels) = kernel_size, apart or stride, x_shape
    oh, ow = output_shape(x_shape, kernel_size, stride, padding)
    (top, bottom), (left, right) = margins(x_shape, kernel_size, stride, padding)
    padded = np.zeros((n, top + h + bottom, left + w + right, channels))
    patches = cols.reshape(n, oh, ow, kh, kw, channels)
    for i, j in np.ndindex(oh, ow):
        window = padded[:, i * sh : i * sh + kh, j * sw : j * sw + kw]
        window[...] = patches[:, i, j] + (0 if overwrite else window)
    return padded


def altered(**change: Any) -> Callable[..., Array]:
    def answer(cols: Array, x_shape: Shape, kernel_size: Pair, stride: Pair, padding: str) -> Array:
        (top, _), (left, _) = margins(x_shape, kernel_size, stride, padding)
        padded = with_margins(cols, x_shape, kernel_size, stride, padding, **change)
        return padded[:, top : top + x_shape[1], left : left + x_shape[2]]

    return wrong_col2im(answer)


def col2im_of(cols: Array, shape: Shape, size: Pair, stride: Pair, padding: str, apart: Pair) -> Array:
    """Windows put back at another distance; what sticks out there is lost."""
    (kh, kw), (n, h, w, channels) = size, shape
    oh, ow = output_shape(shape, size, stride, padding)
    (top, _), (left, _) = margins(shape, size, stride, padding)
    wide = np.zeros((n, oh * apart[0] + kh + top + h, ow * apart[1] + kw + left + w, channels))
    patches = cols.reshape(n, oh, ow, kh, kw, channels)
    for i, j in np.ndindex(oh, ow):
        wide[:, i * apart[0] : i * apart[0] + kh, j * apart[1] : j * apart[1] + kw] += patches[:, i, j]
    return wide[:, top : top + h, left : left + w]


def cut_with_a_minus(
    cols: Array, x_shape: Shape, kernel_size: Pair, stride: Pair = (1, 1), padding: str = "VALID"
) -> Array:
    (top, bottom), (left, right) = margins(x_shape, kernel_size, stride, padding)
    return with_margins(cols, x_shape, kernel_size, stride, padding)[:, top:-bottom, left:-right]


def first_window(cols: Array, shape: Shape, *how: Any) -> Array:
    first = np.zeros(cols.shape)
    per_image = len(cols) // max(shape[0], 1)
    first[:: max(per_image, 1)] = cols[:: max(per_image, 1)]
    return col2im(first, shape, *how)


def turned(cols: Array, shape: Shape, size: Pair) -> Array:
    windows = cols.reshape(len(cols), size[1], size[0], shape[3])
    return windows.transpose(0, 2, 1, 3).reshape(cols.shape)


col2im_overwriting = altered(overwrite=True)
col2im_one_apart = altered(apart=(1, 1))


def averaging(cols: Array, shape: Shape, *how: Any) -> Array:
    copies = col2im(np.ones_like(cols), shape, *how)
    return col2im(cols, shape, *how) / np.maximum(copies, 1)


def from_the_corner(cols: Array, shape: Shape, size: Pair, stride: Pair, padding: str) -> Array:
    """The margins are cut off at the far end only."""
    return with_margins(cols, shape, size, stride, padding)[:, : shape[1], : shape[2]]


def channels_first(cols: Array, shape: Shape, size: Pair, *how: Any) -> Array:
    reread = cols.reshape(len(cols), shape[3], *size).transpose(0, 2, 3, 1)
    return col2im(reread.reshape(cols.shape), shape, size, *how)


COL2IM = Exercise(
    name="col2im",
    points=10,
    parts={ONE: 4, ANY: 3, SAME: 3},
    uses=("output_size", "same_padding"),
    reference=col2im,
    cases=col2im_cases,
    recorded=[
        Recorded(
            part(SAME, case(COLS, X.shape, (2, 2), *HOW)),
            FOLDED,
            TORCH + "nn.functional.fold, channels moved last",
        )
    ],
    next="`im2col` read a window of the padded image into a row. Where does the row go back to?",
    why="`im2col` with the arrow turned round: what stood on the right of `=` stands on the left of `+=`.",
    misconceptions=[
        Misconception(
            "overwrites",
            col2im_overwriting,
            "Where windows overlap, only the last one is left. Each copy is a path to the loss, and paths add.",
            "what is the difference between `=` and `+=` on a piece of an array?",
        ),
        Misconception(
            "averages",
            wrong_col2im(averaging),
            "You divided by the number of windows that share a pixel. That would undo `im2col`; "
            "what we need is its adjoint, and that one sums.",
            "which chapter summed copies, and why did it not average them?",
        ),
        Misconception(
            "keeps the margins",
            wrong_col2im(with_margins),
            "Yours still has the zeros around it. The result has the shape `x_shape`.",
            "how many rows and columns did the padding add in front?",
        ),
        Misconception(
            "cuts only behind",
            wrong_col2im(from_the_corner),
            "You cut the margins off at the end only. The zeros in front are still there, and the picture has moved.",
            "at which row of the padded picture does the real one begin?",
        ),
        Misconception(
            "ignores the stride",
            col2im_one_apart,
            "You put the windows back one pixel apart. They go back to where they were taken from.",
            ONE_APART.next,
        ),
        Misconception(
            "channels first",
            wrong_col2im(channels_first),
            "You read each row channel by channel. `im2col` wrote it pixel by pixel, channels last.",
        ),
        Misconception(
            "cuts with a minus",
            cut_with_a_minus,
            "Where there is nothing to cut off at the end, your result is empty: a slice that ends at `-0` ends at 0.",
            "count from the front instead: at which row does the real picture end?",
            seen=lambda source: ":-" in source.replace(" ", ""),
        ),
        Misconception(
            "empty without margins",
            lambda *inputs: cut_with_a_minus(*inputs),
            "Where there are no margins at the end, your result is empty.",
            "what do `top`, `bottom`, `left` and `right` make of your slices if they are 0?",
        ),
        Misconception(
            "the first stride for both",
            wrong_col2im(
                lambda c, shape, size, s, padding: col2im_of(c, shape, size, s, padding, (s[0], s[0]))
            ),
            ROW_STRIDE.diagnosis,
        ),
        Misconception(
            "the second stride for both",
            wrong_col2im(
                lambda c, shape, size, s, padding: col2im_of(c, shape, size, s, padding, (s[1], s[1]))
            ),
            COLUMN_STRIDE.diagnosis,
        ),
        Misconception(
            "strides swapped",
            wrong_col2im(lambda c, shape, size, s, padding: col2im_of(c, shape, size, s, padding, s[::-1])),
            STRIDES_SWAPPED.diagnosis,
        ),
        Misconception(
            "the first window alone",
            wrong_col2im(first_window),
            "Only the first window has come home: the function returned after the first round of the loop.",
            "how far is your `return` indented?",
        ),
        Misconception(
            "pixels column by column",
            wrong_col2im(lambda c, shape, size, *how: col2im(turned(c, shape, size), shape, size, *how)),
            "You read each row column by column. `im2col` wrote the window row by row.",
        ),
    ],
)
