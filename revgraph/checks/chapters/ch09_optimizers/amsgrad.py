"""amsgrad: divided by the largest average of squares so far."""

import numpy as np

from revgraph.checks.chapters.ch09_optimizers.adam import adam
from revgraph.checks.chapters.ch09_optimizers.common import BETAS, Memory, optimizer
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


def largest_of_corrected(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    t = memory.get("t", 0) + 1
    m = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    v = beta2 * memory.get("v", 0.0) + (1 - beta2) * gradient**2
    top = np.maximum(memory.get("top", 0.0), v / (1 - beta2**t))
    memory.update(t=t, m=m, v=v, top=top)
    parameter -= lr * m / (1 - beta1**t) / (np.sqrt(top) + epsilon)


def largest_square(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    top = np.maximum(memory.get("top", 0.0), gradient**2)
    t = memory.get("t", 0) + 1
    m = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    memory.update(t=t, m=m, top=top)
    parameter -= lr * m / (1 - beta1**t) / (np.sqrt(top / (1 - beta2**t)) + epsilon)


def largest_kept_as_average(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    t = memory.get("t", 0) + 1
    m = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    old = memory.get("v", 0.0)
    v = np.maximum(old, beta2 * old + (1 - beta2) * gradient**2)
    memory.update(t=t, m=m, v=v)
    parameter -= lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)


AMSGRAD = optimizer(
    name="amsgrad",
    points=10,
    reference=amsgrad,
    ranges=BETAS,
    settings={"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8},
    path=np.array(
        [
            [0.900000002, -1.900000001],
            [0.8066552041877673, -1.9365607721026055],
            [0.8272376406562172, -1.9647446772029837],
        ]
    ),
    next="one more entry in `memory`: the largest average of squares so far.",
    misconceptions=[
        Misconception(
            "Adam",
            adam,
            "That is Adam. Divide by the root of the largest average of squares so far, not of the present one.",
        ),
        Misconception(
            "largest of the corrected",
            largest_of_corrected,
            "You compare the corrected averages. Compare them as they are, and correct the largest.",
        ),
        Misconception(
            "largest square",
            largest_square,
            "You keep the largest single square. Keep the largest value that the average of squares has had.",
        ),
        Misconception(
            "no average beside it",
            largest_kept_as_average,
            "Your average of squares is overwritten by the largest. Both must be kept: the average goes on falling by itself.",
        ),
    ],
)
