"""adagrad: divided by the root of the sum of squares."""

import numpy as np

from revgraph.checks.chapters.ch09_optimizers.common import (
    ADDED_TO_THE_STEP,
    AT_ZERO,
    EPSILON_INSIDE,
    FOR_ALL,
    LARGER,
    MULTIPLIED,
    SIZE,
    TOO_LATE,
    Memory,
    added_to_the_step,
    at_zero,
    divided,
    divided_alone,
    expects_a_first,
    for_all,
    inside,
    keeps_nothing,
    larger,
    no_root,
    optimizer,
    outside,
    own_epsilons,
    total,
)
from revgraph.checks.chapters.common import Array, ways
from revgraph.checks.exercise import Misconception


def adagrad(parameter: Array, gradient: Array, memory: Memory, lr: float, epsilon: float) -> None:
    memory["a"] = memory.get("a", 0.0) + gradient**2
    parameter -= lr * gradient / (np.sqrt(memory["a"]) + epsilon)


def lr_in_the_sum(parameter: Array, gradient: Array, memory: Memory, lr: float, epsilon: float) -> None:
    memory["a"] = memory.get("a", 0.0) + (lr * gradient) ** 2
    parameter -= lr * gradient / (np.sqrt(memory["a"]) + epsilon)


ADAGRAD = optimizer(
    name="adagrad",
    points=15,
    reference=adagrad,
    ranges=SIZE,
    simple={"lr": 0.1, "epsilon": 1e-8},
    path=[
        [0.900000002, -1.900000001],
        [0.8552786432500041, -1.9894427196999915],
        [0.9425657985824963, -1.9894427201472051],
    ],
    next="first add the square to the sum in `memory`, then divide the step by the root of the sum.",
    why="the sum is updated first, so the very first step divides by the size of its own gradient.",
    misconceptions=[
        *keeps_nothing(adagrad, "the sum of squares"),
        expects_a_first(adagrad),
        Misconception("epsilon inside", divided(total, inside), EPSILON_INSIDE),
        Misconception("the larger of the two", divided(total, larger), LARGER),
        Misconception("only at zero", divided(total, at_zero), AT_ZERO),
        Misconception(
            "no root",
            divided(total, no_root),
            "You divide by the sum of squares itself. Its root has the unit of a gradient; take that.",
        ),
        Misconception(
            "sums sizes",
            divided(lambda a, g, rho: a + np.abs(g), lambda a, e: a + e),
            "You add up the gradients' sizes. Adagrad adds up their squares and takes the root of the sum.",
        ),
        Misconception(
            "root of the sum of sizes",
            divided(lambda a, g, rho: a + np.abs(g), outside),
            "You add up the gradients' sizes, not their squares. The root belongs to a sum of squares.",
        ),
        Misconception(
            "sums gradients",
            divided(lambda a, g, rho: a + g, outside),
            "You add up the gradients with their signs, so that they cancel, or their sum has no root. Adagrad adds up their squares.",
        ),
        *ways(
            "squares the sum",
            "You add first and square afterwards, so gradients of different signs cancel. Each gradient is squared by "
            "itself, and the squares are added up.",
            "which of the two comes first: the square, or the sum?",
            divided(lambda a, g, rho: a + g, lambda a, e: np.abs(a) + e),
            divided(lambda a, g, rho: (a + g) ** 2, outside),
        ),
        Misconception(
            "lr in the sum",
            lr_in_the_sum,
            "You put lr times the gradient into the sum. It takes up the gradient as it is.",
        ),
        Misconception("too late", divided(total, outside, late=True), TOO_LATE),
        Misconception("one sum for all", divided(for_all(total), outside), FOR_ALL),
        Misconception("epsilon added to the step", added_to_the_step(total), ADDED_TO_THE_STEP),
        Misconception("multiplied", divided(total, lambda a, e: 1 / (np.sqrt(a) + e)), MULTIPLIED),
        Misconception(
            "no gradient above",
            divided_alone(total),
            "Nothing of this gradient stands above the root, so all steps go the same way. The numerator is lr times the gradient.",
        ),
        *own_epsilons(adagrad),
    ],
)
