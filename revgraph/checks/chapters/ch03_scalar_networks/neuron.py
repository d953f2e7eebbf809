"""Neuron: a weighted sum, a bias and a bend."""

import random
from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch03_scalar_networks.common import (
    TORCH,
    Numbers,
    floats,
    gradients_of,
    number_of,
    set_to,
)
from revgraph.checks.chapters.common import Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded
from revgraph.dagnet.engine import Value


class Neuron:
    """A weight for each input, a bias, and relu if nonlinear."""

    def __init__(self, n_inputs: int, nonlinear: bool = True):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(n_inputs)]
        self.b = Value(0.0)
        self.nonlinear = nonlinear

    def __call__(self, x: Any) -> Value:
        total = sum((weight * x_i for weight, x_i in zip(self.w, x)), self.b)
        return total.relu() if self.nonlinear else total

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]


def neuron_facts(Neuron: Any, w: Numbers, b: float, x: Numbers, nonlinear: bool = True) -> Any:
    """What a neuron with these weights and this bias gives for x, and the gradients of all of them."""
    neuron = Neuron(len(w), nonlinear)
    at_first = [number_of("w", weight) for weight in neuron.w]
    set_to(neuron.w, w)
    set_to([neuron.b], [b])
    inputs = [type(neuron.b)(number) for number in x]
    out = neuron(inputs)
    if out is None:
        return None
    out.backward()
    names = {id(weight): f"w{i}" for i, weight in enumerate(neuron.w)} | {id(neuron.b): "b"}
    return {
        "number of weights": len(at_first),
        "weights at first": "differ" if len(set(at_first)) == len(at_first) else "are equal",
        "output": number_of("the output", out),
        "parameters()": ", ".join(sorted(names.get(id(p), "?") for p in neuron.parameters())),
        "gradient of w": gradients_of(neuron.w),
        "gradient of b": float(neuron.b.grad),
        "gradient of x": gradients_of(inputs),
    }


def neuron_cases(rng: Rng) -> Iterator[Case]:
    w, x = rng.uniform(0.2, 1.0, size=(2, 4))
    yield case(w=[2.0], b=1.0, x=[3.0])
    yield case(w=[2.0, -1.0], b=0.5, x=[3.0, 4.0])
    yield case(w=[2.0, -1.0], b=-3.0, x=[0.5, 4.0])
    yield case(w=[2.0, -1.0], b=-3.0, x=[0.5, 4.0], nonlinear=False)
    yield case(w=[-1.0, 0.5, -0.5], b=2.0, x=[1.0, 2.0, 3.0])
    yield case(w=floats(w), b=float(rng.normal() ** 2), x=floats(x))
    yield case(w=floats(-w), b=-1.0, x=floats(x))


class Summing(Neuron):
    """A neuron in two steps, of which a wrong one replaces one."""

    def __call__(self, x: Any) -> Value:
        return self.finish(self.total(x))

    def total(self, x: Any) -> Value:
        return sum((w * x_i for w, x_i in zip(self.w, x)), self.b)

    def finish(self, total: Value) -> Value:
        return total.relu() if self.nonlinear else total


class NoBias(Summing):
    def total(self, x: Any) -> Value:
        return sum((w * x_i for w, x_i in zip(self.w, x)), Value(0.0))


class AlwaysRelu(Summing):
    def finish(self, total: Value) -> Value:
        return total.relu()


class NeverRelu(Summing):
    def finish(self, total: Value) -> Value:
        return total


class ReluBeforeBias(Summing):
    def __call__(self, x: Any) -> Value:
        total = sum((w * x_i for w, x_i in zip(self.w, x)), Value(0.0))
        return self.finish(total) + self.b


class BiasEachTime(Summing):
    def total(self, x: Any) -> Value:
        return sum((w * x_i + self.b for w, x_i in zip(self.w, x)), Value(0.0))


class HidesBias(Neuron):
    def parameters(self) -> list[Value]:
        return list(self.w)


class EqualWeights(Neuron):
    def __init__(self, n_inputs: int, nonlinear: bool = True):
        super().__init__(n_inputs, nonlinear)
        self.w = [Value(0.0) for _ in range(n_inputs)]


class OneWeightForAll(Neuron):
    def __init__(self, n_inputs: int, nonlinear: bool = True):
        super().__init__(n_inputs, nonlinear)
        self.w = [Value(0.3)] * n_inputs


NEURON = Exercise(
    name="Neuron",
    points=20,
    reference=Neuron,
    probe=neuron_facts,
    cases=neuron_cases,
    recorded=[
        Recorded(
            case(w=[0.5, -1.5], b=0.25, x=[2.0, 0.5]),
            {
                "number of weights": 2,
                "weights at first": "differ",
                "output": 0.5,
                "parameters()": "b, w0, w1",
                "gradient of w": np.array([2.0, 0.5]),
                "gradient of b": 1.0,
                "gradient of x": np.array([0.5, -1.5]),
            },
            TORCH,
        )
    ],
    next="first the sum of all the products, then the bias, then relu if wanted. Which step is missing?",
    misconceptions=[
        Misconception(
            "no bias",
            NoBias,
            "Each input meets its weight, but the bias does not take part.",
            "what is the output when all the inputs are 0?",
        ),
        Misconception(
            "relu always",
            AlwaysRelu,
            "You apply relu even where `nonlinear` is False.",
        ),
        Misconception(
            "relu never",
            NeverRelu,
            "The sum is right, but relu is not applied to it where `nonlinear` is True.",
        ),
        Misconception(
            "relu before the bias",
            ReluBeforeBias,
            "You added the bias after relu. It belongs to the sum that goes into relu.",
            "the bias decides from where on the neuron answers. Can it do so when it comes last?",
        ),
        Misconception(
            "a bias for each input",
            BiasEachTime,
            "You added the bias once for each input. A neuron has one bias, added once.",
        ),
        Misconception(
            "parameters without b",
            HidesBias,
            "`parameters()` leaves out the bias, so nobody would ever train it.",
        ),
        Misconception(
            "equal weights",
            EqualWeights,
            "All the weights start with the same number. Neurons that start alike get the same gradients and stay alike.",
            "`random.uniform(-1, 1)` gives another number each time.",
        ),
        Misconception(
            "one weight for all",
            OneWeightForAll,
            "It is one and the same Value for all inputs: `[Value(…)] * n` repeats it, instead of making n.",
            "what does a list comprehension do each time round?",
        ),
    ],
)
