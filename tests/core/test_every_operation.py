"""All that is promised of an operation, held for every one there is: see the table in operations.py.

Its value, shape and dtype are NumPy's, float32 stays float32, shapes need not be known before the run; its
gradients, and theirs, are what central differences measure. Scalars, empty arrays, any axis, broadcasting.
"""

import sys
from contextlib import contextmanager
from functools import cache, partial

import numpy as np
import pytest

import revgraph.core as rc
from revgraph.core import ops
from revgraph.core.ops.op import Op, registry
from revgraph.core.simplify import simplified
from revgraph.core.tensor import topological_order
from tests.core.operations import NAMES, calls_of, numbers, two_values
from tests.core.test_pytorch import RECORDED

NOT_IN_PYTORCH = {  # or nothing but a way to write what is recorded
    *("all", "any", "argmax", "argmin", "len"),
    *("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"),
    *("broadcast_like", "unbroadcast_like", "reshape_like", "windows"),
}

both_dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])
# what test_functions, test_right, test_rows and test_threads are about
ELSEWHERE = {
    *("no_grad", "as_float16", "as_float32", "as_float64", "pick", "place", "placed_on", "top_of", "mask"),
    *("add_row", "subtract_row", "multiply_row", "divide_row", "column_products", "exp_difference"),
    *("softmax_gradient", "attention_weights", "attention_gradient"),
}

every_operation = pytest.mark.parametrize("name", NAMES)


@contextmanager
def named(call):
    """The call in the message of what goes wrong with it."""
    try:
        yield
    except Exception as problem:
        problem.add_note(str(call))
        raise


def core_operations():
    """Every operation that is registered, but for those of the layers."""
    layers = [module for name, module in sys.modules.items() if name.startswith("revgraph.dl")]
    return set(registry.values()) - {
        op for module in layers for op in vars(module).values() if isinstance(op, Op)
    }


def without_a_row():
    """The operations that no row reaches, be it by a gradient of a gradient."""
    return core_operations().difference(*map(reached_by, NAMES))


@cache
def reached_by(name):
    """Of one row, whatever else has been registered since."""
    reached = set()
    for call in calls_of(name):
        for xs in (call.variables(), call.placeholders()[0], call.placeholders(ranks=False)[0]):
            y = call.ours(*xs)
            nodes = [y * y] if call.has_gradient else [y]
            for _ in range(2 * call.has_gradient):
                nodes += rc.gradients(nodes[-1], xs)
            reached |= {node.op for node in topological_order([*nodes, *simplified(nodes)])}
    return reached


def nodes_of(call, xs):
    """The call and, where there are any, its gradients."""
    y = call.ours(*xs)
    return [y, *rc.gradients(y * y, xs)] if call.has_gradient else [y]


def test_every_operation_has_a_row():
    assert sorted(NAMES) == sorted(ops.__all__)
    assert {op.name for op in without_a_row()} == ELSEWHERE


@every_operation
def test_it_is_offered_and_documented(name):
    assert name in rc.__all__
    text = getattr(rc, name).__doc__ or ""
    assert text != Op.__doc__
    assert "broadcast." not in text or not text.startswith(f"{name}(x)"), "one has nothing to broadcast with"
    assert len(text.split()) >= 4


@both_dtypes
@every_operation
def test_its_value_shape_and_dtype_are_numpys(name, dtype):
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    for call in calls_of(name):
        with named(call):
            xs = call.variables(dtype)
            y, expected = call.ours(*xs), np.asarray(call.theirs(*[x.data for x in xs]))
            value = y()
            np.testing.assert_allclose(value, expected, rtol=tolerance, atol=tolerance)
            assert (value.dtype, value.shape) == (expected.dtype, expected.shape)
            assert (y.dtype, y.shape) == (expected.dtype, expected.shape)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # log(0) and 1 / 0 are among them
@pytest.mark.parametrize("dtype", ["uint8", "int64"])
@every_operation
def test_fractions_of_integers_are_those_of_float64(name, dtype):
    for call in calls_of(name):
        with named(call):
            whole = [(10 * array).astype(dtype) for array in call.arrays]
            y = call.ours(*[rc.variable(array, dtype=dtype) for array in whole])
            value = y()
            assert value.dtype == y.dtype
            if y.dtype.kind == "f":
                expected = call.ours(*[rc.variable(array.astype(float)) for array in whole])()
                np.testing.assert_allclose(value, expected, rtol=1e-12)
                assert value.dtype == "float64"


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@every_operation
def test_gradients_by_integers_are_those_by_float64(name):
    for call in calls_of(name):
        if call.has_gradient:
            with named(call):
                whole = [(10 * array).astype(int) for array in call.arrays]
                found, expected = (
                    rc.run(rc.gradients(rc.tanh(call.ours(*xs)), xs))
                    for xs in ([rc.variable(array, dtype=dtype) for array in whole] for dtype in (int, float))
                )
                for one, other in zip(found, expected, strict=True):
                    np.testing.assert_allclose(one, other, rtol=1e-12)


@every_operation
def test_its_gradients_and_theirs_are_what_differences_measure(name):
    for call in calls_of(name):
        if call.has_gradient:
            with named(call):
                rc.check_gradients(call.ours, *call.arrays, order=2)


@every_operation
def test_its_gradients_are_linear_in_the_one_from_above(name):
    """Where entries tie as well, at which nudging them shows nothing."""
    for call in list(calls_of(name))[:3]:
        if call.has_gradient:
            with named(call):
                xs = [rc.variable(two_values(array)) for array in call.arrays]
                y = call.ours(*xs)
                rc.check_gradients(partial(joined_gradients, y, xs), numbers(y().shape, 2))


def joined_gradients(y, xs, g):
    return rc.concatenate([rc.flatten(found, exclude_dim_0=False) for found in rc.gradients(y, xs, g)])


@both_dtypes
@every_operation
def test_its_gradients_keep_shape_and_dtype(name, dtype):
    for call in calls_of(name):
        if call.has_gradient:
            with named(call):
                xs = call.variables(dtype)
                y = call.ours(*xs)
                first = rc.gradients(y * y, xs)
                second = rc.gradients(first, xs)
                for x, found in zip(xs * 2, rc.run(first + second), strict=True):
                    assert (found.dtype, found.shape) == (dtype, x.shape)


@every_operation
def test_it_works_on_shapes_that_only_the_run_knows(name):
    for call in calls_of(name):
        with named(call):
            fed, feeds = call.placeholders()
            found, expected = rc.run(nodes_of(call, fed), feeds), rc.run(nodes_of(call, call.variables()))
            for one, other in zip(found, expected, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


@every_operation
def test_it_is_compared_with_pytorch(name):
    recorded = {key.split("/")[0] for key in RECORDED}
    variants = {case for case in recorded if case == name or case.startswith(f"{name}_")}
    assert bool(variants) != (name in NOT_IN_PYTORCH)


def test_a_wrong_operation_does_not_pass(monkeypatch):
    """Planted: a logaddexp whose two gradients are swapped, without a row, and with one."""
    planted = ops.arithmetic.pointwise(
        "logaddexp",
        np.logaddexp,
        lambda g, ans, a, b: (g * rc.exp(b - ans), g * rc.exp(a - ans)),
    )
    monkeypatch.setattr(ops.arithmetic, "logaddexp", planted, raising=False)
    try:
        assert planted in without_a_row()
    finally:
        del registry["logaddexp"]
    with pytest.raises(AssertionError, match="the gradient by argument 0 is wrong in 3 of 3 entries"):
        rc.check_gradients(planted, [0.0, 1.0, 2.0], [1.0, -1.0, 0.5])
