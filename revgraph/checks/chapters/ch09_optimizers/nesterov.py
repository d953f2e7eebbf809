"""nesterov: the velocity, used once more."""

from revgraph.checks.chapters.ch09_optimizers.common import (
    VELOCITY,
    Memory,
    expects_a_first,
    keeps_nothing,
    optimizer,
    own_settings,
    parameter_for_velocity,
)
from revgraph.checks.chapters.ch09_optimizers.momentum import momentum, moved_twice
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Misconception


def nesterov(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += momentum * memory["v"] - lr * gradient


def look_ahead_only(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += momentum * memory["v"]


def velocity_twice(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += momentum * memory["v"] + memory["v"]


def gradient_added(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += momentum * memory["v"] + lr * gradient


def velocity_twice_updated(
    parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float
) -> None:
    memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    memory["v"] = momentum * memory["v"] - lr * gradient
    parameter += memory["v"]


NESTEROV = optimizer(
    name="nesterov",
    points=5,
    reference=nesterov,
    ranges=VELOCITY,
    simple={"lr": 0.1, "momentum": 0.9},
    path=[[0.905, -1.81], [0.817, -2.109], [0.9503, -2.1981000019]],
    next="start from your momentum; only the line that moves the parameter changes.",
    why="the same two lines as momentum: only what the parameter moves by has changed.",
    misconceptions=[
        *keeps_nothing(nesterov, "the velocity"),
        expects_a_first(nesterov),
        *parameter_for_velocity(nesterov),
        own_settings(nesterov, momentum=0.9),
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
            moved_twice,
            "The new velocity counts in full in your step. It is multiplied by momentum once more.",
        ),
        Misconception(
            "velocity in place of the gradient",
            velocity_twice,
            "You add the whole velocity where -lr·g belongs.",
        ),
        Misconception(
            "keeps the move",
            velocity_twice_updated,
            "You keep the move as the velocity. `memory` keeps the velocity itself; the look ahead is for this step alone.",
        ),
        Misconception(
            "gradient with the wrong sign",
            gradient_added,
            "The part with the gradient goes uphill: it is -lr·g in this line, too.",
        ),
    ],
)
