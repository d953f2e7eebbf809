"""Wrong answers to chapter 05, as learners write them."""

from revgraph.checks import exercises


def unbroadcast(g, shape):
    return exercises()["unbroadcast"].reference(g, shape)


def added_axes_a(shape, result):
    n = len(result) - len(shape)
    return (0) if n == 1 else tuple(range(n))


def stretched_axes_of_shape(shape, broadcast):
    found = []
    for i in range(len(shape)):
        if shape[i] == 1:
            found.append(i)
    return tuple(found)


def stretched_axes_by_size(shape, broadcast):
    sizes = broadcast[len(broadcast) - len(shape) :]
    return tuple(broadcast.index(b) for a, b in zip(shape, sizes) if a == 1 and b != 1)


def added_axes_by_size(shape, broadcast):
    return tuple(i for i, n in enumerate(broadcast[: len(broadcast) - len(shape)]) if n not in shape)


def unbroadcast_by_size(g, shape):
    axes = tuple(i for i in range(g.ndim) if g.shape[i] not in shape)
    return g.sum(axis=axes, keepdims=True).reshape(shape)


def mul_both_to_a(g, ans, a, b):
    return unbroadcast(g * b, a.shape), unbroadcast(g * a, a.shape)


def add_both_to_b(g, ans, a, b):
    return unbroadcast(g, b.shape), unbroadcast(g, b.shape)


WRONG = {
    "stretched_axes": [stretched_axes_of_shape, stretched_axes_by_size],
    "added_axes": [added_axes_a, added_axes_by_size],
    "unbroadcast": [unbroadcast_by_size],
    "add_broadcast_vjp": [add_both_to_b],
    "mul_broadcast_vjp": [mul_both_to_a],
}
