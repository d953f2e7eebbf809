"""MLP: layers one after another."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch03_scalar_networks.common import (
    TORCH,
    Numbers,
    drawing_the_same_numbers,
    facts_of,
    floats,
)
from revgraph.checks.chapters.ch03_scalar_networks.layer import Layer
from revgraph.checks.chapters.common import Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded
from revgraph.dagnet.engine import Value


class MLP:
    """Layers one after another; relu in all of them except the last."""

    def __init__(self, n_inputs: int, sizes: list[int]):
        self.layers = []
        for i, size in enumerate(sizes):
            self.layers.append(Layer(n_inputs, size, nonlinear=i < len(sizes) - 1))
            n_inputs = size

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer([x] if isinstance(x, Value) else x)
        return x

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for p in layer.parameters()]


def mlp_facts(MLP: Any, n_inputs: int, sizes: list[int], x: Numbers, all_parameters: float = 0.5) -> Any:
    """What a network gives for x when all its parameters hold the same number."""
    with drawing_the_same_numbers():
        network = MLP(n_inputs, sizes)
    return facts_of(network, x, all_parameters)


def mlp_cases(rng: Rng) -> Iterator[Case]:
    yield case(2, [1], x=[3.0, 5.0])
    yield case(2, [3, 1], x=[3.0, 5.0])
    yield case(2, [3, 1], x=[3.0, 5.0], all_parameters=-1.0)
    yield case(3, [2], x=[1.0, 2.0, 4.0], all_parameters=-0.5)
    yield case(2, [1, 3], x=[3.0, 5.0])
    yield case(
        3, [4, 5, 2], x=floats(rng.uniform(0.2, 1.0, size=3)), all_parameters=float(rng.uniform(0.2, 0.6))
    )


class Bending(MLP):
    """A network whose layer i bends where ``bends(i, last)`` says so."""

    def __init__(self, n_inputs: int, sizes: list[int]):
        widths, last = [n_inputs, *sizes], len(sizes) - 1
        self.layers = [Layer(widths[i], size, self.bends(i, last)) for i, size in enumerate(sizes)]

    def bends(self, i: int, last: int) -> bool:
        return i < last


class ReluAtTheEnd(Bending):
    def bends(self, i: int, last: int) -> bool:
        return True


class LinearAllThrough(Bending):
    def bends(self, i: int, last: int) -> bool:
        return False


class OnlyTheLastBends(Bending):
    def bends(self, i: int, last: int) -> bool:
        return i == last


class LastLayerOnly(MLP):
    def parameters(self) -> list[Value]:
        return list(self.layers[-1].parameters())


class LastLayerLeftOut(MLP):
    def __init__(self, n_inputs: int, sizes: list[int]):
        super().__init__(n_inputs, sizes)
        if len(self.layers) > 1:
            del self.layers[-1]


class AllSeeTheInput(MLP):
    """Every layer is called with x itself, so each must have been made for that many inputs."""

    def __init__(self, n_inputs: int, sizes: list[int]):
        self.layers = [Layer(n_inputs, size, nonlinear=i < len(sizes) - 1) for i, size in enumerate(sizes)]

    def __call__(self, x: Any) -> Any:
        return self.layers[-1](x)


NETWORK = Exercise(
    name="MLP",
    points=20,
    reference=MLP,
    probe=mlp_facts,
    cases=mlp_cases,
    recorded=[
        Recorded(
            case(2, [2, 1], x=[1.0, 3.0]),
            {
                "number of parameters": 9,
                "result": "one Value",
                "output": np.array([3.0]),
                "gradients of the parameters, sorted": np.array(
                    [0.5, 0.5, 0.5, 0.5, 1.0, 1.5, 1.5, 2.5, 2.5]
                ),
                "gradient of x": np.array([0.5, 0.5]),
            },
            TORCH,
        )
    ],
    next="the outputs of one layer are the inputs of the next. How many inputs has each layer?",
    misconceptions=[
        Misconception(
            "relu at the end",
            ReluAtTheEnd,
            "The last layer has a relu, so the network can never say anything negative.",
            "how do you tell the last layer that it is to be linear?",
        ),
        Misconception(
            "linear all through",
            LinearAllThrough,
            "No layer has a relu. However many there are, together they are one straight line.",
        ),
        Misconception(
            "relu in the last only",
            OnlyTheLastBends,
            "It is the other way round: all the layers have a relu, except the last.",
        ),
        Misconception(
            "parameters of the last layer",
            LastLayerOnly,
            "`parameters()` returns those of one layer only. The others would never learn.",
        ),
        Misconception(
            "last layer left out",
            LastLayerLeftOut,
            "The last layer is missing: there is one layer for each number in `sizes`.",
        ),
        Misconception(
            "all see the input",
            AllSeeTheInput,
            "Your layers all get x itself. Only the first one should; each of the others gets what the one before it says.",
        ),
    ],
)
