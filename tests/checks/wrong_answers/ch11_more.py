"""Wrong answers to chapter 11, as learners write them."""

import math

import numpy as np

from revgraph.checks import exercises


def piece(name):
    return exercises()[name].reference


def conv2d_naive_edge_padded(x, k, stride=(1, 1), padding="VALID"):
    (kh, kw, _, out), (sh, sw) = k.shape, stride
    if padding == "SAME":
        x = np.pad(
            x,
            (
                (0, 0),
                piece("same_padding")(x.shape[1], kh, sh),
                piece("same_padding")(x.shape[2], kw, sw),
                (0, 0),
            ),
            mode="edge",
        )
    oh, ow = (x.shape[1] - kh) // sh + 1, (x.shape[2] - kw) // sw + 1
    ans = np.zeros((len(x), oh, ow, out))
    for i in range(oh):
        for j in range(ow):
            ans[:, i, j] = np.tensordot(x[:, i * sh : i * sh + kh, j * sw : j * sw + kw], k, 3)
    return ans


def im2col_edge_padded(x, size, stride=(1, 1), padding="VALID"):
    (kh, kw), (sh, sw) = size, stride
    if padding == "SAME":
        x = np.pad(
            x,
            (
                (0, 0),
                piece("same_padding")(x.shape[1], kh, sh),
                piece("same_padding")(x.shape[2], kw, sw),
                (0, 0),
            ),
            mode="edge",
        )
    oh, ow = (x.shape[1] - kh) // sh + 1, (x.shape[2] - kw) // sw + 1
    return np.array(
        [
            x[n, i * sh : i * sh + kh, j * sw : j * sw + kw].ravel()
            for n in range(len(x))
            for i in range(oh)
            for j in range(ow)
        ]
    )


def conv2d_edge_padded(x, k, stride=(1, 1), padding="VALID"):
    (kh, kw, _, out), (sh, sw) = k.shape, stride
    if padding == "SAME":
        x = np.pad(
            x,
            (
                (0, 0),
                piece("same_padding")(x.shape[1], kh, sh),
                piece("same_padding")(x.shape[2], kw, sw),
                (0, 0),
            ),
            mode="edge",
        )
    oh, ow = (x.shape[1] - kh) // sh + 1, (x.shape[2] - kw) // sw + 1
    ans = np.zeros((len(x), oh, ow, out))
    for i in range(oh):
        for j in range(ow):
            ans[:, i, j] = np.tensordot(x[:, i * sh : i * sh + kh, j * sw : j * sw + kw], k, 3)
    return ans


def max_pool2d_vjp_over_channels(g, ans, x, size, stride):
    out = np.zeros(x.shape)
    for n in range(g.shape[0]):
        for i in range(g.shape[1]):
            for j in range(g.shape[2]):
                w = x[n, i * stride[0] : i * stride[0] + size[0], j * stride[1] : j * stride[1] + size[1]]
                hit = w == w.max()
                out[n, i * stride[0] : i * stride[0] + size[0], j * stride[1] : j * stride[1] + size[1]] += (
                    hit * g[n, i, j] / hit.sum()
                )
    return out


def max_pool2d_vjp_shared_over_channels(g, ans, x, size, stride):
    out = np.zeros(x.shape)
    for n in range(g.shape[0]):
        for i in range(g.shape[1]):
            for j in range(g.shape[2]):
                w = x[n, i * stride[0] : i * stride[0] + size[0], j * stride[1] : j * stride[1] + size[1]]
                hit = w == ans[n, i, j]
                out[n, i * stride[0] : i * stride[0] + size[0], j * stride[1] : j * stride[1] + size[1]] += (
                    hit * g[n, i, j] / hit.sum()
                )
    return out


def max_pool2d_vjp_near_the_largest(g, ans, x, size, stride):
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(g.shape):
        place = np.s_[n, i * stride[0] : i * stride[0] + size[0], j * stride[1] : j * stride[1] + size[1], c]
        hit = np.isclose(x[place], ans[n, i, j, c], rtol=0.01)
        dx[place] += g[n, i, j, c] * hit / hit.sum()
    return dx


def same_padding_rounded_up(size, kernel, stride):
    missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return math.ceil(missing / 2), math.ceil(missing / 2)


def same_padding_in_front(size, kernel, stride):
    return max((-(-size // stride) - 1) * stride + kernel - size, 0), 0


def _conv2d(x, k, patches, places):
    return (patches @ k.reshape(-1, k.shape[3])).reshape(len(x), *places, k.shape[3])


def _places(x, k, stride, padding):
    axes = zip(x.shape[1:3], k.shape[:2], stride)
    return [piece("output_size")(size, kernel, step, padding) for size, kernel, step in axes]


def conv2d_as_large_as_the_image(x, k, stride=(1, 1), padding="VALID"):
    patches = piece("im2col")(x, k.shape[:2], stride, padding)
    return _conv2d(x, k, patches, x.shape[1:3])


def conv2d_size_of_stride_one(x, k, stride=(1, 1), padding="VALID"):
    patches = piece("im2col")(x, k.shape[:2], stride, padding)
    return _conv2d(x, k, patches, _places(x, k, (1, 1), padding))


def conv2d_size_of_valid(x, k, stride=(1, 1), padding="VALID"):
    im2col = piece("im2col")
    patches = im2col(x, k.shape[:2], stride, padding)
    return _conv2d(x, k, patches, _places(x, k, stride, "VALID"))


def conv2d_patches_without_stride(x, k, stride=(1, 1), padding="VALID"):
    im2col = piece("im2col")
    patches = im2col(x, k.shape[:2], padding=padding)
    return _conv2d(x, k, patches, _places(x, k, stride, padding))


WRONG = {
    "conv2d_naive": [conv2d_naive_edge_padded],
    "im2col": [im2col_edge_padded],
    "conv2d": [
        conv2d_edge_padded,
        conv2d_as_large_as_the_image,
        conv2d_size_of_stride_one,
        conv2d_size_of_valid,
        conv2d_patches_without_stride,
    ],
    "max_pool2d_vjp": [
        max_pool2d_vjp_over_channels,
        max_pool2d_vjp_shared_over_channels,
        max_pool2d_vjp_near_the_largest,
    ],
    "same_padding": [same_padding_rounded_up, same_padding_in_front],
}

SAID = {
    "conv2d_patches_without_stride": "`im2col` was not told the stride",
    "same_padding_rounded_up": "you rounded up on both sides",
    "same_padding_in_front": "You put all zeros in front",
}

NOT_SAID = {
    "conv2d_as_large_as_the_image": "was not told",
    "conv2d_size_of_stride_one": "was not told",
    "conv2d_size_of_valid": "was not told",
}
