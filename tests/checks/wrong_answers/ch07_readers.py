"""More wrong answers to chapter 07, as learners write them."""

import numpy as np


def _spread(g, a, axis, keepdims):
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, a.shape)


def matmul_forgets_to_turn(g, ans, a, b):
    return g @ b, a @ g


def matmul_turns_all_axes_of_stacks(g, ans, a, b):
    return np.matmul(g, b.T), np.matmul(a.T, g)


def matmul_outer_swapped(g, ans, a, b):
    if a.ndim == 1 and b.ndim == 2:
        return b @ g, np.outer(g, a)
    if a.ndim == 2 and b.ndim == 1:
        return np.outer(b, g), a.T @ g
    if a.ndim == b.ndim == 1:
        return g * b, g * a
    return g @ np.swapaxes(b, -1, -2), np.swapaxes(a, -1, -2) @ g


def matmul_stack_not_summed(g, ans, a, b):
    if a.ndim == b.ndim == 1:
        return g * b, g * a
    if a.ndim == 1:
        return b @ g, np.outer(a, g)
    if b.ndim == 1:
        return np.outer(g, b), a.T @ g
    return g @ np.swapaxes(b, -1, -2), np.swapaxes(a, -1, -2) @ g


def matmul_both_swapped(g, ans, a, b):
    return np.swapaxes(a, -1, -2) @ g, g @ np.swapaxes(b, -1, -2)


def sum_mean(g, ans, a, axis=None, keepdims=False):
    return _spread(g, a, axis, keepdims) / a.size


def sum_times_a(g, ans, a, axis=None, keepdims=False):
    return _spread(g, a, axis, keepdims) * a


def sum_keepdims_turned(g, ans, a, axis=None, keepdims=False):
    if keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, a.shape)


def sum_without_keepdims(g, ans, a, axis=None, keepdims=False):
    return np.broadcast_to(np.expand_dims(g, axis), a.shape)


def sum_first_of_tuple(g, ans, a, axis=None, keepdims=False):
    if isinstance(axis, tuple):
        axis = axis[0]
    return _spread(g, a, axis, keepdims)


def mean_is_sum(g, ans, a, axis=None, keepdims=False):
    return _spread(g, a, axis, keepdims)


def mean_by_rows(g, ans, a, axis=None, keepdims=False):
    return _spread(g, a, axis, keepdims) / a.shape[0]


def mean_by_result(g, ans, a, axis=None, keepdims=False):
    return _spread(g, a, axis, keepdims) / np.size(ans)


def mean_by_product_of_axes(g, ans, a, axis=None, keepdims=False):
    axes = tuple(range(a.ndim)) if axis is None else (axis,) if isinstance(axis, int) else axis
    return _spread(g, a, axis, keepdims) / np.prod(axes)


def mean_of_ones(g, ans, a, axis=None, keepdims=False):
    return np.ones(a.shape) / a.size


def max_whole_gradient(g, ans, a, axis=None, keepdims=False):
    return _spread(g, a, axis, keepdims)


def max_times_the_value(g, ans, a, axis=None, keepdims=False):
    mask = a == _spread(ans, a, axis, keepdims)
    return _spread(g, a, axis, keepdims) * a * mask / mask.sum(axis=axis, keepdims=True)


def max_mask_alone(g, ans, a, axis=None, keepdims=False):
    mask = a == _spread(ans, a, axis, keepdims)
    return mask / mask.sum(axis=axis, keepdims=True)


def reshape_as_it_came(g, ans, a, shape):
    return g


def reshape_flat(g, ans, a, shape):
    return g.ravel()


def reshape_in_fortran_order(g, ans, a, shape):
    return g.reshape(a.shape, order="F")


def reshape_of_a(g, ans, a, shape):
    return a.reshape(shape)


def transpose_last_two(g, ans, a, axes=None):
    return np.swapaxes(g, -1, -2)


def transpose_as_it_came(g, ans, a, axes=None):
    return g


def transpose_all(g, ans, a, axes=None):
    return g.T


def transpose_negative(g, ans, a, axes=None):
    return g.T if axes is None else g.transpose([-i for i in axes])


def transpose_sorted(g, ans, a, axes=None):
    return g.T if axes is None else g.transpose(sorted(axes))


def getitem_whole(g, ans, a, index):
    return np.ones(a.shape) * np.sum(g)


def getitem_changes_a(g, ans, a, index):
    a[index] = g
    return a


def getitem_times_a(g, ans, a, index):
    out = np.zeros(a.shape)
    np.add.at(out, index, g * ans)
    return out


def getitem_empty(g, ans, a, index):
    out = np.ones(a.shape)
    np.add.at(out, index, g)
    return out


def pad_by_the_shape(g, ans, a, pad_width):
    return g[tuple(slice(0, size) for size in a.shape)]


def pad_again(g, ans, a, pad_width):
    return np.pad(g, pad_width)


def pad_one_less(g, ans, a, pad_width):
    return g[tuple(slice(before, size - after - 1) for (before, after), size in zip(pad_width, g.shape))]


def pad_swapped(g, ans, a, pad_width):
    return g[tuple(slice(after, size - before) for (before, after), size in zip(pad_width, g.shape))]


def pad_first_axis_only(g, ans, a, pad_width):
    before, after = pad_width[0]
    return g[before : g.shape[0] - after]


WRONG = {
    "matmul_vjp": [
        matmul_forgets_to_turn,
        matmul_turns_all_axes_of_stacks,
        matmul_outer_swapped,
        matmul_stack_not_summed,
        matmul_both_swapped,
    ],
    "sum_vjp": [sum_mean, sum_times_a, sum_keepdims_turned, sum_without_keepdims, sum_first_of_tuple],
    "mean_vjp": [mean_is_sum, mean_by_rows, mean_by_result, mean_by_product_of_axes, mean_of_ones],
    "max_vjp": [max_whole_gradient, max_times_the_value, max_mask_alone],
    "reshape_vjp": [reshape_as_it_came, reshape_flat, reshape_in_fortran_order, reshape_of_a],
    "transpose_vjp": [
        transpose_last_two,
        transpose_as_it_came,
        transpose_all,
        transpose_negative,
        transpose_sorted,
    ],
    "getitem_vjp": [getitem_whole, getitem_changes_a, getitem_times_a, getitem_empty],
    "pad_vjp": [pad_by_the_shape, pad_again, pad_one_less, pad_swapped, pad_first_axis_only],
}
