"""Wrong answers that learners gave to chapter 11."""

import numpy as np


def ends(size, kernel, stride, padding):
    """What is padded before and after, as TensorFlow does."""
    missing = max((-(-size // stride) - 1) * stride + kernel - size, 0) if padding == "SAME" else 0
    return missing // 2, missing - missing // 2


def padded(x, kernel_size, stride, padding):
    sides = [ends(x.shape[1 + i], kernel_size[i], stride[i], padding) for i in (0, 1)]
    return np.pad(x, ((0, 0), *sides, (0, 0))), sides


def corners(x, kernel_size, stride):
    """Where in the padded image each window of the output begins."""
    rows = range(0, x.shape[1] - kernel_size[0] + 1, stride[0])
    columns = range(0, x.shape[2] - kernel_size[1] + 1, stride[1])
    return [(i, j, top, left) for i, top in enumerate(rows) for j, left in enumerate(columns)]


def size_of(x, kernel_size, stride):
    return [(x.shape[1 + i] - kernel_size[i]) // stride[i] + 1 for i in (0, 1)]


def convolve(x, k, stride, padding):
    wide, _ = padded(x, k.shape[:2], stride, padding)
    out = np.zeros((len(x), *size_of(wide, k.shape[:2], stride), k.shape[3]))
    for i, j, top, left in corners(wide, k.shape[:2], stride):
        window = wide[:, top : top + k.shape[0], left : left + k.shape[1]]
        out[:, i, j] = np.tensordot(window, k, 3)
    return out


def turned_kernel(x, k, stride=(1, 1), padding="VALID"):
    return convolve(x, k[::-1, ::-1], stride, padding)


def one_stride_for_both(x, k, stride=(1, 1), padding="VALID"):
    return convolve(x, k, (stride[0], stride[0]), padding)


def size_as_a_float(x, k, stride=(1, 1), padding="VALID"):
    wide, _ = padded(x, k.shape[:2], stride, padding)
    return np.zeros((len(x), (wide.shape[1] - k.shape[0]) / stride[0] + 1, wide.shape[2], k.shape[3]))


def send_back(g, x, k, stride, padding, add=True, kernel_stride=None):
    wide, sides = padded(x, k.shape[:2], stride, padding)
    dx, dk = np.zeros(wide.shape), np.zeros(k.shape)
    high, across = k.shape[:2]
    for i, j, top, left in corners(wide, k.shape[:2], stride):
        part = np.tensordot(g[:, i, j], k, (1, 3))
        spot = dx[:, top : top + high, left : left + across]
        spot[...] = spot + part if add else part
        down, right = (top, left) if kernel_stride is None else (i * kernel_stride, j * kernel_stride)
        window = wide[:, down : down + high, right : right + across]
        dk += np.einsum("nhwc,no->hwco", window, g[:, i, j])
    (above, _), (before, _) = sides
    return dx[:, above : above + x.shape[1], before : before + x.shape[2]], dk


def kernel_without_stride(g, ans, x, k, stride=(1, 1), padding="VALID"):
    return send_back(g, x, k, stride, padding, kernel_stride=1)


def turned_kernel_gradient(g, ans, x, k, stride=(1, 1), padding="VALID"):
    dx, dk = send_back(g, x, k, stride, padding)
    return dx, dk[::-1, ::-1]


def overwritten_image_gradient(g, ans, x, k, stride=(1, 1), padding="VALID"):
    return send_back(g, x, k, stride, padding, add=False)


def channels_in_front(x, kernel_size, stride=(1, 1), padding="VALID"):
    wide, _ = padded(x, kernel_size, stride, padding)
    high, across = kernel_size
    n_entries = high * across * x.shape[3]
    rows = np.zeros((len(x), *size_of(wide, kernel_size, stride), n_entries))
    for i, j, top, left in corners(wide, kernel_size, stride):
        window = wide[:, top : top + high, left : left + across]
        rows[:, i, j] = np.moveaxis(window, 3, 1).reshape(len(x), n_entries)
    return rows.reshape(-1, n_entries) if len(x) else rows.reshape(0, n_entries)


def overwritten_image(cols, x_shape, kernel_size, stride=(1, 1), padding="VALID"):
    out, sides = padded(np.zeros(x_shape), kernel_size, stride, padding)
    high, across = kernel_size
    cols = cols.reshape(x_shape[0], *size_of(out, kernel_size, stride), high, across, x_shape[3])
    for i, j, top, left in corners(out, kernel_size, stride):
        out[:, top : top + high, left : left + across] = cols[:, i, j]
    (above, _), (before, _) = sides
    return out[:, above : above + x_shape[1], before : before + x_shape[2]]


def reshaped_out_of_order(x, size, stride):
    windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(1, 2))
    pooled = windows[:, :: stride[0], :: stride[1]].max(axis=(-1, -2))
    return np.moveaxis(pooled, 3, 1).reshape(pooled.shape)


def spread(g, x, size, stride, hits, put, first_only=False):
    out = np.zeros(x.shape)
    for n in range(len(x)):
        for i, j, top, left in corners(x, size, stride):
            for c in range(x.shape[3]):
                window = x[n, top : top + size[0], left : left + size[1], c]
                put(out[n, top : top + size[0], left : left + size[1], c], hits(window), g[n, i, j, c])
                if first_only:
                    return out
    return out


def all_ties(window):
    return window == window.max()


def first_tie(window):
    hit = np.zeros(window.shape, bool)
    hit.flat[np.argmax(window)] = True
    return hit


def add_share(spot, hit, g):
    spot += hit * g / hit.sum()


def add_whole(spot, hit, g):
    spot += hit * g


def assign_whole(spot, hit, g):
    spot[hit] = g


def first_tie_assigned(g, ans, x, size, stride):
    return spread(g, x, size, stride, first_tie, assign_whole)


def whole_to_each_tie(g, ans, x, size, stride):
    return spread(g, x, size, stride, all_ties, add_whole)


def return_in_the_loop(g, ans, x, size, stride):
    return spread(g, x, size, stride, all_ties, add_share, first_only=True)


WRONG = {
    "conv2d_naive": [turned_kernel, one_stride_for_both, size_as_a_float],
    "conv2d_vjp": [kernel_without_stride, turned_kernel_gradient, overwritten_image_gradient],
    "im2col": [channels_in_front],
    "col2im": [overwritten_image],
    "max_pool2d": [reshaped_out_of_order],
    "max_pool2d_vjp": [first_tie_assigned, whole_to_each_tie, return_in_the_loop],
}
