"""max_pool2d_vjp: back to the largest entries."""

from collections.abc import Callable, Iterator

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch11_conv2d.col2im import col2im, col2im_overwriting
from revgraph.checks.chapters.ch11_conv2d.common import (
    LARGEST,
    POOL_GRADIENT,
    POOLED,
    POOLS,
    TORCH,
    Pair,
    numbers,
)
from revgraph.checks.chapters.ch11_conv2d.im2col import im2col
from revgraph.checks.chapters.ch11_conv2d.max_pool2d import max_pool2d, pool_windows
from revgraph.checks.chapters.common import Array, Rng
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


def max_pool2d_vjp_cases(rng: Rng) -> Iterator[Case]:
    tied = np.array([4.0, 1.0, -3.0, -3.0, 5.0, 5.0]).reshape(1, 1, 6, 1)
    yield pool_vjp_case(rng, tied, (1, 2), (1, 2))
    for shape, size, stride in POOLS:
        yield pool_vjp_case(rng, numbers(rng, shape), size, stride)
        yield pool_vjp_case(rng, rng.integers(-2, 1, shape).astype(float), size, stride)
    yield pool_vjp_case(rng, np.zeros((2, 3, 4, 2)), (2, 2), (1, 2))


def pool_vjp_case(rng: Rng, x: Array, size: Pair, stride: Pair) -> Case:
    ans = max_pool2d(x, size, stride)
    return case(numbers(rng, ans.shape), ans, x, size, stride)


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


MAX_POOL2D_VJP = Exercise(
    name="max_pool2d_vjp",
    points=10,
    reference=max_pool2d_vjp,
    cases=max_pool2d_vjp_cases,
    recorded=[
        Recorded(
            case(np.arange(1.0, 13.0).reshape(LARGEST.shape), LARGEST, POOLED, (2, 3), (1, 2)),
            POOL_GRADIENT,
            TORCH + "Tensor.backward(g), no ties",
        )
    ],
    next="which entries of a window share its gradient, and how many of them are there?",
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
    ],
)
