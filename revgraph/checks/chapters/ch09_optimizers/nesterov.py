"""nesterov: the velocity, used once more."""

import numpy as np

from revgraph.checks.chapters.ch09_optimizers.common import VELOCITY, Memory, keeps_nothing, optimizer
from revgraph.checks.chapters.ch09_optimizers.momentum import momentum
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Misconception


def nesterov(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += momentum * memory["v"] - lr * gradient


def look_ahead_only(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += momentum * memory["v"]


def velocity_and_gradient(
    parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float
) -> None:
    memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += memory["v"] - lr * gradient


NESTEROV = optimizer(
    name="nesterov",
    points=10,
    reference=nesterov,
    ranges=VELOCITY,
    settings={"lr": 0.1, "momentum": 0.9},
    path=np.array([[0.905, -1.81], [0.817, -2.109], [0.9503, -2.1981000019]]),
    next="start from your momentum; only the line that moves the parameter changes.",
    misconceptions=[
        keeps_nothing(nesterov, "the velocity"),
        Misconception(
            "plain momentum",
            momentum,
            "That is plain momentum. Nesterov's step uses the velocity once more, after it has taken up this gradient.",
            "did you take the velocity from before this gradient, or the new one?",
        ),
        Misconception(
            "look ahead alone",
            look_ahead_only,
            "You move by momentum times the new velocity, but the gradient's own part, -lr·g, is missing.",
        ),
        Misconception(
            "no second factor",
            velocity_and_gradient,
            "The new velocity counts in full in your step. It is multiplied by momentum once more.",
        ),
    ],
)
