"""momentum: a velocity that sums up past slopes."""

from revgraph.checks.chapters.ch09_optimizers.common import (
    VELOCITY,
    Memory,
    expects_a_first,
    keeps_nothing,
    optimizer,
    own_settings,
    parameter_for_velocity,
)
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


def faded_twice(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = momentum * (memory.get("v", 0.0) - lr * gradient)
    parameter += memory["v"]


def gradient_faded(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = memory.get("v", 0.0) - momentum * lr * gradient
    parameter += memory["v"]


def last_gradient_only(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    parameter += momentum * memory.get("v", 0.0) - lr * gradient
    memory["v"] = -lr * gradient


def moved_twice(parameter: Array, gradient: Array, memory: Memory, lr: float, momentum: float) -> None:
    memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += memory["v"] - lr * gradient


MOMENTUM = optimizer(
    name="momentum",
    points=15,
    reference=momentum,
    ranges=VELOCITY,
    simple={"lr": 0.1, "momentum": 0.9},
    path=[[0.95, -1.9], [0.88, -2.01], [0.917, -2.1090000009999996]],
    next="two lines: first the new velocity, then the parameter moves by it.",
    why="`get` with 0.0 makes the first step no special case: a velocity of zero adds nothing.",
    misconceptions=[
        *keeps_nothing(momentum, "the velocity"),
        expects_a_first(momentum),
        *parameter_for_velocity(momentum),
        own_settings(momentum, momentum=0.9),
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
        Misconception(
            "the new gradient fades too",
            faded_twice,
            "You multiply the new gradient by momentum, too. Only the old velocity fades.",
            "where does the parenthesis close?",
        ),
        Misconception(
            "the gradient fades",
            gradient_faded,
            "You multiply the new gradient by momentum. It is the old velocity that fades.",
        ),
        Misconception(
            "remembers one step",
            last_gradient_only,
            "Your velocity holds the last gradient alone. It should hold what is left of all of them.",
            "is what you move by also what you keep?",
        ),
        Misconception(
            "moves by the gradient as well",
            moved_twice,
            "The gradient moves the parameter twice: the new velocity holds it already.",
        ),
    ],
)
