"""rmsprop: divided by the root of an average that forgets."""

import numpy as np

from revgraph.checks.chapters.ch09_optimizers.common import (
    ADDED_TO_THE_STEP,
    AT_ZERO,
    EPSILON_INSIDE,
    FOR_ALL,
    LARGER,
    MULTIPLIED,
    RHO,
    TOO_LATE,
    Memory,
    added_to_the_step,
    at_zero,
    divided,
    divided_alone,
    expects_a_first,
    fading,
    for_all,
    inside,
    keeps_nothing,
    larger,
    no_root,
    optimizer,
    outside,
    own_epsilons,
    own_settings,
    total,
)
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Misconception


def rmsprop(parameter: Array, gradient: Array, memory: Memory, lr: float, rho: float, epsilon: float) -> None:
    memory["a"] = rho * memory.get("a", 0.0) + (1 - rho) * gradient**2
    parameter -= lr * gradient / (np.sqrt(memory["a"]) + epsilon)


RMSPROP = optimizer(
    name="rmsprop",
    points=15,
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
        *keeps_nothing(rmsprop, "the average of squares"),
        expects_a_first(rmsprop),
        own_settings(rmsprop, rho=0.9),
        Misconception("epsilon inside", divided(fading, inside), EPSILON_INSIDE),
        Misconception("the larger of the two", divided(fading, larger), LARGER),
        Misconception("only at zero", divided(fading, at_zero), AT_ZERO),
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
        Misconception(
            "averages gradients",
            divided(lambda a, g, rho: rho * a + (1 - rho) * g, outside),
            "You average the gradients, not their squares: the average may be negative, and has no root then.",
        ),
        Misconception(
            "begins with the first square",
            divided(lambda a, g, rho: rho * np.where(a == 0, g**2, a) + (1 - rho) * g**2, outside),
            "Your average begins with the first square. It begins with 0.",
        ),
        Misconception(
            "all of it fades",
            divided(lambda a, g, rho: rho * (a + (1 - rho) * g**2), outside),
            "You multiply the new square by rho, too. Only the old average fades.",
            "where does the parenthesis close?",
        ),
        Misconception(
            "parenthesis around 1 - rho",
            divided(lambda a, g, rho: rho * a + 1 - rho * g**2, outside),
            "`1 - rho * square` is not `(1 - rho) * square`: products come before differences.",
        ),
        Misconception("too late", divided(fading, outside, late=True), TOO_LATE),
        Misconception("one average for all", divided(for_all(fading), outside), FOR_ALL),
        Misconception("epsilon added to the step", added_to_the_step(fading), ADDED_TO_THE_STEP),
        Misconception("multiplied", divided(fading, lambda a, e: 1 / (np.sqrt(a) + e)), MULTIPLIED),
        Misconception(
            "no gradient above",
            divided_alone(fading),
            "Nothing of this gradient stands above the root, so all steps go the same way. The numerator is lr times the gradient.",
        ),
        *own_epsilons(rmsprop),
    ],
)
