"""More wrong answers to chapter 05, as learners write them."""

import numpy as np


def shape_by_maximum(a, b):
    n = max(len(a), len(b))
    a, b = (1,) * (n - len(a)) + tuple(a), (1,) * (n - len(b)) + tuple(b)
    return tuple(np.maximum(a, b).tolist())


def shape_without_ones(a, b):
    return tuple(n for n in np.broadcast_shapes(a, b) if n != 1)


def added_at_most_two(shape, broadcast):
    return (0, 1)[: len(broadcast) - len(shape)]


def added_counts(shape, broadcast):
    return len(broadcast) - len(shape)


def added_behind(shape, broadcast):
    return tuple(range(len(shape), len(broadcast)))


def stretched_in_the_short_shape(shape, broadcast):
    n = len(broadcast) - len(shape)
    return tuple(i for i, size in enumerate(shape) if size == 1 and broadcast[i + n] != 1)


def stretched_every_one(shape, broadcast):
    n = len(broadcast) - len(shape)
    return tuple(i + n for i, size in enumerate(shape) if size == 1)


def unbroadcast_reshapes(g, shape):
    return np.resize(g, shape)


def unbroadcast_takes_the_first(g, shape):
    while g.ndim > len(shape):
        g = g[0]
    for i, size in enumerate(shape):
        if size == 1:
            g = np.take(g, [0], axis=i)
    return g


def _back(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for i, size in enumerate(shape):
        if size == 1:
            g = g.sum(axis=i, keepdims=True)
    return g


def add_shapes_exchanged(g, ans, a, b):
    return _back(g, b.shape), _back(g, a.shape)


WRONG = {
    "broadcast_shape": [shape_by_maximum, shape_without_ones],
    "added_axes": [added_at_most_two, added_counts, added_behind],
    "stretched_axes": [stretched_in_the_short_shape, stretched_every_one],
    "unbroadcast": [unbroadcast_reshapes, unbroadcast_takes_the_first],
    "add_broadcast_vjp": [add_shapes_exchanged],
}
