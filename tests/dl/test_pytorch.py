"""Losses, layers and the training of a whole network against PyTorch: see tests/fixtures/record_dl.py."""

import runpy
from pathlib import Path

import numpy as np
import pytest

import revgraph.core as rc
from revgraph import dl
from revgraph.dl.layers.base import Pass, layers_of, replay

FIXTURES = Path(__file__).parents[1] / "fixtures"
RECORDED = dict(np.load(FIXTURES / "dl.npz"))
LOSSES = sorted({key.split("/")[0] for key in RECORDED} - {"layers", "training", "schedule"})


def case(name):
    start = f"{name}/"
    return {key.removeprefix(start): value for key, value in RECORDED.items() if key.startswith(start)}


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-6), ("float32", 1e-4)])
@pytest.mark.parametrize("name", LOSSES)
def test_loss(name, dtype, tolerance):
    expected = case(name)
    loss = getattr(dl, name.removesuffix("_logits"))
    loss = loss(from_logits=True) if name.endswith("_logits") else loss()
    y_pred = rc.variable(expected["in/1"].astype(dtype))
    value = loss(rc.constant(expected["in/0"].astype(dtype)), y_pred)
    found, gradient = rc.run([value, rc.gradients(value, y_pred)])
    assert found.dtype == gradient.dtype == dtype
    np.testing.assert_allclose(found, expected["value"].sum(), rtol=tolerance)
    np.testing.assert_allclose(gradient, expected["grad"], rtol=tolerance, atol=tolerance)


ACTIVATIONS = "gelu", "linear", "relu", "leaky_relu", "tanh", "sigmoid", "softmax", "softplus"
LAYERS = {
    **{f"dense_{name}": lambda name=name: dl.dense(4, activation=name) for name in ACTIVATIONS},
    "conv1d_valid": lambda: dl.conv1d(4, 3, use_bias=True, dilation_rate=2),
    "conv1d_same": lambda: dl.conv1d(4, 5, stride=2, padding="same", use_bias=True),
    "conv2d_valid": lambda: dl.conv2d(4, (3, 2), stride=(2, 1), use_bias=True),
    "conv2d_same": lambda: dl.conv2d(4, 3, padding="same", use_bias=True, dilation_rate=2),
    "max_pool2d_valid": lambda: dl.max_pool2d(2),
    "max_pool2d_same": lambda: dl.max_pool2d(3, stride=2, padding="same"),
    "avg_pool2d_valid": lambda: dl.avg_pool2d((2, 3), stride=1),
    "avg_pool2d_same": lambda: dl.avg_pool2d(3, stride=2, padding="same"),
    "batch_norm_training": dl.batch_norm,
    "batch_norm": dl.batch_norm,
    "layer_norm": dl.layer_norm,
    "embedding": lambda: dl.embedding(7, 3),
    "multi_head_attention": lambda: dl.multi_head_attention(2),
    "multi_head_attention_causal": lambda: dl.multi_head_attention(2, causal=True),
    "multi_head_attention_of_two": lambda: dl.multi_head_attention(2),
    "transformer_block": lambda: dl.transformer_block(2),
    "gpt": lambda: dl.gpt(7, context=5, units=6, heads=2),
    "flatten": dl.flatten,
    "reshape": lambda: dl.reshape((15, 7)),
    "add": dl.add,
    "concatenate": dl.concatenate,
}


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 2e-4)])
@pytest.mark.parametrize("name", LAYERS)
def test_layer(name, dtype, tolerance):
    """Its value, and the gradients by its inputs and weights, for an upstream gradient."""
    expected = case(f"layers/{name}")
    layer = LAYERS[name]()
    arrays = [value.astype(dtype) for key, value in expected.items() if key.startswith("in/")]
    inputs = [rc.variable(array) for array in arrays]
    out = layer(*inputs)
    weights = {node.name.removeprefix(f"{layer.name}_"): node for node in weights_of(out)}
    assert set(weights) == {key.removeprefix("weights/") for key in expected if key.startswith("weights/")}
    for weight, variable in weights.items():
        variable.data = expected[f"weights/{weight}"]
    (out,) = replay([out], Pass(training=name.endswith("training")))
    by = {f"grads/in/{i}": x for i, x in enumerate(inputs)}
    by |= {f"grads/weights/{weight}": variable for weight, variable in weights.items()}
    by = {key: node for key, node in by.items() if key in expected}
    trained = {node for part in layers_of(out) for node in part.trainable}
    of_tokens = isinstance(layer, dl.embedding | dl.gpt)  # which have no gradient
    assert set(by.values()) >= (trained if of_tokens else trained | set(inputs))
    upstream = rc.constant(expected["upstream"].astype(dtype))
    found = rc.run([out, *rc.gradients(out, list(by.values()), upstream)])
    for key, value in zip(["value", *by], found, strict=True):
        assert value.dtype == dtype
        np.testing.assert_allclose(value, expected[key], rtol=tolerance, atol=tolerance, err_msg=key)


def weights_of(out):
    """The weights of the layers that lead to this node, those within layers too."""
    return [weight for layer in layers_of(out) for weight in layer.weights.values()]


def test_every_recorded_layer_is_compared():
    assert {key.split("/")[1] for key in RECORDED if key.startswith("layers/")} == set(LAYERS)


def network():
    conv = dl.conv2d(3, 3, padding="same", use_bias=True, kernel_regularizer=dl.l2(0.01), name="conv")
    norm = dl.batch_norm(momentum=0.75, name="norm")
    return dl.Model(
        dl.sequential(
            dl.inputs((6, 6, 2)), conv, norm, dl.transform(rc.relu), dl.max_pool2d(2), dl.flatten(),
            dl.dense(4, activation="softmax", name="dense"),
        ),
        loss=dl.categorical_cross_entropy(),
        optimizer=dl.adam(lr=0.02),
    ).compile()  # fmt: skip


def test_training_a_network_step_by_step():
    """PyTorch's running variance divides by n - 1, so the averages are compared by the mean alone."""
    expected = case("training")
    model = network()
    weights = {str(weight.name): weight for weight in model.weights}
    named = [name for name in weights if f"0/{name}" in expected]
    assert len(named) == 6
    for name in named:
        weights[name].data = expected[f"0/{name}"]
    for step in range(6):
        for name in named:
            np.testing.assert_allclose(
                weights[name].data,
                expected[f"{step}/{name}"],
                rtol=1e-4,
                atol=1e-6,
                err_msg=f"{name}, step {step}",
            )
        np.testing.assert_allclose(weights["norm_mean"].data, expected[f"{step}/mean"], rtol=1e-4, atol=1e-6)
        loss = model.train_on_batch(expected["x"], expected["y"])
        assert np.isclose(loss * len(expected["y"]), expected[f"{step}/loss"], rtol=1e-5)


def test_clipping_a_schedule_and_decay_step_by_step():
    """PyTorch adds 1e-6 to the norm that it divides by."""
    expected = case("schedule")
    a, b = rc.variable(expected["a"]), rc.variable(expected["b"])
    rate = dl.warmup_cosine(0.05, warmup=4, total=12)
    optimizer = dl.clip_by_norm(dl.adamw(lr=rate, weight_decay=0.1), 0.5)
    step = optimizer.minimize(rc.sum(rc.cosh(expected["x"] @ a + b)), [a, b])
    for i in range(12):
        assert np.isclose(rate(i), expected[f"{i}/lr"])
        rc.run(step)
        norm = np.sqrt(np.sum(a.gradient**2) + np.sum(b.gradient**2))
        assert np.isclose(norm, min(expected[f"{i}/norm"], 0.5))
        np.testing.assert_allclose(a.data, expected[f"{i}/a"], rtol=1e-5)
        np.testing.assert_allclose(b.data, expected[f"{i}/b"], rtol=1e-5)
    assert rate(12) == rate(100) == 0


def test_the_recording_is_what_pytorch_computes_today():
    pytest.importorskip("torch", reason="PyTorch is not installed: the recorded values stand alone")
    module = runpy.run_path(str(FIXTURES / "record_dl.py"))
    for name, value in [
        *module["losses"](),
        *module["layers"](),
        *module["training"](),
        *module["schedule"](),
    ]:
        np.testing.assert_allclose(value, RECORDED[name], rtol=1e-9, atol=1e-12, err_msg=name)
