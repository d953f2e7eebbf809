"""conv2d_vjp: the gradients of images and kernels."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch11_conv2d.col2im import col2im, col2im_one_apart, col2im_overwriting
from revgraph.checks.chapters.ch11_conv2d.common import (
    CONVOLVED,
    HOW,
    K_GRADIENT,
    TORCH,
    X_GRADIENT,
    G,
    K,
    Pair,
    X,
    numbers,
)
from revgraph.checks.chapters.ch11_conv2d.im2col import im2col
from revgraph.checks.chapters.ch11_conv2d.im2col import one_apart as im2col_one_apart
from revgraph.checks.chapters.ch11_conv2d.machine import conv2d_cases, convolve, mirrored
from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded

Gradients = tuple[Array, Array]


def conv2d_vjp(
    g: Array, ans: Array, x: Array, k: Array, stride: Pair = (1, 1), padding: str = "VALID"
) -> Gradients:
    kernel_size, out = k.shape[:2], k.shape[3]
    g_rows = g.reshape(-1, out)
    patches = im2col(x, kernel_size, stride, padding)
    dx = col2im(g_rows @ k.reshape(-1, out).T, x.shape, kernel_size, stride, padding)
    dk = (patches.T @ g_rows).reshape(k.shape)
    return dx, dk


def conv2d_vjp_cases(rng: Rng) -> Iterator[Case]:
    for question in conv2d_cases(rng):
        x, k, *how = question.args
        ans = convolve(x, k, *(how or ((1, 1), "VALID")))
        yield case(numbers(rng, ans.shape), ans, *question.args)


def backward(
    g: Array,
    x: Array,
    k: Array,
    stride: Pair,
    padding: str,
    back: Callable[..., Array] = col2im,
    forth: Callable[..., Array] = im2col,
) -> Gradients:
    """(dx, dk); ``back`` carries the gradient of the patches to the images, ``forth`` cuts the patches."""
    g_rows, how = g.reshape(-1, k.shape[3]), (k.shape[:2], stride, padding)
    dx = back(g_rows @ k.reshape(-1, k.shape[3]).T, x.shape, *how)
    return dx, (forth(x, *how).T @ g_rows).reshape(k.shape)


def wrong_vjp(change: Callable[[Array, Array, Array, Pair, str], Any]) -> Callable[..., Any]:
    def answer(
        g: Array, ans: Array, x: Array, k: Array, stride: Pair = (1, 1), padding: str = "VALID"
    ) -> Any:
        return change(g, x, k, stride, padding)

    return answer


def dx_mirrored(g: Array, x: Array, k: Array, *how: Any) -> Gradients:
    return backward(g, x, mirrored(k), *how)


def dk_mirrored(g: Array, x: Array, k: Array, *how: Any) -> Gradients:
    dx, dk = backward(g, x, k, *how)
    return dx, mirrored(dk).copy()


def one_apart(g: Array, x: Array, k: Array, stride: Pair, padding: str) -> Gradients:
    return backward(g, x, k, stride, padding, back=col2im_one_apart, forth=im2col_one_apart)


def dk_averaged(g: Array, x: Array, k: Array, *how: Any) -> Gradients:
    dx, dk = backward(g, x, k, *how)
    return dx, dk / max(len(x), 1)


CONV2D_VJP = Exercise(
    name="conv2d_vjp",
    points=15,
    reference=conv2d_vjp,
    cases=conv2d_vjp_cases,
    recorded=[
        Recorded(case(G, CONVOLVED, X, K, *HOW), (X_GRADIENT, K_GRADIENT), TORCH + "Tensor.backward(g)")
    ],
    next="forward is im2col, a product of matrices, a reshape. Take them in reverse: what does each send back?",
    misconceptions=[
        Misconception(
            "mirrored kernel",
            wrong_vjp(dx_mirrored),
            "The input's gradient used a mirrored kernel. Each pixel gets g times the kernel entry that "
            "it met on the way forward.",
            "`col2im` puts each window's share back in place. Is there anything left to turn around?",
        ),
        Misconception(
            "mirrored kernel gradient",
            wrong_vjp(dk_mirrored),
            "The kernel's gradient came out mirrored. Its upper left entry belongs to the upper left pixel of "
            "each window.",
        ),
        Misconception(
            "ignores the stride",
            wrong_vjp(one_apart),
            "Your backward pass takes windows one pixel apart. It needs the windows of the forward pass.",
            "do `im2col` and `col2im` both get `stride`?",
        ),
        Misconception(
            "stride and padding left out",
            lambda g, ans, x, k, *how: backward(g, x, k, (1, 1), "VALID"),
            "Your backward pass is right for stride 1 without padding, and knows of nothing else.",
            "which arguments do `im2col` and `col2im` need, to cut the same windows as the forward pass?",
        ),
        Misconception(
            "averages over the batch",
            wrong_vjp(dk_averaged),
            "You averaged the kernel's gradient over the images. Every image is a path to the loss, and paths add.",
        ),
        Misconception(
            "overwrites",
            wrong_vjp(
                lambda g, x, k, stride, padding: backward(g, x, k, stride, padding, col2im_overwriting)
            ),
            "In the input's gradient, windows that overlap overwrite each other. Their gradients add.",
        ),
        Misconception(
            "swapped",
            wrong_vjp(lambda *inputs: backward(*inputs)[::-1]),
            "The two gradients are in the wrong order: x's comes first.",
        ),
        Misconception(
            "g ignored",
            wrong_vjp(lambda g, *inputs: backward(np.ones_like(g), *inputs)),
            "That is right for a g of ones. Each number of the output has its own upstream gradient.",
        ),
    ],
)
