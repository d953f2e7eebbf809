"""Every rule against central differences, with random upstream gradients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import revgraph.core as rc


def numerical_vjp(f, x, g, h=1e-6):
    """Σ g·∂f/∂x by central differences."""
    result = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        low, high = x.copy(), x.copy()
        low[i] -= h
        high[i] += h
        result[i] = np.sum(g * (f(high) - f(low))) / (2 * h)
    return result


def check(function, *arrays, seed=0):
    """The gradients of `function` by all its arguments, and of those gradients, against differences."""
    rng = np.random.default_rng(seed)
    xs = [rc.variable(array) for array in arrays]
    y = function(*xs)
    g = rc.variable(rng.normal(size=np.shape(y())))
    first = rc.gradients(y, xs, g)
    compare(y, xs, g.data, rc.run(first))
    for node in first:
        g2 = rng.normal(size=node().shape)
        compare(node, [*xs, g], g2, rc.run(rc.gradients(node, [*xs, g], rc.constant(g2))))


def compare(y, xs, g, found):
    for x, result in zip(xs, found, strict=True):
        at, original = value_at(y, x), x.data.copy()
        expected = numerical_vjp(at, original, g)
        x.data = original
        assert np.shape(result) == x.shape
        np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-5)


def value_at(y, x):
    def value(data):
        x.data = data
        return y()

    return value


def positive(rng, *shape):
    return rng.uniform(0.5, 2.0, shape)


BINARY = [rc.add, rc.sub, rc.mul, rc.truediv, rc.pow]
UNARY = [rc.neg, rc.exp, rc.log, rc.tanh]


@pytest.mark.parametrize("op", UNARY, ids=lambda op: op.name)
def test_unary_operations(op):
    check(op, positive(np.random.default_rng(1), 3, 2))


@pytest.mark.parametrize("op", BINARY, ids=lambda op: op.name)
@settings(max_examples=10, deadline=None)
@given(
    shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3), seed=st.integers(0, 99)
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
            np.testing.assert_array_equal(one, other)


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
