"""Whole training steps of revgraph.dl beside PyTorch's: the same formulas, dtype and batch.

    pytest tests/benchmarks/bench_dl.py

Peak memory is read off Linux's own account of the process, for each engine in a process of its own.
"""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from revgraph import dl

PYTORCH = importlib.util.find_spec("torch") is not None
DTYPES = ["float32", "float64"]


def digits(n, dtype):
    rng = np.random.default_rng(0)
    return rng.random((n, 784)).astype(dtype), np.eye(10)[rng.integers(0, 10, n)].astype(dtype)


def mlp_of_ours(dtype):
    net = dl.sequential(dl.inputs(784), dl.dense(100, activation="tanh"), dl.dense(10, activation="softmax"))
    return dl.Model(net, dl.categorical_cross_entropy(), dl.adam(), dtype=dtype).compile()


def cnn_of_ours(dtype):
    net = dl.sequential(
        dl.inputs(784),
        dl.reshape((28, 28, 1)),
        dl.conv2d(12, (3, 3), padding="same", activation="relu", use_bias=True, kernel_regularizer=dl.l1()),
        dl.flatten(),
        dl.dense(128, activation="relu"),
        dl.dense(10, activation="softmax"),
    )
    optimizer = dl.adam(lr=0.01, decay=0.01)
    return dl.Model(net, dl.categorical_cross_entropy(), optimizer, dtype=dtype).compile()


def mlp_of_theirs(nn):
    return nn.Sequential(nn.Linear(784, 100), nn.Tanh(), nn.Linear(100, 10), nn.Softmax(1))


def cnn_of_theirs(nn):
    return nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 12, 3, padding="same"), nn.ReLU(), nn.Flatten(),
        nn.Linear(12 * 784, 128), nn.ReLU(), nn.Linear(128, 10), nn.Softmax(1),
    )  # fmt: skip


NETS = {"mlp": (mlp_of_ours, mlp_of_theirs, 128), "cnn": (cnn_of_ours, cnn_of_theirs, 500)}


def training_step(net, engine, dtype):
    """A function that takes one step and returns the loss."""
    ours, theirs, batch_size = NETS[net]
    x, y = digits(batch_size, dtype)
    if engine == "revgraph":
        model = ours(dtype)
        return lambda: model.train_on_batch(x, y)
    import torch

    model = theirs(torch.nn).to(getattr(torch, dtype))
    convolution = next((layer for layer in model if isinstance(layer, torch.nn.Conv2d)), None)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01 if convolution else 0.001, eps=1e-6)
    x, y = torch.tensor(x), torch.tensor(y)

    def step():
        optimizer.zero_grad()
        loss = -(y * model(x).clamp(1e-7, 1 - 1e-7).log()).sum()
        if convolution:
            loss = loss + 0.01 * convolution.weight.abs().sum()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


@pytest.mark.parametrize("dtype", DTYPES)
def test_step_of_the_mlp(beside, dtype):
    rivals = {"pytorch": training_step("mlp", "pytorch", dtype)} if PYTORCH else {}
    beside(training_step("mlp", "revgraph", dtype), rivals, rounds=30, steps=10)


@pytest.mark.parametrize("dtype", DTYPES)
def test_step_of_the_cnn(beside, dtype):
    rivals = {"pytorch": training_step("cnn", "pytorch", dtype)} if PYTORCH else {}
    beside(training_step("cnn", "revgraph", dtype), rivals | {"matmuls alone": matmuls(dtype)}, rounds=15)


def matmuls(dtype):
    """The three large products of the CNN's step: forward, to the weights, to the inputs."""
    rng = np.random.default_rng(0)
    x, w, g = (rng.random(shape).astype(dtype) for shape in ((500, 9408), (9408, 128), (500, 128)))
    return lambda: (x @ w, x.T @ g, g @ w.T)


MEMORY = """
import json, sys
sys.path.insert(0, sys.argv[1])
from bench_dl import training_step
step = training_step("cnn", sys.argv[2], sys.argv[3])
status = lambda key: int(next(l for l in open("/proc/self/status") if l.startswith(key)).split()[1]) / 1024
before = status("VmRSS")
for _ in range(3):
    step()
print(json.dumps(status("VmHWM") - before))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read as Linux reports it")
@pytest.mark.skipif(not PYTORCH, reason="PyTorch is not installed")
@pytest.mark.parametrize("dtype", DTYPES)
def test_peak_memory_of_the_cnn(dtype, capsys):
    peaks = {}
    for engine in ("revgraph", "pytorch"):
        command = [sys.executable, "-c", MEMORY, str(Path(__file__).parent), engine, dtype]
        peaks[engine] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    with capsys.disabled():
        own, other = peaks.values()
        print(f"\npeak memory {dtype}: {own:.0f} MB, PyTorch {other:.0f} MB, {own / other:.2f} of it")
