"""Work that threads share is done once each, fails as it would alone, and survives a fork."""

import math
import os
import re
import subprocess
import sys
import threading
from contextlib import nullcontext

import numpy as np
import pytest

import revgraph.core as rc
from revgraph.core import blas, compiler, threads
from revgraph.core.ops import conv
from revgraph.core.ops.activations import top_of
from revgraph.core.ops.faster import product
from revgraph.core.ops.windows import BEYOND_CACHE
from revgraph.core.optimizers import BLOCK_OF_SEVERAL, SHARED
from revgraph.core.simplify import multiplied


@pytest.fixture(autouse=True)
def two_threads(monkeypatch):
    monkeypatch.setattr(threads, "threads", lambda: 2)


def test_each_task_is_done_once():
    done, together = [], threading.Barrier(2, timeout=20)

    def work(i):
        if i < 2:
            together.wait()  # which one thread alone never passes
        done.append(i)

    threads.share(work, [(i,) for i in range(100)])
    assert sorted(done) == list(range(100))


def test_an_error_is_raised_and_nothing_more_begun():
    done = []

    def work(i):
        if i == 3:
            raise ValueError("the third")
        done.append(i)

    with pytest.raises(ValueError, match="the third"):
        threads.share(work, [(i,) for i in range(1000)])
    threads.share(work, [(-1,)])
    assert done[-1] == -1


def test_numpys_settings_hold_in_every_thread():
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        threads.share(lambda i: np.ones(10) / np.zeros(10), [(i,) for i in range(4)])


def test_rows_are_shared_once_each_and_only_where_they_are_many():
    done = []
    threads.share_rows(done.append, 10, 7)
    assert done == [slice(0, 10)]
    done.clear()
    threads.share_rows(done.append, SHARED // 1000 + 1, 1000)
    rows = sorted(row for place in done for row in range(SHARED // 1000 + 1)[place])
    assert len(done) > 4
    assert rows == list(range(SHARED // 1000 + 1))


BY_ROWS = {
    "softmax": rc.softmax,
    "log_softmax": rc.log_softmax,
    "gelu": rc.gelu,
    "logsumexp": lambda x: rc.sum(rc.exp(x - top_of(x, axis=-1)), -1),
    "sums": lambda x: rc.sum(rc.exp(x / 9), -1) + rc.squeeze(rc.sum(x, -1, keepdims=True), -1),
    "exp(a - b)": lambda x: rc.exp(x - x[..., :1]),
}


@pytest.mark.parametrize("call", BY_ROWS.values(), ids=BY_ROWS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_large_array_gets_by_rows_what_its_parts_get(call, dtype):
    tolerance = 1e-4 if dtype == "float32" else 1e-12
    large = rc.variable(np.random.default_rng(0).normal(size=(SHARED // 1024 + 1, 1024)).astype(dtype))
    part = rc.variable(large.data[[0, 300, -1]])
    for found, expected in zip(
        *(rc.run([call(x), rc.gradients(rc.sum(call(x) ** 2), x)]) for x in (large, part)), strict=True
    ):
        np.testing.assert_allclose(found[[0, 300, -1]], expected, rtol=tolerance, atol=tolerance)
        assert found.dtype == dtype


@pytest.mark.parametrize("call", BY_ROWS.values(), ids=BY_ROWS)
def test_a_large_stack_may_lie_turned_about(call):
    stack = np.random.default_rng(0).normal(size=(SHARED // 4096, 64, 64))
    lying, turned = rc.variable(stack), rc.transpose(rc.variable(stack.T))
    found, expected = (rc.run([call(x), rc.gradients(call(x), x)]) for x in (turned, lying))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


FORKS = """
import os, threading
from revgraph.core import threads
threads.threads = lambda: 2
def needs_two_threads():
    together = threading.Barrier(2, timeout=10)
    threads.share(lambda i: together.wait(), [(0,), (1,)])
needs_two_threads()
child = os.fork()
needs_two_threads()
if not child:
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_threads_of_its_own():
    """In a program of its own: who knows what threads the tests' process has by now."""
    subprocess.run([sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKS], check=True, timeout=60)


@pytest.mark.parametrize("rule", [rc.adam, rc.rmsprop, rc.adagrad, rc.adadelta, rc.adamw, rc.sgd])
def test_a_large_variable_is_updated_as_a_small_one_is(rule):
    start = np.linspace(-1, 1, SHARED + 3, dtype="float32")
    ends = [0, BLOCK_OF_SEVERAL - 1, BLOCK_OF_SEVERAL, SHARED + 2]
    large, small = rc.variable(start), rc.variable(start[ends])
    for v in (large, small):
        step = rule(lr=0.1).minimize(rc.sum(rc.square(v) * v))
        rc.simple_loop(3, step)
    np.testing.assert_allclose(large.data[ends], small.data, rtol=1e-6)
    assert not np.array_equal(large.data, start)


@pytest.mark.parametrize(
    "options", [{}, {"size": 3, "stride": 2, "padding": "SAME"}, {"size": 2, "stride": 1}]
)
@pytest.mark.parametrize("pool", [rc.max_pool2d, rc.avg_pool2d])
def test_pooling_many_images_is_pooling_each(pool, options):
    images = np.random.default_rng(0).integers(0, 5, (21, 30, 28, 32)).astype(float)
    assert images.size >= threads.SEVERAL
    assert images.nbytes >= BEYOND_CACHE
    x = rc.placeholder("x", (None, *images.shape[1:]))
    y = pool(x, **{"size": 2, **options})
    nodes = [y, rc.gradients(rc.sum(y * y), x)]
    alone = [rc.run(nodes, {x: image}) for image in np.split(images, len(images))]
    for found, parts in zip(rc.run(nodes, {x: images}), zip(*alone, strict=True), strict=True):
        np.testing.assert_array_equal(found, np.concatenate(parts))


@pytest.mark.parametrize(
    ("left", "right", "dtypes", "taken"),
    [
        ((3, 4, 5), (3, 5, 4), "f4 f4", True),
        ((4, 5), (5, 4), "f4 f4", False),  # no stacks
        ((3, 4, 5), (1, 5, 4), "f4 f4", False),  # of different lengths
        ((3, 4, 5), (3, 5, 4), "f4 f8", False),
        ((3, 4, 5), (3, 5, 4), "i8 i8", False),  # which BLAS does not multiply
    ],
)
def test_attention_is_made_of_two_equally_long_stacks_of_matrices(left, right, dtypes, taken):
    pair = zip((left, right), dtypes.split(), strict=True)
    a, b = (rc.constant(np.ones(dims, dtype), dtype=dtype) for dims, dtype in pair)
    assert multiplied(rc.matmul(a, b)) == ((a, b) if taken else ())


@pytest.mark.parametrize("turned", [False, True])
def test_attention_of_many_is_attention_of_each(turned):
    vectors = np.random.default_rng(0).normal(size=(17, 3, 4, 128, 8)).astype("f4")
    x = rc.placeholder("x", (None, *vectors.shape[1:]), dtype="f4")
    scores = x[:, 0] @ rc.transpose(x[:, 1], (0, 1, 3, 2))
    if turned:  # what is written over does not lie row by row
        scores = rc.transpose(rc.transpose(rc.exp(scores * 0.1), (3, 2, 1, 0)) * 2.0, (3, 2, 1, 0))
    y = rc.softmax(rc.where(np.tri(128, dtype=bool), scores, -np.inf)) @ x[:, 2]
    fetched = [y, rc.gradients(rc.sum(y * y), x)]
    written = {"softmax_gradient"} if turned else {"attention_weights", "attention_gradient"}
    assert {"stacks_dot", *written} <= set(re.findall(r"\w+", rc.source(fetched)))
    whole = rc.run(fetched, {x: vectors})
    for i in (0, 16):
        for found, one in zip(whole, rc.run(fetched, {x: vectors[i : i + 1]}), strict=True):
            np.testing.assert_array_equal(found[i], one[0])


@pytest.mark.parametrize("size", [3, 65, 300])  # at 300 BLAS takes threads for each product
@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_of_attention_are_the_softmax_of_products(size, masked, dtype):
    """Whatever stands behind the mask; a row of which nothing is left is nan, as NumPy has it."""
    draw = np.random.default_rng(0)
    q, k, v = (draw.normal(size=(2, 2, size, 5 if size < 300 else 16)).astype(dtype) for _ in "qkv")
    mask = np.tri(size, k=-1 if size == 3 else 0, dtype=bool)
    if masked:
        k[:, :, -1, 0], q[:, :, -1] = (
            np.inf,
            0,
        )  # only the last row may see the last column, and 0 * inf is nan
    a, b, c = map(rc.variable, (q, k, v))
    scores = a @ rc.transpose(b, (0, 1, 3, 2))
    y = rc.softmax(rc.where(mask, scores, -np.inf) if masked else scores)
    g = c @ rc.transpose(c, (0, 1, 3, 2))
    nodes = [y, rc.gradients(y, scores, g)]
    assert {"attention_weights", "attention_gradient"} <= set(re.findall(r"\w+", rc.source(nodes)))
    with np.errstate(all="ignore"):
        found = rc.run(nodes)
        e = np.where(mask | (not masked), q @ k.swapaxes(2, 3), -np.inf)
        e = np.exp(e - e.max(-1, keepdims=True))
        weights = e / e.sum(-1, keepdims=True)
        products = v @ v.swapaxes(2, 3)
        gradient = weights * (products - (weights * products).sum(-1, keepdims=True))
        gradient = np.where(mask | (not masked), gradient, 0)
    tolerance = 1e-4 if dtype == "float32" else 1e-12
    for ours, expected in zip(found, (weights, gradient), strict=True):
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("size", [3, 65, 300])
def test_a_row_of_which_the_mask_leaves_nothing_gets_no_gradient(size):
    """As without it: a sequence that is shorter than others has such rows, and no loss counts them."""
    draw = np.random.default_rng(0)
    a, b, c = (rc.variable(draw.normal(size=(2, 2, size, 16))) for _ in "abc")
    mask = np.tri(size, k=-1, dtype=bool)

    def gradients(first):
        scores = a[:, :, first:] @ rc.transpose(b, (0, 1, 3, 2))
        y = rc.softmax(rc.where(mask[first:], scores, -np.inf)) @ c
        counted = rc.where(mask[first:].any(1)[:, None], y, 0)
        return rc.gradients(rc.sum(rc.square(counted)), [a, b])

    assert "attention_gradient" in rc.source(gradients(0))
    for found, expected in zip(rc.run(gradients(0)), rc.run(gradients(1)), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_another_mask_than_that_of_the_weights_cuts_too():
    draw = np.random.default_rng(0)
    a = rc.variable(draw.normal(size=(2, 3, 3)))
    scores, causal = a @ a, np.tri(3, dtype=bool)
    y = rc.softmax(rc.where(causal, scores, -np.inf))
    g = rc.gradients(y, scores, a @ rc.square(a))
    for other in (np.eye(3, dtype=bool), np.tri(3, dtype=bool).T):
        np.testing.assert_array_equal(rc.run(rc.where(other, g, 0)), np.where(other, rc.run(g), 0))
    assert np.any(rc.run(g))


PRODUCTS = {"rows": (4099, 70, 65), "columns": (65, 70, 4099), "tall": (33, 9001, 65), "small": (9, 8, 7)}


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize(("n", "k", "m"), PRODUCTS.values(), ids=PRODUCTS)
def test_a_large_product_is_that_of_its_parts(n, k, m, alone):
    draw = np.random.default_rng(0)
    for dtype in (float, "f4", "f2") if n < 10 else (float, "f4"):
        a, b = (draw.integers(-3, 4, shape).astype(dtype) for shape in ((k, n), (k, m)))
        with blas.on_one_thread() if alone else nullcontext():
            found = product(a.T, b)
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, a.T.astype(float) @ b.astype(float))


def test_blas_keeps_to_one_thread_until_all_have_ended():
    if blas.control() is None:
        pytest.skip("NumPy has another BLAS")
    count, put = blas.control()
    before = count()
    put(2)
    try:
        with blas.on_one_thread():
            with blas.on_one_thread():
                assert count() == 1
            with pytest.raises(ValueError, match="the product"), blas.on_one_thread():
                raise ValueError("the product")
            assert count() == 1
            assert blas.keeps_to_one()
        assert count() == 2
        assert not blas.keeps_to_one()
    finally:
        put(before)


def test_a_program_that_often_shares_its_work_has_blas_keep_to_one(monkeypatch):
    monkeypatch.setattr(compiler, "OFTEN", 1)
    monkeypatch.setattr(blas, "control", lambda: (lambda: 4, counts.append))
    counts, kept = [], []
    seen = rc.primitive(lambda a: (kept.append(blas.keeps_to_one()), a)[1], lambda g, ans, a: g)
    x = rc.placeholder("x", (None, 1024))
    y = rc.sum(seen(rc.softmax(x)))
    large, small = np.ones((SHARED // 512, 1024)), np.ones((2, 1024))
    for batch in (large, large, small, small):
        y(x=batch)
    assert kept == [False, True, True, False]
    assert counts == [1, 4, 1, 4]


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("n", [1, 6, 13])
def test_threads_convolve_images_once_blas_keeps_to_one(n, stride, monkeypatch):
    kept, share_products = [], conv.share_products
    monkeypatch.setattr(
        conv, "share_products", lambda *a, **b: (kept.append(blas.keeps_to_one()), share_products(*a, **b))
    )
    draw = np.random.default_rng(n)
    size = math.isqrt(threads.SEVERAL // (n * 9 * 4)) * 2 * stride
    x, k = rc.variable(draw.normal(size=(n, size, size, 5))), rc.variable(draw.normal(size=(3, 3, 5, 2)))
    y = rc.conv2d(x, k, stride=stride, padding="SAME")
    nodes = [y, *rc.gradients(y, [x, k], rc.constant(draw.normal(size=y.shape)))]
    first, second = rc.run(nodes), rc.run(nodes)
    for before, after in zip(first, second, strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-11, atol=1e-11)
    assert kept == [False] * 3 + [n > 1 and blas.control() is not None] * 3
    each = [
        rc.run(rc.conv2d(rc.constant(x.data[i : i + 1]), k, stride=stride, padding="SAME")) for i in range(n)
    ]
    np.testing.assert_allclose(first[0], np.concatenate(each), rtol=1e-11, atol=1e-11)


def test_large_products_of_matrices_are_made_in_parts():
    large = rc.variable(np.ones((256, 256))), rc.variable(np.ones((256, 300)))
    assert "rows_dot(" in rc.source(large[0] @ large[1])
    assert ".dot(" in rc.source(large[0][:9] @ large[1])


def test_what_multiplies_stacks_is_written_so_that_it_can_be_shared():
    draw = np.random.default_rng(0)
    x, w = rc.variable(draw.normal(size=(2, 3, 4))), rc.variable(draw.normal(size=(4, 5)))
    by_w = rc.gradients(rc.sum(rc.square(x @ w)), w)
    assert "columns_dot(" in rc.source(by_w)
    np.testing.assert_allclose(by_w(), np.einsum("nij,nik->jk", x.data, 2 * x.data @ w.data), rtol=1e-12)


def test_exp_of_next_to_nothing_is_nothing():
    x = np.repeat([0.0, -1, -699, -701, -745, -np.inf, np.nan], 300)
    found = rc.run(rc.softmax(rc.constant(x.reshape(7, 300).T.copy())[:, :6]))
    np.testing.assert_array_equal(found[:, 3:], 0)
    assert (found[:, :3] > 0).all()
    assert np.isnan(rc.run(rc.softmax(rc.constant(x)))).all()
