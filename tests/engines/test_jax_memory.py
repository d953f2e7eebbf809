"""What the engine "jax" shares with NumPy, and writes over: nobody's numbers change, and none are lost."""

import _thread
import signal
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import revgraph.core as rc

jax = pytest.importorskip("jax", reason='JAX is not installed (pip install "revgraph[jax]")')
from revgraph.engines.jax import program, transfer  # noqa: E402

N = 4096  # entries


@pytest.fixture(autouse=True)
def shares(monkeypatch):
    """Arrays of this size are shared, too."""
    monkeypatch.setattr(transfer, "SHARED_FROM", N)


@pytest.fixture
def in_place(monkeypatch):
    """Small weights are written over, too."""
    if not transfer.on_processor():
        pytest.skip("only done on a processor")
    monkeypatch.setattr(program, "IN_PLACE_FROM", 0)


def counting(start):
    return np.arange(start, start + N, dtype=float)


def test_a_large_variable_begins_where_jax_reads_without_a_copy():
    assert all(rc.variable(counting(i)).data.ctypes.data % 64 == 0 for i in range(5))


def test_results_may_be_written_to_and_are_nobody_elses():
    w, x, c = rc.variable(counting(1)), rc.placeholder("x", (N,)), rc.constant(counting(2))
    fed = rc.variable(counting(3)).data
    large = rc.constant(counting(4).repeat(2))
    nodes = [w, w, x, c, large, rc.reshape(w, (2, -1)), w[:], w + 1, w + 1, rc.no_grad(w)]
    nodes += [rc.gradients(rc.sum(w * w), w), rc.transpose(rc.reshape(x, (2, -1)))]
    expected = [array.copy() for array in rc.run(nodes, {x: fed}, "numpy")]
    for _ in range(2):
        found = rc.run(nodes, {x: fed}, "jax")
        for i, array in enumerate(found):
            np.testing.assert_array_equal(array, expected[i])
            array[...] = -1.0
    assert (w.data.tolist(), fed.tolist()) == (counting(1).tolist(), counting(3).tolist())


def test_a_result_gets_memory_of_its_own_where_another_has_that_of_jax():
    one, two, fed = jax.numpy.ones(N), jax.numpy.ones(N), rc.variable(counting(0)).data
    same = jax.device_put(fed, may_alias=True)
    found = transfer.brought_home([one, one, two, same], [two, fed])
    for array in found:
        array[0] = 7.0
    assert [array[1] for array in found] == [1, 1, 1, 1]
    assert (found[0] is not found[1], float(two[0]), fed[0]) == (True, 1, 0)
    found[0][1] = 8.0
    assert found[1][1] == 1


def test_a_result_stays_when_a_variable_or_what_was_fed_is_changed_in_place():
    w, x = rc.variable(counting(1)), rc.placeholder("x", (N,))
    fed = rc.variable(counting(3)).data
    found = rc.run([w, x, rc.reshape(w, (2, -1))], {x: fed}, "jax")
    w.data[0] = fed[0] = -1.0
    assert [array.flat[0] for array in found] == [1, 3, 1]
    assert rc.run(w, engine="jax")[0] == -1


def test_an_assigned_value_is_the_variables_own():
    v, w, u, x = (*(rc.variable(counting(i)) for i in range(3)), rc.placeholder("x", (N,)))
    fed = rc.variable(counting(5)).data
    rc.run([rc.assign(w, v), rc.assign(u, x)], {x: fed}, "jax")
    v.data[0] = fed[0] = -1.0
    assert (w.data[0], u.data[0]) == (0, 5)


def test_the_gradient_that_is_left_with_a_variable_may_be_written_to():
    w = rc.variable(counting(1))
    rc.run(rc.gradient(rc.sum(w * w)), engine="jax")
    w.gradient += 1
    assert w.gradient[:2].tolist() == [3, 5]


@pytest.mark.usefixtures("in_place")
def test_the_users_array_is_not_written_over_before_it_is_read():
    w = rc.variable(counting(1))
    mine = w.data
    step = rc.sgd(lr=0.5).minimize(rc.sum(w))
    for _ in range(2):
        rc.run(step, engine="jax")
    assert mine[0] == 1
    assert w.data is mine
    assert mine[0] == 0


def stepped_by(engine):
    w = rc.variable(counting(1))
    step = rc.adam(lr=0.5).minimize(rc.sum(w * w))
    return w, step, [rc.run(step, engine=engine) for _ in range(2)]


@pytest.mark.usefixtures("in_place")
def test_a_step_that_is_interrupted_loses_no_weights(monkeypatch):
    w, step, _ = stepped_by("jax")
    keep = program.Program.keep

    def interrupted(*arrays):
        _thread.interrupt_main()  # as Control-C does
        keep(*arrays)

    monkeypatch.setattr(program.Program, "keep", interrupted)
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)  # none in the background
    with pytest.raises(KeyboardInterrupt):
        rc.run(step, engine="jax")
    signal.signal(signal.SIGINT, handler)
    monkeypatch.undo()
    expected, same, _ = stepped_by("numpy")
    rc.run(same)
    np.testing.assert_allclose(w.data, expected.data, 1e-10)
    np.testing.assert_allclose(rc.run(step), rc.run(same), 1e-10)


@pytest.mark.usefixtures("in_place")
def test_a_batch_for_which_memory_is_too_small_loses_no_weights():
    w, x = rc.variable(counting(1)), rc.placeholder("x", (None,))
    step = rc.adam().minimize(rc.sum(w) * rc.sum(x))
    rc.run(step, {x: [1.0]}, "jax")
    (jax_program,) = step.programs.values()

    def runs_out(*arrays):
        for array in jax.tree.leaves(arrays[:2]):
            array.delete()  # as JAX does with what was given to be written over
        raise MemoryError

    jitted, jax_program.jitted_in_place = jax_program.jitted_in_place, runs_out
    with pytest.raises(MemoryError):
        rc.run(step, {x: [1.0, 2.0]}, "jax")
    jax_program.jitted_in_place = jitted
    rc.run(step, {x: [1.0]}, "jax")
    found = w.data.copy()
    w.data = counting(1)
    same = rc.adam().minimize(rc.sum(w) * rc.sum(x))
    for _ in range(2):
        rc.run(same, {x: [1.0]}, "numpy")
    np.testing.assert_allclose(found, w.data, 1e-10)


@pytest.mark.usefixtures("in_place")
def test_who_reads_weights_during_a_step_waits_for_the_new_ones(monkeypatch):
    w, step, _ = stepped_by("jax")
    keep = program.Program.keep
    with ThreadPoolExecutor(1) as other:
        readers = []

        def read_meanwhile(*arrays):
            readers.append(other.submit(lambda: w.data.copy()))
            keep(*arrays)

        monkeypatch.setattr(program.Program, "keep", read_meanwhile)
        rc.run(step, engine="jax")
        (reader,) = readers
        np.testing.assert_array_equal(reader.result(), w.data)
