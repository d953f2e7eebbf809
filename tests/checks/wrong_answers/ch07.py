"""Wrong answers that learners gave to chapter 07."""

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


WRONG = {
    "matmul_vjp": [all_axes_turned],
    "sum_vjp": [one_for_everything, negative_axes_unseen],
    "max_vjp": [count_without_keepdims],
}
