"""momentum: a velocity that sums up past slopes."""

import numpy as np

from revgraph.checks.chapters.ch09_optimizers.common import VELOCITY, Memory, keeps_nothing, optimizer
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Misconception


def momentum(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += memory["v"]


def averaged_velocity(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = momentum * memory.get("v", 0.0) - (1 - momentum) * lr * gradient
    parameter += memory["v"]


def lr_twice(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += lr * memory["v"]


def old_velocity(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    v = memory.get("v", 0.0)
    memory["v"] = momentum * v - lr * gradient
    parameter += v


def never_slowing(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = memory.get("v", 0.0) - lr * gradient
    parameter += memory["v"]


MOMENTUM = optimizer(
    name="momentum",
    points=10,
    reference=momentum,
    ranges=VELOCITY,
    settings={"lr": 0.1, "momentum": 0.9},
    path=np.array([[0.95, -1.9], [0.88, -2.01], [0.917, -2.1090000009999996]]),
    next="two lines: first the new velocity, then the parameter moves by it.",
    misconceptions=[
        keeps_nothing(momentum, "the velocity"),
        Misconception(
            "averages",
            averaged_velocity,
            "You weigh the gradient by 1 - momentum. Here the velocity is a sum, not an average: the new gradient counts in full.",
        ),
        Misconception(
            "lr twice",
            lr_twice,
            "You multiply by lr twice: when the velocity takes up the gradient, and again when the parameter moves.",
        ),
        Misconception(
            "old velocity",
            old_velocity,
            "The parameter moves by the velocity of the step before. Update the velocity first, then move.",
        ),
        Misconception(
            "never slows",
            never_slowing,
            "The old velocity counts in full. It should fade: each step keeps the share `momentum` of it.",
        ),
    ],
)
