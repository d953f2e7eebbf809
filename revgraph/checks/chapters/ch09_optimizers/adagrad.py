"""adagrad: divided by the root of the sum of squares."""

import numpy as np

from revgraph.checks.chapters.ch09_optimizers.common import (
    EPSILON_INSIDE,
    Memory,
    divided,
    inside,
    keeps_nothing,
    no_root,
    optimizer,
    total,
)
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Misconception


def adagrad(parameter: Array, gradient: Array, memory: Memory, lr: float, epsilon: float) -> None:
    memory["a"] = memory.get("a", 0.0) + gradient**2
    parameter -= lr * gradient / (np.sqrt(memory["a"]) + epsilon)


ADAGRAD = optimizer(
    name="adagrad",
    points=10,
    reference=adagrad,
    ranges={"lr": (0.05, 0.3), "epsilon": (0, 0)},
    settings={"lr": 0.1, "epsilon": 1e-8},
    path=np.array(
        [
            [0.900000002, -1.900000001],
            [0.8552786432500041, -1.9894427196999915],
            [0.9425657985824963, -1.9894427201472051],
        ]
    ),
    next="first add the square to the sum in `memory`, then divide the step by the root of the sum.",
    misconceptions=[
        keeps_nothing(adagrad, "the sum of squares"),
        Misconception("epsilon inside", divided(total, inside), EPSILON_INSIDE),
        Misconception(
            "no root",
            divided(total, no_root),
            "You divide by the sum of squares itself. Its root has the unit of a gradient; take that.",
        ),
        Misconception(
            "sums sizes",
            divided(lambda memory, g, rho: memory.get("a", 0.0) + np.abs(g), lambda a, e: a + e),
            "You add up the gradients' sizes. Adagrad adds up their squares and takes the root of the sum.",
        ),
    ],
)
