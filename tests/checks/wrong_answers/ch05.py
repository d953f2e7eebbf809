"""Wrong answers that learners gave to chapter 05."""

import numpy as np


def no_shape_is_an_error(a, b):
    if () in (tuple(a), tuple(b)):
        raise ValueError("nothing to compare")
    return tuple(int(size) for size in np.broadcast_shapes(tuple(a), tuple(b)))


def aligned_at_the_left(g, shape):
    axes = [axis for axis in range(g.ndim) if axis >= len(shape) or g.shape[axis] != shape[axis]]
    return g.sum(axis=tuple(axes)).reshape(shape)


def by_averaging(g, shape):
    g = np.asarray(g).mean(axis=tuple(range(g.ndim - len(shape))))
    for axis, size in enumerate(shape):
        g = g.mean(axis=axis, keepdims=True) if size == 1 else g
    return np.asarray(g)


def leading_axes_alone(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    return np.asarray(g)


WRONG = {
    "broadcast_shape": [no_shape_is_an_error],
    "unbroadcast": [aligned_at_the_left, by_averaging, leading_axes_alone],
}
