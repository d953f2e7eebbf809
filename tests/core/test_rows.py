"""What works along the last axis: an entry of each row, and the products that take the place of sums."""

import numpy as np
import pytest

import revgraph.core as rc
from revgraph.core.ops.activations import top_of
from revgraph.core.ops.indexing import pick, place
from tests.core.test_every_operation import both_dtypes

RNG = np.random.default_rng(0)
AT = np.array([[2, 0, 1], [1, 1, 2]])


@both_dtypes
def test_one_entry_of_each_row(dtype):
    a = rc.variable(RNG.normal(size=(2, 3, 4)).astype(dtype))
    at = rc.constant(AT, dtype=np.intp)
    picked = pick(a, at)
    np.testing.assert_array_equal(picked(), np.take_along_axis(a.data, AT[..., None], -1)[..., 0])
    assert picked.shape == (2, 3)
    assert picked.dtype == dtype
    expected = np.zeros((2, 3, 4))
    np.put_along_axis(expected, AT[..., None], 2 * picked()[..., None], -1)
    np.testing.assert_array_equal(rc.gradients(picked * picked, a)(), expected)
    rc.check_gradients(lambda v: rc.sum(rc.square(place(pick(v, at), at, v)) * v), a.data.astype(float))


@pytest.mark.parametrize("turned", [False, True])
def test_an_entry_is_counted_from_the_end_too_and_must_be_there(turned):
    values = RNG.normal(size=(4, 3, 2) if turned else (2, 3, 4))
    a = rc.transpose(rc.variable(values)) if turned else rc.variable(values)  # which does not lie row by row
    picked = pick(a, rc.constant(AT - 4, dtype=np.intp))
    np.testing.assert_array_equal(picked(), pick(a, rc.constant(AT, dtype=np.intp))())
    for wrong in (4, -5):
        with pytest.raises(rc.GraphError, match=f"index {wrong} is out of bounds"):
            pick(a, rc.constant(np.where(AT == 0, wrong, AT), dtype=np.intp))()


def test_the_gradient_of_an_entry_is_added_to_the_others():
    a, at = rc.variable(RNG.normal(size=(2, 3, 4))), rc.constant(AT, dtype=np.intp)
    y = rc.sum(rc.exp(a)) - rc.sum(pick(a, at))
    assert "placed_on" in rc.source(rc.gradients(y, a))
    expected = np.exp(a.data)
    np.put_along_axis(expected, AT[..., None], np.take_along_axis(expected, AT[..., None], -1) - 1, -1)
    np.testing.assert_allclose(rc.gradients(y, a)(), expected, rtol=1e-12)


def test_scores_are_counted_from_their_top_without_a_gradient():
    a = rc.variable([[1.0, 3.0, 2.0], [0.0, -1.0, -2.0]])
    below = a - top_of(a, axis=-1)
    np.testing.assert_array_equal(below(), [[-2, 0, -1], [0, -1, -2]])
    np.testing.assert_array_equal(rc.gradients(below, a)(), np.ones((2, 3)))


def rows_of(scale, shift, dtype, apart=True):
    rows = np.random.default_rng(1).normal(size=(400, 6)) * scale + shift
    if apart:
        rows[7] -= 3 * scale
        rows[8, 0] -= 1000 * scale
        rows[9] += 20 * scale
    return rows.astype(dtype)


@both_dtypes
@pytest.mark.parametrize("shift", [0, 7, -7, 30, -30, 1000, -1000])
@pytest.mark.parametrize("scale", [1e-3, 1, 3, 12, 300])
@pytest.mark.parametrize("apart", [False, True])
def test_exp_is_taken_of_scores_as_they_are_only_where_that_is_as_exact(apart, scale, shift, dtype):
    """Of enough rows that it pays: near 0, at the limits, and beyond; with rows far apart and without."""
    a = rc.variable(rows_of(scale, shift, dtype, apart))
    exact = a.data.astype(np.longdouble)
    exact -= exact.max(-1, keepdims=True)
    log_p = exact - np.log(np.exp(exact).sum(-1, keepdims=True))
    rounding = np.finfo(dtype).eps
    near = rounding * np.maximum(1, np.abs(a.data).max())
    np.testing.assert_allclose(rc.softmax(a)(), np.exp(log_p), 16 * rounding + 2 * near, rounding**2)
    np.testing.assert_allclose(rc.log_softmax(a)(), log_p, 2 * rounding, 6 * rounding)
    at = np.arange(400) % 6
    labels = rc.constant(at, dtype=np.intp)
    top = top_of(a, axis=-1)
    loss = rc.log(rc.sum(rc.exp(a - top), -1)) - (pick(a, labels) - rc.squeeze(top, -1))
    np.testing.assert_allclose(loss(), -log_p[np.arange(400), at], 2 * rounding, 16 * rounding)
    assert "exp_difference(" in rc.source(loss)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_score_that_is_no_number_makes_its_row_nan_and_no_other(wrong):
    a = rc.variable(rows_of(1, 0, float))
    a.data[3, 2] = wrong
    with np.errstate(invalid="ignore"):
        for y in (rc.softmax(a), rc.log_softmax(a)):
            assert np.isnan(y()[3]).all()
            assert np.isfinite(np.delete(y(), 3, 0)).all()


SUMS = {
    "the last axis": ({"axis": -1}, "row_sums"),
    "the last axis, kept": ({"axis": 2, "keepdims": True}, "row_sums"),
    "the first axes": ({"axis": (0, 1)}, "column_sums"),
}


@both_dtypes
@pytest.mark.parametrize(("params", "found"), SUMS.values(), ids=SUMS)
def test_sums_of_large_arrays(params, found, dtype):
    x = rc.variable(RNG.normal(size=(40, 30, 50)).astype(dtype))
    y = rc.sum(x, **params)
    assert found in rc.source(y)
    tolerance = 1e-4 if dtype == "float32" else 1e-11
    np.testing.assert_allclose(y(), x.data.astype(float).sum(**params), rtol=tolerance, atol=tolerance)
    assert (y().dtype, y().shape) == (dtype, x.data.sum(**params).shape)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(2, 3, 0), (2, 0, 3), (0, 2, 3), (0, 0, 0), (200, 300, 0)], ids=str)
def test_sums_without_entries(shape, dtype):
    """Whether the shape is known before, or an array of any size is to be expected."""
    array, x = np.ones(shape, dtype), rc.placeholder("x", (None, None, None), dtype=dtype)
    for axis in (None, 0, 1, -1, (0, 1), (1, 2)):
        for node in (rc.constant(array), x, rc.square(x)):
            np.testing.assert_array_equal(rc.run(rc.sum(node, axis), {x: array}), array.sum(axis))


@both_dtypes
@pytest.mark.parametrize("keepdims", [False, True])
def test_the_sum_of_a_product_is_a_product_of_rows(keepdims, dtype):
    a, b = (rc.variable(RNG.normal(size=(2, 3, 4)).astype(dtype)) for _ in range(2))
    for y, expected in ((a * b, a.data * b.data), (rc.square(a), a.data**2), (-a, -a.data)):
        total = rc.sum(y, -1, keepdims)
        np.testing.assert_allclose(total(), expected.sum(-1, keepdims=keepdims), rtol=1e-5, atol=1e-6)
        assert total().shape == total.shape
    assert "row_products" in rc.source(rc.sum(a * b, -1))
    assert rc.sum(a * b[:, :, :1], -1)() == pytest.approx((a.data * b.data[:, :, :1]).sum(-1), rel=1e-5)


@both_dtypes
@pytest.mark.parametrize("shape", [(2, 8192), (1 << 14,), (5, 4099), (67, 4096), (67, 4097)], ids=str)
def test_the_sum_of_all_products_is_a_product_of_vectors(shape, dtype):
    a, b = (RNG.normal(size=shape).astype(dtype) for _ in range(2))
    x, y = rc.placeholder("x", shape, dtype=dtype), rc.placeholder("y", shape, dtype=dtype)
    totals = [rc.sum(x * y), rc.sum(rc.square(x)), -rc.sum(-x * y)]
    assert rc.source(totals).count("all_products(") == 3
    expected = [np.vdot(*pair) for pair in np.array([(a, b), (a, a), (a, b)], float)]
    for fed in (a, np.asfortranarray(a)):
        found = rc.run(totals, {x: fed, y: b})
        relative, absolute = (1e-6, 1e-2) if dtype == "float32" else (1e-13, 1e-9)
        np.testing.assert_allclose(found, expected, relative, absolute)
        assert {value.dtype for value in found} == {np.dtype(dtype)}


@both_dtypes
def test_the_sum_of_all_products_of_any_number_of_rows(dtype):
    x = rc.placeholder("x", (None, 1 << 10), dtype=dtype)
    total = rc.sum(x * x)
    assert "all_products(" in rc.source(total)  # for how many rows it cannot know
    assert [total(x=np.ones((rows, 1 << 10), dtype)) for rows in (0, 1, 9)] == [0, 1024, 9216]


ARITHMETIC = {
    "add_row": (lambda a, row: row + a, lambda a, row: a + row),
    "subtract_row": (lambda a, row: a - row,) * 2,
    "multiply_row": (lambda a, row: row * a, lambda a, row: a * row),
    "divide_row": (lambda a, row: a / row,) * 2,
}


@both_dtypes
@pytest.mark.parametrize("shape", [(2048, 3), (16, 8, 9, 5), (1031, 20), (0, 2048, 3)], ids=str)
@pytest.mark.parametrize(("name", "calls"), ARITHMETIC.items(), ids=ARITHMETIC)
def test_many_short_rows_meet_one_several_at_a_time(name, calls, shape, dtype):
    ours, theirs = calls
    a = RNG.normal(size=shape).astype(dtype)
    for row in (1 + RNG.random(shape[-1:]).astype(dtype), 1 + RNG.random((1, 1, shape[-1])).astype(dtype)):
        if row.ndim <= a.ndim:
            x = rc.placeholder("x", shape if a.size else (None, *shape[1:]), dtype=dtype)
            y = ours(x, rc.constant(row))
            assert f"{name}(" in rc.source(y)
            for fed in (a, np.asfortranarray(a)):
                np.testing.assert_array_equal(y(x=fed), theirs(a, row), strict=True)
            twice = ours(ours(x, rc.constant(row)), rc.constant(row))  # the second is written over the first
            np.testing.assert_array_equal(twice(x=a), theirs(theirs(a, row), row), strict=True)


def test_other_shapes_meet_as_they_are():
    a = rc.variable(RNG.normal(size=(2048, 3)))
    for b in (rc.variable(RNG.normal(size=(2048, 1))), rc.variable([2.0]), rc.variable(np.ones((4, 1, 3)))):
        assert "_row(" not in rc.source(a * b)
        np.testing.assert_array_equal((a * b)(), a.data * b.data)
    assert "_row(" not in rc.source(rc.variable([1.0, 2.0, 3.0]) - a)
    assert "_row(" not in rc.source(a + rc.variable(np.ones(3, np.float32)))


@both_dtypes
@pytest.mark.parametrize("axis", [0, (0, 1)], ids=str)
def test_the_sum_of_large_products_over_the_first_axes_makes_no_products(axis, dtype):
    a, b = (rc.variable(RNG.normal(size=(40, 30, 50)).astype(dtype)) for _ in range(2))
    tolerance = 1e-4 if dtype == "float32" else 1e-11
    for y, right in ((a * b, a.data * b.data), (rc.square(a), a.data**2)):
        total = rc.sum(y, axis)
        assert "column_products" in rc.source(total)
        np.testing.assert_allclose(total(), right.sum(axis, float), rtol=tolerance, atol=tolerance)
        assert (total().dtype, total().shape) == (dtype, total.shape)


def test_a_stack_times_one_matrix_is_one_product():
    for n in (0, 2):
        a, b = rc.variable(RNG.normal(size=(n, 3, 4))), rc.variable(RNG.normal(size=(4, 5)))
        nodes = [a @ b, *rc.gradients(rc.square(a @ b), [a, b])]
        g = 2 * (a.data @ b.data)
        expected = [a.data @ b.data, g @ b.data.T, np.einsum("nij,nik->jk", a.data, g)]
        for value, right in zip(rc.run(nodes), expected, strict=True):
            np.testing.assert_allclose(value, right, rtol=1e-12)
        assert ".sum(" not in rc.source(nodes)


@pytest.mark.parametrize("fill", [-np.inf, np.nan, 2.5, -0.0, 0.0])
@both_dtypes
def test_a_choice_between_entries_and_a_number(fill, dtype):
    x = rc.variable(RNG.normal(size=(2, 3)).astype(dtype))
    for condition in ([True, False, True], [[True], [False]], np.ones((4, 2, 3), bool), True):
        c = rc.constant(condition, dtype=bool)
        for y, right in (
            (rc.where(c, x, fill), np.where(condition, x.data, fill)),
            (rc.where(c, fill, x * 2), np.where(condition, fill, x.data * 2)),
        ):
            np.testing.assert_array_equal(y(), right.astype(dtype))
            np.testing.assert_array_equal(np.signbit(y()), np.signbit(right))
            assert y().dtype == dtype


@pytest.mark.parametrize("rows", [1, 2000])
@both_dtypes
def test_what_is_left_of_a_row_does_not_depend_on_how_many_rows_there_are(rows, dtype):
    """Neither where exp of a score by itself is 0, nor behind a mask of attention's."""
    lowest, highest = -104.0, -32.0
    scores = rc.constant(np.tile([highest, lowest], (rows, 1)).astype(dtype))
    expected = np.tile([0, lowest - highest], (rows, 1))
    np.testing.assert_allclose(rc.run(rc.log(rc.softmax(scores))), expected, rtol=1e-4, atol=1e-4)
    q = rc.constant(np.ones((1, rows, 1), dtype))
    k = rc.constant(np.array([[[highest, lowest, 100.0]]], dtype))
    weights = rc.softmax(rc.where(rc.constant([True, True, False]), q @ k, -np.inf))
    np.testing.assert_allclose(rc.run(rc.log(weights[0, :, :2])), expected, rtol=1e-4, atol=1e-4)


def test_a_mask_may_be_larger_than_the_scores_that_it_is_put_over():
    q, k, mask = np.ones((2, 1, 4)), RNG.normal(size=(2, 4, 5)), np.tri(3, 5, 2).astype(bool)
    scores = np.where(mask, q @ k, -np.inf)
    right = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    found = rc.softmax(rc.where(rc.constant(mask), rc.variable(q) @ rc.variable(k), -np.inf))
    np.testing.assert_allclose(found(), right)


@pytest.mark.parametrize("left", [(1, 1), (2, 1), (1, 2)], ids=str)
def test_zero_times_infinity_is_nan_in_products_too(left):
    a, b = np.zeros(left), np.full((left[1], 2), [np.inf, 1.0])
    x, y = rc.placeholder("x", (None, None)), rc.placeholder("y", (None, 2))
    with np.errstate(invalid="ignore"):
        assert np.isnan(rc.run(rc.constant(a) @ rc.constant(b))[:, 0]).all()
        assert np.isnan(rc.run(x @ y, {x: a, y: b})[:, 0]).all()


def test_a_mean_of_short_floats_is_added_up_in_longer_ones():
    a = np.full((1000, 2), 100, np.float16)
    for mean in (rc.mean(rc.constant(a)), rc.mean(rc.placeholder("a", dtype="float16"), 0)):
        found = mean(a=a) if mean.shape is None else mean()
        assert found.dtype == np.float16
        np.testing.assert_array_equal(found, a.mean(0)[0])
