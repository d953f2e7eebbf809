"""Graphs travel through pickle and dill whole, with what they share, at any depth."""

import copy
import pickle

import dill
import numpy as np
import pytest

import revgraph.core as rc


def chain(length):
    x = y = rc.variable(1.0)
    for _ in range(length):
        y = y + 1e-3 * x
    return x, y


def test_sharing_survives():
    x = rc.placeholder("x", (None, 2))
    w = rc.variable(np.ones((2, 3), np.float32), name="w")
    hidden = rc.tanh(x @ w)
    loss = rc.sum(hidden * hidden + rc.constant([1.0, 2.0, 3.0]))
    rc.sgd().minimize(loss)(x=[[1, 2]])
    w2, loss2, hidden2, x2 = pickle.loads(pickle.dumps([w, loss, hidden, x]))
    assert hidden2 in set(loss2.args[0].args[0].args)
    assert hidden2.args[0].args == (x2, w2)
    assert hidden2.dims[0] == x2.dims[0] != x.dims[0]  # one unknown size, but not that of the original
    np.testing.assert_array_equal(w2.gradient, w.gradient)
    w2.data = np.zeros((2, 3))
    assert loss2(x=[[1, 2]]) == 6
    with pytest.raises(ValueError, match="read-only"):
        loss2.args[0].args[1].data[0] = 0


@pytest.mark.parametrize("module", [pickle, dill])
def test_a_deep_graph(module):
    x, y = chain(5_000)
    x2, y2, again = module.loads(module.dumps((x, y, y.args[0])))
    assert again in set(y2.args)
    assert rc.run(rc.gradients(y2, x2)) == pytest.approx(6)
    assert rc.run(copy.deepcopy(y)) == pytest.approx(6)


def test_training_continues_where_it_was(tmp_path):
    x = rc.variable([1.0, -2.0])
    cube = rc.primitive(lambda a: a**3, lambda g, ans, a: 3 * g * a * a)
    step = rc.adam(0.1).minimize(rc.sum(x**4 + cube(x)))
    rc.simple_loop(3, step)
    (tmp_path / "step").write_bytes(dill.dumps((x, step)))
    rc.simple_loop(3, step)
    y, loaded = dill.loads((tmp_path / "step").read_bytes())
    rc.simple_loop(3, loaded)
    np.testing.assert_array_equal(x.data, y.data)


def test_a_failed_pickle_leaves_no_trace():
    _, y = chain(3_000)
    z = y + rc.primitive(lambda a: a)(y)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(z * 2)
    assert pickle.loads(pickle.dumps(y))() == y()


def test_what_refers_to_the_library_does_not_carry_it_along():
    relu = rc.primitive(lambda a: rc.run(rc.maximum(a, 0)), name="relu")
    written = dill.dumps(relu(rc.variable([1.0, -1.0])), recurse=True)
    assert len(written) < 5_000
    assert dill.loads(written)().tolist() == [1, 0]
