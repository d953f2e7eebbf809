"""One training step of a small network on 100 points of the moons, in scalars.

Run with: pytest tests/benchmarks/bench_dagnet.py
Where PyPI's micrograd is installed, it is measured on the same step, for comparison.
"""

import importlib.util
import random

from sklearn.datasets import make_moons


def training_step(package):
    """A function that does forward, max-margin loss with an l2 penalty, backward and update."""
    nn = importlib.import_module(f"{package}.nn")
    random.seed(1)
    model = nn.MLP(2, [16, 16, 1])
    points, classes = make_moons(n_samples=100, noise=0.1, random_state=0)
    inputs, labels = points.tolist(), (2.0 * classes - 1.0).tolist()

    def step():
        scores = [model(x) for x in inputs]
        margins = [(1 + -y * score).relu() for y, score in zip(labels, scores, strict=True)]
        penalty = 1e-4 * sum(p * p for p in model.parameters())
        loss = sum(margins) * (1.0 / len(margins)) + penalty
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.1 * p.grad
        return loss.data

    return step


def test_training_step_on_moons(beside):
    own = training_step("revgraph.dagnet")
    assert own() > own()
    installed = importlib.util.find_spec("micrograd")
    beside(own, {"micrograd": training_step("micrograd")} if installed else {}, rounds=5)
