"""rmsprop: divided by the root of an average that forgets."""

import numpy as np

from revgraph.checks.chapters.ch09_optimizers.common import (
    EPSILON_INSIDE,
    FOR_ALL,
    RHO,
    TOO_LATE,
    Memory,
    divided,
    expects_a_first,
    fading,
    for_all,
    inside,
    keeps_nothing,
    no_root,
    optimizer,
    outside,
    own_epsilons,
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
    simple={"lr": 0.1, "rho": 0.9, "epsilon": 1e-8},
    path=[
        [0.6837722539831608, -1.6837722439831617],
        [0.5363303065239152, -1.9694865256158147],
        [0.818188228662653, -1.9694865271216613],
    ],
    next="only one line of your adagrad changes: how `memory` takes up the new square.",
    why="one line differs from Adagrad: the two weights rho and 1 - rho make an average of a sum.",
    misconceptions=[
        keeps_nothing(rmsprop, "the average of squares"),
        expects_a_first(rmsprop),
        Misconception("epsilon inside", divided(fading, inside), EPSILON_INSIDE),
        Misconception(
            "weights swapped",
            divided(lambda a, g, rho: (1 - rho) * a + rho * g**2, outside),
            "You swapped the two weights: rho belongs to the old average, 1 - rho to the new square.",
        ),
        Misconception(
            "no weight on the new",
            divided(lambda a, g, rho: rho * a + g**2, outside),
            "The new square counts in full. In an average the weights sum to 1: rho and 1 - rho.",
        ),
        Misconception(
            "no weight on the old",
            divided(lambda a, g, rho: a + (1 - rho) * g**2, outside),
            "The old average counts in full, so it never forgets. In an average the weights sum to 1: rho and 1 - rho.",
        ),
        Misconception(
            "Adagrad",
            divided(total, outside),
            "That is Adagrad: your sum never forgets. RMSProp's average fades by rho at each step.",
        ),
        Misconception(
            "no root",
            divided(fading, no_root),
            "You divide by the average of squares itself. Its root has the unit of a gradient; take that.",
        ),
        Misconception(
            "averages sizes",
            divided(lambda a, g, rho: rho * a + (1 - rho) * np.abs(g), lambda a, e: a + e),
            "You average the gradients' sizes. RMSProp averages their squares and takes the root.",
        ),
        Misconception("too late", divided(fading, outside, late=True), TOO_LATE),
        Misconception("one average for all", divided(for_all(fading), outside), FOR_ALL),
        *own_epsilons(rmsprop),
    ],
)
