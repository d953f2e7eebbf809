"""MLP: layers one after another."""

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
from revgraph.checks.chapters.ch03_scalar_networks.layer import Layer
from revgraph.checks.chapters.common import Rng, ways
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
            x = layer(x if isinstance(x, list | tuple) else [x])
        return x

    def parameters(self) -> Any:
        return [p for layer in self.layers for p in layer.parameters()]


def mlp_facts(MLP: Any, n_inputs: int, sizes: list[int], x: Numbers, all_parameters: float = 0.5) -> Any:
    """What a network gives for x when all its parameters hold the same number."""
    with drawing_the_same_numbers():
        network = MLP(n_inputs, sizes)
    return facts_of(network, x, all_parameters)


def mlp_cases(rng: Rng) -> Iterator[Case]:
    inputs = floats(rng.uniform(0.2, 1.0, size=3))
    yield case(2, [1], x=[3.0, 5.0])
    yield case(2, [3, 1], x=[3.0, 5.0])
    yield case(2, [3, 1], x=[3.0, 5.0], all_parameters=-1.0)
    yield case(3, [2], x=[1.0, 2.0, 4.0], all_parameters=-0.5)
    yield case(2, [1, 3], x=[3.0, 5.0])
    yield case(2, [1, 2, 1], x=[-3.0, 5.0])
    # The last layer is the last by its place: others may be as large.
    yield case(2, [4, 4], x=[3.0, 5.0], all_parameters=-1.0)
    yield case(2, [3, 2, 2], x=[1.0, 2.0], all_parameters=-0.5)
    yield case(1, [1, 1, 1], x=[2.0], all_parameters=-1.0)
    yield case(3, [4, 5, 2], x=inputs, all_parameters=float(rng.uniform(0.2, 0.6)))
    yield case(3, [4, 4], x=inputs, all_parameters=-float(rng.uniform(0.2, 0.6)))
    yield edge("a point given as a tuple", 2, [3, 1], x=(3.0, 5.0))


class UsesUpItsLayers(MLP):
    def __call__(self, x: Any) -> Any:
        while self.layers:
            layer = self.layers.pop(0)
            x = layer(x if isinstance(x, list | tuple) else [x])
        return x


class Bending(MLP):
    """A network whose layer i bends where ``bends(i, sizes)`` says so."""

    def __init__(self, n_inputs: int, sizes: list[int]):
        widths = [n_inputs, *sizes]
        self.layers = [Layer(widths[i], size, self.bends(i, sizes)) for i, size in enumerate(sizes)]

    def bends(self, i: int, sizes: list[int]) -> bool:
        return i < len(sizes) - 1


class ReluAtTheEnd(Bending):
    def bends(self, i: int, sizes: list[int]) -> bool:
        return True


class LinearAllThrough(Bending):
    def bends(self, i: int, sizes: list[int]) -> bool:
        return False


class OnlyTheLastBends(Bending):
    def bends(self, i: int, sizes: list[int]) -> bool:
        return i == len(sizes) - 1


class OnlyTheFirstBends(Bending):
    def bends(self, i: int, sizes: list[int]) -> bool:
        return i == 0 and len(sizes) > 1


class AllButTheFirstBend(Bending):
    def bends(self, i: int, sizes: list[int]) -> bool:
        return i > 0


class OffByOne(Bending):
    def bends(self, i: int, sizes: list[int]) -> bool:
        return i < len(sizes) - 2


class KnownByItsSize(Bending):
    def bends(self, i: int, sizes: list[int]) -> bool:
        return sizes[i] != sizes[-1]


class KnownByItsFirstPlace(Bending):
    def bends(self, i: int, sizes: list[int]) -> bool:
        return sizes.index(sizes[i]) < len(sizes) - 1


class LinearIfSingle(Bending):
    def bends(self, i: int, sizes: list[int]) -> bool:
        return sizes[i] > 1


class LastLayerOnly(MLP):
    def parameters(self) -> Any:
        return list(self.layers[-1].parameters())


class HandedOutOnce(MLP):
    def __init__(self, *sizes: Any):
        super().__init__(*sizes)
        self.handed_out = iter(super().parameters())

    def parameters(self) -> Any:
        return self.handed_out


class NoParameters(MLP):
    def parameters(self) -> Any:
        pass


class ListsInAList(MLP):
    def parameters(self) -> Any:
        return [layer.parameters() for layer in self.layers]


class LastLayerLeftOut(MLP):
    def __init__(self, n_inputs: int, sizes: list[int]):
        super().__init__(n_inputs, sizes)
        if len(self.layers) > 1:
            del self.layers[-1]


class AllSeeTheInput(MLP):
    """Every layer is called with x itself, so each was made for that many inputs."""

    def __init__(self, n_inputs: int, sizes: list[int]):
        self.layers = [Layer(n_inputs, size, nonlinear=i < len(sizes) - 1) for i, size in enumerate(sizes)]

    def __call__(self, x: Any) -> Any:
        return self.layers[-1](x)


class AllMadeForTheInput(MLP):
    def __init__(self, n_inputs: int, sizes: list[int]):
        self.layers = [Layer(n_inputs, size, nonlinear=i < len(sizes) - 1) for i, size in enumerate(sizes)]


class AllAreHandedTheInput(MLP):
    """Every layer was made for what the one before it says, and is called with x itself."""

    def __call__(self, x: Any) -> Any:
        return self.layers[-1](x)


class FirstLayerOnly(MLP):
    def __call__(self, x: Any) -> Any:
        return self.layers[0](x)


class BareValue(MLP):
    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x


class WrapsLists(MLP):
    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer([x])
        return x


class WrapsEverything(MLP):
    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer([x] if isinstance(x, Value | tuple) else x)
        return x if isinstance(x, list) else [x]


NETWORK = Exercise(
    name="MLP",
    points=20,
    reference=MLP,
    probe=mlp_facts,
    cases=mlp_cases,
    uses=("Layer", "Neuron"),
    recorded=[
        Recorded(
            case(2, [2, 1], x=[1.0, 3.0]),
            {
                "number of parameters": 9,
                "result": "one Value",
                "output": np.array([3.0]),
                "output, called again": np.array([3.0]),
                "gradients of the parameters, sorted": np.array(
                    [0.5, 0.5, 0.5, 0.5, 1.0, 1.5, 1.5, 2.5, 2.5]
                ),
                "gradient of x": np.array([0.5, 0.5]),
            },
            TORCH,
        )
    ],
    why="After each layer `n_inputs` is set to that layer's size, so the next one is made for what it will hear.",
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
        *ways(
            "last layer known by its size",
            "A layer is linear whose size is that of the last one. In `[4, 4]` that is every layer, and the network is a straight line.",
            "by what can you tell the last layer from another of the same size?",
            KnownByItsSize,
            KnownByItsFirstPlace,
        ),
        Misconception("another result when called again", UsesUpItsLayers, CALLED_AGAIN, WHAT_STAYS),
        Misconception(
            "a single neuron is linear",
            LinearIfSingle,
            "A layer is linear where it has a single neuron. It is the *last* layer that is linear, however many it has.",
        ),
        Misconception(
            "relu in the last only",
            OnlyTheLastBends,
            "It is the other way round: all the layers have a relu, except the last.",
        ),
        Misconception(
            "linear at the beginning",
            AllButTheFirstBend,
            "Your first layer has no relu, and the last one has. It is the last that stays linear.",
            "with three layers, i is 0, 1 and 2. For which i is the layer the last?",
        ),
        Misconception(
            "relu in the first only",
            OnlyTheFirstBends,
            "Only the first layer has a relu. All of them have one, except the last.",
        ),
        Misconception(
            "the last two are linear",
            OffByOne,
            "Two layers have no relu, the last and the one before it.",
            "with three layers, i is 0, 1 and 2. For which i is the layer the last?",
        ),
        Misconception(
            "parameters of one layer",
            LastLayerOnly,
            "`parameters()` returns those of one layer only. The others would never learn.",
            "is your `return` inside the loop, or does each round replace the list?",
        ),
        Misconception(
            "lists in the list",
            ListsInAList,
            "`parameters()` is to be one list of all the Values; yours holds lists.",
            "a comprehension can have two `for`. What does the second one go through?",
        ),
        Misconception("other parameters when called again", HandedOutOnce, OTHER_PARAMETERS, WHAT_STAYS),
        Misconception(
            "parameters() returns nothing",
            NoParameters,
            "`parameters()` returns nothing: its `return` is missing.",
            "what does a function return that has no `return`?",
        ),
        Misconception(
            "last layer left out",
            LastLayerLeftOut,
            "The last layer is missing: there is one layer for each number in `sizes`.",
        ),
        Misconception(
            "all made for the input",
            AllMadeForTheInput,
            "Every layer was made for `n_inputs` inputs. Only the first one gets x; each of the others has as many inputs as the one before it has neurons.",
            "what should `n_inputs` be when the next layer is made?",
        ),
        Misconception(
            "first layer only",
            FirstLayerOnly,
            "What comes back is what the first layer says. The others were not asked.",
            "is your `return` inside the loop? It ends the loop at once.",
        ),
        *ways(
            "all see the input",
            "Your layers all get x itself. Only the first one should; each of the others gets what the one before it says.",
            "",
            AllSeeTheInput,
            AllAreHandedTheInput,
        ),
        Misconception(
            "a bare Value",
            BareValue,
            "A layer of a single neuron answers with a bare Value, and the next layer cannot go through that.",
            "how do you make a list of one Value?",
        ),
        Misconception(
            "a list in a list",
            WrapsLists,
            "You put x into a list even where it is one already. Only a bare Value needs that.",
            "how can you tell a list from a bare Value?",
        ),
        Misconception(
            "always a list",
            WrapsEverything,
            "The network wraps what its last layer says into a list. A single output is returned bare.",
            "what does the last layer return when it has one neuron?",
        ),
    ],
)
