"""conv2d_vjp: the gradients of images and kernels."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, part
from revgraph.checks.chapters.ch11_conv2d.col2im import col2im, col2im_one_apart, col2im_overwriting
from revgraph.checks.chapters.ch11_conv2d.common import (
    ANY,
    CONVOLVED,
    HOW,
    K_GRADIENT,
    ONE,
    SAME,
    TORCH,
    X_GRADIENT,
    G,
    K,
    Pair,
    X,
    arguments,
    every_layout,
    marked,
)
from revgraph.checks.chapters.ch11_conv2d.given import margins, surround
from revgraph.checks.chapters.ch11_conv2d.im2col import im2col
from revgraph.checks.chapters.ch11_conv2d.im2col import one_apart as im2col_one_apart
from revgraph.checks.chapters.ch11_conv2d.machine import convolve, mirrored
from revgraph.checks.chapters.common import Array, Rng, draw, ways
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
    for source, layout in every_layout(rng):
        x, k = draw(source, layout[0]), draw(source, layout[1])
        ans = convolve(x, k, *layout[2:])
        yield marked(layout, case(draw(source, ans.shape), ans, x, k, *arguments(layout)))


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


def dx_one_apart(g: Array, x: Array, k: Array, stride: Pair, padding: str) -> Gradients:
    return backward(g, x, k, stride, padding, back=col2im_one_apart)


def dk_one_apart(g: Array, x: Array, k: Array, stride: Pair, padding: str) -> Gradients:
    return backward(g, x, k, stride, padding, forth=im2col_one_apart)


def dk_averaged(g: Array, x: Array, k: Array, *how: Any) -> Gradients:
    dx, dk = backward(g, x, k, *how)
    return dx, dk / max(len(x), 1)


def flip_first(gradients: Gradients) -> Gradients:
    return gradients[0][:, ::-1, ::-1].copy(), gradients[1]


def divide_second(gradients: Gradients, number: int) -> Gradients:
    return gradients[0], gradients[1] / max(number, 1)


def as_matrix(gradients: Gradients) -> Gradients:
    return gradients[0], gradients[1].reshape(-1, gradients[1].shape[3])


def cut_with_a_minus(
    g: Array, ans: Array, x: Array, k: Array, stride: Pair = (1, 1), padding: str = "VALID"
) -> Gradients:
    dx, dk = conv2d_vjp(g, ans, x, k, stride, padding)
    (top, bottom), (left, right) = margins(x.shape, k.shape[:2], stride, padding)
    return surround(dx, (top, bottom), (left, right))[:, top:-bottom, left:-right], dk


def without_stride(function: Callable[..., Array]) -> Callable[..., Array]:
    """As if it had not been given the stride, so that its sizes differ from those of the forward pass."""
    return lambda x, shape, *how: function(x, shape, *how[:-2], (1, 1), how[-1])


CONV2D_VJP = Exercise(
    name="conv2d_vjp",
    points=15,
    parts={ONE: 6, ANY: 5, SAME: 4},
    uses=("im2col", "col2im", "output_size", "same_padding"),
    reference=conv2d_vjp,
    cases=conv2d_vjp_cases,
    recorded=[
        Recorded(
            part(SAME, case(G, CONVOLVED, X, K, *HOW)), (X_GRADIENT, K_GRADIENT), TORCH + "Tensor.backward(g)"
        )
    ],
    next="forward is im2col, a product of matrices, a reshape. Take them in reverse: what does each send back?",
    why="three known rules in reverse order: the reshape, the product of matrices, and `col2im` for `im2col`.",
    misconceptions=[
        Misconception(
            "times the result",
            lambda g, ans, x, k, stride=(1, 1), padding="VALID": conv2d_vjp(
                g * ans, ans, x, k, stride, padding
            ),
            "You multiplied g by the result. What comes back depends on g, x and k; `ans` is not needed.",
            "y = w · x. Which slope has y for w, and where in it does y stand?",
        ),
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
        *ways(
            "a call without the stride",
            "A call without the stride has more windows than the forward pass, and the sizes do not fit.",
            "do `im2col` and `col2im` both get `stride`?",
            wrong_vjp(partial(backward, back=without_stride(col2im))),
            wrong_vjp(partial(backward, forth=without_stride(im2col))),
        ),
        Misconception(
            "cuts with a minus",
            cut_with_a_minus,
            "Where there is nothing to cut off at the end, the input's gradient is empty: a slice that ends at `-0` ends at 0.",
            "count from the front instead: at which row does the real picture end?",
            seen=lambda source: ":-" in source.replace(" ", ""),
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
        Misconception(
            "kernel gradient ignores the stride",
            wrong_vjp(dk_one_apart),
            "The input's gradient is right. For the kernel's, you took windows one pixel apart; take those of the forward pass.",
            "do both calls get `stride`?",
        ),
        Misconception(
            "input gradient ignores the stride",
            wrong_vjp(dx_one_apart),
            "The kernel's gradient is right. The input's was put back one pixel apart; the windows stood `stride` apart.",
            "do both calls get `stride`?",
        ),
        Misconception(
            "input gradient flipped",
            wrong_vjp(lambda g, x, k, *how: flip_first(backward(g, x, k, *how))),
            "The input's gradient came out mirrored. Its upper left entry belongs to the upper left pixel.",
        ),
        Misconception(
            "divided by the places",
            wrong_vjp(lambda g, x, k, *how: divide_second(backward(g, x, k, *how), g.shape[1] * g.shape[2])),
            "You averaged the kernel's gradient over the places. Every place is a path to the loss, and paths add.",
        ),
        Misconception(
            "input gradient alone",
            wrong_vjp(lambda *inputs: backward(*inputs)[0]),
            "You returned the input's gradient alone. The kernel has one, too.",
        ),
        Misconception(
            "kernel gradient as a matrix",
            wrong_vjp(lambda g, x, k, *how: as_matrix(backward(g, x, k, *how))),
            "The kernel's gradient is still a matrix. Give it the shape of `k`.",
        ),
    ],
)
