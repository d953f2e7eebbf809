"""Large results are written over arrays that are no longer needed, and never over others."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

import revgraph.core as rc
from revgraph.core.allocation import keep_memory
from revgraph.core.memory import overwritten
from revgraph.core.ops.op import registry
from revgraph.core.tensor import Tensor, topological_order

LARGE = (200, 100)


def data(seed=0):
    return np.random.default_rng(seed).normal(size=LARGE)


def test_a_chain_reuses_its_memory():
    x = rc.variable(data(), name="x")
    y = rc.relu(rc.exp(x) + 1) * 2
    assert [line.strip() for line in rc.source(y).splitlines()[2:-1]] == [
        "t1 = np.exp(x)",
        "t2 = np.add(t1, 1.0, out=t1)",
        "t3 = np.maximum(t2, 0, out=t2)",
        "t4 = np.multiply(t3, 2.0, out=t3)",
    ]
    np.testing.assert_array_equal(y(), np.maximum(np.exp(x.data) + 1, 0) * 2)


@pytest.mark.parametrize(
    "build",
    [
        lambda x, e: [e + 1, e * 2],
        lambda x, e: [e, e + 1],
        lambda x, e: [e.T + 1, rc.sum(e, 0)],
        lambda x, e: [rc.sum(e) * (e + 1), rc.reshape(e, (100, 200))],
        lambda x, e: [rc.broadcast_to(e[:1], LARGE) + 1],
        lambda x, e: [e + 1, rc.primitive(lambda a: a)(e)],
        lambda x, e: [rc.primitive(lambda a, b: b.T)(x, e) * 1.5, e + 1],
        lambda x, e: [e[::-1] + e],
        lambda x, e: [e + rc.reshape(rc.reshape(e, (100, 200)).T, LARGE)],
        lambda x, e: rc.gradients(rc.tanh(e) * e + rc.sum(e, 0) * x, [x, e]),
    ],
)
def test_values_do_not_depend_on_reuse(build, monkeypatch):
    x = rc.variable(data())
    reused = rc.run(build(x, rc.exp(x)))
    monkeypatch.setattr("revgraph.core.memory.is_large", lambda dims: False)  # the simplifier keeps its own
    plain = build(x, rc.exp(x))
    assert "out=" not in rc.source(plain)
    for one, other in zip(reused, rc.run(plain), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("op", [op for op in registry.values() if op.in_place], ids=lambda op: op.name)
def test_no_array_is_written_over_that_another_argument_shows_in_another_order(op):
    e = rc.exp(rc.variable(data()))
    for args in ((e, e[::-1]), (e[::-1], e)):
        node = Tensor(op, args, {}, e.dims, e.dtype)
        assert not overwritten(topological_order([node]), [node])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_entries_that_lie_apart_are_not_written_over(dtype):
    """NumPy negates some of them wrongly, by how many bytes they are apart."""
    for columns in (2, 4, 8, 16):
        values = np.random.default_rng(0).normal(size=(1 << 14, columns)).astype(dtype)
        x = rc.variable(values)
        for view in (lambda a: a[:, 1], lambda a: a[..., :1], lambda a: rc.squeeze(a[:, -1:], 1)):
            node = -view(rc.exp(x))
            assert "out=" not in rc.source(node)
            np.testing.assert_array_equal(rc.run(node), -rc.run(rc.exp(view(x))))


@pytest.mark.parametrize("turn", [lambda e, r: (e, r), lambda e, r: (r, e)])
def test_parts_are_not_written_over_before_they_are_read(turn):
    values = np.random.default_rng(0).normal(size=(1100, 1000))
    e = rc.exp(rc.variable(values))
    y, g = turn(e, e[::-1])
    z, h = turn(np.exp(values), np.exp(values)[::-1])
    np.testing.assert_allclose(
        rc.run(y * (g - rc.sum(g * y, -1, keepdims=True))), z * (h - (h * z).sum(-1, keepdims=True))
    )

    row, flat = values.ravel()[:200_000], rc.sin(rc.variable(values.ravel()[:200_000]))
    a, above = turn(flat, flat[::-1])
    b, beyond = turn(np.sin(row), np.sin(row)[::-1])
    apart = rc.variable(b)
    expected = rc.run(rc.gradients(rc.gelu(apart), apart, beyond))
    np.testing.assert_allclose(rc.run(rc.gradients(rc.gelu(a), a, above)), expected)


def test_what_was_fed_and_what_was_returned_stays():
    x = rc.placeholder("x", (None, 100, 100))
    fed, y = data().reshape(2, 100, 100), rc.exp(-x) * 2
    before, value = fed.copy(), y(x=fed)
    kept = value.copy()
    y(x=fed * 3)
    np.testing.assert_array_equal(fed, before)
    np.testing.assert_array_equal(value, kept)
    assert "out=" in rc.source(y)


def test_a_program_is_kept_only_while_all_its_nodes_live():
    x = rc.variable(data())
    loss = rc.sum(x * x)
    gone = []
    for i in range(20):
        node = loss + i
        for nodes in ([loss, node], [node, loss], [loss, x, node]):
            assert rc.run(nodes)[0].shape == ()
        gone.append(weakref.ref(node))
    del node, nodes
    gc.collect()
    assert [ref() for ref in gone] == [None] * 20
    assert not loss.programs
    rc.run([loss, x])
    rc.run([loss, x])
    rc.run(loss)
    assert len(loss.programs) == 2


def test_programs_do_not_pile_up_without_the_garbage_collector():
    x = rc.variable([1.0, 2.0])
    gc.collect()
    gc.disable()
    try:
        ref = weakref.ref(rc.run(y := rc.exp(x) * 2) is not None and y)
        del y
        assert ref() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(("fetch", "arrays"), [(lambda y, x: y, 2), (lambda y, x: rc.gradients(y, x), 9)])
def test_memory_is_let_go_when_it_is_needed_no_more(fetch, arrays):
    x = rc.placeholder("x", (None, 400))
    y = x
    for _ in range(6):
        y = rc.tanh(y @ rc.constant(np.eye(400) / 2))
    node, value = fetch(y, x), np.ones((1_000, 400))
    node(x=value[:2])
    tracemalloc.start()
    try:
        node(x=value)
        assert tracemalloc.get_traced_memory()[1] < (arrays + 0.5) * value.nbytes
    finally:
        tracemalloc.stop()


def test_names_of_views_go_with_their_memory():
    x = rc.variable(data())
    e = rc.exp(x)
    total = rc.sum(e.T * 2.0, 0) + rc.sum(e[::2], 1)[:1]
    source = rc.source(rc.tan(rc.sin(rc.cos(total))))
    dropped = [line.split("; del ")[1] for line in source.splitlines() if "del" in line]
    assert dropped == ["t3", "t1, t2, t5"]
    x.data = x.data * 2
    assert np.isfinite(rc.run(total)).all()


def test_memory_that_each_run_takes_stays_with_the_process():
    """Elsewhere than with glibc there is nothing to tell; with it, later runs get few new pages."""
    resource = pytest.importorskip("resource")
    if not keep_memory():
        pytest.skip("this C library cannot be told to keep memory")
    x = rc.variable(np.ones((512, 512)))
    nodes = [rc.exp(x * i) for i in range(12)]  # 2 MB each, handed out and dropped

    def new_pages(runs):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(runs):
            rc.run(nodes)
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

    new_pages(5)
    assert new_pages(20) < 20 * 12 * 512 / 10
