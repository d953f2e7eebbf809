"""Losses and the training of a whole network against PyTorch: see tests/fixtures/record_dl.py."""

import runpy
from pathlib import Path

import numpy as np
import pytest

import revgraph.core as rc
from revgraph import dl

FIXTURES = Path(__file__).parents[1] / "fixtures"
RECORDED = dict(np.load(FIXTURES / "dl.npz"))
LOSSES = sorted({key.split("/")[0] for key in RECORDED} - {"training"})


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


def network():
    conv = dl.conv2d(3, 3, padding="same", kernel_regularizer=dl.l2(0.01), name="conv")
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


def test_the_recording_is_what_pytorch_computes_today():
    pytest.importorskip("torch", reason="PyTorch is not installed: the recorded values stand alone")
    module = runpy.run_path(str(FIXTURES / "record_dl.py"))
    for name, value in [*module["losses"](), *module["training"]()]:
        np.testing.assert_allclose(value, RECORDED[name], rtol=1e-9, atol=1e-12, err_msg=name)
