"""Small programs of the original library, run as their users wrote them."""

import numpy as np
import pytest

import revgraph.core as rc


def test_a_parabola_is_minimized():
    x = rc.variable(0.0)
    y = 4 * x * x - 32 * x - 10
    step = rc.sgd(lr=0.1).minimize(y)
    for _ in range(50):
        rc.run(step)
    assert rc.run([y, x]) == pytest.approx([-74.0, 4.0])


def test_himmelblaus_function_is_minimized():
    x, y = rc.variable(0.0), rc.variable(0.0)
    step = rc.sgd().minimize((x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2)
    for _ in range(1000):
        step()
    assert (x(), y()) == pytest.approx((3.0, 2.0))


def test_a_perceptron_learns_xor():
    rng = np.random.default_rng(0)
    x, target = rc.placeholder("x", (None, 2)), rc.placeholder("target", (None, 1))
    w1, b1 = rc.variable(rng.normal(size=(2, 8))), rc.variable(np.zeros(8))
    w2, b2 = rc.variable(rng.normal(size=(8, 1))), rc.variable(np.zeros(1))
    output = rc.tanh(rc.tanh(x @ w1 + b1) @ w2 + b2)
    step = rc.sgd(lr=0.1).minimize(rc.sum((output - target) ** 2))
    inputs, wanted = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]
    losses = [step(x=inputs, target=wanted) for _ in range(1000)]
    assert losses[-1] < 0.01 < losses[0]
    assert np.abs(output(x=inputs) - wanted).max() < 0.1
    assert w1.gradient.shape == (2, 8)


def test_a_variable_keeps_its_array_through_steps_and_assignments():
    x = rc.variable([1.0, 2.0])
    array = x.data
    rc.sgd(lr=0.5).minimize(rc.sum(x * x))()
    x.data = x.data + 1
    assert x.data is array
    np.testing.assert_array_equal(array, [1.0, 1.0])


def test_what_is_fetched_beside_a_step_is_from_before_it():
    x, factor = rc.variable(3.0), rc.variable(2.0)
    step = rc.sgd(lr=0.1).minimize(x * factor)
    before, loss, doubled = rc.run([x, step, 2 * x])
    assert (before, loss, doubled) == (3.0, 6.0, 6.0)
    assert (x(), factor()) == pytest.approx((2.8, 1.7))  # each gradient is the other as it was


def test_one_optimizer_minimizes_two_losses_without_sharing_memory():
    class counting(rc.optimizer):
        def update(self, param, memory, global_memory):
            memory["updates"] = memory.get("updates", 0) + 1
            param.data[...] = 10 * global_memory["iterations"] + memory["updates"]

    a, b = rc.variable(0.0), rc.variable(0.0)
    rule = counting()
    first, second = rule.minimize(a * a), rule.minimize(b * b)
    rc.run([first, second])
    first()
    assert (a(), b()) == (12.0, 1.0)


RULES = [rc.sgd, rc.adagrad, rc.rmsprop, rc.adadelta, rc.adam, rc.adamw]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("shape", [(4,), (32_769,), (300, 200)], ids=str)
def test_a_rule_of_ones_own_sees_whole_variables_whatever_it_derives_from(rule, shape):
    """Also one that is written for each entry by itself, which lets large variables be taken in pieces."""

    class unit(rule):
        def update(self, param, memory, global_memory):
            assert param.data.shape == param.gradient.shape == shape
            param.data = param.data - param.gradient / np.linalg.norm(param.gradient)

    w = rc.variable(np.zeros(shape))
    rc.run(unit().minimize(rc.sum(w)))
    np.testing.assert_allclose(w.data, -1 / np.sqrt(w.data.size))


@pytest.mark.parametrize("engine", ["numpy", "jax"])
@pytest.mark.parametrize(("dtype", "size"), [("float16", 2e2), ("float32", 1e20), ("float64", 1e160)])
def test_gradients_whose_squares_overflow_keep_their_direction_when_clipped(dtype, size, engine):
    if engine == "jax":
        pytest.importorskip("jax", reason="JAX is not installed")
    w = rc.variable(np.zeros(4), dtype=dtype)
    b = rc.variable(0.0, dtype=dtype)
    loss = rc.sum(w * np.full(4, size, dtype)) + b
    rc.run(rc.clip_by_norm(rc.sgd(lr=1.0), 1.0).minimize(loss), engine=engine)
    np.testing.assert_allclose(w.data, [-0.5] * 4, rtol=1e-3)
    assert abs(b.data) < 0.01
