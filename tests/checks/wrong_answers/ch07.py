"""Wrong answers that learners gave to chapter 07, or would."""

import numpy as np


def all_axes_turned(g, ans, a, b):
    return g @ b.T, a.T @ g


def one_for_everything(g, ans, a, axis=None, keepdims=False):
    return np.ones(a.shape)


def negative_axes_unseen(g, ans, a, axis=None, keepdims=False):
    axes = range(a.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    sizes = [1 if i in axes else size for i, size in enumerate(a.shape)]
    return np.broadcast_to(np.reshape(g, sizes), a.shape).copy()


def count_without_keepdims(g, ans, a, axis=None, keepdims=False):
    top = a == a.max(axis=axis, keepdims=True)
    shape = a.max(axis=axis, keepdims=True).shape
    return np.reshape(g, shape) * top / top.sum(axis=axis)


def matmul_transposed(g, ans, a, b):
    return g @ b.T, a.T @ g


def matmul_guess(g, ans, a, b):
    return b @ g, g @ a


def matmul_second_only(g, ans, a, b):
    return g @ b, a.T @ g


def matmul_second_turned_wrongly(g, ans, a, b):
    return g @ np.swapaxes(b, -1, -2), np.swapaxes(g, -1, -2) @ a


def matmul_stars(g, ans, a, b):
    return g * b.T, a.T * g


def sum_spread(g, ans, a, axis=None, keepdims=False):
    return np.broadcast_to(g, a.shape)


def sum_times_ones(g, ans, a, axis=None, keepdims=False):
    return g * np.ones(a.shape)


def sum_always_expands(g, ans, a, axis=None, keepdims=False):
    if axis is not None:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, a.shape)


def sum_repeats(g, ans, a, axis=None, keepdims=False):
    return np.repeat(g, a.shape[axis if axis is not None else 0], axis=axis)


def _spread(g, a, axis, keepdims):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, a.shape)


def mean_by_size(g, ans, a, axis=None, keepdims=False):
    return _spread(g, a, axis, keepdims) / a.size


def mean_by_length(g, ans, a, axis=None, keepdims=False):
    return _spread(g, a, axis, keepdims) / len(a)


def mean_by_shape(g, ans, a, axis=None, keepdims=False):
    return _spread(g, a, axis, keepdims) / (a.size if axis is None else a.shape[axis])


def mean_by_counting_axes(g, ans, a, axis=None, keepdims=False):
    axes = range(a.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    kept = np.sum(a, axis=axis, keepdims=True).shape
    return np.broadcast_to(g.reshape(kept), a.shape) / len(axes)


def mean_multiplied(g, ans, a, axis=None, keepdims=False):
    return _spread(g, a, axis, keepdims) * np.mean(a, axis=axis, keepdims=True)


def max_unshared(g, ans, a, axis=None, keepdims=False):
    return _spread(g, a, axis, keepdims) * (a == _spread(ans, a, axis, keepdims))


def max_of_all(g, ans, a, axis=None, keepdims=False):
    return _spread(g, a, axis, keepdims) * (a == a.max())


def max_by_argmax(g, ans, a, axis=None, keepdims=False):
    out = np.zeros_like(a)
    out.flat[np.argmax(a)] = np.sum(g)
    return out


def max_count_of_all(g, ans, a, axis=None, keepdims=False):
    mask = a == _spread(ans, a, axis, keepdims)
    return _spread(g, a, axis, keepdims) * mask / mask.sum()


def max_count_without_axis(g, ans, a, axis=None, keepdims=False):
    mask = a == _spread(ans, a, axis, keepdims)
    return _spread(g, a, axis, keepdims) * mask / mask.sum(axis=axis)


def reshape_again(g, ans, a, shape):
    return g.reshape(shape)


def reshape_transposed(g, ans, a, shape):
    return g.T.reshape(a.shape)


def transpose_again(g, ans, a, axes=None):
    return g.transpose(axes)


def transpose_backwards(g, ans, a, axes=None):
    return g.T if axes is None else g.transpose(tuple(reversed(axes)))


def transpose_by_shape(g, ans, a, axes=None):
    return np.reshape(g, a.shape)


def getitem_plus(g, ans, a, index):
    out = np.zeros_like(a)
    out[index] += g
    return out


def getitem_assigned(g, ans, a, index):
    out = np.zeros(a.shape)
    out[index] = g
    return out


def getitem_of_g(g, ans, a, index):
    return g[index]


def getitem_ones(g, ans, a, index):
    out = np.zeros(a.shape)
    out[index] = 1
    return out


def pad_minus_after(g, ans, a, pad_width):
    return g[tuple(slice(before, -after) for before, after in pad_width)]


def pad_before_only(g, ans, a, pad_width):
    return g[tuple(slice(before, None) for before, _ in pad_width)]


def pad_pairs_as_slices(g, ans, a, pad_width):
    return g[tuple(slice(before, after) for before, after in pad_width)]


WRONG = {
    "matmul_vjp": [
        all_axes_turned,
        matmul_transposed,
        matmul_guess,
        matmul_second_only,
        matmul_second_turned_wrongly,
        matmul_stars,
    ],
    "sum_vjp": [
        one_for_everything,
        negative_axes_unseen,
        sum_spread,
        sum_times_ones,
        sum_always_expands,
        sum_repeats,
    ],
    "mean_vjp": [mean_by_size, mean_by_length, mean_by_shape, mean_by_counting_axes, mean_multiplied],
    "max_vjp": [
        count_without_keepdims,
        max_unshared,
        max_of_all,
        max_by_argmax,
        max_count_of_all,
        max_count_without_axis,
    ],
    "reshape_vjp": [reshape_again, reshape_transposed],
    "transpose_vjp": [transpose_again, transpose_backwards, transpose_by_shape],
    "getitem_vjp": [getitem_plus, getitem_assigned, getitem_of_g, getitem_ones],
    "pad_vjp": [pad_minus_after, pad_before_only, pad_pairs_as_slices],
}

SAID = {"mean_by_counting_axes": "how many axes there are"}
