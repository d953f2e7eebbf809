"""col2im: every row back to where its window was."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch11_conv2d.common import COLS, FOLDED, HOW, LAYOUTS, TORCH, Pair, X, numbers
from revgraph.checks.chapters.ch11_conv2d.given import margins, output_shape
from revgraph.checks.chapters.ch11_conv2d.machine import ONE_APART
from revgraph.checks.chapters.common import Array, Rng, Shape
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
    for x_shape, k_shape, stride, padding in [((1, 1, 4, 1), (1, 2), (1, 1), "VALID"), *LAYOUTS]:
        size = k_shape[:2]
        rows, columns = output_shape(x_shape, size, stride, padding)
        cols = numbers(rng, (x_shape[0] * rows * columns, int(np.prod(size)) * x_shape[3]))
        how = () if (stride, padding) == ((1, 1), "VALID") else (stride, padding)
        yield case(cols, x_shape, size, *how)


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
    reference=col2im,
    cases=col2im_cases,
    recorded=[
        Recorded(case(COLS, X.shape, (2, 2), *HOW), FOLDED, TORCH + "nn.functional.fold, channels moved last")
    ],
    next="`im2col` read a window of the padded image into a row. Where does the row go back to?",
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
            "You cut the margins off behind only. The zeros in front are still there, and the picture has moved.",
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
    ],
)
