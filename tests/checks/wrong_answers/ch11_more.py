"""Wrong answers to chapter 11, as learners write them."""

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


WRONG = {
    "conv2d_naive": [conv2d_naive_edge_padded],
    "im2col": [im2col_edge_padded],
    "conv2d": [conv2d_edge_padded],
    "max_pool2d_vjp": [max_pool2d_vjp_over_channels, max_pool2d_vjp_shared_over_channels],
}
