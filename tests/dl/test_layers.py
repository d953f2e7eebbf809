"""Layers against plain NumPy, in both passes and both dtypes."""

import numpy as np
import pytest

import revgraph.core as rc
from revgraph import dl
from revgraph.dl.layers.base import Pass, replay


def values(layer, x, **feeds):
    out = layer(rc.constant(x))
    return rc.run(out)


@pytest.fixture(autouse=True)
def seeded():
    dl.seed(0)


X = np.random.default_rng(0).normal(size=(5, 4))
IMAGES = np.random.default_rng(1).normal(size=(2, 7, 6, 3))


def test_dense_is_a_product_a_bias_and_an_activation():
    layer = dl.dense(3, activation="tanh", bias_initializer=dl.random_normal())
    out = values(layer, X)
    w, b = (layer.weights[name].data for name in ("kernel", "bias"))
    assert w.shape == (4, 3)
    assert np.allclose(out, np.tanh(X @ w + b))


def test_dense_keeps_further_axes():
    layer = dl.dense(2, use_bias=False)
    out = values(layer, IMAGES)
    assert np.allclose(out, IMAGES @ layer.weights["kernel"].data)
    assert list(layer.weights) == ["kernel"]


def test_a_layer_called_twice_shares_its_weights():
    layer = dl.dense(4, use_bias=False)
    twice = layer(layer(rc.constant(X)))
    w = layer.weights["kernel"].data
    assert np.allclose(rc.run(twice), X @ w @ w)


def test_shapes_of_samples():
    assert values(dl.flatten(), IMAGES).shape == (2, 7 * 6 * 3)
    assert values(dl.reshape((6, -1)), IMAGES).shape == (2, 6, 21)
    assert np.array_equal(values(dl.reshape((126,)), IMAGES), IMAGES.reshape(2, 126))
    with pytest.raises(ValueError, match="cannot make shape"):
        dl.reshape((5, 5))(rc.constant(IMAGES))
    x = dl.inputs((7, 6, 3))()
    assert dl.flatten()(x).shape == (None, 126)


def test_transform_takes_any_function_of_nodes():
    assert np.allclose(values(dl.transform(lambda x: rc.square(x) + 1), X), X**2 + 1)
    both = dl.transform(lambda x, y: x - 2 * y)(rc.constant(X), rc.constant(X + 1))
    assert np.allclose(rc.run(both), X - 2 * (X + 1))


def test_dropout_drops_in_training_alone():
    x = rc.constant(np.ones((200, 50)))
    out = dl.dropout(0.2)(x)
    assert np.array_equal(rc.run(out), np.ones((200, 50)))
    (training,) = replay([out], Pass(training=True))
    dropped = rc.run(training)
    assert np.allclose(np.unique(dropped), [0, 1.25])
    assert abs((dropped == 0).mean() - 0.2) < 0.02
    assert not np.array_equal(rc.run(training), dropped)  # a new mask each time


def test_the_same_mask_serves_forward_and_backward():
    x = rc.variable(np.ones((20, 20)))
    (training,) = replay([dl.dropout(0.5)(x)], Pass(training=True))
    out, grad = rc.run([training, rc.gradients(training, x)])
    assert np.array_equal(out, grad)


@pytest.mark.parametrize("rate", [-0.1, 1.0, 2])
def test_a_rate_of_dropout_is_a_share(rate):
    with pytest.raises(ValueError, match="the rate of dropout"):
        dl.dropout(rate)


def test_batch_norm_normalizes_by_the_batch_then_by_its_averages():
    layer = dl.batch_norm(momentum=0.9, epsilon=1e-5)
    x = rc.placeholder("x", (None, 4))
    phase = Pass(training=True)
    out = layer(x)
    (training,) = replay([out], phase)
    batch = 3 * X + 7
    normal = rc.run([training, *phase.updates], {x: batch})[0]
    assert np.allclose(normal.mean(axis=0), 0)
    assert np.allclose(normal.std(axis=0), 1, atol=1e-5)
    mean, variance = layer.weights["mean"].data, layer.weights["variance"].data
    assert np.allclose(mean, 0.1 * batch.mean(axis=0))
    assert np.allclose(variance, 0.9 + 0.1 * batch.var(axis=0))
    assert np.allclose(rc.run(out, {x: batch}), (batch - mean) / np.sqrt(variance + 1e-5))
    assert len(layer.trainable) == 2


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_conv2d_and_pools_give_the_operations_of_core(padding):
    conv = dl.conv2d(5, (3, 2), stride=(2, 1), padding=padding, activation="relu", use_bias=True)
    out = values(conv, IMAGES)
    kernel = conv.weights["kernel"]
    assert kernel.shape == (3, 2, 3, 5)
    convolved = rc.conv2d(IMAGES, kernel, stride=(2, 1), padding=padding.upper())
    expected = rc.run(rc.relu(convolved + conv.weights["bias"]))
    assert np.array_equal(out, expected)
    pooled = values(dl.max_pool2d(2, padding=padding), IMAGES)
    assert np.array_equal(pooled, rc.run(rc.max_pool2d(IMAGES, (2, 2), (2, 2), padding.upper())))
    pooled = values(dl.avg_pool2d((2, 3), stride=1, padding=padding), IMAGES)
    assert np.array_equal(pooled, rc.run(rc.avg_pool2d(IMAGES, (2, 3), (1, 1), padding.upper())))


def test_conv1d():
    conv = dl.conv1d(2, 3, stride=2, padding="same", dilation_rate=1)
    x = np.random.default_rng(0).normal(size=(2, 7, 3))
    out = values(conv, x)
    expected = rc.conv1d(x, conv.weights["kernel"], stride=2, padding="SAME")
    assert np.array_equal(out, rc.run(expected))


def test_merging():
    a, b = rc.constant(X), rc.constant(2 * X)
    assert np.allclose(rc.run(dl.add()(a, b, a)), 4 * X)
    assert np.allclose(rc.run(dl.concatenate()(a, b)), np.concatenate([X, 2 * X], axis=-1))
    assert rc.run(dl.concatenate(axis=0)(a, b)).shape == (10, 4)


def test_sequential_starts_itself_or_continues():
    net = dl.sequential(dl.inputs(4), dl.dense(3), dl.dense(2))
    assert net().shape == (None, 2)
    part = dl.sequential(dl.dense(3), dl.dense(2))
    assert values(part, X).shape == (5, 2)
    with pytest.raises(ValueError, match=r"begin with one"):
        part()
    with pytest.raises(ValueError, match="at least one layer"):
        dl.sequential()


def test_an_unknown_size_is_named():
    x = rc.placeholder("x", (None, None))
    with pytest.raises(ValueError, match="needs to know the size of axis -1"):
        dl.dense(3)(x)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: dl.dense(3, activation="rleu"), "unknown activation 'rleu'. Did you mean 'relu'"),
        (lambda: dl.dense(3, kernel_initializer="glorot"), "unknown initializer 'glorot'"),
        (lambda: dl.dense(3, kernel_regularizer="l3"), "unknown regularizer 'l3'"),
        (lambda: dl.conv2d(3, 3, padding="full"), "padding is 'valid' or 'same', not 'full'"),
        (lambda: dl.conv2d(3, (3, 3, 3)), "kernel_size is a positive number or 2 of them"),
        (lambda: dl.max_pool2d(0), "pool_size is a positive number"),
    ],
)
def test_what_is_not_known_is_said(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("name", "spread"),
    [
        ("glorot_uniform", np.sqrt(2 / (300 + 200))),
        ("glorot_normal", np.sqrt(2 / (300 + 200))),
        ("he_uniform", np.sqrt(2 / 300)),
        ("he_normal", np.sqrt(2 / 300)),
        ("random_normal", 0.05),
        ("random_uniform", 0.05 / np.sqrt(3)),
    ],
)
def test_initializers_have_their_spread(name, spread):
    w = getattr(dl, name)()((300, 200))
    assert abs(w.mean()) < 0.01 * spread * 5
    assert np.isclose(w.std(), spread, rtol=0.02)
    if "uniform" in name:
        assert np.abs(w).max() <= spread * np.sqrt(3)


def test_fans_of_a_convolution_count_its_window():
    w = dl.glorot_uniform()((5, 5, 12, 8))
    assert np.abs(w).max() <= np.sqrt(6 / (25 * 12 + 25 * 8))
    assert np.abs(w).max() > 0.98 * np.sqrt(6 / (25 * 12 + 25 * 8))


def test_the_other_initializers():
    assert np.array_equal(dl.zeros()((2, 3)), np.zeros((2, 3)))
    assert np.array_equal(dl.ones()((2, 3)), np.ones((2, 3)))
    assert np.array_equal(dl.const(0.5)((2,)), [0.5, 0.5])


def test_a_seed_repeats_the_weights():
    dl.seed(3)
    first = dl.glorot_normal()((3, 4))
    dl.seed(3)
    assert np.array_equal(dl.glorot_normal()((3, 4)), first)


@pytest.mark.parametrize(
    ("regularizer", "penalty"),
    [
        (dl.l1(0.1), lambda w: 0.1 * np.abs(w).sum()),
        (dl.l2(0.1), lambda w: 0.1 * (w**2).sum()),
        (dl.l1_l2(0.1, 0.2), lambda w: 0.1 * np.abs(w).sum() + 0.2 * (w**2).sum()),
    ],
)
@pytest.mark.parametrize("subject", ["kernel", "bias", "activity"])
def test_penalties_are_collected_for_training(regularizer, penalty, subject):
    layer = dl.dense(3, bias_initializer=dl.ones(), **{f"{subject}_regularizer": regularizer})
    out = layer(rc.constant(X))
    phase = Pass(training=True)
    replay([out], phase)
    (found,) = phase.penalties
    target = rc.run(out) if subject == "activity" else layer.weights[subject].data
    assert np.isclose(rc.run(found), penalty(target))


def test_a_shape_given_in_pieces_is_told_how_to_be_written():
    with pytest.raises(TypeError, match=r"one tuple, and then a name, not 8.* dl\.inputs\(\(28, 28, 1\)\)"):
        dl.inputs(8, 8, 1)


@pytest.mark.parametrize("kind", [dl.layer_norm, dl.batch_norm])
def test_gradients_of_normalization_and_theirs(kind):
    layer, draw = kind(epsilon=1e-5), np.random.default_rng(0)
    layer.build(rc.constant(X))

    def normalized(x, gamma, beta):
        layer.weights |= {"gamma": gamma, "beta": beta}
        return layer.call(Pass(training=True), x)

    arrays = 2 * draw.normal(size=(3, 2, 4)) + 5, draw.normal(size=4), draw.normal(size=4)
    rc.check_gradients(normalized, *arrays, order=2)
