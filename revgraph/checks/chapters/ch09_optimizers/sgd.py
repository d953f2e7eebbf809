"""sgd: plain descent."""

import numpy as np

from revgraph.checks.chapters.ch09_optimizers.common import LR, Memory, optimizer
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Misconception


def sgd(parameter: Array, gradient: Array, memory: Memory, lr: float) -> None:
    parameter -= lr * gradient


def signs_only(parameter: Array, gradient: Array, memory: Memory, lr: float) -> None:
    parameter -= lr * np.sign(gradient)


def replaced(parameter: Array, gradient: Array, memory: Memory, lr: float) -> None:
    parameter[...] = -lr * gradient


def shrunk(parameter: Array, gradient: Array, memory: Memory, lr: float) -> None:
    parameter -= lr * parameter


def the_same_for_all(parameter: Array, gradient: Array, memory: Memory, lr: float) -> None:
    parameter -= lr * (np.mean(gradient) if gradient.size else 0.0)


SGD = optimizer(
    name="sgd",
    points=10,
    reference=sgd,
    ranges=LR,
    simple={"lr": 0.1},
    path=[[0.95, -1.9], [0.925, -2.1], [1.025, -2.100000001]],
    next="which way does the gradient point, and which way do you want to go?",
    why="`-=` writes into the array that the network holds; nobody has to be told of new values.",
    misconceptions=[
        Misconception(
            "sign only",
            signs_only,
            "All your steps have length lr. Where the slope is steep, the step should be long.",
        ),
        Misconception(
            "divided by lr",
            lambda parameter, gradient, memory, lr: sgd(parameter, gradient, memory, 1 / lr),
            "You divide by lr. A smaller lr means smaller steps: multiply.",
        ),
        Misconception(
            "squared",
            lambda parameter, gradient, memory, lr: sgd(parameter, gradient**2, memory, lr),
            "You square the gradient, and its sign is lost: it tells which way is down.",
        ),
        Misconception(
            "times the parameter",
            lambda parameter, gradient, memory, lr: sgd(parameter, gradient * parameter, memory, lr),
            "Your step is multiplied by the parameter itself. It is lr times the gradient, wherever the parameter is.",
        ),
        Misconception(
            "replaced",
            replaced,
            "The parameter has become the step itself. It should move by that step from where it was.",
            "what is the difference between `=` and `-=`?",
        ),
        Misconception(
            "the parameter itself",
            shrunk,
            "You move by lr times the parameter; the gradient is not used.",
            "which of the two arrays says where down is?",
        ),
        Misconception(
            "the same for all",
            the_same_for_all,
            "All entries move by the same amount, the mean of the gradient. Each has its own slope.",
        ),
    ],
)
