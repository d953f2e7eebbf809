"""More wrong answers to chapter 11, as learners write them."""

import numpy as np


def output_size_floor(size, kernel, stride, padding):
    return size // stride if padding == "SAME" else (size - kernel) // stride + 1


def output_size_without_one(size, kernel, stride, padding):
    return -(-size // stride) if padding == "SAME" else (size - kernel) // stride


def output_size_one_outside(size, kernel, stride, padding):
    return -(-size // stride) if padding == "SAME" else (size - kernel + 1) // stride


def output_size_float(size, kernel, stride, padding):
    return np.ceil(size / stride) if padding == "SAME" else (size - kernel) / stride + 1


def output_size_same_is_size(size, kernel, stride, padding):
    return size if padding == "SAME" else (size - kernel) // stride + 1


def output_size_lower_case(size, kernel, stride, padding):
    return -(-size // stride) if padding == "same" else (size - kernel) // stride + 1


def same_padding_half(size, kernel, stride):
    return (kernel - 1) // 2, (kernel - 1) // 2


def same_padding_without_stride(size, kernel, stride):
    return (kernel - 1) // 2, kernel - 1 - (kernel - 1) // 2


def same_padding_more_before(size, kernel, stride):
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total - total // 2, total // 2


def same_padding_negative(size, kernel, stride):
    total = (-(-size // stride) - 1) * stride + kernel - size
    return total // 2, total - total // 2


def same_padding_total(size, kernel, stride):
    return max((-(-size // stride) - 1) * stride + kernel - size, 0)


def same_padding_all_at_the_end(size, kernel, stride):
    return 0, max((-(-size // stride) - 1) * stride + kernel - size, 0)


def _pads(x, kh, kw, stride, padding):
    def pad(size, kernel, s):
        total = max((-(-size // s) - 1) * s + kernel - size, 0) if padding == "SAME" else 0
        return total // 2, total - total // 2

    return pad(x.shape[1], kh, stride[0]), pad(x.shape[2], kw, stride[1])


def _padded(x, kh, kw, stride, padding):
    return np.pad(x, ((0, 0), *_pads(x, kh, kw, stride, padding), (0, 0)))


def _sizes(xp, kh, kw, stride):
    return (xp.shape[1] - kh) // stride[0] + 1, (xp.shape[2] - kw) // stride[1] + 1


def _naive(x, k, stride, padding, window=lambda w: w, start=lambda i, s: i * s, combine=None):
    kh, kw, _, n_out = k.shape
    xp = _padded(x, kh, kw, stride, padding)
    oh, ow = _sizes(xp, kh, kw, stride)
    out = np.zeros((len(x), oh, ow, n_out))
    for i in range(oh):
        for j in range(ow):
            a, b = start(i, stride[0]), start(j, stride[1])
            part = window(xp[:, a : a + kh, b : b + kw, :])
            for o in range(n_out):
                out[:, i, j, o] = combine(part, k[..., o])
    return out


def _dot(part, k):
    return np.sum(part * k, axis=(1, 2, 3))


def conv_mean(x, k, stride=(1, 1), padding="VALID"):
    return _naive(x, k, stride, padding, combine=lambda p, k: np.mean(p * k, axis=(1, 2, 3)))


def conv_first_channel(x, k, stride=(1, 1), padding="VALID"):
    return _naive(x, k, stride, padding, combine=lambda p, k: np.sum(p[..., 0] * k[..., 0], axis=(1, 2)))


def conv_batch_added_up(x, k, stride=(1, 1), padding="VALID"):
    return _naive(x, k, stride, padding, combine=lambda p, k: np.sum(p * k))


def conv_stride_forgotten_at_start(x, k, stride=(1, 1), padding="VALID"):
    return _naive(x, k, stride, padding, start=lambda i, s: i, combine=_dot)


def conv_padding_ignored(x, k, stride=(1, 1), padding="VALID"):
    return _naive(x, k, stride, "VALID", combine=_dot)


def conv_same_always(x, k, stride=(1, 1), padding="VALID"):
    return _naive(x, k, stride, "SAME", combine=_dot)


def conv_flipped(x, k, stride=(1, 1), padding="VALID"):
    return _naive(x, k[::-1, ::-1], stride, padding, combine=_dot)


def conv_last_output_only(x, k, stride=(1, 1), padding="VALID"):
    kh, kw, _, n_out = k.shape
    xp = _padded(x, kh, kw, stride, padding)
    oh, ow = _sizes(xp, kh, kw, stride)
    out = np.zeros((len(x), oh, ow, n_out))
    for i in range(oh):
        for j in range(ow):
            part = xp[:, i * stride[0] : i * stride[0] + kh, j * stride[1] : j * stride[1] + kw, :]
            for o in range(n_out):
                out[:, i, j] = np.sum(part * k[..., o], axis=(1, 2, 3))[:, None]
    return out


def _rows(x, size, stride, padding, flat=lambda w: w.reshape(len(w), -1)):
    kh, kw = size
    xp = _padded(x, kh, kw, stride, padding)
    oh, ow = _sizes(xp, kh, kw, stride)
    s, t = stride
    rows = [flat(xp[:, i * s : i * s + kh, j * t : j * t + kw, :]) for i in range(oh) for j in range(ow)]
    return np.stack(rows, axis=1)


def im2col_by_places_first(x, kernel_size, stride=(1, 1), padding="VALID"):
    rows = _rows(x, kernel_size, stride, padding)
    return np.swapaxes(rows, 0, 1).reshape(-1, rows.shape[-1])


def im2col_three_axes(x, kernel_size, stride=(1, 1), padding="VALID"):
    return _rows(x, kernel_size, stride, padding)


def im2col_window_turned(x, kernel_size, stride=(1, 1), padding="VALID"):
    rows = _rows(x, kernel_size, stride, padding, lambda w: np.swapaxes(w, 1, 2).reshape(len(w), -1))
    return rows.reshape(-1, rows.shape[-1])


def im2col_as_columns(x, kernel_size, stride=(1, 1), padding="VALID"):
    rows = _rows(x, kernel_size, stride, padding)
    return rows.reshape(-1, rows.shape[-1]).T


def im2col_one_image(x, kernel_size, stride=(1, 1), padding="VALID"):
    return _rows(x, kernel_size, stride, padding)[0]


def im2col_strides_swapped(x, kernel_size, stride=(1, 1), padding="VALID"):
    rows = _rows(x, kernel_size, stride[::-1], padding)
    return rows.reshape(-1, rows.shape[-1])


def _back(cols, x_shape, size, stride, padding, add=True, crop=True, divide=False):
    kh, kw = size
    n, height, width, c = x_shape
    pads = _pads(np.empty(x_shape), kh, kw, stride, padding)
    out = np.zeros((n, height + sum(pads[0]), width + sum(pads[1]), c))
    count = np.zeros_like(out)
    oh, ow = _sizes(out, kh, kw, stride)
    cols = cols.reshape(n, oh, ow, kh, kw, c)
    for i in range(oh):
        for j in range(ow):
            at = np.s_[:, i * stride[0] : i * stride[0] + kh, j * stride[1] : j * stride[1] + kw]
            out[at] = cols[:, i, j] + (out[at] if add else 0)
            count[at] += 1
    if divide:
        out /= np.maximum(count, 1)
    (top, _), (left, _) = pads
    return out[:, top : top + height, left : left + width] if crop else out


def col2im_averages(cols, x_shape, kernel_size, stride=(1, 1), padding="VALID"):
    return _back(cols, x_shape, kernel_size, stride, padding, divide=True)


def col2im_uncropped(cols, x_shape, kernel_size, stride=(1, 1), padding="VALID"):
    return _back(cols, x_shape, kernel_size, stride, padding, crop=False)


def col2im_overwrites(cols, x_shape, kernel_size, stride=(1, 1), padding="VALID"):
    return _back(cols, x_shape, kernel_size, stride, padding, add=False)


def col2im_crops_at_the_end(cols, x_shape, kernel_size, stride=(1, 1), padding="VALID"):
    return _back(cols, x_shape, kernel_size, stride, padding, crop=False)[:, : x_shape[1], : x_shape[2]]


def col2im_reshaped(cols, x_shape, kernel_size, stride=(1, 1), padding="VALID"):
    return cols.reshape(x_shape)


def conv2d_rows_times_kernel_turned(x, k, stride=(1, 1), padding="VALID"):
    rows = _rows(x, k.shape[:2], stride, padding)
    return (rows.reshape(-1, rows.shape[-1]) @ k.transpose(2, 0, 1, 3).reshape(-1, k.shape[-1])).reshape(
        len(x), *_sizes(_padded(x, *k.shape[:2], stride, padding), *k.shape[:2], stride), k.shape[-1]
    )


def conv2d_unshaped(x, k, stride=(1, 1), padding="VALID"):
    rows = _rows(x, k.shape[:2], stride, padding)
    return rows.reshape(-1, rows.shape[-1]) @ k.reshape(-1, k.shape[-1])


def conv2d_channels_first(x, k, stride=(1, 1), padding="VALID"):
    rows = _rows(x, k.shape[:2], stride, padding)
    out = (rows.reshape(-1, rows.shape[-1]) @ k.reshape(-1, k.shape[-1])).T
    return out.reshape(
        len(x), *_sizes(_padded(x, *k.shape[:2], stride, padding), *k.shape[:2], stride), k.shape[-1]
    )


def _both(g, x, k, stride, padding):
    kh, kw, _, o = k.shape
    rows = _rows(x, (kh, kw), stride, padding)
    rows = rows.reshape(-1, rows.shape[-1])
    flat = g.reshape(-1, o)
    return _back(flat @ k.reshape(-1, o).T, x.shape, (kh, kw), stride, padding), (rows.T @ flat).reshape(
        k.shape
    )


def conv2d_vjp_mean_of_the_batch(g, ans, x, k, stride=(1, 1), padding="VALID"):
    dx, dk = _both(g, x, k, stride, padding)
    return dx, dk / len(x)


def conv2d_vjp_swapped(g, ans, x, k, stride=(1, 1), padding="VALID"):
    return _both(g, x, k, stride, padding)[::-1]


def conv2d_vjp_kernel_only(g, ans, x, k, stride=(1, 1), padding="VALID"):
    return _both(g, x, k, stride, padding)[1]


def conv2d_vjp_of_ans(g, ans, x, k, stride=(1, 1), padding="VALID"):
    return _both(g * ans, x, k, stride, padding)


def conv2d_vjp_flat_kernel(g, ans, x, k, stride=(1, 1), padding="VALID"):
    dx, dk = _both(g, x, k, stride, padding)
    return dx, dk.reshape(-1, k.shape[-1])


def _pool(x, size, stride, how=np.max, c=True):
    oh, ow = _sizes(x, *size, stride)
    s, t = stride
    out = np.zeros((len(x), oh, ow, x.shape[3]))
    for i in range(oh):
        for j in range(ow):
            part = x[:, i * s : i * s + size[0], j * t : j * t + size[1]]
            out[:, i, j] = how(part, axis=(1, 2))
    return out


def pool_mean(x, size, stride):
    return _pool(x, size, stride, np.mean)


def pool_over_channels(x, size, stride):
    return _pool(x, size, stride, lambda part, axis: part.max(axis=(1, 2, 3))[:, None])


def pool_stride_as_size(x, size, stride):
    return _pool(x, size, size)


def pool_from_zero(x, size, stride):
    return np.maximum(_pool(x, size, stride), 0)


def pool_sizes_turned(x, size, stride):
    return _pool(x, size[::-1], stride)


def _pool_back(g, x, size, stride, share):
    out = np.zeros(x.shape)
    for i in range(g.shape[1]):
        for j in range(g.shape[2]):
            at = np.s_[:, i * stride[0] : i * stride[0] + size[0], j * stride[1] : j * stride[1] + size[1]]
            out[at] += share(x[at], g[:, i : i + 1, j : j + 1])
    return out


def pool_vjp_everywhere(g, ans, x, size, stride):
    return _pool_back(g, x, size, stride, lambda w, g: g * np.ones(w.shape))


def pool_vjp_mean(g, ans, x, size, stride):
    return _pool_back(g, x, size, stride, lambda w, g: g * np.ones(w.shape) / (size[0] * size[1]))


def pool_vjp_without_g(g, ans, x, size, stride):
    def share(w, g):
        hit = w == w.max(axis=(1, 2), keepdims=True)
        return hit / hit.sum(axis=(1, 2), keepdims=True)

    return _pool_back(g, x, size, stride, share)


def pool_vjp_value(g, ans, x, size, stride):
    def share(w, g):
        hit = w == w.max(axis=(1, 2), keepdims=True)
        return g * w * hit / hit.sum(axis=(1, 2), keepdims=True)

    return _pool_back(g, x, size, stride, share)


def pool_vjp_of_the_picture(g, ans, x, size, stride):
    return _pool_back(g, x, size, stride, lambda w, g: g * (w == x.max(axis=(1, 2), keepdims=True)))


WRONG = {
    "output_size": [
        output_size_floor,
        output_size_without_one,
        output_size_one_outside,
        output_size_float,
        output_size_same_is_size,
        output_size_lower_case,
    ],
    "same_padding": [
        same_padding_half,
        same_padding_without_stride,
        same_padding_more_before,
        same_padding_negative,
        same_padding_total,
        same_padding_all_at_the_end,
    ],
    "conv2d_naive": [
        conv_mean,
        conv_first_channel,
        conv_batch_added_up,
        conv_stride_forgotten_at_start,
        conv_padding_ignored,
        conv_same_always,
        conv_flipped,
        conv_last_output_only,
    ],
    "im2col": [
        im2col_by_places_first,
        im2col_three_axes,
        im2col_window_turned,
        im2col_as_columns,
        im2col_one_image,
        im2col_strides_swapped,
    ],
    "col2im": [
        col2im_averages,
        col2im_uncropped,
        col2im_overwrites,
        col2im_crops_at_the_end,
        col2im_reshaped,
    ],
    "conv2d": [conv2d_rows_times_kernel_turned, conv2d_unshaped, conv2d_channels_first, conv_padding_ignored],
    "conv2d_vjp": [
        conv2d_vjp_mean_of_the_batch,
        conv2d_vjp_swapped,
        conv2d_vjp_kernel_only,
        conv2d_vjp_of_ans,
        conv2d_vjp_flat_kernel,
    ],
    "max_pool2d": [pool_mean, pool_over_channels, pool_stride_as_size, pool_from_zero, pool_sizes_turned],
    "max_pool2d_vjp": [
        pool_vjp_everywhere,
        pool_vjp_mean,
        pool_vjp_without_g,
        pool_vjp_value,
        pool_vjp_of_the_picture,
    ],
}
