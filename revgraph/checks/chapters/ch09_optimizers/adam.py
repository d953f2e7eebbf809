"""adam: two averages, both corrected."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from revgraph.checks.chapters.ch09_optimizers.common import (
    ADDED_TO_THE_STEP,
    AT_ZERO,
    BETAS,
    EPSILON_INSIDE,
    LARGER,
    Memory,
    Rule,
    at_zero,
    expects_a_first,
    keeps_nothing,
    larger,
    optimizer,
    own_epsilons,
    own_settings,
)
from revgraph.checks.chapters.common import Array, ways
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


def wrong_adam(
    *,
    first: int = 1,
    counts: bool = True,
    corrects: tuple[bool, bool] = (True, True),
    corrected_by: Callable[[float, float], tuple[float, float]] = lambda beta1, beta2: (beta1, beta2),
    keeps_corrected: bool = False,
    keeps_averages: bool = True,
    betas: Callable[[float, float], tuple[float, float]] = lambda beta1, beta2: (beta1, beta2),
    weighs: tuple[bool, bool] = (True, True),
    power: int = 2,
    signed: bool = False,
    correction: Callable[[float, float], float] = lambda beta, t: 1 - beta**t,
    top: Callable[[Any, Any, Any], Any] = lambda m_hat, gradient, m: m_hat,
    root: Callable[[Any, float], Any] = lambda v_hat, epsilon: np.sqrt(v_hat) + epsilon,
) -> Rule:
    """Adam with parts exchanged."""

    def candidate(
        parameter: Array,
        gradient: Array,
        memory: Memory,
        lr: float,
        beta1: float,
        beta2: float,
        epsilon: float,
    ) -> None:
        t = memory.get("t", first - 1) + 1 if counts else first
        for_m, for_v = betas(beta1, beta2)
        by_m, by_v = corrected_by(for_m, for_v)
        weight_m, weight_v = (
            1 - beta if weigh else 1.0 for beta, weigh in zip((for_m, for_v), weighs, strict=True)
        )
        m = for_m * memory.get("m", 0.0) + weight_m * gradient
        v = for_v * memory.get("v", 0.0) + weight_v * (gradient if signed else np.abs(gradient) ** power)
        m_hat = m / correction(by_m, t) if corrects[0] else m
        v_hat = v / correction(by_v, t) if corrects[1] else v
        memory["t"] = t
        if keeps_averages:
            memory.update(m=m_hat if keeps_corrected else m, v=v_hat if keeps_corrected else v)
        parameter -= lr * top(m_hat, gradient, m) / root(v_hat, epsilon)

    return candidate


def parenthesis_missing(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    t = memory["t"] = memory.get("t", 0) + 1
    m = memory["m"] = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    v = memory["v"] = beta2 * memory.get("v", 0.0) + (1 - beta2) * gradient**2
    parameter -= lr * (m / 1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)


def epsilon_added(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    before = parameter.copy()
    adam(parameter, gradient, memory, lr, beta1, beta2, 0.0)
    parameter[...] = before + (parameter - before) - epsilon


def zero_at_first(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    """t is 0 in the first step, so that both corrections divide by 0."""
    t = memory.get("t", 0)
    memory["t"] = t + 1
    m = memory["m"] = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    v = memory["v"] = beta2 * memory.get("v", 0.0) + (1 - beta2) * gradient**2
    zero = np.zeros(gradient.shape)
    parameter -= lr * (m / (1 - beta1**t + zero)) / (np.sqrt(v / (1 - beta2**t + zero)) + epsilon)


def zero_for_a_number(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    t = memory.get("t", 0)
    memory["t"] = t + 1
    correction = 1 / (1 - beta1**t)
    adam(parameter, gradient, memory, lr * correction, beta1, beta2, epsilon)


def over_a_beta(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    m = memory["m"] = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    parameter -= lr * m / (np.sqrt(beta1) + epsilon)


def corrected_over_a_beta(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    t = memory["t"] = memory.get("t", 0) + 1
    over_a_beta(parameter, gradient, memory, lr / (1 - beta1**t), beta1, beta2, epsilon)


def takes_t_as_it_was(source: str) -> bool:
    return bool(
        re.search(
            r"=\s*memory(\.get\(|\.setdefault\(|\[)\s*[\"\']t[\"\'][^+;#\n]*($|[;#])", source, re.MULTILINE
        )
    )


ADAM = optimizer(
    name="adam",
    points=20,
    reference=adam,
    ranges=BETAS,
    simple={"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8},
    path=[
        [0.900000002, -1.900000001],
        [0.8066552041877673, -1.9365607721026055],
        [0.8272376406562172, -1.9648866625090615],
    ],
    next="five lines: t, the two averages, the two corrections; then one line moves the parameter.",
    why="a line for each formula of the paper, in its order; the corrected averages have names of their own and are not kept.",
    misconceptions=[
        *keeps_nothing(adam, "what the averages and the counter were at the end"),
        expects_a_first(adam),
        Misconception(
            "keeps t alone",
            wrong_adam(keeps_averages=False),
            "The first step is right, but in each later one both averages begin at 0 again: only t is carried over.",
            "in which line does `memory` get the new averages?",
        ),
        Misconception(
            "no correction",
            wrong_adam(corrects=(False, False)),
            "Neither average is corrected. Both start at zero, so at step t they are too small, by 1 - beta**t.",
        ),
        Misconception(
            "only the mean corrected",
            wrong_adam(corrects=(True, False)),
            "You corrected the average of gradients, but not the average of squares.",
        ),
        Misconception(
            "only the squares corrected",
            wrong_adam(corrects=(False, True)),
            "You corrected the average of squares, but not the average of gradients.",
        ),
        Misconception(
            "always the first step's correction",
            wrong_adam(counts=False),
            "Your first step is right, but every later one is corrected as if it were the first: 1 - beta in place of 1 - beta**t.",
            "what is t in the second step, and where is it kept?",
        ),
        Misconception(
            "t begins at 2",
            wrong_adam(first=2),
            "Your t is 2 in the first step, so both averages are corrected too little. Count once a step, beginning at 1.",
            "in which line does t grow, and what is it before the first step?",
        ),
        Misconception(
            "t begins at 0",
            zero_at_first,
            "Your t is 0 in the first step. 1 - beta**0 is 0, and dividing by it gives nan or infinity.",
            "does t grow before it is used, or afterwards?",
            seen=takes_t_as_it_was,
        ),
        Misconception(
            "divides by zero",
            zero_for_a_number,
            "Your t is 0 in the first step, and 1 - beta**0 is 0.",
            "does t grow before it is used, or afterwards?",
            seen=takes_t_as_it_was,
        ),
        Misconception(
            "keeps the corrected averages",
            wrong_adam(keeps_corrected=True),
            "You keep the corrected averages, so they are corrected again in the next step. `memory` keeps m and v as they are.",
            "give the corrected values names of their own.",
        ),
        Misconception(
            "one beta for both",
            wrong_adam(betas=lambda beta1, beta2: (beta1, beta1)),
            "You used beta1 for both averages. The average of squares has beta2.",
        ),
        Misconception(
            "beta2 for both",
            wrong_adam(betas=lambda beta1, beta2: (beta2, beta2)),
            "You used beta2 for both averages. The average of gradients has beta1.",
        ),
        Misconception(
            "one beta for both corrections",
            wrong_adam(corrected_by=lambda beta1, beta2: (beta1, beta1)),
            "You corrected both averages with beta1. The average of squares is corrected with beta2.",
        ),
        Misconception(
            "beta2 for both corrections",
            wrong_adam(corrected_by=lambda beta1, beta2: (beta2, beta2)),
            "You corrected both averages with beta2. The average of gradients is corrected with beta1.",
        ),
        Misconception(
            "corrections swapped",
            wrong_adam(corrected_by=lambda beta1, beta2: (beta2, beta1)),
            "You corrected each average with the other's beta.",
        ),
        Misconception(
            "epsilon inside", wrong_adam(root=lambda v, epsilon: np.sqrt(v + epsilon)), EPSILON_INSIDE
        ),
        Misconception("the larger of the two", wrong_adam(root=larger), LARGER),
        Misconception("only at zero", wrong_adam(root=at_zero), AT_ZERO),
        Misconception(
            "no root",
            wrong_adam(root=lambda v, epsilon: v + epsilon),
            "You divide by the average of squares itself. Take its root.",
        ),
        Misconception(
            "betas swapped",
            wrong_adam(betas=lambda beta1, beta2: (beta2, beta1)),
            "You swapped the betas: beta1 belongs to the average of gradients, beta2 to the average of squares.",
        ),
        Misconception(
            "not squared",
            wrong_adam(power=1),
            "Your second average takes up the size of the gradient. It should take up its square.",
        ),
        Misconception(
            "gradient above",
            wrong_adam(top=lambda m_hat, gradient, m: gradient),
            "You move by the gradient itself. The numerator is the average of gradients, corrected.",
        ),
        Misconception(
            "no weight on the gradient",
            wrong_adam(weighs=(False, True)),
            "In your average of gradients the new one counts in full. The weights sum to 1: beta1 and 1 - beta1.",
        ),
        Misconception(
            "no weight on the square",
            wrong_adam(weighs=(True, False)),
            "In your average of squares the new one counts in full. The weights sum to 1: beta2 and 1 - beta2.",
        ),
        *ways(
            "over a beta",
            "You divide by the root of beta1. The denominator is the root of the average of squares.",
            "of which of your averages is the root taken?",
            over_a_beta,
            corrected_over_a_beta,
        ),
        Misconception(
            "no weights",
            wrong_adam(weighs=(False, False)),
            "In both averages the new value counts in full. The weights sum to 1: beta and 1 - beta.",
        ),
        Misconception(
            "beta times t",
            wrong_adam(correction=lambda beta, t: 1 - beta * t),
            "You correct by 1 - beta · t. The weights that are still missing at step t are beta to the power of t.",
            "which operator is the power?",
        ),
        Misconception(
            "power of the difference",
            wrong_adam(correction=lambda beta, t: (1 - beta) ** t),
            "You correct by (1 - beta)**t. It is 1 - beta**t: the power belongs to beta.",
            "where does the parenthesis close?",
        ),
        Misconception(
            "multiplied by the correction",
            wrong_adam(correction=lambda beta, t: 1 / (1 - beta**t)),
            "You multiply by 1 - beta**t. The averages are too small, so divide.",
        ),
        Misconception(
            "parenthesis missing",
            parenthesis_missing,
            "`m / 1 - beta1**t` is m minus beta1**t: the quotient comes first. The difference needs a parenthesis.",
        ),
        Misconception(
            "averages gradients twice",
            wrong_adam(signed=True),
            "Your second average takes up the gradient. It should take up its square; else it has no root where it is negative.",
        ),
        Misconception("epsilon added to the step", epsilon_added, ADDED_TO_THE_STEP),
        own_settings(adam, beta1=0.9, beta2=0.999),
        *own_epsilons(adam),
    ],
)
