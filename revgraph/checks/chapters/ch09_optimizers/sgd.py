"""sgd: plain descent."""

import numpy as np

from revgraph.checks.chapters.ch09_optimizers.common import LR, Memory, optimizer
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Misconception


def sgd(parameter: Array, gradient: Array, memory: Memory, lr: float) -> None:
    parameter -= lr * gradient


def signs_only(parameter: Array, gradient: Array, memory: Memory, lr: float) -> None:
    parameter -= lr * np.sign(gradient)


def without_lr(parameter: Array, gradient: Array, memory: Memory, lr: float) -> None:
    parameter -= gradient


SGD = optimizer(
    name="sgd",
    points=5,
    reference=sgd,
    ranges=LR,
    settings={"lr": 0.1},
    path=np.array([[0.95, -1.9], [0.925, -2.1], [1.025, -2.100000001]]),
    next="which way does the gradient point, and which way do you want to go?",
    misconceptions=[
        Misconception(
            "sign only",
            signs_only,
            "All your steps have length lr. Where the slope is steep, the step should be long.",
        ),
        Misconception("without lr", without_lr, "Your step does not use lr."),
    ],
)
