"""sgd_step: against the gradient, and the gradient back to 0."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch03_scalar_networks.common import Numbers, floats
from revgraph.checks.chapters.common import Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded
from revgraph.dagnet.engine import Value


def sgd_step(parameters: Sequence[Any], lr: float) -> None:
    for p in parameters:
        p.data -= lr * p.grad
        p.grad = 0.0


def step_facts(candidate: Any, data: Numbers, grad: Numbers, lr: float) -> dict[str, np.ndarray]:
    """Data and gradients of the same Values after the step."""
    parameters = [Value(number) for number in data]
    for p, g in zip(parameters, grad, strict=True):
        p.grad = g
    candidate(parameters, lr)
    return {
        "data after the step": np.array([_plain("data", p.data) for p in parameters]),
        "grad after the step": np.array([_plain("grad", p.grad) for p in parameters]),
    }


def _plain(name: str, number: Any) -> float:
    if not isinstance(number, int | float | np.number):
        raise TypeError(f"{name} is of type {type(number).__name__}, not a number")
    return float(number)


def step_cases(rng: Rng) -> Iterator[Case]:
    yield case([5.0], [2.0], lr=0.1)
    yield case([1.0, -2.0, 3.0], [4.0, 0.0, -10.0], lr=0.5)
    yield case(floats(rng.normal(size=4)), floats(rng.normal(size=4)), lr=float(rng.uniform(0.01, 0.3)))


def _no_zeroing(parameters: Sequence[Any], lr: float) -> None:
    for p in parameters:
        p.data -= lr * p.grad


def _uphill(parameters: Sequence[Any], lr: float) -> None:
    for p in parameters:
        p.data += lr * p.grad
        p.grad = 0.0


def _zeroed_first(parameters: Sequence[Any], lr: float) -> None:
    for p in parameters:
        p.grad = 0.0
        p.data -= lr * p.grad


def _ignores_lr(parameters: Sequence[Any], lr: float) -> None:
    for p in parameters:
        p.data -= p.grad
        p.grad = 0.0


def _forgets_where_it_was(parameters: Sequence[Any], lr: float) -> None:
    for p in parameters:
        p.data = -lr * p.grad
        p.grad = 0.0


def _renames(parameters: Sequence[Any], lr: float) -> None:
    for p in parameters:
        p = p - lr * p.grad


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
    next="against the gradient the loss goes down. Which of `data` and `grad` changes by how much?",
    misconceptions=[
        Misconception(
            "gradients stay",
            _no_zeroing,
            "The step is right, but the gradients stay. The next `backward` would add to them.",
        ),
        Misconception(
            "uphill",
            _uphill,
            "You walked along the gradient: that makes the loss larger.",
        ),
        Misconception(
            "zeroed first",
            _zeroed_first,
            "You set the gradients to 0 before you used them, so nothing moved.",
        ),
        Misconception(
            "ignores lr",
            _ignores_lr,
            "You took the whole gradient as the step; `lr` says how large a part of it to take.",
        ),
        Misconception(
            "forgets where it was",
            _forgets_where_it_was,
            "You put the step in place of the parameter. The step is a change: it is taken from what is there.",
        ),
        Misconception(
            "gives a name away",
            _renames,
            "You made new Values and gave them the name p. The network still holds the old ones.",
            "which attribute of p must change, so that the network notices?",
        ),
    ],
)
