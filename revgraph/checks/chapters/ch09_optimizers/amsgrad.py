"""amsgrad: divided by the largest average of squares so far."""

from collections.abc import Callable
from typing import Any

import numpy as np

from revgraph.checks.chapters.ch09_optimizers.adam import adam
from revgraph.checks.chapters.ch09_optimizers.common import (
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
from revgraph.checks.chapters.common import Array
from revgraph.checks.exercise import Misconception


def amsgrad(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    t = memory["t"] = memory.get("t", 0) + 1
    m = memory["m"] = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    v = memory["v"] = beta2 * memory.get("v", 0.0) + (1 - beta2) * gradient**2
    largest = memory["largest"] = np.maximum(memory.get("largest", 0.0), v)
    m_hat = m / (1 - beta1**t)
    v_hat = largest / (1 - beta2**t)
    parameter -= lr * m_hat / (np.sqrt(v_hat) + epsilon)


def wrong_amsgrad(
    largest: Callable[..., Any],
    *,
    v_becomes_largest: bool = False,
    corrects_m: bool = True,
    root: Callable[[Any, float], Any] = lambda v_hat, epsilon: np.sqrt(v_hat) + epsilon,
) -> Rule:
    """``largest(old, v, c, gradient)`` is what is divided by, corrected; c is v's own correction."""

    def candidate(
        parameter: Array,
        gradient: Array,
        memory: Memory,
        lr: float,
        beta1: float,
        beta2: float,
        epsilon: float,
    ) -> None:
        t = memory.get("t", 0) + 1
        m = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
        v = beta2 * memory.get("v", 0.0) + (1 - beta2) * gradient**2
        kept, v_hat = largest(memory.get("largest", 0.0), v, 1 - beta2**t, gradient)
        memory.update(t=t, m=m, v=kept if v_becomes_largest else v, largest=kept)
        m_hat = m / (1 - beta1**t) if corrects_m else m
        parameter -= lr * m_hat / root(v_hat, epsilon)

    return candidate


def of_averages(old: Any, v: Any, correction: float, gradient: Any) -> tuple[Any, Any]:
    """The right way."""
    return np.maximum(old, v), np.maximum(old, v) / correction


def of_corrected(old: Any, v: Any, correction: float, gradient: Any) -> tuple[Any, Any]:
    kept = np.maximum(old, v / correction)
    return kept, kept


def of_squares(old: Any, v: Any, correction: float, gradient: Any) -> tuple[Any, Any]:
    kept = np.maximum(old, gradient**2)
    return kept, kept / correction


def not_corrected(old: Any, v: Any, correction: float, gradient: Any) -> tuple[Any, Any]:
    return np.maximum(old, v), np.maximum(old, v)


def one_for_all(old: Any, v: Any, correction: float, gradient: Any) -> tuple[Any, Any]:
    kept = max(old, np.max(v, initial=0.0))
    return kept, kept / correction


def smallest(old: Any, v: Any, correction: float, gradient: Any) -> tuple[Any, Any]:
    kept = np.minimum(old, v) if np.ndim(old) else v
    return kept, kept / correction


AMSGRAD = optimizer(
    name="amsgrad",
    points=5,
    reference=amsgrad,
    ranges=BETAS,
    simple={"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8},
    path=[
        [0.900000002, -1.900000001],
        [0.8066552041877673, -1.9365607721026055],
        [0.8272376406562172, -1.9647446772029837],
    ],
    next="one more entry in `memory`: the largest average of squares so far.",
    why="Adam with one more line: v goes on falling by itself, and the largest is kept beside it.",
    misconceptions=[
        *keeps_nothing(amsgrad, "what the averages and the counter were at the end"),
        expects_a_first(amsgrad),
        Misconception(
            "Adam",
            adam,
            "That is Adam. Divide by the root of the largest average of squares so far, not of the present one.",
        ),
        Misconception(
            "largest of the corrected",
            wrong_amsgrad(of_corrected),
            "You compare the corrected averages. Compare them as they are, and correct the largest.",
        ),
        Misconception(
            "largest square",
            wrong_amsgrad(of_squares),
            "You keep the largest single square. Keep the largest value that the average of squares has had.",
        ),
        Misconception(
            "no average beside it",
            wrong_amsgrad(of_averages, v_becomes_largest=True),
            "Your average of squares is overwritten by the largest. Both must be kept: the average goes on falling by itself.",
        ),
        Misconception(
            "not corrected",
            wrong_amsgrad(not_corrected),
            "The largest average is not corrected: divide it by 1 - beta2**t, as Adam does with v.",
        ),
        Misconception(
            "one largest for all",
            wrong_amsgrad(one_for_all),
            "You keep one largest number for all entries. Each entry has its own.",
            "what is the difference between `np.max` and `np.maximum`?",
        ),
        Misconception(
            "smallest",
            wrong_amsgrad(smallest),
            "You keep the smallest average of squares. It should be the largest, so that no step grows again.",
        ),
        Misconception(
            "epsilon inside",
            wrong_amsgrad(of_averages, root=lambda v, epsilon: np.sqrt(v + epsilon)),
            EPSILON_INSIDE,
        ),
        Misconception("the larger of the two", wrong_amsgrad(of_averages, root=larger), LARGER),
        Misconception("only at zero", wrong_amsgrad(of_averages, root=at_zero), AT_ZERO),
        Misconception(
            "max of two arrays",
            wrong_amsgrad(lambda old, v, correction, gradient: (max(v, v + 1), v)),
            "Python's `max` asks whether one array as a whole is larger than another. NumPy compares entry by entry.",
            "which function of NumPy takes the larger of each pair of entries?",
        ),
        Misconception(
            "largest entry of now",
            wrong_amsgrad(lambda old, v, correction, gradient: (np.max(v, initial=0.0),) * 2),
            "You divide by the largest entry of the present average. It is each entry's largest value over time.",
            "what is the difference between `np.max` and `np.maximum`?",
        ),
        Misconception(
            "mean not corrected",
            wrong_amsgrad(of_averages, corrects_m=False),
            "The average of gradients is not corrected: divide it by 1 - beta1**t.",
        ),
        own_settings(amsgrad, beta1=0.9, beta2=0.999),
        *own_epsilons(amsgrad),
    ],
)
