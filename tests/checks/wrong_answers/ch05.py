"""Wrong answers that learners gave to chapter 05, or would."""

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


def shape_of_the_longer(a, b):
    return a if len(a) > len(b) else b


def shape_from_the_front(a, b):
    result = []
    for m, n in zip(a, b):
        if m != n and m != 1 and n != 1:
            raise ValueError
        result.append(max(m, n))
    return tuple(result)


def shape_of_equal_or_error(a, b):
    result = []
    for i in range(1, max(len(a), len(b)) + 1):
        m = a[-i] if i <= len(a) else 1
        n = b[-i] if i <= len(b) else 1
        if m == n:
            result.append(m)
        elif m == 1:
            result.append(n)
        elif n == 1:
            result.append(m)
        else:
            raise ValueError
    return tuple(result)


def added_without_tuple(shape, broadcast):
    return range(len(broadcast) - len(shape))


def added_one_more(shape, broadcast):
    return tuple(range(len(broadcast) - len(shape) + 1))


def added_where_sizes_differ(shape, broadcast):
    return tuple(i for i, n in enumerate(broadcast) if i >= len(shape) or shape[i] != n)


def stretched_without_shift(shape, broadcast):
    return tuple(i for i, (m, n) in enumerate(zip(shape, broadcast)) if m == 1 and n > 1)


def stretched_all_ones(shape, broadcast):
    shift = len(broadcast) - len(shape)
    return tuple(i + shift for i in range(len(shape)) if shape[i] == 1)


def unbroadcast_keeps_everything(g, shape):
    axes = tuple(range(g.ndim - len(shape)))
    axes += tuple(i + len(axes) for i, n in enumerate(shape) if n == 1)
    return g.sum(axis=axes, keepdims=True)


def unbroadcast_means(g, shape):
    while g.ndim > len(shape):
        g = g.mean(axis=0)
    for i, n in enumerate(shape):
        if n == 1:
            g = g.mean(axis=i, keepdims=True)
    return g


def unbroadcast_one_leading_axis(g, shape):
    if g.ndim > len(shape):
        g = g.sum(axis=0)
    for i, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=i, keepdims=True)
    return g


def unbroadcast_drops_ones(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for i, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=i)
    return g


def unbroadcast_by_reshape(g, shape):
    return np.reshape(g, shape)


def _sum_to(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for i, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=i, keepdims=True)
    return g


def add_only_b(g, ans, a, b):
    return g, _sum_to(g, b.shape)


def add_of_axis_0(g, ans, a, b):
    return g, np.sum(g, axis=0)


def mul_sums_too_early(g, ans, a, b):
    return _sum_to(g, a.shape) * b, _sum_to(g, b.shape) * a


def mul_unsummed(g, ans, a, b):
    return g * b, g * a


def mul_first_unsummed(g, ans, a, b):
    return g * b, _sum_to(g * a, b.shape)


def mul_of_own(g, ans, a, b):
    return _sum_to(g * a, a.shape), _sum_to(g * b, b.shape)


WRONG = {
    "broadcast_shape": [
        no_shape_is_an_error,
        shape_of_the_longer,
        shape_from_the_front,
        shape_of_equal_or_error,
    ],
    "added_axes": [added_without_tuple, added_one_more, added_where_sizes_differ],
    "stretched_axes": [stretched_without_shift, stretched_all_ones],
    "unbroadcast": [
        aligned_at_the_left,
        by_averaging,
        leading_axes_alone,
        unbroadcast_keeps_everything,
        unbroadcast_means,
        unbroadcast_one_leading_axis,
        unbroadcast_drops_ones,
        unbroadcast_by_reshape,
    ],
    "add_broadcast_vjp": [add_only_b, add_of_axis_0],
    "mul_broadcast_vjp": [mul_sums_too_early, mul_unsummed, mul_first_unsummed, mul_of_own],
}
