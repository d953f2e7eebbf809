"""The table of operations: calls of each one, beside what NumPy gives for them.

A new operation gets a row here; test_every_operation then holds all that is promised of every operation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np

import revgraph.core as rc

SHAPES = [(), (3,), (2, 3), (0, 3), (2, 1, 3)]
AXES = [None, 0, -1, (0, -1), (1,)]
# fmt: off
# ruff: noqa: E501
UNARY = {  # NumPy's function, and how far to shift numbers between 0.1 and 0.9
    "abs": (np.abs, -0.5), "neg": (np.negative, -0.5), "sign": (np.sign, -0.5), "square": (np.square, -0.5),
    "exp": (np.exp, 0), "log": (np.log, 0), "sqrt": (np.sqrt, 0),
    "sin": (np.sin, 0), "cos": (np.cos, 0), "tan": (np.tan, 0),
    "arcsin": (np.arcsin, 0), "arccos": (np.arccos, 0), "arctan": (np.arctan, 0),
    "sinh": (np.sinh, 0), "cosh": (np.cosh, 0), "tanh": (np.tanh, 0),
    "arcsinh": (np.arcsinh, 0), "arccosh": (np.arccosh, 1), "arctanh": (np.arctanh, 0),
    "relu": (lambda a: np.maximum(a, 0), -0.5),
    "gelu": (lambda a: a / 2 * (1 + np.tanh(0.7978845608028654 * (a + 0.044715 * a**3))), -0.5),
    "sigmoid": (lambda a: 1 / (1 + np.exp(-a)), -0.5),
    "softplus": (lambda a: np.log(1 + np.exp(a)), -0.5),
}
BINARY = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "pow": np.power,
    "floordiv": np.floor_divide, "maximum": np.maximum, "minimum": np.minimum,
}
COMPARISONS = {
    "equal": np.equal, "not_equal": np.not_equal, "less": np.less, "less_equal": np.less_equal,
    "greater": np.greater, "greater_equal": np.greater_equal,
}
REDUCTIONS = {
    "sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min,
    "logsumexp": lambda a, axis, keepdims: np.log(np.sum(np.exp(a), axis=axis, keepdims=keepdims)),
}
ANSWERS = {"all": np.all, "any": np.any, "argmax": np.argmax, "argmin": np.argmin}
SHAPING = {  # of an array of shape (n, 1, 3)
    "reshape": (lambda a, n: rc.reshape(a, (3, -1)), lambda a, n: a.reshape(3, n)),
    "reshape_like": (lambda a, n: rc.reshape_like(a, np.ones((3, n))), lambda a, n: a.reshape(3, n)),
    "flatten": (lambda a, n: rc.flatten(a), lambda a, n: a.reshape(n, 3)),
    "transpose": (lambda a, n: rc.transpose(a, (1, 2, -3)), lambda a, n: a.transpose(1, 2, 0)),
    "expand_dims": (lambda a, n: rc.expand_dims(a, (0, -1)), lambda a, n: a[None, ..., None]),
    "squeeze": (lambda a, n: rc.squeeze(a, 1), lambda a, n: a[:, 0]),
    "broadcast_to": (lambda a, n: rc.broadcast_to(a, (2, n, 4, 3)), lambda a, n: a[None].repeat(2, 0).repeat(4, 2)),
    "broadcast_like": (lambda a, n: rc.broadcast_like(a, np.ones((n, 4, 3))), lambda a, n: a.repeat(4, 1)),
    "unbroadcast_like": (lambda a, n: rc.unbroadcast_like(a, rc.constant(np.ones((1, 3)))), lambda a, n: a.sum(0)),
    "concatenate": (lambda a, n: rc.concatenate([a, 2 * a, a[:, :, :1]], -1), lambda a, n: np.dstack([a, 2 * a, a[..., :1]])),
    "stack": (lambda a, n: rc.stack([a, 2 * a], 1), lambda a, n: np.stack([a, 2 * a], 1)),
    "getitem": (lambda a, n: a[..., [0, 0], ::2], lambda a, n: a[..., [0, 0], ::2]),
    "pad": (lambda a, n: rc.pad(a, ((1, 2),) * 3), lambda a, n: np.pad(a, (1, 2))),
    "where": (lambda a, n: rc.where(a > 0.5, a, 0), lambda a, n: np.where(a > 0.5, a, 0)),
    "clip": (lambda a, n: rc.clip(a, 0.3, 0.6), lambda a, n: np.clip(a, 0.3, 0.6)),
    "softmax": (lambda a, n: rc.softmax(a), lambda a, n: np.exp(a) / np.exp(a).sum(-1, keepdims=True)),
    "log_softmax": (lambda a, n: rc.log_softmax(a, 2), lambda a, n: a - np.log(np.exp(a).sum(2, keepdims=True))),
}
PRODUCTS = {"matmul": np.matmul, "dot": np.matmul}
IMAGES = {  # of images (n, 5, 4, 2) and a kernel (3, 2, 2, 5)
    "conv2d": (
        lambda x, k: rc.conv2d(x, k, stride=2, padding="SAME"),
        lambda x, k: np.einsum("nijabc,abco->nijo", windows(x, (3, 2), 2), k),
    ),
    "conv1d": (
        lambda x, k: rc.conv1d(x[:, 0], k[0], stride=2, padding="SAME"),
        lambda x, k: np.einsum("nijabc,abco->nijo", windows(x[:, :1], (1, 2), 2), k[:1])[:, 0],
    ),
    "windows": (lambda x, k: rc.windows(x, 2, 1, padding="SAME"), lambda x, k: windows(x, (2, 2), 1)),
    "max_pool2d": (
        lambda x, k: rc.max_pool2d(x, 2, 1, "SAME"),
        lambda x, k: windows(x, (2, 2), 1, -np.inf).max((3, 4)),
    ),
    "avg_pool2d": (
        lambda x, k: rc.avg_pool2d(x, 2, 1, "SAME"),
        lambda x, k: np.nanmean(windows(x, (2, 2), 1, np.nan), (3, 4)),
    ),
}
# fmt: on


@dataclass
class Call:
    """An operation called on nodes (ours), beside NumPy on arrays (theirs)."""

    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    arrays: list[np.ndarray]
    has_gradient: bool = True
    is_known: tuple[bool, ...] = (False, False)  # whose shapes the operation needs before the run

    def __str__(self):
        return f"on arrays of shapes {', '.join(str(array.shape) for array in self.arrays)}"

    def variables(self, dtype="float64"):
        return [rc.variable(array.astype(dtype)) for array in self.arrays]

    def placeholders(self, ranks=True):
        """Placeholders of unknown shapes, and the feeds for them; a variable where the shape has to be known."""
        args, feeds = self.variables(), {}
        for i, (array, known) in enumerate(zip(self.arrays, self.is_known, strict=False)):
            if not known:
                args[i] = rc.placeholder(f"x{i}", [None] * array.ndim if ranks else None)
                feeds[args[i]] = array
        return args, feeds


def calls_of(name):
    """The calls of an operation that its row makes."""
    for table, make in TABLES:
        if name in table:
            yield from make(getattr(rc, name), table[name])


def numbers(shape, seed=0):
    return np.random.default_rng(seed).uniform(0.1, 0.9, shape)


def two_values(array):
    """As the array, but most of its entries tie."""
    return np.where(array < np.median(array), *np.quantile(array, [0.25, 0.75])) if array.size else array


def unary(op, row):
    theirs, shift = row
    for shape in SHAPES:
        yield Call(op, theirs, [numbers(shape) + shift])


def binary(op, theirs):
    for shape in SHAPES:
        for other in (shape, (), (1,) * len(shape), (4, *shape)):
            yield Call(op, theirs, [numbers(shape), numbers(other, 1)])
        yield Call(partial(op, 2), partial(theirs, 2), [numbers(shape)])


def comparison(op, theirs):
    for shape in SHAPES:
        yield Call(lambda a: op(a, 0.5), lambda a: theirs(a, 0.5), [numbers(shape).round(1)], False)
        yield Call(op, theirs, [numbers(shape).round(1), numbers((4, *shape), 1).round(1)], False)
    yield Call(lambda a: op(a, 0.5) * a, lambda a: theirs(a, 0.5) * a, [numbers((2, 3))])


def reduction(op, theirs):
    for axis, keepdims in product(AXES, [False, True]):
        options = {"axis": axis, "keepdims": keepdims}
        for shape in ((2, 3), (2, 3, 4), (1, 1)) + ((),) * (axis is None):
            yield Call(partial(op, **options), partial(theirs, **options), [numbers(shape)])
    for axis, keepdims in product([0, -1, (0, 2)], [False, True]):  # of no samples
        options = {"axis": axis, "keepdims": keepdims}
        yield Call(partial(op, **options), partial(theirs, **options), [numbers((3, 0, 2))])


def answer(op, theirs):
    for axis, keepdims in product([None, 0, -1], [False, True]):
        options = {"axis": axis, "keepdims": keepdims}
        for shape in ((2, 3), (2, 1, 3)) + ((3, 0, 2),) * (axis is not None):
            yield Call(partial(op, **options), partial(theirs, **options), [numbers(shape).round()], False)


def length(op, _):
    for shape in ((3,), (2, 3), (0, 3)):
        yield Call(op, lambda a: np.intp(len(a)), [numbers(shape)], False)


def shaping(op, row):
    for n in (2, 0):
        ours, theirs = (partial(function, n=n) for function in row)
        yield Call(ours, theirs, [numbers((n, 1, 3))])


def products(op, theirs):
    for a, b in [
        ((2, 3), (3, 4)),
        ((0, 3), (3, 4)),
        ((5, 1, 2, 3), (4, 3, 2)),
        ((3,), (3, 4)),
        ((2, 2, 3), (3,)),
        ((3,), (3,)),
    ]:
        yield Call(op, theirs, [numbers(a), numbers(b, 1)])


def images(op, row):
    for n in (2, 0):
        yield Call(*row, [numbers((n, 5, 4, 2)), numbers((3, 2, 2, 5), 1)], is_known=(False, True))


TABLES = [
    (UNARY, unary),
    (BINARY, binary),
    (COMPARISONS, comparison),
    (REDUCTIONS, reduction),
    (ANSWERS, answer),
    ({"len": None}, length),
    (SHAPING, shaping),
    (PRODUCTS, products),
    (IMAGES, images),
]
NAMES = [name for table, _ in TABLES for name in table]


def windows(x, size, stride, fill=0.0):
    """Every window on images with TensorFlow's SAME padding, one at a time."""
    ends = [(-(-n // stride), k) for n, k in zip(x.shape[1:3], size, strict=True)]
    missing = [max((count - 1) * stride + k - n, 0) for (count, k), n in zip(ends, x.shape[1:3], strict=True)]
    around = [(0, 0), *((total // 2, total - total // 2) for total in missing), (0, 0)]
    padded = np.pad(x, around, constant_values=fill)
    (rows, kh), (columns, kw) = ends
    result = np.empty((len(x), rows, columns, kh, kw, x.shape[3]), x.dtype)
    for i, j in np.ndindex(rows, columns):
        result[:, i, j] = padded[:, i * stride : i * stride + kh, j * stride : j * stride + kw]
    return result
