"""Wrong answers to chapter 07, as learners write them."""

import numpy as np


def max_vjp_tolerance(g, ans, a, axis=None, keepdims=False):
    if axis is not None and not keepdims:
        g, ans = np.expand_dims(g, axis), np.expand_dims(ans, axis)
    largest = np.abs(a - ans) < 0.5
    return g * largest / largest.sum(axis=axis, keepdims=True)


def max_vjp_isclose(g, ans, a, axis=None, keepdims=False):
    if axis is not None and not keepdims:
        g, ans = np.expand_dims(g, axis), np.expand_dims(ans, axis)
    largest = np.isclose(a, ans, atol=1e-2)
    return g * largest / largest.sum(axis=axis, keepdims=True)


def max_vjp_near_and_whole(g, ans, a, axis=None, keepdims=False):
    if axis is not None and not keepdims:
        g, ans = np.expand_dims(g, axis), np.expand_dims(ans, axis)
    return g * (np.abs(a - ans) < 1e-3)


def matmul_vjp_vectors_right_no_unbroadcast_stacks_by_t(g, ans, a, b):
    if a.ndim == 1 and b.ndim == 1:
        return g * b, g * a
    if a.ndim == 1:
        return g @ np.swapaxes(b, -1, -2), np.outer(a, g)
    if b.ndim == 1:
        return np.outer(g, b), a.T @ g
    return g @ np.swapaxes(b, -1, -2), np.swapaxes(a, -1, -2) @ g


def matmul_vjp_vectors_first_only(g, ans, a, b):
    if a.ndim == 1 and b.ndim == 1:
        return g * b, g * a
    return g @ np.swapaxes(b, -1, -2), np.swapaxes(a, -1, -2) @ g


def pad_vjp_where_not_zero(g, ans, a, pad_width):
    return g[ans != 0].reshape(a.shape)


def getitem_vjp_by_value(g, ans, a, index):
    out = np.zeros_like(a)
    for value, grad in zip(np.ravel(ans), np.ravel(g)):
        out[a == value] += grad
    return out


def reshape_vjp_by_value(g, ans, a, shape):
    out = np.zeros_like(a)
    for value, grad in zip(ans.flat, g.flat):
        out[a == value] = grad
    return out


def transpose_vjp_by_value(g, ans, a, axes=None):
    return reshape_vjp_by_value(g, ans, a, None)


def sum_vjp_by_size(g, ans, a, axis=None, keepdims=False):
    if axis is not None and not keepdims:
        g = np.reshape(g, [n if n in g.shape else 1 for n in a.shape])
    return np.broadcast_to(g, a.shape).copy()


WRONG = {
    "pad_vjp": [pad_vjp_where_not_zero],
    "getitem_vjp": [getitem_vjp_by_value],
    "reshape_vjp": [reshape_vjp_by_value],
    "transpose_vjp": [transpose_vjp_by_value],
    "sum_vjp": [sum_vjp_by_size],
    "max_vjp": [max_vjp_tolerance, max_vjp_isclose, max_vjp_near_and_whole],
    "matmul_vjp": [matmul_vjp_vectors_right_no_unbroadcast_stacks_by_t, matmul_vjp_vectors_first_only],
}
