"""Right answers to chapter 11 in other words than the reference's."""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def size_by_counting(size, kernel, stride, padding):
    starts = range(0, size, stride)
    return len([s for s in starts if padding == "SAME" or s + kernel <= size])


def size_by_ceil(size, kernel, stride, padding):
    room = size if padding == "SAME" else size - kernel + 1
    return math.ceil(room / stride)


def padding_as_documented(size, kernel, stride):
    missing = max(kernel - stride, 0) if size % stride == 0 else max(kernel - size % stride, 0)
    return missing // 2, math.ceil(missing / 2)


def padding_one_by_one(size, kernel, stride):
    before = after = 0
    while (before + size + after - kernel) // stride + 1 < size_by_counting(size, kernel, stride, "SAME"):
        if after > before:
            before += 1
        else:
            after += 1
    return before, after


def margins(shape, size, stride, padding):
    pairs = [padding_as_documented(*axis) for axis in zip(shape[1:3], size, stride)]
    return [(0, 0), *(pairs if padding == "SAME" else [(0, 0)] * 2), (0, 0)]


def windows(x, size, stride, padding):
    """(n, rows, columns, kh, kw, channels), as a view."""
    padded = np.pad(x, margins(x.shape, size, stride, padding))
    view = sliding_window_view(padded, size, axis=(1, 2))[:, :: stride[0], :: stride[1]]
    return view.transpose(0, 1, 2, 4, 5, 3)


def conv_by_einsum(x, k, stride=(1, 1), padding="VALID"):
    return np.einsum("nhwijc,ijco->nhwo", windows(x, k.shape[:2], stride, padding), k)


def conv_by_shifts(x, k, stride=(1, 1), padding="VALID"):
    """One product for each entry of the kernel, over all windows at once."""
    (sh, sw), padded = stride, np.pad(x, margins(x.shape, k.shape[:2], stride, padding))
    rows = (padded.shape[1] - k.shape[0]) // sh + 1
    columns = (padded.shape[2] - k.shape[1]) // sw + 1
    out = np.zeros((x.shape[0], rows, columns, k.shape[3]))
    for i, j in np.ndindex(k.shape[:2]):
        out += padded[:, i : i + rows * sh : sh, j : j + columns * sw : sw][:, :rows, :columns] @ k[i, j]
    return out


def conv_window_by_window(x, k, stride=(1, 1), padding="VALID"):
    patches = windows(x, k.shape[:2], stride, padding)
    out = np.empty((*patches.shape[:3], k.shape[3]))
    for i, j in np.ndindex(patches.shape[1:3]):
        out[:, i, j] = np.tensordot(patches[:, i, j], k, axes=3)
    return out


def im2col_by_view(x, kernel_size, stride=(1, 1), padding="VALID"):
    patches = windows(x, kernel_size, stride, padding)
    return patches.reshape(int(np.prod(patches.shape[:3])), int(np.prod(patches.shape[3:])))


def im2col_by_index(x, kernel_size, stride=(1, 1), padding="VALID"):
    padded = np.pad(x, margins(x.shape, kernel_size, stride, padding))
    starts = [
        np.arange(0, n - k + 1, s)[:, None] + np.arange(k)
        for n, k, s in zip(padded.shape[1:3], kernel_size, stride)
    ]
    patches = padded[:, starts[0][:, None, :, None], starts[1][None, :, None, :]]
    return patches.reshape(int(np.prod(patches.shape[:3])), int(np.prod(patches.shape[3:])))


def col2im_by_index(cols, x_shape, kernel_size, stride=(1, 1), padding="VALID"):
    """Number the entries, see with im2col where each went, and collect them there."""
    places = np.arange(1, np.prod(x_shape) + 1, dtype=float).reshape(x_shape)
    went = im2col_by_view(places, kernel_size, stride, padding).astype(int)  # 0 is padding
    out = np.zeros(int(np.prod(x_shape)) + 1)
    np.add.at(out, went, cols)
    return out[1:].reshape(x_shape)


def col2im_by_shifts(cols, x_shape, kernel_size, stride=(1, 1), padding="VALID"):
    (top, bottom), (left, right) = margins(x_shape, kernel_size, stride, padding)[1:3]
    n, h, w, c = x_shape
    padded = np.zeros((n, h + top + bottom, w + left + right, c))
    sh, sw = stride
    rows = (padded.shape[1] - kernel_size[0]) // sh + 1
    columns = (padded.shape[2] - kernel_size[1]) // sw + 1
    parts = cols.reshape(n, rows, columns, *kernel_size, c)
    for i, j in np.ndindex(*kernel_size):
        padded[:, i : i + (rows - 1) * sh + 1 : sh, j : j + (columns - 1) * sw + 1 : sw] += parts[
            :, :, :, i, j
        ]
    return padded[:, top : top + h, left : left + w]


def conv_vjp_by_einsum(g, ans, x, k, stride=(1, 1), padding="VALID"):
    dk = np.einsum("nhwijc,nhwo->ijco", windows(x, k.shape[:2], stride, padding), g)
    parts = np.einsum("nhwo,ijco->nhwijc", g, k)
    cols = parts.reshape(int(np.prod(g.shape[:3])), int(np.prod(k.shape[:3])))
    return col2im_by_shifts(cols, x.shape, k.shape[:2], stride, padding), dk


def conv_vjp_by_a_convolution(g, ans, x, k, stride=(1, 1), padding="VALID"):
    """The textbook's way: g spread out by the stride, convolved with the turned and transposed kernel."""
    (kh, kw), (n, h, w, _) = k.shape[:2], x.shape
    (top, bottom), (left, right) = margins(x.shape, (kh, kw), stride, padding)[1:3]
    spread = np.zeros((n, h + top + bottom - kh + 1, w + left + right - kw + 1, k.shape[3]))
    spread[:, :: stride[0], :: stride[1]] = g
    ring = np.pad(spread, [(0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1), (0, 0)])
    dx = conv_by_einsum(ring, k[::-1, ::-1].transpose(0, 1, 3, 2))
    dk = np.einsum("nhwijc,nhwo->ijco", windows(x, (kh, kw), stride, padding), g)
    return [dx[:, top : top + h, left : left + w], dk]


def pool_by_view(x, size, stride):
    return windows(x, size, stride, "VALID").max(axis=(3, 4))


def pool_by_loops(x, size, stride):
    rows, columns = ((n - k) // s + 1 for n, k, s in zip(x.shape[1:3], size, stride))
    out = np.full((x.shape[0], rows, columns, x.shape[3]), -np.inf)
    for i, j, a, b in np.ndindex(rows, columns, *size):
        out[:, i, j] = np.maximum(out[:, i, j], x[:, i * stride[0] + a, j * stride[1] + b])
    return out


def pool_vjp_by_loops(g, ans, x, size, stride):
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(g.shape):
        place = np.s_[n, i * stride[0] : i * stride[0] + size[0], j * stride[1] : j * stride[1] + size[1], c]
        mask = x[place] == x[place].max()
        dx[place] += g[n, i, j, c] * mask / np.count_nonzero(mask)
    return dx


def pool_vjp_by_shares(g, ans, x, size, stride):
    largest = (windows(x, size, stride, "VALID") == ans[:, :, :, None, None]).astype(float)
    parts = g[:, :, :, None, None] * largest / largest.sum(axis=(3, 4), keepdims=True)
    rows = int(np.prod(g.shape[:3]))
    return col2im_by_index(parts.reshape(rows, size[0] * size[1] * x.shape[3]), x.shape, size, stride)


ALTERNATIVES = {
    "output_size": [size_by_counting, size_by_ceil],
    "same_padding": [padding_as_documented, padding_one_by_one],
    "conv2d_naive": [conv_by_einsum, conv_by_shifts],
    "im2col": [im2col_by_view, im2col_by_index],
    "conv2d": [conv_window_by_window, conv_by_shifts],
    "col2im": [col2im_by_index, col2im_by_shifts],
    "conv2d_vjp": [conv_vjp_by_einsum, conv_vjp_by_a_convolution],
    "max_pool2d": [pool_by_view, pool_by_loops],
    "max_pool2d_vjp": [pool_vjp_by_loops, pool_vjp_by_shares],
}
