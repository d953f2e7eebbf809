"""Every rule against central differences, with random upstream gradients."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import revgraph.core as rc

check = partial(rc.check_gradients, order=2)


def positive(rng, *shape):
    return rng.uniform(0.5, 2.0, shape)


BINARY = [rc.add, rc.sub, rc.mul, rc.truediv, rc.pow, rc.maximum, rc.minimum]
# fmt: off
INSIDE_ONE = [
    rc.arcsin, rc.arccos, rc.arctan, rc.sin, rc.cos, rc.tan, rc.sinh, rc.cosh, rc.tanh, rc.arcsinh,
    rc.arctanh, rc.exp, rc.neg, rc.abs, rc.square, rc.relu, rc.gelu, rc.sigmoid, rc.softplus, rc.sign,
]
# fmt: on
ABOVE_ONE = [rc.arccosh, rc.log, rc.sqrt]


@pytest.mark.parametrize("op", INSIDE_ONE + ABOVE_ONE, ids=lambda op: op.__name__)
def test_unary_operations(op):
    x = np.array([[-0.9, -0.5, 0.1], [0.3, 0.7, 0.8]])
    check(op, x + 2 if op in set(ABOVE_ONE) else x)


@pytest.mark.parametrize("op", BINARY, ids=lambda op: op.name)
@settings(max_examples=10, deadline=None)
@given(
    shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, min_side=0, max_side=3),
    seed=st.integers(0, 99),
)
def test_binary_operations_undo_broadcasting(op, shapes, seed):
    rng = np.random.default_rng(seed)
    check(op, *(positive(rng, *shape) for shape in shapes.input_shapes), seed=seed)


@pytest.mark.parametrize("op", BINARY, ids=lambda op: op.name)
@pytest.mark.parametrize("shapes", [((3, 1), (4,)), ((2,), (2,)), ((), (2, 3)), ((1, 3), (2, 3))], ids=str)
def test_broadcasting_of_shapes_only_the_run_knows(op, shapes):
    rng = np.random.default_rng(2)
    arrays = [positive(rng, *shape) for shape in shapes]
    for unknown in (lambda shape: None, lambda shape: (None,) * len(shape)):
        a, b = (rc.placeholder(name, unknown(shape)) for name, shape in zip("ab", shapes, strict=True))
        known = [rc.variable(array) for array in arrays]
        g = rng.normal(size=np.broadcast_shapes(*shapes))
        found = rc.run(rc.gradients(op(a, b), [a, b], g), {a: arrays[0], "b": arrays[1]})
        expected = rc.run(rc.gradients(op(*known), known, g))
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other)


@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), (1,)], ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
def test_sum(axis, keepdims):
    x = np.random.default_rng(3).normal(size=(2, 3, 4))
    check(lambda a: rc.sum(a, axis, keepdims) ** 2, x)
    np.testing.assert_allclose(rc.run(rc.sum(x, axis, keepdims)), x.sum(axis=axis, keepdims=keepdims))


MATRICES = [((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((5, 1, 2, 3), (4, 3, 2))]
VECTORS = [((3,), (3, 4)), ((2, 3), (3,)), ((3,), (3,)), ((3,), (2, 3, 2)), ((2, 2, 3), (3,))]


@pytest.mark.parametrize(("a", "b"), MATRICES + VECTORS, ids=str)
def test_matmul(a, b):
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=a), rng.normal(size=b)
    np.testing.assert_allclose(rc.run(rc.matmul(a, b)), a @ b)
    check(rc.matmul, a, b)


@pytest.mark.parametrize("unknown", [(True, False), (False, True), (True, True)], ids=["a", "b", "both"])
@pytest.mark.parametrize(
    "shapes", [((2, 1), (1, 3)), ((1,), (1, 3)), ((1,), (1,)), ((1, 1), (1, 1))], ids=str
)
def test_a_size_that_only_the_run_knows_may_be_1(shapes, unknown):
    """Also where it meets one that is known to be 1, as in a product, or between a node and its gradient."""
    rng = np.random.default_rng(4)
    arrays = [rng.normal(size=shape) for shape in shapes]
    leaves = [
        rc.placeholder(name, [None] * len(shape) if hidden else shape)
        for name, shape, hidden in zip("ab", shapes, unknown, strict=True)
    ]
    found = []
    for xs in (leaves, [rc.variable(array) for array in arrays]):
        product = xs[0] @ xs[1]
        g = rc.placeholder("g", [None] * np.ndim(arrays[0] @ arrays[1]))
        nodes = [product, *rc.gradients(product, xs, g)]
        for _ in range(2):
            nodes += rc.gradients(sum(rc.sum(rc.sin(node)) for node in nodes), xs)
        found.append(rc.run(nodes, {g: arrays[0] @ arrays[1], **dict(zip(leaves, arrays, strict=True))}))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other)


SHAPING = {
    "reshape": lambda a: rc.reshape(a, (4, -1)),
    "flatten": rc.flatten,
    "flatten all": lambda a: rc.flatten(a, exclude_dim_0=False),
    "transpose": rc.transpose,
    "permute": lambda a: rc.transpose(a, (1, -1, 0)),
    "expand_dims": lambda a: rc.expand_dims(a, (0, -1)),
    "squeeze": lambda a: rc.squeeze(a[:1], 0),
    "broadcast_to": lambda a: rc.broadcast_to(a[:, :1], (2, 2, 5, 4)),
    "pad": lambda a: rc.pad(a, ((1, 0), (0, 0), (2, 3))),
    "pad all": lambda a: rc.pad(a, 1),
    "concatenate": lambda a: rc.concatenate([a, 2 * a[:, 1:], np.ones((2, 1, 4))], axis=-2),
    "stack": lambda a: rc.stack([a, a * a], axis=1),
    "integer": lambda a: a[-1],
    "slices": lambda a: a[:, ::-2, 1:3],
    "ellipsis": lambda a: a[..., None, 2],
    "repeated": lambda a: a[:, [0, 2, 0, 0]],
    "apart": lambda a: a[[0, 1, 1], :, [3, 3, 0]],
    "mask": lambda a: a[:, np.array([True, False, True])],
    "node": lambda a: a[rc.constant([[1, 0], [1, 1]], dtype=int), 1:],
}


@pytest.mark.parametrize("function", SHAPING.values(), ids=SHAPING.keys())
def test_shaping(function):
    x = np.random.default_rng(5).normal(size=(2, 3, 4))
    check(lambda a: function(a) ** 2, x)
    y = function(rc.variable(x))
    assert y.shape == y().shape
    fed = rc.placeholder("x", (None, 3, None))
    y, value = function(fed), function(rc.variable(x))()
    np.testing.assert_array_equal(y(x=x), value)
    g = rc.gradients(y * y, fed)
    np.testing.assert_allclose(g(x=x), rc.run(rc.gradients(function(v := rc.variable(x)) ** 2, v)))
    assert all(size in (None, actual) for size, actual in zip(y.shape, value.shape, strict=True))


@pytest.mark.parametrize("axis", [None, 1, -1, (0, 2)], ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("name", ["mean", "max", "min", "logsumexp"])
def test_reductions(name, axis, keepdims):
    op, x = getattr(rc, name), np.random.default_rng(6).normal(size=(2, 3, 4))
    check(lambda a: op(a, axis, keepdims) * 2, x)
    expected = np.log(np.exp(x).sum(axis=axis, keepdims=keepdims)) if name == "logsumexp" else None
    expected = getattr(x, name)(axis=axis, keepdims=keepdims) if expected is None else expected
    np.testing.assert_allclose(rc.run(op(x, axis, keepdims)), expected)
    fed = rc.placeholder("x", (None, 3, None))
    y = op(fed, axis, keepdims)
    np.testing.assert_allclose(y(x=x), expected)
    by_run, before = rc.gradients(y * y, fed)(x=x), rc.variable(x)
    np.testing.assert_allclose(by_run, rc.run(rc.gradients(op(before, axis, keepdims) ** 2, before)))


@pytest.mark.parametrize("axis", [-1, 0])
@pytest.mark.parametrize("op", [rc.softmax, rc.log_softmax])
def test_softmax(op, axis):
    check(lambda a: op(a, axis), np.random.default_rng(7).normal(size=(2, 3)))


def test_ties_share_the_gradient_equally():
    x = rc.variable([[1.0, 2.0, 2.0], [3.0, 3.0, 3.0]])
    np.testing.assert_allclose(rc.run(rc.gradients(rc.max(x, 1), x)), [[0, 1 / 2, 1 / 2], [1 / 3] * 3])
    np.testing.assert_allclose(rc.run(rc.gradients(rc.min(x), x)), [[1, 0, 0], [0, 0, 0]])
    for op in (rc.maximum, rc.minimum):
        assert rc.run(rc.gradients(op(x, x + 0), x)).tolist() == [[1.0] * 3] * 2
        a, b = rc.variable(2.0), rc.variable(2.0)
        assert rc.run(rc.gradients(op(a, b), [a, b])) == [0.5, 0.5]


def test_stable_at_a_thousand():
    x = rc.variable([-1000.0, 0.0, 1000.0])
    with np.errstate(all="raise", under="ignore"):
        assert rc.run(rc.sigmoid(x)).tolist() == [0, 0.5, 1]
        assert rc.run(rc.softmax(x)).tolist() == [0, 0, 1]
        assert rc.run(rc.log_softmax(x)).tolist() == [-2000, -1000, 0]
        assert rc.run(rc.logsumexp(x)) == 1000
        np.testing.assert_allclose(rc.run(rc.softplus(x)), [0, np.log(2), 1000])
        for op in (rc.gelu, rc.sigmoid, rc.softplus, rc.softmax, rc.log_softmax, rc.logsumexp, rc.tanh):
            assert np.isfinite(rc.run(rc.gradients(op(x), x))).all()


EMPTY = {
    "sum": lambda a: rc.sum(a, 1),
    "softmax": lambda a: rc.softmax(a, 1),
    "log_softmax": lambda a: rc.log_softmax(a, 1),
    "logsumexp": lambda a: rc.logsumexp(a, 1),
    "max": lambda a: rc.max(a, 1),
    "mean": lambda a: rc.mean(a, (1, 2)),
    "relu": rc.relu,
    "matmul": lambda a: a @ np.ones((2, 5)),
    "conv2d": lambda a: rc.conv2d(a[..., None], np.ones((2, 2, 1, 3)), padding="SAME"),
    "max_pool2d": lambda a: rc.max_pool2d(a[..., None], 2),
    "concatenate": lambda a: rc.concatenate([a, np.ones((1, 3, 2))]),
    "getitem": lambda a: a[:, 1:],
}


@pytest.mark.parametrize("function", EMPTY.values(), ids=EMPTY.keys())
def test_a_batch_of_nothing(function):
    x = rc.variable(np.ones((0, 3, 2)))
    y = function(x)
    assert y.shape == y().shape
    assert rc.run(rc.gradients(y, x)).shape == (0, 3, 2)
    fed = rc.placeholder("x", (None, 3, 2))
    assert function(fed)(x=x.data).shape == y.shape


def test_clip_and_where():
    x, low = rc.variable([-2.0, -1.0, 0.5, 3.0]), rc.variable(-1.0)
    y = rc.clip(x, low, 2)
    assert y().tolist() == [-1, -1, 0.5, 2]
    assert [g.tolist() for g in rc.run(rc.gradients(y, [x, low]))] == [[0, 1, 1, 0], 1.0]
    y = rc.where(x > 0, x * x, 3 * x)
    assert rc.run(rc.gradients(y, x)).tolist() == [3, 3, 1, 6]


CHOICES = {
    "clip": lambda a, b: rc.clip(a, -0.5, b),
    "clip one side": lambda a, b: rc.clip(a * b, None, 1),
    "where": lambda a, b: rc.where(a > b, a * a, a * b),
    "where of a mask": lambda a, b: rc.where(np.array([True, False, True]), b, rc.exp(a)),
    "floordiv": lambda a, b: (a // 0.3) * a * a + b,
    "comparison": lambda a, b: (a < b) * a**3,
}


@pytest.mark.parametrize("function", CHOICES.values(), ids=CHOICES.keys())
def test_choices(function):
    rng = np.random.default_rng(12)
    check(lambda a, b: function(a, b) ** 2, rng.normal(size=(2, 3)), positive(rng, 2, 1))


def test_images_of_a_known_shape_and_windows_themselves():
    rng = np.random.default_rng(13)
    check(lambda a: rc.windows(a, (2, 3), 2, (2, 1), "SAME", 1.5) ** 2, rng.normal(size=(2, 5, 4, 2)))


CONVOLUTIONS = [
    # x, kernel, padding, stride, dilation
    ((2, 5, 6, 3), (3, 2, 3, 4), "VALID", 1, 1),
    ((2, 5, 6, 3), (3, 2, 3, 4), "SAME", 1, 1),
    ((1, 7, 5, 2), (3, 3, 2, 2), "SAME", (2, 3), 1),
    ((1, 7, 8, 2), (2, 3, 2, 1), "VALID", (3, 2), 1),
    ((2, 4, 4, 3), (1, 1, 3, 2), "VALID", (2, 3), 1),
    ((1, 9, 8, 1), (2, 4, 1, 2), "SAME", 2, (2, 1)),
    ((1, 9, 8, 1), (3, 2, 1, 2), "VALID", 1, (2, 3)),
]


@pytest.mark.parametrize("case", CONVOLUTIONS, ids=str)
def test_conv2d(case):
    x_shape, k_shape, *options = case
    rng = np.random.default_rng(8)
    x, k = rng.normal(size=x_shape), rng.normal(size=k_shape)
    y = rc.conv2d(x, k, *options)
    assert y.shape == y().shape
    np.testing.assert_allclose(y(), naive_conv2d(x, k, *options), atol=1e-12)
    fed = rc.placeholder("x", (None, None, None, k_shape[2]))
    np.testing.assert_allclose(rc.conv2d(fed, k, *options)(x=x), y())
    check(lambda x, k: rc.conv2d(x, k, *options), x, k)


@pytest.mark.parametrize("channels", [2, 6])
@pytest.mark.parametrize("stride", [1, 2])
def test_conv2d_of_many_images_a_few_at_a_time(channels, stride, monkeypatch):
    rng = np.random.default_rng(11)
    x, k = (
        rc.variable(rng.normal(size=(5, 6, 5, channels))),
        rc.variable(rng.normal(size=(3, 2, channels, 3))),
    )
    y = rc.conv2d(x, k, "SAME", stride)
    nodes = [y, *rc.gradients(rc.square(y), [x, k])]
    at_once = rc.run(nodes)
    for images in (1, 2):  # 2 leave a last block of 1
        monkeypatch.setattr("revgraph.core.ops.conv.BLOCK", images * y().size // 5 * 2 * channels * 8)
        for one, other in zip(rc.run(nodes), at_once, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.tuples(st.integers(0, 3), *[st.integers(1, 7)] * 3),
    kernel=st.tuples(*[st.integers(1, 4)] * 2, st.integers(1, 3)),
    stride=st.tuples(*[st.integers(1, 5)] * 2),
    dilation=st.tuples(*[st.integers(1, 2)] * 2),
    padding=st.sampled_from(["VALID", "SAME"]),
)
def test_conv2d_of_any_shape(sizes, kernel, stride, dilation, padding):
    """Linear in both arguments, so <g, x*k> = <gradient by x, x> = <gradient by k, k>, exactly."""
    rng = np.random.default_rng(14)
    (kh, kw, outputs), (dh, dw) = kernel, dilation
    x, k = rc.variable(rng.normal(size=sizes)), rc.variable(rng.normal(size=(kh, kw, sizes[3], outputs)))
    if padding == "VALID" and ((kh - 1) * dh >= sizes[1] or (kw - 1) * dw >= sizes[2]):
        with pytest.raises(rc.GraphError, match="larger than the"):
            rc.conv2d(x, k, padding, stride, dilation)
        return
    y = rc.conv2d(x, k, padding, stride, dilation)
    np.testing.assert_allclose(y(), naive_conv2d(x.data, k.data, padding, stride, dilation), atol=1e-12)
    assert y.shape == y().shape
    g = rng.normal(size=y.shape)
    by_x, by_k = rc.run(rc.gradients(y, [x, k], g))
    whole = np.sum(g * y())
    np.testing.assert_allclose([np.sum(by_x * x.data), np.sum(by_k * k.data)], [whole] * 2, atol=1e-9)


def naive_conv2d(x, k, padding, stride, dilation):
    """One entry at a time, with TensorFlow's padding."""
    (sh, sw), (dh, dw) = (np.broadcast_to(value, 2) for value in (stride, dilation))
    kh, kw = (k.shape[0] - 1) * dh + 1, (k.shape[1] - 1) * dw + 1
    if padding == "SAME":
        axes = ((x.shape[1], kh, sh), (x.shape[2], kw, sw))
        missing = [max((-(-n // s) - 1) * s + m - n, 0) for n, m, s in axes]
        x = np.pad(x, [(0, 0), *((total // 2, total - total // 2) for total in missing), (0, 0)])
    rows, columns = (x.shape[1] - kh) // sh + 1, (x.shape[2] - kw) // sw + 1
    result = np.empty((x.shape[0], rows, columns, k.shape[3]))
    for n, i, j, o in np.ndindex(*result.shape):
        window = x[n, i * sh : i * sh + kh : dh, j * sw : j * sw + kw : dw]
        result[n, i, j, o] = (window * k[..., o]).sum()
    return result


def test_conv1d_is_conv2d_on_one_row():
    rng = np.random.default_rng(9)
    x, k = rng.normal(size=(2, 7, 3)), rng.normal(size=(3, 3, 4))
    expected = naive_conv2d(x[:, None], k[None], "SAME", (1, 2), 1)[:, 0]
    np.testing.assert_allclose(rc.run(rc.conv1d(x, k, "SAME", 2)), expected, atol=1e-12)
    check(lambda x, k: rc.conv1d(x, k, "SAME", 2), x, k)


@pytest.mark.parametrize("padding", ["VALID", "SAME"])
@pytest.mark.parametrize(("size", "stride"), [(2, None), ((2, 3), (2, 1)), (3, 2), (2, 3)], ids=str)
@pytest.mark.parametrize("op", [rc.max_pool2d, rc.avg_pool2d])
def test_pooling(op, size, stride, padding):
    x = np.random.default_rng(10).normal(size=(2, 5, 7, 2))
    check(lambda a: op(a, size, stride, padding) * 2, x)
    y = op(rc.variable(x), size, stride, padding)
    assert y.shape == y().shape


def test_paths_add_up_and_what_does_not_matter_is_zero():
    x, other = rc.variable([2.0, 3.0]), rc.variable(np.ones((2, 2), np.float32))
    gradients = rc.run(rc.gradients([x * x + x, 3 * x], [x, other]))
    np.testing.assert_array_equal(gradients[0], [8.0, 10.0])
    assert gradients[1].shape == (2, 2)
    assert gradients[1].dtype == np.float32
    assert not gradients[1].any()


def test_a_gradient_by_a_node_in_the_middle():
    x = rc.variable(2.0)
    middle = x * x
    assert rc.run(rc.gradients(middle**2, [middle, x])) == [8.0, 32.0]


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)], ids=str)
def test_float32_stays_float32(shape):
    x = rc.variable(np.full(shape, 0.5, np.float32))
    for y in (2 * x + 1, x / 3, rc.exp(x) ** 2, rc.sum(x * 2.5), rc.tanh(x), rc.log(1.5 - x) * np.float64(2)):
        second = rc.gradients(rc.gradients(y, x), x)
        assert {value.dtype for value in rc.run([y, rc.gradients(y, x), second])} == {np.dtype(np.float32)}
        assert y.dtype == np.float32


def test_powers_at_zero():
    x, n = rc.variable([0.0, 0.0, 0.0, 2.0]), rc.variable([0.0, 1.0, 2.0, 0.0])
    by_base, by_exponent = rc.run(rc.gradients(x**n, [x, n]))
    np.testing.assert_array_equal(by_base, [0, 1, 0, 0])
    np.testing.assert_allclose(by_exponent, [0, 0, 0, np.log(2)])


def test_newtons_method_finds_a_minimum_in_one_step_on_a_quadratic():
    a = np.array([[3.0, 1.0], [1.0, 2.0]])
    x, v = rc.variable([5.0, -7.0]), rc.placeholder("v", (2,))
    gradient = rc.gradients(x @ a @ x / 2 - rc.sum(x), x)
    product = rc.gradients(gradient, x, v)  # Hessian times v
    hessian = np.stack([product(v=row) for row in np.eye(2)])
    np.testing.assert_allclose(hessian, a)
    x.data = x.data - np.linalg.solve(hessian, gradient())
    np.testing.assert_allclose(gradient(), 0, atol=1e-12)
