"""Layer: neurons that see the same inputs."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, edge
from revgraph.checks.chapters.ch03_scalar_networks.common import (
    CALLED_AGAIN,
    OTHER_PARAMETERS,
    TORCH,
    WHAT_STAYS,
    Numbers,
    drawing_the_same_numbers,
    facts_of,
    floats,
)
from revgraph.checks.chapters.ch03_scalar_networks.neuron import Neuron
from revgraph.checks.chapters.common import Rng, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded
from revgraph.dagnet.engine import Value


class Layer:
    """Neurons that see the same inputs."""

    def __init__(self, n_inputs: int, n_outputs: int, nonlinear: bool = True):
        self.neurons = [Neuron(n_inputs, nonlinear) for _ in range(n_outputs)]

    def __call__(self, x: Any) -> Any:
        outputs = [neuron(x) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs

    def parameters(self) -> Any:
        return [p for neuron in self.neurons for p in neuron.parameters()]


def layer_facts(
    Layer: Any, n_inputs: int, n_outputs: int, x: Numbers, nonlinear: bool = True, all_parameters: float = 0.5
) -> Any:
    """What a layer gives for x when all its parameters hold the same number."""
    with drawing_the_same_numbers():
        layer = Layer(n_inputs, n_outputs) if nonlinear else Layer(n_inputs, n_outputs, False)
    return facts_of(layer, x, all_parameters)


def layer_cases(rng: Rng) -> Iterator[Case]:
    yield case(2, 3, x=[3.0, 5.0])
    yield case(2, 3, x=[3.0, 5.0], all_parameters=-1.0)
    yield case(2, 3, x=[3.0, 5.0], nonlinear=False, all_parameters=-1.0)
    yield case(3, 1, x=[1.0, 2.0, 4.0])
    yield case(2, 1, x=[1.0, 3.0], nonlinear=False, all_parameters=-0.5)
    yield case(1, 2, x=[6.0])
    yield case(1, 2, x=[6.0], all_parameters=-0.5)
    yield case(3, 2, x=[1.0, -2.0, -4.0], nonlinear=False)
    yield case(4, 3, x=floats(rng.uniform(0.2, 1.0, size=4)), all_parameters=float(rng.uniform(0.5, 1.0)))
    yield edge("inputs in a tuple", 2, 3, x=(3.0, 5.0))


class AlwaysAList(Layer):
    def __call__(self, x: Any) -> Any:
        return [neuron(x) for neuron in self.neurons]


class FirstOutputOnly(Layer):
    def __call__(self, x: Any) -> Any:
        return self.neurons[0](x)


class OneNeuronRepeated(Layer):
    def __init__(self, n_inputs: int, n_outputs: int, nonlinear: bool = True):
        self.neurons = [Neuron(n_inputs, nonlinear)] * n_outputs


class SizesSwapped(Layer):
    def __init__(self, n_inputs: int, n_outputs: int, nonlinear: bool = True):
        self.neurons = [Neuron(n_outputs, nonlinear) for _ in range(n_inputs)]


class OneForEachInput(Layer):
    def __init__(self, n_inputs: int, n_outputs: int, nonlinear: bool = True):
        self.neurons = [Neuron(n_inputs, nonlinear) for _ in range(n_inputs)]


class OneTooFew(Layer):
    def __init__(self, n_inputs: int, n_outputs: int, nonlinear: bool = True):
        self.neurons = [Neuron(n_inputs, nonlinear) for _ in range(max(n_outputs - 1, 1))]


class ForgetsNonlinear(Layer):
    def __init__(self, n_inputs: int, n_outputs: int, nonlinear: bool = True):
        self.neurons = [Neuron(n_inputs) for _ in range(n_outputs)]


class AddsUp(Layer):
    def __call__(self, x: Any) -> Any:
        return sum((neuron(x) for neuron in self.neurons), Value(0.0))


class InARow(Layer):
    """Each neuron hears what the one before it said."""

    def __call__(self, x: Any) -> Any:
        for neuron in self.neurons:
            x = [neuron(x)]
        return x[0]


class KeepsOutputs(Layer):
    def __init__(self, n_inputs: int, n_outputs: int, nonlinear: bool = True):
        super().__init__(n_inputs, n_outputs, nonlinear)
        self.outputs: list[Any] = []

    def __call__(self, x: Any) -> Any:
        self.outputs += [neuron(x) for neuron in self.neurons]
        return self.outputs[0] if len(self.outputs) == 1 else list(self.outputs)


class LastNeuronOnly(Layer):
    def parameters(self) -> Any:
        return list(self.neurons[-1].parameters())


class HandedOutOnce(Layer):
    def __init__(self, *sizes: Any):
        super().__init__(*sizes)
        self.handed_out = iter(super().parameters())

    def parameters(self) -> Any:
        return self.handed_out


class NoParameters(Layer):
    def parameters(self) -> Any:
        pass


class ListsInAList(Layer):
    def parameters(self) -> Any:
        return [neuron.parameters() for neuron in self.neurons]


class NeuronsForParameters(Layer):
    def parameters(self) -> Any:
        return self.neurons


EACH_TIME = "what does `[Neuron(…)] * n` repeat, and what does a list comprehension do each time round?"

LAYER = Exercise(
    name="Layer",
    points=15,
    reference=Layer,
    probe=layer_facts,
    cases=layer_cases,
    uses=("Neuron",),
    recorded=[
        Recorded(
            case(2, 2, x=[1.0, 3.0]),
            {
                "number of parameters": 6,
                "result": "a list of 2",
                "output": np.array([2.5, 2.5]),
                "output, called again": np.array([2.5, 2.5]),
                "gradients of the parameters, sorted": np.array([0.0, 0.0, 0.0, 1.0, 1.0, 3.0]),
                "gradient of x": np.array([0.5, 0.5]),
            },
            TORCH,
        )
    ],
    why="Each of the three methods does one thing for every neuron, and a comprehension says just that.",
    next="draw three inputs and two neurons on paper. Which wires are there, and what stands on each?",
    misconceptions=[
        Misconception(
            "always a list",
            AlwaysAList,
            "A layer of a single neuron returns its Value bare, not as a list of one.",
            "how many entries has the list when it should not be one?",
        ),
        Misconception(
            "one output only",
            FirstOutputOnly,
            "You returned what one neuron says. Each of the others has something to say, too.",
            "is your `return` inside the loop? It ends the loop at once.",
        ),
        Misconception(
            "one neuron repeated",
            OneNeuronRepeated,
            "It is one and the same neuron, listed several times. Each output needs a neuron of its own.",
            EACH_TIME,
        ),
        Misconception(
            "sizes swapped",
            SizesSwapped,
            "You made one neuron for each input, with a weight for each output. It is the other way round: a neuron for each output, and each sees all the inputs.",
        ),
        Misconception(
            "one neuron too few",
            OneTooFew,
            "Your layer has a neuron less than it should.",
            "how many rounds has `range(1, n)`?",
        ),
        Misconception(
            "a neuron for each input",
            OneForEachInput,
            "You made one neuron for each input. There is one for each output, and each sees all the inputs.",
        ),
        Misconception(
            "nonlinear not passed on",
            ForgetsNonlinear,
            "The layer is told `nonlinear=False`, but its neurons still bend.",
            "what does `Neuron` take besides the number of inputs?",
        ),
        Misconception(
            "adds the outputs up",
            AddsUp,
            "You added up what the neurons say. Each of them is an output of its own.",
        ),
        Misconception(
            "one after another",
            InARow,
            "Your neurons hear one another, in a row. In a layer they stand side by side: each of them gets x.",
        ),
        Misconception("another result when called again", KeepsOutputs, CALLED_AGAIN, WHAT_STAYS),
        Misconception(
            "parameters of one neuron",
            LastNeuronOnly,
            "`parameters()` returns those of one neuron only.",
            "is your `return` inside the loop, or does each round replace the list?",
        ),
        Misconception("other parameters when called again", HandedOutOnce, OTHER_PARAMETERS, WHAT_STAYS),
        Misconception(
            "parameters() returns nothing",
            NoParameters,
            "`parameters()` returns nothing: its `return` is missing.",
            "what does a function return that has no `return`?",
        ),
        *ways(
            "not one list of Values",
            "`parameters()` is to be one list of all the Values; yours holds something else.",
            "a comprehension can have two `for`. What does the second one go through?",
            ListsInAList,
            NeuronsForParameters,
        ),
    ],
)
