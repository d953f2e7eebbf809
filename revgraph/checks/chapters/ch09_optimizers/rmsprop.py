"""rmsprop: divided by the root of an average that forgets."""

import numpy as np

from revgraph.checks.chapters.ch09_optimizers.common import (
    EPSILON_INSIDE,
    RHO,
    Memory,
    divided,
    fading,
    inside,
    keeps_nothing,
    optimizer,
    outside,
    total,
)
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Misconception


def rmsprop(parameter: Array, gradient: Array, memory: Memory, lr: float, rho: float, epsilon: float) -> None:
    memory["a"] = rho * memory.get("a", 0.0) + (1 - rho) * gradient**2
    parameter -= lr * gradient / (np.sqrt(memory["a"]) + epsilon)


RMSPROP = optimizer(
    name="rmsprop",
    points=10,
    reference=rmsprop,
    ranges=RHO,
    settings={"lr": 0.1, "rho": 0.9, "epsilon": 1e-8},
    path=np.array(
        [
            [0.6837722539831608, -1.6837722439831617],
            [0.5363303065239152, -1.9694865256158147],
            [0.818188228662653, -1.9694865271216613],
        ]
    ),
    next="only one line of your adagrad changes: how `memory` takes up the new square.",
    misconceptions=[
        keeps_nothing(rmsprop, "the average of squares"),
        Misconception("epsilon inside", divided(fading, inside), EPSILON_INSIDE),
        Misconception(
            "weights swapped",
            divided(lambda memory, g, rho: (1 - rho) * memory.get("a", 0.0) + rho * g**2, outside),
            "You swapped the two weights: rho belongs to the old average, 1 - rho to the new square.",
        ),
        Misconception(
            "no weight on the new",
            divided(lambda memory, g, rho: rho * memory.get("a", 0.0) + g**2, outside),
            "The new square counts in full. In an average the weights sum to 1: rho and 1 - rho.",
        ),
        Misconception(
            "Adagrad",
            divided(total, outside),
            "That is Adagrad: your sum never forgets. RMSProp's average fades by rho at each step.",
        ),
    ],
)
