"""sgd_step: against the gradient, and the gradient back to 0."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch03_scalar_networks.common import Numbers, floats, value_class
from revgraph.checks.chapters.common import Function, Rng, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def sgd_step(parameters: Sequence[Any], lr: float) -> None:
    for p in parameters:
        p.data -= lr * p.grad
        p.grad = 0.0


def step_facts(candidate: Any, data: Numbers, grad: Numbers, lr: float) -> dict[str, np.ndarray]:
    """Data and gradients of the same Values after the step."""
    make = value_class(candidate)
    parameters = [make(number) for number in data]
    for p, g in zip(parameters, grad):
        p.grad = g
    candidate(list(parameters), lr)
    return {
        "data after the step": np.array([plain_number("data", p.data) for p in parameters]),
        "grad after the step": np.array([plain_number("grad", p.grad) for p in parameters]),
    }


def plain_number(name: str, number: Any) -> float:
    if not isinstance(number, int | float | np.number):
        raise TypeError(f"{name} is of type {type(number).__name__}, not a number")
    return float(number)


def step_cases(rng: Rng) -> Iterator[Case]:
    yield case([5.0], [2.0], lr=0.1)
    yield case([1.0, -2.0, 3.0], [4.0, 0.0, -10.0], lr=0.5)
    yield case([-1.0, 0.5], [0.25, -0.5], lr=2.0)
    yield case(floats(rng.normal(size=4)), floats(rng.normal(size=4)), lr=float(rng.uniform(0.01, 0.3)))


def _each(change: Function) -> Function:
    """Go through the parameters; ``change(p, lr)`` sets data and grad."""

    def step(parameters: Sequence[Any], lr: float) -> None:
        for p in parameters:
            p.data, p.grad = change(p, lr)

    return step


def _moved(p: Any, lr: float) -> float:
    return p.data - lr * p.grad


def _only(which: slice) -> Function:
    return lambda parameters, lr: sgd_step(parameters[which], lr)


def _zeroes_the_last(parameters: Sequence[Any], lr: float) -> None:
    for p in parameters:
        p.data -= lr * p.grad
    p.grad = 0.0


def _renames(parameters: Sequence[Any], lr: float) -> None:
    for p in parameters:
        p = p - lr * p.grad


def _puts_new_values(parameters: Any, lr: float) -> None:
    for i, p in enumerate(parameters):
        parameters[i] = type(p)(p.data - lr * p.grad)


def _replaces_and_clears(parameters: Sequence[Any], lr: float) -> None:
    for p in parameters:
        p.grad = 0.0


SGD_STEP = Exercise(
    name="sgd_step",
    points=15,
    reference=sgd_step,
    probe=step_facts,
    cases=step_cases,
    recorded=[
        Recorded(
            case([1.0, -2.0], [0.5, -4.0], lr=0.25),
            {"data after the step": np.array([0.875, -1.0]), "grad after the step": np.array([0.0, 0.0])},
            "PyTorch 2.13.0, SGD.step and zero_grad",
        )
    ],
    why="It changes `data` itself, not by Values: a step is no part of the formula that is differentiated.",
    next="against the gradient the loss goes down. Which of `data` and `grad` changes by how much?",
    misconceptions=[
        Misconception(
            "gradients stay",
            _each(lambda p, lr: (_moved(p, lr), p.grad)),
            "The step is right, but the gradients stay. The next `backward` would add to them.",
        ),
        Misconception(
            "only the last is cleared",
            _zeroes_the_last,
            "The step is right, but only the last gradient goes back to 0.",
            "is that line indented into the loop?",
        ),
        Misconception(
            "multiplies by the data",
            _each(lambda p, lr: (p.data * (1 - lr * p.grad), 0.0)),
            "Your step is in proportion to `data`. How far a parameter moves depends on its gradient and lr alone: it is taken off.",
            "is it `-=`, or `*=`?",
        ),
        Misconception(
            "uphill",
            _each(lambda p, lr: (p.data + lr * p.grad, 0.0)),
            "You walked along the gradient: that makes the loss larger.",
        ),
        Misconception(
            "uphill, gradients stay",
            _each(lambda p, lr: (p.data + lr * p.grad, p.grad)),
            "You walked along the gradient, which makes the loss larger; and the gradients stay, so the next `backward` would add to them.",
        ),
        Misconception(
            "nothing moved",
            _replaces_and_clears,
            "The gradients are 0 now, but no parameter has moved.",
            "is a gradient still there when you use it? And is it `p.data` that changes?",
        ),
        Misconception(
            "ignores lr",
            _each(lambda p, lr: (p.data - p.grad, 0.0)),
            "You took the whole gradient as the step; `lr` says how large a part of it to take.",
        ),
        Misconception(
            "divides by lr",
            _each(lambda p, lr: (p.data - p.grad / lr, 0.0)),
            "You divided by `lr`. A small learning rate then makes a large step.",
        ),
        Misconception(
            "without the gradient",
            _each(lambda p, lr: (p.data - lr, 0.0)),
            "Every parameter moved by `lr`, whatever its gradient. A steeper one takes a longer step.",
        ),
        Misconception(
            "shrinks the parameter",
            _each(lambda p, lr: (p.data - lr * p.data, 0.0)),
            "You took away a part of the parameter itself. It is the gradient that says where to go.",
        ),
        *ways(
            "forgets where it was",
            "You put the step in place of the parameter. The step is a change: it is taken from what is there.",
            "what is the difference between `-=` and `=-`?",
            _each(lambda p, lr: (-lr * p.grad, 0.0)),
            _each(lambda p, lr: (lr * p.grad, 0.0)),
        ),
        Misconception(
            "no gradient left",
            _each(lambda p, lr: (_moved(p, lr), None)),
            "You put None into `grad`. The next `backward` adds to it, so it must be a number: 0.",
            "which number does a new Value's gradient begin with?",
        ),
        Misconception(
            "all but the last",
            _only(slice(-1)),
            "The last parameter did not take its step.",
            "which parameters does your loop go through?",
        ),
        Misconception(
            "all but the first",
            _only(slice(1, None)),
            "The first parameter did not take its step.",
            "which parameters does your loop go through?",
        ),
        Misconception(
            "only the first",
            _only(slice(1)),
            "Only the first parameter took its step.",
            "is there a `return` inside the loop?",
        ),
        Misconception(
            "new Values in the list",
            _puts_new_values,
            "The parameters are as they were: you put new Values into the list. The network still holds the old ones, and computes with them.",
            "which attribute of `parameters[i]` must change, so that the network notices?",
            seen=lambda source: re.search(r"\w\[\w+\] *= ", source) is not None,
        ),
        Misconception(
            "gives a name away",
            _renames,
            "The parameters are as they were: neither `data` nor `grad` of any of them has changed.",
            "`p = …` changes what the name p stands for. Which attribute of p must change, so that the network notices?",
        ),
    ],
)
