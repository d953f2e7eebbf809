"""max_pool2d_vjp: back to the largest entries."""

from collections.abc import Callable, Iterator

import numpy as np

from revgraph.checks.call import Case, case, edge, part
from revgraph.checks.chapters.ch11_conv2d.col2im import col2im, col2im_overwriting
from revgraph.checks.chapters.ch11_conv2d.common import (
    LARGEST,
    NO_IMAGES,
    POOL_GRADIENT,
    POOLED,
    POOLS,
    TORCH,
    Pair,
)
from revgraph.checks.chapters.ch11_conv2d.im2col import im2col
from revgraph.checks.chapters.ch11_conv2d.max_pool2d import max_pool2d, pool_windows
from revgraph.checks.chapters.common import Array, Rng, draw, fixed, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def max_pool2d_vjp(g: Array, ans: Array, x: Array, size: Pair, stride: Pair) -> Array:
    (n, oh, ow, channels), entries = ans.shape, size[0] * size[1]
    windows = im2col(x, size, stride).reshape(n, oh, ow, entries, channels)
    largest = windows == ans[:, :, :, np.newaxis]
    shares = g[:, :, :, np.newaxis] * largest / largest.sum(axis=3, keepdims=True)
    return col2im(shares.reshape(n * oh * ow, entries * channels), x.shape, size, stride)


def who_is_largest(ans: Array, x: Array, size: Pair, stride: Pair) -> Array:
    """Of each entry of each window, whether it equals the window's maximum."""
    return pool_windows(x, size, stride) == np.expand_dims(ans, 3)


def hand_back(
    g: Array, shares: Array, x: Array, size: Pair, stride: Pair, back: Callable[..., Array] = col2im
) -> Array:
    """Each entry of a window takes its share of the window's gradient."""
    parts = np.expand_dims(g, 3) * shares
    entries = size[0] * size[1] * x.shape[3]
    return back(parts.reshape(-1, entries), x.shape, size, stride)


ALONE, TIES, OVERLAP = "windows side by side", "ties", "overlapping windows"


def max_pool2d_vjp_cases(rng: Rng) -> Iterator[Case]:
    text = np.array([4.0, 1.0, -3.0, -3.0, 5.0, 5.0]).reshape(1, 1, 6, 1)
    yield pool_vjp_case(
        ALONE,
        rng,
        np.array([4.0, 1.0, -3.0, -2.0, 0.0, 5.0]).reshape(1, 1, 6, 1),
        (1, 2),
        (1, 2),
        np.array([1.0, 6.0, 2.0]),
    )
    yield pool_vjp_case(TIES, rng, text, (1, 2), (1, 2), np.array([1.0, 6.0, 2.0]))
    nearly_tied = np.array([2.0, 2.001, -1.001, -1.0]).reshape(1, 1, 4, 1)
    yield pool_vjp_case(ALONE, rng, nearly_tied, (1, 2), (1, 2), np.array([1.0, 6.0]))
    yield pool_vjp_case(OVERLAP, rng, nearly_tied, (1, 2), (1, 1), np.array([1.0, 6.0, 2.0]))
    for source in (fixed(), rng):
        for shape, size, stride in POOLS:
            if not shape[0]:
                continue
            overlapping = stride[0] < size[0] or stride[1] < size[1]
            yield pool_vjp_case(OVERLAP if overlapping else ALONE, source, draw(source, shape), size, stride)
            tied = source.integers(-2, 1, shape).astype(float)
            yield pool_vjp_case(TIES, source, tied, size, stride)
    yield pool_vjp_case(TIES, rng, np.zeros((2, 3, 4, 2)), (2, 2), (1, 2))
    nothing = np.zeros((0, 4, 5, 2))
    yield edge(NO_IMAGES, np.zeros((0, 2, 3, 2)), np.zeros((0, 2, 3, 2)), nothing, (2, 3), (2, 1))


def pool_vjp_case(name: str, rng: Rng, x: Array, size: Pair, stride: Pair, g: Array | None = None) -> Case:
    ans = max_pool2d(x, size, stride)
    return part(name, case(draw(rng, ans.shape) if g is None else g.reshape(ans.shape), ans, x, size, stride))


def first_maximum(g: Array, ans: Array, x: Array, size: Pair, stride: Pair) -> Array:
    largest = who_is_largest(ans, x, size, stride)
    return hand_back(g, largest & (np.cumsum(largest, axis=3) == 1), x, size, stride)


def overwriting(g: Array, ans: Array, x: Array, size: Pair, stride: Pair) -> Array:
    largest = who_is_largest(ans, x, size, stride)
    shares = largest / largest.sum(axis=3, keepdims=True)
    return hand_back(g, shares, x, size, stride, col2im_overwriting)


def spread(g: Array, ans: Array, x: Array, size: Pair, stride: Pair) -> Array:
    entries = size[0] * size[1]
    return hand_back(g, np.full((1, 1, 1, entries, 1), 1 / entries), x, size, stride)


def one_count(g: Array, ans: Array, x: Array, size: Pair, stride: Pair) -> Array:
    largest = who_is_largest(ans, x, size, stride)
    return hand_back(g, largest / max(largest.sum(), 1), x, size, stride)


def window_by_window(first: bool, shared: bool, write: str) -> Callable[..., Array]:
    """Loops over the windows, and writes with `=`: to the winners alone, or to the whole window."""

    def answer(g: Array, ans: Array, x: Array, size: Pair, stride: Pair) -> Array:
        out = np.zeros(x.shape)
        for n, i, j, c in np.ndindex(g.shape):
            place = np.s_[
                n, i * stride[0] : i * stride[0] + size[0], j * stride[1] : j * stride[1] + size[1], c
            ]
            hit = x[place] == ans[n, i, j, c]
            if first:
                hit = hit & (np.cumsum(hit).reshape(hit.shape) == 1)
            share = g[n, i, j, c] / (hit.sum() if shared else 1)
            out[place] = np.where(hit, share, out[place] if write == "winners" else 0.0)
        return out

    return answer


def first_window(g: Array, ans: Array, x: Array, size: Pair, stride: Pair) -> Array:
    first = np.zeros(g.shape)
    first[:1, :1, :1, :1] = g[:1, :1, :1, :1]
    return max_pool2d_vjp(first, ans, x, size, stride)


def largest_of_all(g: Array, ans: Array, x: Array, size: Pair, stride: Pair) -> Array:
    largest = pool_windows(x, size, stride) == x.max(initial=-np.inf)
    return hand_back(g, largest, x, size, stride)


def over_channels(g: Array, ans: Array, x: Array, size: Pair, stride: Pair) -> Array:
    windows = pool_windows(x, size, stride)
    largest = windows == windows.max(axis=(3, 4), keepdims=True)
    return hand_back(g, largest / largest.sum(axis=(3, 4), keepdims=True), x, size, stride)


def counted_over_channels(g: Array, ans: Array, x: Array, size: Pair, stride: Pair) -> Array:
    largest = who_is_largest(ans, x, size, stride)
    return hand_back(g, largest / largest.sum(axis=(3, 4), keepdims=True), x, size, stride)


MAX_POOL2D_VJP = Exercise(
    name="max_pool2d_vjp",
    points=10,
    parts={ALONE: 4, TIES: 3, OVERLAP: 3},
    uses=("im2col", "col2im", "output_size", "same_padding"),
    reference=max_pool2d_vjp,
    cases=max_pool2d_vjp_cases,
    recorded=[
        Recorded(
            part(OVERLAP, case(np.arange(1.0, 13.0).reshape(LARGEST.shape), LARGEST, POOLED, (2, 3), (1, 2))),
            POOL_GRADIENT,
            TORCH + "Tensor.backward(g), no ties",
        )
    ],
    next="which entries of a window share its gradient, and how many of them are there?",
    why="`im2col` lays the windows out, `col2im` sends the shares home and adds; in between stands the rule of max for one axis.",
    misconceptions=[
        Misconception(
            "first maximum only",
            first_maximum,
            "Only the first of several equal maxima gets a gradient. Here ties share it equally.",
            "how many entries of the window equal its maximum?",
        ),
        Misconception(
            "whole gradient to each",
            lambda g, ans, x, *how: hand_back(g, who_is_largest(ans, x, *how), x, *how),
            "Every maximum gets the whole gradient, so a tie hands out more than came in. They share it.",
            "how many entries of the window equal its maximum?",
        ),
        Misconception(
            "all of it to all",
            lambda g, ans, x, size, stride: hand_back(
                g, np.ones(pool_windows(x, size, stride).shape), x, size, stride
            ),
            "Every entry of a window got the window's whole gradient. Only the largest moved the result.",
        ),
        Misconception(
            "times the number",
            lambda g, ans, x, size, stride: max_pool2d_vjp(g * ans, ans, x, size, stride),
            "You multiplied each gradient by the number that was the largest. If that number grows by a little, the result "
            "grows by as much: the slope is 1.",
            "if the largest of 3, 5 and 2 grows by 0.1, by how much does the maximum grow?",
        ),
        Misconception(
            "to all entries",
            spread,
            "You spread the gradient over the whole window, as average pooling does. Only the largest entries "
            "moved the result.",
        ),
        Misconception(
            "overwrites",
            overwriting,
            "Where windows overlap, only the last one is left. A pixel that is the largest of two windows gets "
            "both gradients.",
        ),
        Misconception(
            "one count for all",
            one_count,
            "You divided by the number of maxima in all windows together. Each window shares its own gradient.",
            "which axis does the count go over, and does it stay?",
        ),
        Misconception(
            "g ignored",
            lambda g, *inputs: max_pool2d_vjp(np.ones_like(g), *inputs),
            "You found who shares, but not what: each window hands out its own entry of g.",
        ),
        *(
            Misconception(
                name,
                window_by_window(first, shared, write),
                diagnosis,
                "what is the difference between `=` and `+=`?",
            )
            for name, first, shared, write, diagnosis in (
                (
                    "first and last",
                    True,
                    False,
                    "winners",
                    "Only the first of several equal maxima gets a gradient, and a pixel that is the largest of two windows keeps that of the last one. Ties share, and paths add.",
                ),
                (
                    "first, and the last window",
                    True,
                    False,
                    "window",
                    "Only the first of several equal maxima gets a gradient, and where windows overlap, only the last one is left. Ties share, and paths add.",
                ),
                (
                    "winners overwritten",
                    False,
                    True,
                    "winners",
                    "A pixel that is the largest of two windows keeps the gradient of the last one. Paths add.",
                ),
                (
                    "whole to each, overwritten",
                    False,
                    False,
                    "winners",
                    "Every maximum gets the whole gradient, so that a tie hands out more than came in; and a pixel that is the largest of two windows keeps that of the last one. Ties share, and paths add.",
                ),
            )
        ),
        Misconception(
            "the first window alone",
            first_window,
            "Only the first window has handed out its gradient: the function returned after the first round of the loop.",
            "how far is your `return` indented?",
        ),
        Misconception(
            "the largest of all",
            largest_of_all,
            "Only the largest number of the whole array got a gradient. Each window has a largest one of its own.",
        ),
        *ways(
            "all channels together",
            "You took the channels of a window together. Each channel is a picture of its own, with a largest "
            "entry, and a count, of its own.",
            "over which axes of the window do maximum and count run?",
            over_channels,
            counted_over_channels,
        ),
        Misconception(
            "ones",
            lambda g, ans, x, size, stride: (max_pool2d_vjp(g, ans, x, size, stride) != 0) * 1.0,
            "You found the largest entries, but gave each 1. They get their window's entry of g, shared.",
        ),
    ],
)
