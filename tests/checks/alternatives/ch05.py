"""Right answers to chapter 05 in other words than the reference's."""

import numpy as np


def shape_by_numpy(a, b):
    return np.broadcast_shapes(a, b)


class Misfit(ValueError):
    pass


def shape_with_an_error_of_ones_own(a, b):
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        raise Misfit(f"{a} and {b}") from None


def shape_from_the_end(a, b):
    sizes = []
    for i in range(1, max(len(a), len(b)) + 1):
        m = a[-i] if i <= len(a) else 1
        n = b[-i] if i <= len(b) else 1
        if 1 not in (m, n) and m != n:
            raise ValueError("they do not broadcast")
        sizes.append(m if n == 1 else n)
    return tuple(sizes[::-1])


def added_by_growing(shape, broadcast):
    axes = ()
    while len(axes) + len(shape) < len(broadcast):
        axes += (len(axes),)
    return axes


def added_by_filter(shape, broadcast):
    return tuple(axis for axis in range(len(broadcast)) if axis < len(broadcast) - len(shape))


def stretched_by_padding(shape, broadcast):
    padded = (None,) * (len(broadcast) - len(shape)) + shape
    return tuple(i for i, (small, large) in enumerate(zip(padded, broadcast)) if small == 1 and large != 1)


def stretched_from_the_end(shape, broadcast):
    n = len(broadcast)
    return tuple(sorted(n - i for i in range(1, len(shape) + 1) if shape[-i] != broadcast[-i]))


def unbroadcast_in_steps(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


def unbroadcast_by_einsum(g, shape):
    axes = list(range(g.ndim))
    kept = [a for a in axes if a >= g.ndim - len(shape) and shape[a - g.ndim] == g.shape[a]]
    return np.einsum(g, axes, kept).reshape(shape)


def unbroadcast_by_counting(g, shape):
    out = np.zeros(shape)
    padded = (1,) * (g.ndim - len(shape)) + tuple(shape)
    view = out.reshape(padded)
    for index in np.ndindex(g.shape):
        view[tuple(0 if size == 1 else i for i, size in zip(index, padded))] += g[index]
    return out


def add_in_steps(g, ans, a, b):
    return unbroadcast_in_steps(g, a.shape), unbroadcast_in_steps(g, b.shape)


def add_as_list(g, ans, a, b):
    return [unbroadcast_by_counting(g, x.shape) for x in (a, b)]


def mul_in_steps(g, ans, a, b):
    return unbroadcast_in_steps(b * g, np.shape(a)), unbroadcast_in_steps(a * g, np.shape(b))


def mul_through_copies(g, ans, a, b):
    a_copies, b_copies = np.broadcast_arrays(a, b)
    return unbroadcast_by_counting(g * b_copies, a.shape), unbroadcast_by_counting(g * a_copies, b.shape)


ALTERNATIVES = {
    "broadcast_shape": [shape_by_numpy, shape_with_an_error_of_ones_own, shape_from_the_end],
    "added_axes": [added_by_growing, added_by_filter],
    "stretched_axes": [stretched_by_padding, stretched_from_the_end],
    "unbroadcast": [unbroadcast_in_steps, unbroadcast_by_einsum, unbroadcast_by_counting],
    "add_broadcast_vjp": [add_in_steps, add_as_list],
    "mul_broadcast_vjp": [mul_in_steps, mul_through_copies],
}
