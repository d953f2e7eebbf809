"""Losses against their formulas in NumPy, worked from Keras's definitions, and against finite differences."""

import numpy as np
import pytest

import revgraph.core as rc
from revgraph import dl

rng = np.random.default_rng(0)
P = rng.dirichlet(np.ones(4), size=6)
Q = rng.dirichlet(np.ones(4), size=6)
BITS = rng.integers(0, 2, (6, 4)).astype(float)
SIGNS = 2 * BITS - 1
SCORES = rng.normal(size=(6, 4))
TARGETS = rng.normal(size=(6, 4))
ONE_HOT = np.eye(4)[rng.integers(0, 4, 6)]


def log_softmax(x):
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


CASES = {
    "categorical_cross_entropy": (ONE_HOT, Q, {}, -(ONE_HOT * np.log(Q)).sum(-1)),
    "categorical_cross_entropy from logits": (
        ONE_HOT,
        SCORES,
        {"from_logits": True},
        -(ONE_HOT * log_softmax(SCORES)).sum(-1),
    ),
    "sparse_categorical_cross_entropy": (ONE_HOT.argmax(-1), Q, {}, -(ONE_HOT * np.log(Q)).sum(-1)),
    "sparse_categorical_cross_entropy from logits": (
        ONE_HOT.argmax(-1),
        SCORES,
        {"from_logits": True},
        -(ONE_HOT * log_softmax(SCORES)).sum(-1),
    ),
    "binary_cross_entropy": (BITS, Q, {}, -(BITS * np.log(Q) + (1 - BITS) * np.log(1 - Q)).mean(-1)),
    "binary_cross_entropy from logits": (
        BITS,
        SCORES,
        {"from_logits": True},
        (np.log(1 + np.exp(SCORES)) - BITS * SCORES).mean(-1),
    ),
    "poisson": (P, Q, {}, (Q - P * np.log(Q + 1e-7)).mean(-1)),
    "kl_divergence": (P, Q, {}, (P * np.log(P / Q)).sum(-1)),
    "mean_squared_error": (TARGETS, SCORES, {}, ((SCORES - TARGETS) ** 2).mean(-1)),
    "mean_absolute_error": (TARGETS, SCORES, {}, np.abs(SCORES - TARGETS).mean(-1)),
    "mean_absolute_percentage_error": (
        TARGETS,
        SCORES,
        {},
        100 * (np.abs(TARGETS - SCORES) / np.abs(TARGETS)).mean(-1),
    ),
    "mean_squared_logarithmic_error": (P, Q, {}, ((np.log1p(Q) - np.log1p(P)) ** 2).mean(-1)),
    "log_cosh": (TARGETS, SCORES, {}, np.log(np.cosh(SCORES - TARGETS)).mean(-1)),
    "hinge": (SIGNS, SCORES, {}, np.maximum(1 - SIGNS * SCORES, 0).mean(-1)),
    "squared_hinge": (SIGNS, SCORES, {}, (np.maximum(1 - SIGNS * SCORES, 0) ** 2).mean(-1)),
}
every_loss = pytest.mark.parametrize("name", CASES)


def value(name, y_pred=None, **fold):
    y_true, default, options, _ = CASES[name]
    loss = getattr(dl, name.split()[0])(**options, **fold)
    return rc.run(loss(rc.constant(y_true), rc.constant(default if y_pred is None else y_pred)))


@every_loss
def test_a_loss_sums_over_the_batch_unless_told_to_average(name):
    expected = CASES[name][3]
    assert np.isclose(value(name), expected.sum(), rtol=1e-6)
    assert np.isclose(value(name, fold="mean"), expected.mean(), rtol=1e-6)


@every_loss
def test_the_gradient_agrees_with_finite_differences(name):
    y_true, y_pred, options, _ = CASES[name]
    pred = rc.variable(y_pred)
    loss = getattr(dl, name.split()[0])(**options)(rc.constant(y_true), pred)
    gradient = rc.run(rc.gradients(loss, pred))
    h = 1e-6
    for index in [(0, 0), (2, 1), (5, 3)]:
        nudge = np.zeros_like(y_pred)
        nudge[index] = h
        slope = (value(name, y_pred + nudge) - value(name, y_pred - nudge)) / (2 * h)
        assert np.isclose(gradient[index], slope, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["categorical_cross_entropy", "binary_cross_entropy", "kl_divergence"])
def test_sure_and_wrong_is_finite(name):
    wrong = 1 - ONE_HOT
    loss = getattr(dl, name)()
    pred = rc.variable(wrong)
    node = loss(rc.constant(ONE_HOT), pred)
    assert np.isfinite(rc.run(node))
    assert np.all(np.isfinite(rc.run(rc.gradients(node, pred))))


@pytest.mark.parametrize("name", ["categorical_cross_entropy", "binary_cross_entropy"])
def test_a_probability_is_out_of_its_span_by_rounding_alone(name):
    assert np.isfinite(value(name, (1 + 1e-4) * ONE_HOT))
    for wrong in (1.01 * ONE_HOT, -0.01 * ONE_HOT):
        with pytest.raises(ValueError, match="takes probabilities"):
            value(name, wrong)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64"])
@pytest.mark.parametrize(
    "name", ["categorical_cross_entropy", "binary_cross_entropy", "kl_divergence", "poisson", "hinge"]
)
def test_certain_predictions_give_numbers_in_every_dtype(name, dtype):
    """Half a float has no 1e-20, and no 1 - 1e-7."""
    y = rc.constant(np.repeat(ONE_HOT[:2], 2, axis=0).astype(dtype), dtype=dtype)
    p = rc.constant(np.concatenate([ONE_HOT[:2], 1 - ONE_HOT[:2]]).astype(dtype), dtype=dtype)
    loss = getattr(dl, name)()(y, p)
    nodes = [loss] if dtype == "int64" else [loss, rc.gradients(loss, p)]
    assert all(np.isfinite(value).all() for value in rc.run(nodes))


def test_log_cosh_does_not_overflow():
    loss = dl.log_cosh()(rc.constant([[0.0]]), rc.constant([[-1000.0]]))
    assert np.isclose(rc.run(loss), 1000 - np.log(2))


def test_any_fold_will_do():
    assert np.isclose(value("hinge", fold=rc.max), CASES["hinge"][3].max())
    with pytest.raises(ValueError, match="unknown fold 'product'"):
        dl.hinge(fold="product")


def test_negative_values_count_as_0_under_a_logarithm():
    y_true, y_pred = rc.constant([[-3.0, 1.0]]), rc.variable([[1.0, -0.5]])
    value = dl.mean_squared_logarithmic_error()(y_true, y_pred)
    found, gradient = rc.run([value, rc.gradients(value, y_pred)])
    np.testing.assert_allclose(found, np.log(2) ** 2, rtol=1e-5)
    np.testing.assert_allclose(gradient, [[np.log(2) / 2, 0]], rtol=1e-5)


def test_accuracies():
    one_hot, pred = rc.constant(np.eye(3)), rc.constant([[0.8, 0.1, 0.1], [0.2, 0.3, 0.5], [0.0, 0.1, 0.9]])
    assert np.isclose(rc.run(dl.categorical_accuracy()(one_hot, pred)), 2 / 3)
    assert np.isclose(rc.run(dl.sparse_categorical_accuracy()(rc.constant([0, 1, 2]), pred)), 2 / 3)
    bits, p = rc.constant([[1.0], [0.0], [1.0], [1.0]]), rc.constant([[0.9], [0.2], [0.4], [0.6]])
    assert np.isclose(rc.run(dl.binary_accuracy()(bits, p)), 0.75)
    assert np.isclose(rc.run(dl.binary_accuracy(threshold=0.3)(bits, p)), 1.0)
