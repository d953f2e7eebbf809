"""adamw: Adam, with a decay of the weights that does not pass through its averages."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.chapters.ch09_optimizers.common import moved
from revgraph.checks.chapters.ch13_normalization import torch_values as torch
from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, Tolerance, case

Memory = dict[str, Any]
Rule = Callable[..., None]


def reference(
    parameter: Array,
    gradient: Array,
    memory: Memory,
    lr: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    weight_decay: float,
) -> None:
    parameter -= lr * weight_decay * parameter
    adam(parameter, gradient, memory, lr, beta1, beta2, epsilon)


def adam(
    parameter: Array, gradient: Array, memory: Memory, lr: float, beta1: float, beta2: float, epsilon: float
) -> None:
    t = memory["t"] = memory.get("t", 0) + 1
    m = memory["m"] = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    v = memory["v"] = beta2 * memory.get("v", 0.0) + (1 - beta2) * gradient**2
    parameter -= lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)


def run(candidate: Rule, parameter: Array, gradients: Array, **hyper: float) -> Array:
    """The parameter after each step, one row a gradient; another parameter is trained beside it, with a
    memory of its own, so that a rule which remembers outside of its memory is found out."""
    parameter, other = parameter.copy(), -2 * parameter
    memory: Memory = {}
    other_memory: Memory = {}
    path = []
    for gradient in gradients:
        memory, other_memory = moved(memory, candidate), moved(other_memory, candidate)
        candidate(parameter, gradient, memory, **hyper)
        candidate(other, -gradient, other_memory, **hyper)
        path.append(parameter.copy())
    return np.array(path)


def cases(rng: Rng) -> Iterator[Case]:
    for draw in (np.random.default_rng(13), rng):
        for shape, scale in (((3,), 1.0), ((2, 4), 1.0), ((5,), 1e-4), ((4,), 0.0)):
            yield case(
                draw.normal(size=shape),
                scale * draw.normal(size=(5, *shape)),
                lr=float(draw.uniform(0.05, 0.3)),
                beta1=float(draw.uniform(0.5, 0.9)),
                beta2=float(draw.uniform(0.91, 0.999)),
                epsilon=1e-8,
                weight_decay=float(draw.uniform(0.1, 0.6)),
            )


def changed(decay: Callable[..., Array]) -> Rule:
    """Adam's step after another decay, which is handed the gradient too and returns the one to use."""

    def candidate(
        parameter: Array,
        gradient: Array,
        memory: Memory,
        lr: float,
        beta1: float,
        beta2: float,
        **more: float,
    ) -> None:
        weight_decay = more.pop("weight_decay")
        gradient = decay(parameter, gradient, lr, weight_decay)
        adam(parameter, gradient, memory, lr, beta1, beta2, **more)

    return candidate


def in_the_gradient(parameter: Array, gradient: Array, lr: float, weight_decay: float) -> Array:
    return gradient + weight_decay * parameter


def without_lr(parameter: Array, gradient: Array, lr: float, weight_decay: float) -> Array:
    parameter -= weight_decay * parameter
    return gradient


def growing(parameter: Array, gradient: Array, lr: float, weight_decay: float) -> Array:
    parameter += lr * weight_decay * parameter
    return gradient


def by_the_sign(parameter: Array, gradient: Array, lr: float, weight_decay: float) -> Array:
    parameter -= lr * weight_decay * np.sign(parameter)
    return gradient


def by_the_gradient(parameter: Array, gradient: Array, lr: float, weight_decay: float) -> Array:
    parameter -= lr * weight_decay * gradient
    return gradient


def left_alone(parameter: Array, gradient: Array, lr: float, weight_decay: float) -> Array:
    return gradient


def down_to_the_decay(parameter: Array, gradient: Array, lr: float, weight_decay: float) -> Array:
    parameter *= weight_decay
    return gradient


def decays_after(parameter: Array, gradient: Array, memory: Memory, **hyper: float) -> None:
    weight_decay = hyper.pop("weight_decay")
    adam(parameter, gradient, memory, **hyper)
    parameter -= hyper["lr"] * weight_decay * parameter


def new_array(parameter: Array, gradient: Array, memory: Memory, **hyper: float) -> None:
    reference(parameter.copy(), gradient, memory, **hyper)


def forgetting(parameter: Array, gradient: Array, memory: Memory, **hyper: float) -> None:
    reference(parameter, gradient, {}, **hyper)


ADAMW = Exercise(
    name="adamw",
    points=10,
    reference=reference,
    why="The decay touches the parameter alone, so Adam's averages see nothing but the gradient.",
    uses=("adam",),
    probe=run,
    cases=cases,
    recorded=[
        Recorded(
            case(torch.START, torch.DOWN, lr=0.1, beta1=0.9, beta2=0.99, epsilon=1e-8, weight_decay=0.5),
            torch.ADAMW,
            torch.SOURCE,
        )
    ],
    next="two things in this order: the parameter loses the share lr · weight_decay of itself, then your adam takes its step.",
    tolerance=Tolerance(relative=1e-9, absolute=1e-13),
    misconceptions=[
        Misconception(
            "in the gradient",
            changed(in_the_gradient),
            "You added the decay to the gradient, as a penalty would. There Adam divides it by the gradient's size; AdamW keeps the two apart.",
            "which line shrinks the parameter without looking at the gradient?",
        ),
        Misconception(
            "without lr",
            changed(without_lr),
            "Your parameter shrinks by weight_decay alone. The share is lr · weight_decay, so that it falls with the learning rate.",
        ),
        Misconception(
            "grows",
            changed(growing),
            "Your parameter grows by that share of itself. It should shrink.",
        ),
        Misconception(
            "same for all",
            changed(by_the_sign),
            "You took the same from every entry, large or small. Each entry should lose a share of itself.",
        ),
        Misconception(
            "a share of the gradient",
            changed(by_the_gradient),
            "You took a share of the gradient away. The decay takes one of the parameter itself.",
            "what becomes of a weight whose gradient is always 0?",
        ),
        Misconception("no decay", changed(left_alone), "That is Adam. The decay is missing."),
        Misconception(
            "down to the decay",
            changed(down_to_the_decay),
            "You multiplied the parameter by weight_decay. It should be left with 1 - lr · weight_decay of itself.",
        ),
        Misconception(
            "decays after the step",
            decays_after,
            "You shrink the parameter after Adam's step, so that a share of the new step is lost too. First shrink, then step.",
        ),
        Misconception(
            "makes a new array",
            new_array,
            "The parameter did not move. Write into the array you were given.",
            "which operator writes into the array itself?",
        ),
        Misconception(
            "keeps nothing",
            forgetting,
            "Every step starts afresh: what the averages and the counter hold is not kept in `memory` for the next step.",
        ),
    ],
)
