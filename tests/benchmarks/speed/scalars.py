"""A step of a small network in scalars: the same lines for every kind of scalar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.benchmarks.speed.works import Arrays


class Network:
    """relu(w·x + b) in each neuron but the last, one product after the other."""

    def __init__(self, layers: list[Any], scalar: Callable[[float], Any]) -> None:
        self.layers = [
            [([scalar(w) for w in row], scalar(0.0)) for row in layer.tolist()] for layer in layers
        ]

    def parameters(self) -> list[Any]:
        return [p for layer in self.layers for row, bias in layer for p in (*row, bias)]

    def __call__(self, x: list[Any]) -> Any:
        for number, layer in enumerate(self.layers, 1):
            x = [sum((w * xi for w, xi in zip(row, x, strict=True)), bias) for row, bias in layer]
            x = x if number == len(self.layers) else [unit.relu() for unit in x]
        return x[0]


def training_step(a: Arrays, model: Any, zero: Any) -> Callable[[], float]:
    """Max-margin loss over the points with an l2 penalty, backward, and plain descent by 0.1.

    model: a function from a point to a score, with parameters() that have data and grad; zero: what a
    gradient is before a step.
    """
    points, labels = a["x"].tolist(), a["y"].tolist()
    parameters = model.parameters()

    def step() -> float:
        for p in parameters:
            p.grad = zero
        margins = [(model(x) * -y + 1).relu() for x, y in zip(points, labels, strict=True)]
        loss = sum(margins) * (1 / len(margins)) + sum(p * p for p in parameters) * 1e-4
        loss.backward()
        for p in parameters:
            p.data -= 0.1 * p.grad
        return float(loss.data)

    return step
