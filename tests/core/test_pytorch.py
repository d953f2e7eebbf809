"""Values, gradients and optimizers against what PyTorch computed: see tests/fixtures/record.py."""

import runpy
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import revgraph.core as rc

FIXTURES = Path(__file__).parents[1] / "fixtures"
RECORDED = dict(np.load(FIXTURES / "core.npz"))

SPECIAL = {
    **{f.__name__: partial(f, axis=(0, 2)) for f in (rc.sum, rc.mean, rc.max, rc.min, rc.logsumexp)},
    "where": lambda a, b: rc.where(a > 0, a, b),
    "clip": lambda a: rc.clip(a, -0.5, 1),
    "softmax": lambda a: rc.softmax(a, 0),
    "reshape": lambda a: rc.reshape(a, (2, -1)),
    "transpose": lambda a: rc.transpose(a, (2, 0, 1)),
    "expand_dims": lambda a: rc.expand_dims(a, 1),
    "squeeze": lambda a: rc.squeeze(a, 1),
    "concatenate": lambda a, b: rc.concatenate([a, b, a], 1),
    "stack": lambda a, b: rc.stack([a, b], 1),
    "getitem": lambda a: a[[0, 2, 0], 1:],
    "pad": lambda a: rc.pad(a, ((1, 0), (0, 2))),
    "conv2d_valid": lambda x, k: rc.conv2d(x, k, "VALID", (2, 1)),
    "conv2d_same": lambda x, k: rc.conv2d(x, k, "SAME", 2),
    "conv2d_dilated": lambda x, k: rc.conv2d(x, k, dilation=(1, 2)),
    "conv2d_channels": lambda x, k: rc.conv2d(x, k, padding="SAME"),
    "broadcast_to": lambda a: rc.broadcast_to(a, (2, 5, 4)),
    "conv1d": lambda x, k: rc.conv1d(x, k, stride=2),
    "max_pool2d": lambda x: rc.max_pool2d(x, (2, 3), (2, 2)),
    "avg_pool2d": lambda x: rc.avg_pool2d(x, 3, 2),
}

OPTIMIZERS = {
    "sgd": rc.sgd(0.1),
    "sgd_momentum": rc.sgd(0.1, momentum=0.9),
    "sgd_nesterov": rc.sgd(0.1, momentum=0.9, nesterov=True),
    "adagrad": rc.adagrad(0.1),
    "adagrad_decay": rc.adagrad(0.1, decay=0.5),
    "rmsprop": rc.rmsprop(0.1),
    "adadelta": rc.adadelta(0.1),
    "adam": rc.adam(0.1),
    "amsgrad": rc.adam(0.1, amsgrad=True),
    "adamw": rc.adamw(0.1),
}

CASES = sorted({key.split("/")[0] for key in RECORDED} - {"optimizer"})


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-4)])
@pytest.mark.parametrize("name", CASES)
def test_operation(name, dtype, tolerance):
    case = {key.removeprefix(f"{name}/"): a for key, a in RECORDED.items() if key.startswith(f"{name}/")}
    count = sum(key.startswith("in/") for key in case)
    xs = [rc.variable(case[f"in/{i}"].astype(dtype)) for i in range(count)]
    y = SPECIAL.get(name, getattr(rc, name, None))(*xs)
    found = rc.run([y, *rc.gradients(y, xs, case["g"].astype(dtype))])
    expected = [case["value"], *(case[f"grad/{i}"] for i in range(count))]
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == dtype
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)
    assert y.shape == found[0].shape


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer(name, dtype):
    expected = RECORDED[f"optimizer/{name}"]
    scale = np.array([7.0, 1.0, 1e-4, 1e-8, 1e-12], dtype)
    x = rc.variable(np.ones(5, dtype))
    step = OPTIMIZERS[name].minimize(rc.sum(scale * x**4 / 4))
    seen = []
    for _ in expected:
        step()
        seen.append(x())
    assert seen[0].dtype == dtype
    np.testing.assert_allclose(seen, expected, rtol=1e-10 if dtype == np.float64 else 1e-3, atol=1e-15)


@pytest.mark.parametrize(
    "name", ["sgd", "sgd_nesterov", "adagrad", "rmsprop", "adadelta", "amsgrad", "adamw"]
)
def test_large_variables_are_updated_as_small_ones_are(name):
    rng = np.random.default_rng(0)
    large, small = rc.variable(rng.normal(size=(200, 201))), None
    small = rc.variable(large.data[150:, 190:])
    for x in (large, small):
        rc.simple_loop(3, OPTIMIZERS[name].minimize(rc.sum(rc.exp(-x * x))))
    np.testing.assert_array_equal(large.data[150:, 190:], small.data)


@pytest.mark.parametrize("engine", ["numpy", "jax"])
@pytest.mark.parametrize("name", ["sgd_momentum", "adagrad", "rmsprop", "adam", "amsgrad", "adamw"])
def test_a_variable_of_short_floats_moves_as_one_of_long_ones(name, engine):
    """Squares of small gradients are nothing to a short float, and what large ones add up to infinite."""
    pytest.importorskip(engine)
    short, long = (rc.variable(np.ones(2), dtype=dtype) for dtype in ("float16", "float64"))
    for x in (short, long):
        step = OPTIMIZERS[name].minimize(rc.sum(np.array([3e-3, 100], x.dtype) * x))
        for _ in range(9):
            rc.run(step, engine=engine)
    np.testing.assert_allclose(short.data, long.data, rtol=0.02)


def test_the_recording_is_what_the_installed_pytorch_computes():
    pytest.importorskip("torch")
    found = runpy.run_path(str(FIXTURES / "record.py"))["record"]()
    assert found.keys() == RECORDED.keys()
    for key, array in found.items():
        np.testing.assert_allclose(array, RECORDED[key], rtol=1e-12, atol=1e-12, err_msg=key)
