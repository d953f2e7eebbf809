"""revgraph.core beside PyTorch, where it is installed, and beside NumPy written by hand.

pytest tests/benchmarks/bench_core.py
"""

import importlib.util
import subprocess
import sys
import time
from statistics import median

import numpy as np
import pytest

import revgraph.core as rc

PYTORCH = importlib.util.find_spec("torch") is not None

X, T = np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])


def weights():
    rng = np.random.default_rng(0)
    return rng.normal(size=(2, 8)), np.zeros(8), rng.normal(size=(8, 2)), np.zeros(2)


def xor_of_ours():
    x, t = rc.placeholder("x", (None, 2)), rc.placeholder("t", (None, 2))
    w1, b1, w2, b2 = map(rc.variable, weights())
    p = rc.softmax(rc.tanh(x @ w1 + b1) @ w2 + b2)
    step = rc.sgd(lr=0.1).minimize(-rc.sum(t * rc.log(p)))
    return lambda: step(x=X, t=T)


def xor_by_hand():
    w1, b1, w2, b2 = weights()

    def step(x=X, t=T, lr=0.1):
        h = np.tanh(x @ w1 + b1)
        z = h @ w2 + b2
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        loss = -(t * np.log(p)).sum()
        dz = p - t
        dh = dz @ w2.T * (1 - h * h)
        for w, g in ((w1, x.T @ dh), (b1, dh.sum(axis=0)), (w2, h.T @ dz), (b2, dz.sum(axis=0))):
            w -= lr * g
        return loss

    return step


def xor_of_theirs():
    import torch

    x, t = torch.tensor(X), torch.tensor(T)
    w1, b1, w2, b2 = parameters = [torch.tensor(w, requires_grad=True) for w in weights()]
    optimizer = torch.optim.SGD(parameters, lr=0.1)

    def step():
        optimizer.zero_grad()
        loss = -(t * torch.log(torch.softmax(torch.tanh(x @ w1 + b1) @ w2 + b2, 1))).sum()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def test_step_of_the_xor_net(beside):
    own, rivals = xor_of_ours(), {"by hand": xor_by_hand()}
    rivals |= {"pytorch": xor_of_theirs()} if PYTORCH else {}
    for step in (own, *rivals.values()):
        assert [step(), step(), step()] == pytest.approx([0.167303, 0.137040, 0.115858], abs=1e-6)
    beside(own, rivals, rounds=200, steps=20)


def convolution_of_ours(x, k, g):
    xs = [rc.variable(x), rc.variable(k)]
    y = rc.conv2d(*xs, padding="SAME")
    nodes = [y, *rc.gradients(y, xs, rc.constant(g))]
    return lambda: rc.run(nodes)


def convolution_of_theirs(x, k, g):
    import torch

    x, g = (torch.tensor(a).permute(0, 3, 1, 2).contiguous() for a in (x, g))
    k = torch.tensor(k).permute(3, 2, 0, 1).contiguous()

    def both():
        inputs = [x.requires_grad_(), k.requires_grad_()]
        y = torch.nn.functional.conv2d(*inputs, padding=1)
        return y, *torch.autograd.grad(y, inputs, g)

    return both


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_conv2d_forward_and_backward(beside, dtype):
    rng = np.random.default_rng(0)
    shapes = (32, 28, 28, 32), (3, 3, 32, 64), (32, 28, 28, 64)
    arrays = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    rivals = {"pytorch": convolution_of_theirs(*arrays)} if PYTORCH else {}
    beside(convolution_of_ours(*arrays), rivals, rounds=20)


def seconds(function, *args):
    start = time.process_time()
    result = function(*args)
    return result, time.process_time() - start


def chain(length):
    x = y = rc.variable(1.0)
    for _ in range(length):
        y = y + 1e-5
    return x, y


def times_of_a_chain(length):
    """What it takes to build it, to differentiate it, to run both at first, and again."""
    (x, y), built = seconds(chain, length)
    nodes, differentiated = seconds(lambda: [y, rc.gradients(y, x)])
    return [built, differentiated, seconds(rc.run, nodes)[1], seconds(rc.run, nodes)[1]]


def test_ten_times_the_nodes(capsys):
    times_of_a_chain(10_000)
    lengths = (10_000, 100_000)
    turns = [[times_of_a_chain(length) for length in lengths] for _ in range(3)]
    with capsys.disabled():
        for length, turn in zip(lengths, zip(*turns, strict=True), strict=True):
            parts = [1e3 * median(part) for part in zip(*turn, strict=True)]
            names = ("build", "gradients", "first run", "later run")
            line = ", ".join(f"{name} {part:.1f} ms" for name, part in zip(names, parts, strict=True))
            print(f"\nchain of {length}: {line}", end="")
        ratio = median(sum(large) / sum(small) for small, large in turns)
        print(f"\nten times the nodes cost {ratio:.1f} times the time")


def test_the_import_costs_little_beside_numpys(capsys):
    def cpu(module):
        code = f"import time; import {module}; print(time.process_time())"
        runs = [
            subprocess.run([sys.executable, "-c", code], capture_output=True, check=True) for _ in range(5)
        ]
        return min(float(run.stdout) for run in runs)

    ratio = cpu("revgraph.core") / cpu("numpy")
    with capsys.disabled():
        print(f"\nimport revgraph.core: {ratio:.2f} times import numpy")
