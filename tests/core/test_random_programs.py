"""Programs drawn at random give what their operations give one after the other, at each run, and keep off
what they were fed and what they gave before: whatever the simplifier and the memory's plan make of them."""

import os

import numpy as np
import pytest

import revgraph.core as rc
from revgraph.core.tensor import topological_order

SEEDS = int(os.environ.get("REVGRAPH_SEEDS", 20))
SMALL = [(3, 4), (2, 3, 4), (1, 4), (2, 1, 3), (0, 3), (5,), ()]
LARGE = [(150, 128), (4, 40, 128), (2000, 10), (20_000,)]
UNARY = [
    rc.abs, rc.neg, rc.square, rc.exp, rc.sin, rc.tanh, rc.relu, rc.gelu, rc.sigmoid, rc.softplus,
    rc.transpose, lambda a: rc.log(rc.abs(a) + 0.5), lambda a: rc.clip(a, -0.7, 0.8),
    lambda a: a * -1, lambda a: a + 0, lambda a: 0 - a, lambda a: a[:1] - a,
    lambda a: 2 - a, lambda a: a**2, lambda a: a / 3,
    lambda a: rc.where(a > 0.3, a, 0), lambda a: rc.where(a > 0, -1.5, a),
    lambda a: rc.where(rc.constant(1.0) > 0.5, a, 0), lambda a: rc.primitive(lambda a: a)(a),
    lambda a: rc.reshape(a, -1), lambda a: rc.expand_dims(a, 0), lambda a: rc.concatenate([a, 2 * a], -1),
    lambda a: a[..., ::-1], lambda a: rc.stack([a, a]), rc.softmax, rc.log_softmax,
]  # fmt: skip
BINARY = [rc.add, rc.sub, rc.mul, rc.truediv, rc.maximum, rc.minimum, lambda a, b: rc.where(a > b, a, b)]
VIEWS = [
    lambda a: a[..., 1], lambda a: a[1:], lambda a: a[::2], lambda a: a[..., None], lambda a: a[[0, 0, -1]],
    lambda a: a[..., 1:3], rc.flatten, rc.squeeze, lambda a: rc.broadcast_like(a[:1], a),
    lambda a: rc.transpose(a, (1, 0, *range(2, a.ndim))), lambda a: rc.pad(a, 1),
]  # fmt: skip
TINY = {
    "memory.LARGE": 4, "writer.PIECE": 5,
    "simplify.SHARED": 6, "simplify.ROWS": 2, "simplify.LARGE_PRODUCT": 20,
    "threads.SHARED": 6, "threads.SHARED_BLOCK": 3, "threads.SEVERAL": 4,
    "ops.activations.BLOCK": 32, "ops.activations.SHARED": 8, "ops.activations.SEVERAL": 4,
    "ops.faster.SHARED": 6, "ops.faster.LONG": 3, "ops.faster.LONG_ROW": 16, "ops.faster.LARGE_PRODUCT": 20,
    "ops.faster.SINGLE": 4,
}  # fmt: skip
REDUCTIONS = [rc.sum, rc.mean, rc.max, rc.min, rc.logsumexp]


def one_after_the_other(nodes, feeds):
    """The nodes' values by their operations' forwards alone."""
    values = {}
    for node in topological_order(nodes):
        if node.op is None:
            data = feeds[node] if isinstance(node, rc.placeholder) else node.data
            values[node] = np.array(data, node.dtype)[()]
        else:
            args = [arg.literal if is_bare(arg, node) else values[arg] for arg in node.args]
            values[node] = np.array(node.op.forward(*args, **node.params), node.dtype)[()]
    return [values[node] for node in nodes]


def is_bare(arg, node):
    return arg.literal is not None and arg.dtype == np.float64 and node.op.pointwise


class Program:
    """Some nodes, their gradients by the leaves, and what is to be fed."""

    def __init__(self, seed, shapes):
        self.draw = np.random.default_rng(seed)
        self.dtype, self.feeds = self.pick(["float64", "float64", "float32"]), {}
        shape = self.pick(shapes)
        self.leaves = [self.leaf(sizes) for sizes in (shape, shape[-1:], (1, *shape[1:])[: len(shape)])]
        self.nodes = list(self.leaves)
        for _ in range(self.draw.integers(3, 9)):
            self.add_node()
        last = self.nodes[-1]
        loss = rc.sum(self.pick([rc.tanh(last), last, -1 * last, 2 * last])) * self.pick([1, -2])
        self.nodes += [loss, *rc.gradients(loss, self.leaves)]

    def pick(self, choices):
        return choices[self.draw.integers(len(choices))]

    def leaf(self, shape):
        values = self.draw.normal(size=shape).round(self.pick([1, 9])).astype(self.dtype)
        if self.draw.random() < 0.5:
            return rc.variable(values)
        dims = self.pick([shape, [None] * len(shape)])
        leaf = rc.placeholder(f"x{len(self.feeds)}", dims, dtype=self.dtype)
        self.feeds[leaf] = values
        return leaf

    def add_node(self):
        a, b = self.pick(self.nodes[-3:]), self.pick(self.nodes)
        kind = self.draw.random()
        try:
            if kind < 0.5:
                node = self.pick(VIEWS if kind < 0.1 else UNARY)(a)
            elif kind < 0.75:
                node = self.pick(BINARY)(a, b)
            elif kind < 0.9:
                axis = self.pick([None, *range(a.ndim), tuple(range(a.ndim))])
                node = self.pick(REDUCTIONS)(a, axis, bool(self.draw.integers(2)))
            else:
                node = a @ self.pick([b, rc.transpose(a)])
            (value,) = one_after_the_other([node], self.feeds)
        except (ValueError, IndexError):  # the shapes do not fit
            return
        if value.size <= 100_000 and node.ndim is not None:
            self.nodes.append(node)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # overflow and 0 / 0 are among them
@pytest.mark.parametrize(
    ("shapes", "limits"),
    [(SMALL, {}), (LARGE, {}), (SMALL, TINY)],
    ids=["small", "large", "small as if large"],
)
def test_a_program_gives_what_its_operations_give(shapes, limits, monkeypatch):
    """Small arrays are written over, worked on in parts and by threads as well, if they count as large."""
    for name, limit in limits.items():
        monkeypatch.setattr(f"revgraph.core.{name}", limit)
    for seed in range(SEEDS * (15 if shapes is SMALL else 2)):
        program = Program(seed, shapes)
        nodes, feeds = program.nodes, program.feeds
        kept = {leaf: values.copy() for leaf, values in feeds.items()}
        expected, found = one_after_the_other(nodes, feeds), rc.run(nodes, feeds)
        held = [np.copy(value) for value in found]
        for value in filter(np.ndim, found):
            value[...] = 7  # which is nobody's memory but the caller's
        again = rc.run(nodes, feeds)
        tolerance = 1e-9 if program.dtype == "float64" else 3e-3
        for node, one, other, right in zip(nodes, held, again, expected, strict=True):
            message = f"seed {seed}: {node!r} in\n{rc.source(nodes)}"
            np.testing.assert_array_equal(one, other, message)
            scale = max(1, np.abs(right[np.isfinite(right)], dtype=float).max(initial=0))
            np.testing.assert_allclose(one, right, tolerance, tolerance * scale, err_msg=message)
            assert (np.shape(one), one.dtype) == (right.shape, node.dtype), message
        for leaf, values in kept.items():
            np.testing.assert_array_equal(feeds[leaf], values)
