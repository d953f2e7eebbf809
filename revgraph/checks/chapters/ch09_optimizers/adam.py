"""adam: two averages, both corrected."""

from typing import Any

import numpy as np

from revgraph.checks.chapters.ch09_optimizers.common import (
    BETAS,
    EPSILON_INSIDE,
    Memory,
    Rule,
    keeps_nothing,
    optimizer,
)
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Misconception


def adam(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    t = memory["t"] = memory.get("t", 0) + 1
    m = memory["m"] = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    v = memory["v"] = beta2 * memory.get("v", 0.0) + (1 - beta2) * gradient**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    parameter -= lr * m_hat / (np.sqrt(v_hat) + epsilon)


def adam_like(
    parameter: Array,
    gradient: Array,
    memory: Memory,
    lr: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    *,
    largest: bool = False,
    correct_first: bool = True,
    correct_second: bool = True,
    inside: bool = False,
    power: int = 2,
    t: int | None = None,
) -> None:
    """Adam, AMSGrad and their wrong versions, by the options."""
    t = t or memory.get("t", 0) + 1
    m = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    v = beta2 * memory.get("v", 0.0) + (1 - beta2) * np.abs(gradient) ** power
    top = np.maximum(memory.get("top", 0.0), v) if largest else v
    memory.update(t=t, m=m, v=v, top=top)
    m = m / (1 - beta1**t) if correct_first else m
    size = top / (1 - beta2**t) if correct_second else top
    parameter -= lr * m / (np.sqrt(size + epsilon) if inside else np.sqrt(size) + epsilon)


def wrong_adam(**how: Any) -> Rule:
    def candidate(parameter: Array, gradient: Array, memory: Memory, **hyper: float) -> None:
        adam_like(parameter, gradient, memory, **hyper, **how)  # type: ignore[arg-type]

    return candidate


def swapped_betas(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    adam_like(parameter, gradient, memory, lr, beta2, beta1, epsilon)


ADAM = optimizer(
    name="adam",
    points=20,
    reference=adam,
    ranges=BETAS,
    settings={"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8},
    path=np.array(
        [
            [0.900000002, -1.900000001],
            [0.8066552041877673, -1.9365607721026055],
            [0.8272376406562172, -1.9648866625090615],
        ]
    ),
    next="five lines: t, the two averages, the two corrections; then one line moves the parameter.",
    misconceptions=[
        keeps_nothing(adam, "what the averages and the counter hold"),
        Misconception(
            "no correction",
            wrong_adam(correct_first=False, correct_second=False),
            "Neither average is corrected. Both start at zero, so at step t they are too small, by 1 - beta**t.",
        ),
        Misconception(
            "only the mean corrected",
            wrong_adam(correct_second=False),
            "You corrected the average of gradients, but not the average of squares.",
        ),
        Misconception(
            "only the squares corrected",
            wrong_adam(correct_first=False),
            "You corrected the average of squares, but not the average of gradients.",
        ),
        Misconception(
            "t stays 1",
            wrong_adam(t=1),
            "Your first step is right, but t stays 1. It counts the steps of this parameter, so it must be kept in `memory`.",
        ),
        Misconception("epsilon inside", wrong_adam(inside=True), EPSILON_INSIDE),
        Misconception(
            "betas swapped",
            swapped_betas,
            "You swapped the betas: beta1 belongs to the average of gradients, beta2 to the average of squares.",
        ),
        Misconception(
            "not squared",
            wrong_adam(power=1),
            "Your second average takes up the size of the gradient. It should take up its square.",
        ),
    ],
)
