"""Every operation there is: its value, shape and dtype beside NumPy's, and those of two gradients.

Float32 stays float32; scalars, empty arrays, any axis. That gradients are right is tested in test_gradients.
"""

import numpy as np
import pytest

import revgraph.core as rc
from revgraph.core import ops

SHAPES = [(), (3,), (2, 3), (0, 3), (2, 1, 3)]
AXES = [None, 0, -1, (0, -1), (1,)]
# fmt: off
UNARY = {  # what NumPy calls it, and how far to shift numbers between 0.1 and 0.9
    "abs": ("abs", -0.5), "neg": ("negative", -0.5), "sign": ("sign", -0.5), "square": ("square", -0.5),
    "exp": ("exp", 0), "log": ("log", 0), "sqrt": ("sqrt", 0),
    "sin": ("sin", 0), "cos": ("cos", 0), "tan": ("tan", 0),
    "arcsin": ("arcsin", 0), "arccos": ("arccos", 0), "arctan": ("arctan", 0),
    "sinh": ("sinh", 0), "cosh": ("cosh", 0), "tanh": ("tanh", 0),
    "arcsinh": ("arcsinh", 0), "arccosh": ("arccosh", 1), "arctanh": ("arctanh", 0),
    "relu": (lambda a: np.maximum(a, 0), -0.5),
    "sigmoid": (lambda a: 1 / (1 + np.exp(-a)), -0.5),
    "softplus": (lambda a: np.log(1 + np.exp(a)), -0.5),
}
BINARY = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "pow": np.power,
    "floordiv": np.floor_divide, "maximum": np.maximum, "minimum": np.minimum,
}
COMPARISONS = ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]
REDUCTIONS = {
    "sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min,
    "logsumexp": lambda a, axis, keepdims: np.log(np.sum(np.exp(a), axis=axis, keepdims=keepdims)),
}
ANSWERS = {"all": np.all, "any": np.any, "argmax": np.argmax, "argmin": np.argmin}
SHAPING = {  # of an array of shape (2, 1, 3)
    "reshape": (lambda a: rc.reshape(a, (3, -1)), lambda a: a.reshape(3, -1)),
    "reshape_like": (lambda a: rc.reshape_like(a, np.ones((3, 2))), lambda a: a.reshape(3, 2)),
    "flatten": (rc.flatten, np.ravel),
    "transpose": (lambda a: rc.transpose(a, (1, 2, -3)), lambda a: a.transpose(1, 2, 0)),
    "expand_dims": (lambda a: rc.expand_dims(a, (0, -1)), lambda a: np.expand_dims(a, (0, -1))),
    "squeeze": (rc.squeeze, np.squeeze),
    "broadcast_to": (lambda a: rc.broadcast_to(a, (2, 4, 3)), lambda a: np.broadcast_to(a, (2, 4, 3))),
    "broadcast_like": (lambda a: rc.broadcast_like(a, np.ones((2, 4, 3))), lambda a: a.repeat(4, 1)),
    "unbroadcast_like": (lambda a: rc.unbroadcast_like(a, rc.constant(np.ones((1, 3)))), lambda a: a.sum(0)),
    "concatenate": (lambda a: rc.concatenate([a, a], -1), lambda a: np.concatenate([a, a], -1)),
    "stack": (lambda a: rc.stack([a, 2 * a]), lambda a: np.stack([a, 2 * a])),
    "getitem": (lambda a: a[[1, 1], ..., ::2], lambda a: a[[1, 1], ..., ::2]),
    "pad": (lambda a: rc.pad(a, (1, 2)), lambda a: np.pad(a, (1, 2))),
    "where": (lambda a: rc.where(a > 0.5, a, 0), lambda a: np.where(a > 0.5, a, 0)),
    "clip": (lambda a: rc.clip(a, 0.3, 0.6), lambda a: np.clip(a, 0.3, 0.6)),
    "matmul": (lambda a: a @ rc.transpose(a, (0, 2, 1)), lambda a: a @ a.transpose(0, 2, 1)),
    "dot": (lambda a: rc.dot(a, a[0, 0]), lambda a: a @ a[0, 0]),
    "softmax": (rc.softmax, lambda a: np.exp(a) / np.exp(a).sum(-1, keepdims=True)),
    "log_softmax": (rc.log_softmax, lambda a: a - np.log(np.exp(a).sum(-1, keepdims=True))),
}
# fmt: on


def numbers(shape, dtype, seed=0):
    return np.asarray(np.random.default_rng(seed).uniform(0.1, 0.9, shape), dtype)


def examine(y, expected, xs, dtype):
    """The value is as expected; the gradients, and theirs, have the shape and dtype of what they are by."""
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    value = y()
    np.testing.assert_allclose(value, expected, rtol=tolerance, atol=tolerance)
    assert (value.dtype, value.shape) == (dtype, np.shape(expected))
    assert (y.dtype, y.shape) == (dtype, np.shape(expected))
    first = rc.gradients(y * y, xs)
    second = rc.gradients(first, xs)
    for x, found in zip(xs * 2, rc.run(first + second), strict=True):
        assert (found.dtype, found.shape) == (dtype, x.shape)
        assert np.isfinite(found).all()


def test_the_tables_name_every_operation():
    tables = [UNARY, BINARY, COMPARISONS, REDUCTIONS, ANSWERS, SHAPING, IMAGES, ["len"]]
    assert sorted(name for table in tables for name in table) == sorted(ops.__all__)


both_dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


@both_dtypes
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", UNARY)
def test_unary(name, shape, dtype):
    theirs, shift = UNARY[name]
    x = rc.variable(numbers(shape, dtype) + np.dtype(dtype).type(shift))
    expected = (getattr(np, theirs) if isinstance(theirs, str) else theirs)(x.data)
    examine(getattr(rc, name)(x), expected, [x], dtype)


@both_dtypes
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", BINARY)
def test_binary(name, shape, dtype):
    for other in (shape, (), (1,) * len(shape), (4, *shape)):
        a, b = rc.variable(numbers(shape, dtype)), rc.variable(numbers(other, dtype, 1))
        examine(getattr(rc, name)(a, b), BINARY[name](a.data, b.data), [a, b], dtype)
        examine(getattr(rc, name)(2, b), BINARY[name](b.dtype.type(2), b.data), [b], dtype)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons(name, shape):
    x = rc.variable(numbers(shape, "float32").round(1))
    y = getattr(rc, name)(x, 0.5)
    np.testing.assert_array_equal(y(), getattr(np, name)(x.data, np.float32(0.5)))
    assert (y.dtype, y().dtype, y.shape) == (bool, bool, shape)


@both_dtypes
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", AXES, ids=str)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions(name, axis, keepdims, dtype):
    for shape in ((2, 3), (2, 3, 4), (1, 1)):
        x = rc.variable(numbers(shape, dtype))
        expected = REDUCTIONS[name](x.data, axis=axis, keepdims=keepdims)
        examine(getattr(rc, name)(x, axis, keepdims), expected, [x], dtype)
    if axis is None:
        x = rc.variable(numbers((), dtype))
        examine(getattr(rc, name)(x, axis, keepdims), x.data, [x], dtype)


@both_dtypes
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [0, -1, (0, 2)], ids=str)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_of_no_samples(name, axis, keepdims, dtype):
    x = rc.variable(numbers((3, 0, 2), dtype))
    expected = REDUCTIONS[name](x.data, axis=axis, keepdims=keepdims)
    examine(getattr(rc, name)(x, axis, keepdims), expected, [x], dtype)


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, -1], ids=str)
@pytest.mark.parametrize("name", ANSWERS)
def test_answers(name, axis, keepdims):
    x = rc.variable(numbers((2, 3), "float32").round())
    y = getattr(rc, name)(x, axis, keepdims)
    expected = ANSWERS[name](x.data, axis=axis, keepdims=keepdims)
    np.testing.assert_array_equal(y(), expected)
    assert (y.dtype, y.shape) == (np.asarray(expected).dtype, np.shape(expected))


@both_dtypes
@pytest.mark.parametrize("name", SHAPING)
def test_shaping(name, dtype):
    ours, theirs = SHAPING[name]
    x = rc.variable(numbers((2, 1, 3), dtype))
    examine(ours(x), theirs(x.data), [x], dtype)


IMAGES = {
    "conv2d": lambda x, k: rc.conv2d(x, k, 2, "SAME"),
    "conv1d": lambda x, k: rc.conv1d(x[:, 0], k[0], 2, "SAME"),
    "max_pool2d": lambda x, k: rc.max_pool2d(x, 2, 1, "SAME"),
    "avg_pool2d": lambda x, k: rc.avg_pool2d(x, 2, 1, "SAME"),
    "windows": lambda x, k: rc.windows(x, 2),
}


@both_dtypes
@pytest.mark.parametrize("name", IMAGES)
def test_images(name, dtype):
    arrays = [numbers((2, 5, 4, 2), "float64"), numbers((2, 3, 2, 5), "float64")]
    expected = IMAGES[name](*map(rc.variable, arrays))().astype(dtype)
    x, k = (rc.variable(array.astype(dtype)) for array in arrays)
    examine(IMAGES[name](x, k), expected, [x], dtype)
