"""Chapter 03: neurons, layers and a network of scalar Values, and what it takes to train one."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.exercise import Exercise, Misconception, Recorded
from revgraph.dagnet import nn
from revgraph.dagnet.engine import Value

Rng = np.random.Generator
Numbers = Sequence[float]

TORCH = "PyTorch 2.13.0, the same formula"


# Judging classes: parameters are set to known numbers, then the output and every gradient is read


def neuron_facts(Neuron: Any, w: Numbers, b: float, x: Numbers, nonlinear: bool = True) -> Any:
    """What a neuron with these weights and this bias gives for x, and the gradients of all of them."""
    neuron = Neuron(len(w), nonlinear)
    at_first = [_number("w", weight) for weight in neuron.w]
    _set(neuron.w, w)
    _set([neuron.b], [b])
    inputs = [type(neuron.b)(number) for number in x]
    out = neuron(inputs)
    if out is None:
        return None
    out.backward()
    names = {id(weight): f"w{i}" for i, weight in enumerate(neuron.w)} | {id(neuron.b): "b"}
    return {
        "number of weights": len(at_first),
        "weights at first": "differ" if len(set(at_first)) == len(at_first) else "are equal",
        "output": _number("the output", out),
        "parameters()": ", ".join(sorted(names.get(id(p), "?") for p in neuron.parameters())),
        "gradient of w": _gradients(neuron.w),
        "gradient of b": float(neuron.b.grad),
        "gradient of x": _gradients(inputs),
    }


def layer_facts(
    Layer: Any, n_inputs: int, n_outputs: int, x: Numbers, nonlinear: bool = True, all_parameters: float = 0.5
) -> Any:
    """What a layer gives for x when all its parameters hold the same number."""
    with drawing_the_same_numbers():
        layer = Layer(n_inputs, n_outputs, nonlinear)
    return _facts(layer, x, all_parameters)


def mlp_facts(MLP: Any, n_inputs: int, sizes: list[int], x: Numbers, all_parameters: float = 0.5) -> Any:
    """What a network gives for x when all its parameters hold the same number."""
    with drawing_the_same_numbers():
        network = MLP(n_inputs, sizes)
    return _facts(network, x, all_parameters)


@contextmanager
def drawing_the_same_numbers() -> Iterator[None]:
    """Parameters that ``parameters()`` leaves out keep what they drew; so two wrong answers look alike."""
    state = random.getstate()
    random.seed(0)
    try:
        yield
    finally:
        random.setstate(state)


def _facts(module: Any, x: Numbers, fill: float) -> Any:
    parameters = module.parameters()
    _set(parameters, [fill] * len(parameters))
    make = type(parameters[0]) if parameters else Value
    inputs = [make(number) for number in x]
    out = module(inputs)
    if out is None:
        return None
    outs = out if isinstance(out, list) else [out]
    facts: dict[str, Any] = {
        "number of parameters": len({id(p) for p in parameters}),
        "result": f"a list of {len(outs)}" if isinstance(out, list) else "one Value",
        "output": np.array([_number("the output", o) for o in outs]),
    }
    outs[-1].backward()  # in any order, since parameters() may list them in any
    facts["gradients of the parameters, sorted"] = np.sort(_gradients(parameters))
    facts["gradient of x"] = _gradients(inputs)
    return facts


def _set(values: Any, numbers: Numbers) -> None:
    for value, number in zip(values, numbers, strict=False):
        _number("a parameter", value)
        value.data = number


def _number(what: str, value: Any) -> float:
    if not hasattr(value, "data") or not hasattr(value, "grad"):
        raise TypeError(f"{what} is of type {type(value).__name__}, not a Value")
    return float(value.data)


def _gradients(values: Any) -> np.ndarray:
    return np.array([float(value.grad) for value in values])


# Neuron, Layer and MLP: variants that go wrong in one place


class Neuron(nn.Neuron):
    """The reference, in steps that a misconception can replace."""

    def __call__(self, x: Any) -> Value:
        return self.finish(self.total(x))

    def total(self, x: Any) -> Value:
        return sum((w * x_i for w, x_i in zip(self.w, x, strict=False)), self.b)

    def finish(self, total: Value) -> Value:
        return total.relu() if self.nonlinear else total


class NoBias(Neuron):
    def total(self, x: Any) -> Value:
        return sum((w * x_i for w, x_i in zip(self.w, x, strict=False)), Value(0.0))


class AlwaysRelu(Neuron):
    def finish(self, total: Value) -> Value:
        return total.relu()


class NeverRelu(Neuron):
    def finish(self, total: Value) -> Value:
        return total


class ReluBeforeBias(Neuron):
    def __call__(self, x: Any) -> Value:
        total = sum((w * x_i for w, x_i in zip(self.w, x, strict=True)), Value(0.0))
        return self.finish(total) + self.b


class BiasEachTime(Neuron):
    def total(self, x: Any) -> Value:
        return sum((w * x_i + self.b for w, x_i in zip(self.w, x, strict=True)), Value(0.0))


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


class Layer:
    """The reference, in steps that a misconception can replace."""

    def __init__(self, n_inputs: int, n_outputs: int, nonlinear: bool = True):
        self.neurons = self.make(n_inputs, n_outputs, nonlinear)

    def make(self, n_inputs: int, n_outputs: int, nonlinear: bool) -> list[Any]:
        return [Neuron(n_inputs, nonlinear) for _ in range(n_outputs)]

    def __call__(self, x: Any) -> Any:
        outputs = [neuron(x) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs

    def parameters(self) -> list[Value]:
        return [p for neuron in self.neurons for p in neuron.parameters()]


class AlwaysAList(Layer):
    def __call__(self, x: Any) -> Any:
        return [neuron(x) for neuron in self.neurons]


class OneNeuronRepeated(Layer):
    def make(self, n_inputs: int, n_outputs: int, nonlinear: bool) -> list[Any]:
        return [Neuron(n_inputs, nonlinear)] * n_outputs


class SizesSwapped(Layer):
    def make(self, n_inputs: int, n_outputs: int, nonlinear: bool) -> list[Any]:
        return [Neuron(n_outputs, nonlinear) for _ in range(n_inputs)]


class ForgetsNonlinear(Layer):
    def make(self, n_inputs: int, n_outputs: int, nonlinear: bool) -> list[Any]:
        return [Neuron(n_inputs) for _ in range(n_outputs)]


class AddsUp(Layer):
    def __call__(self, x: Any) -> Any:
        return sum((neuron(x) for neuron in self.neurons), Value(0.0))


class LastNeuronOnly(Layer):
    def parameters(self) -> list[Value]:
        return list(self.neurons[-1].parameters())


class MLP:
    """The reference, in steps that a misconception can replace."""

    def __init__(self, n_inputs: int, sizes: list[int]):
        widths = [n_inputs, *sizes]
        last = len(sizes) - 1
        self.layers = [self.make(i, last, widths[i], size) for i, size in enumerate(sizes)]

    def make(self, i: int, last: int, n_inputs: int, n_outputs: int) -> Any:
        return Layer(n_inputs, n_outputs, nonlinear=i != last)

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x if isinstance(x, list) else [x])
        return x

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for p in layer.parameters()]


class ReluAtTheEnd(MLP):
    def make(self, i: int, last: int, n_inputs: int, n_outputs: int) -> Any:
        return Layer(n_inputs, n_outputs)


class LinearAllThrough(MLP):
    def make(self, i: int, last: int, n_inputs: int, n_outputs: int) -> Any:
        return Layer(n_inputs, n_outputs, nonlinear=False)


class OnlyTheLastBends(MLP):
    def make(self, i: int, last: int, n_inputs: int, n_outputs: int) -> Any:
        return Layer(n_inputs, n_outputs, nonlinear=i == last)


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

    def make(self, i: int, last: int, n_inputs: int, n_outputs: int) -> Any:
        return Layer(n_inputs if i == 0 else self.layers_inputs, n_outputs, nonlinear=i != last)

    def __init__(self, n_inputs: int, sizes: list[int]):
        self.layers_inputs = n_inputs
        super().__init__(n_inputs, sizes)

    def __call__(self, x: Any) -> Any:
        return self.layers[-1](x)


# Cases: weights and inputs all different


def neuron_cases(rng: Rng) -> Iterator[Case]:
    w, x = rng.uniform(0.2, 1.0, size=(2, 4))
    yield case(w=[2.0], b=1.0, x=[3.0])
    yield case(w=[2.0, -1.0], b=0.5, x=[3.0, 4.0])
    yield case(w=[2.0, -1.0], b=-3.0, x=[0.5, 4.0])
    yield case(w=[2.0, -1.0], b=-3.0, x=[0.5, 4.0], nonlinear=False)
    yield case(w=[-1.0, 0.5, -0.5], b=2.0, x=[1.0, 2.0, 3.0])
    yield case(w=_list(w), b=float(rng.normal() ** 2), x=_list(x))
    yield case(w=_list(-w), b=-1.0, x=_list(x))


def layer_cases(rng: Rng) -> Iterator[Case]:
    yield case(2, 3, x=[3.0, 5.0])
    yield case(2, 3, x=[3.0, 5.0], all_parameters=-1.0)
    yield case(2, 3, x=[3.0, 5.0], nonlinear=False, all_parameters=-1.0)
    yield case(3, 1, x=[1.0, 2.0, 4.0])
    yield case(1, 2, x=[6.0])
    yield case(4, 3, x=_list(rng.uniform(0.2, 1.0, size=4)), all_parameters=float(rng.uniform(0.5, 1.0)))


def mlp_cases(rng: Rng) -> Iterator[Case]:
    yield case(2, [1], x=[3.0, 5.0])
    yield case(2, [3, 1], x=[3.0, 5.0])
    yield case(2, [3, 1], x=[3.0, 5.0], all_parameters=-1.0)
    yield case(3, [2], x=[1.0, 2.0, 4.0], all_parameters=-0.5)
    yield case(2, [1, 3], x=[3.0, 5.0])
    yield case(
        3, [4, 5, 2], x=_list(rng.uniform(0.2, 1.0, size=3)), all_parameters=float(rng.uniform(0.2, 0.6))
    )


def _list(numbers: Any) -> list[float]:
    return [float(number) for number in numbers]


# max_margin_loss


def max_margin_loss(scores: Sequence[Any], labels: Sequence[int]) -> Any:
    losses = [(1 - y * s).relu() for s, y in zip(scores, labels, strict=True)]
    return sum(losses, Value(0.0)) / len(losses)


def loss_facts(candidate: Any, scores: Numbers, labels: list[int]) -> Any:
    """The loss of these scores, which come as Values, and its gradients."""
    values = [Value(score) for score in scores]
    loss = candidate(values, labels)
    if loss is None:
        return None
    _number("the loss", loss)
    loss.backward()
    return {"loss": float(loss.data), "gradients of the scores": _gradients(values)}


def loss_cases(rng: Rng) -> Iterator[Case]:
    n = int(rng.integers(5, 9))
    yield case([0.5], [1])
    yield case([0.5], [-1])
    yield case([3.0], [1])
    yield case([0.5, -2.0], [1, 1])
    yield case([0.25, -0.5, 3.0, -4.0], [1, -1, -1, -1])
    yield case(_list(rng.normal(size=n)), [int(y) for y in rng.choice([-1, 1], n)])


def _loss(one: Any, mean: bool = True) -> Any:
    def wrong(scores: Sequence[Any], labels: Sequence[int]) -> Any:
        total = sum((one(s, y) for s, y in zip(scores, labels, strict=True)), Value(0.0))
        return total / len(scores) if mean else total

    return wrong


def _loss_of_numbers(scores: Sequence[Any], labels: Sequence[int]) -> Any:
    return sum(max(0.0, 1 - y * s.data) for s, y in zip(scores, labels, strict=True)) / len(scores)


# sgd_step


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
    yield case(_list(rng.normal(size=4)), _list(rng.normal(size=4)), lr=float(rng.uniform(0.01, 0.3)))


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


WIRES = "draw three inputs and two neurons on paper. Which wires are there, and what stands on each?"

EXERCISES = [
    Exercise(
        name="Neuron",
        points=20,
        reference=nn.Neuron,
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
    ),
    Exercise(
        name="Layer",
        points=15,
        reference=nn.Layer,
        probe=layer_facts,
        cases=layer_cases,
        recorded=[
            Recorded(
                case(2, 2, x=[1.0, 3.0]),
                {
                    "number of parameters": 6,
                    "result": "a list of 2",
                    "output": np.array([2.5, 2.5]),
                    "gradients of the parameters, sorted": np.array([0.0, 0.0, 0.0, 1.0, 1.0, 3.0]),
                    "gradient of x": np.array([0.5, 0.5]),
                },
                TORCH,
            )
        ],
        next=WIRES,
        misconceptions=[
            Misconception(
                "always a list",
                AlwaysAList,
                "A layer of a single neuron returns its Value bare, not as a list of one.",
            ),
            Misconception(
                "one neuron repeated",
                OneNeuronRepeated,
                "It is one neuron, listed several times: `[Neuron(…)] * n` repeats it, instead of making n.",
                "what does a list comprehension do each time round?",
            ),
            Misconception(
                "sizes swapped",
                SizesSwapped,
                "You made one neuron for each input. There is one for each output, and each sees all the inputs.",
            ),
            Misconception(
                "nonlinear not passed on",
                ForgetsNonlinear,
                "The layer knows `nonlinear`, but it does not tell its neurons.",
            ),
            Misconception(
                "adds the outputs up",
                AddsUp,
                "You added up what the neurons say. Each of them is an output of its own.",
            ),
            Misconception(
                "parameters of the last neuron",
                LastNeuronOnly,
                "`parameters()` returns those of one neuron only.",
                "is your `return` inside the loop, or does each round replace the list?",
            ),
        ],
    ),
    Exercise(
        name="MLP",
        points=20,
        reference=nn.MLP,
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
    ),
    Exercise(
        name="max_margin_loss",
        points=20,
        reference=max_margin_loss,
        probe=loss_facts,
        cases=loss_cases,
        recorded=[
            Recorded(
                case([0.5, -2.0, 3.0], [1, -1, -1]),
                {"loss": 1.5, "gradients of the scores": np.array([-1 / 3, 0.0, 1 / 3])},
                TORCH,
            )
        ],
        next="for one example with y = 1, draw the loss over the score. Where is it 0, and where does it begin to rise?",
        misconceptions=[
            Misconception(
                "sum",
                _loss(lambda s, y: (1 - y * s).relu(), mean=False),
                "You added up the losses of the examples. The mean also divides by how many there are.",
            ),
            Misconception(
                "no relu",
                _loss(lambda s, y: 1 - y * s),
                "Without relu, an example far on the right side makes the loss negative, and hides the mistakes of others.",
                "what should an example cost that is right by far?",
            ),
            Misconception(
                "no margin",
                _loss(lambda s, y: (-y * s).relu()),
                "You ask only that the sign be right. The margin asks for a score of at least 1 on the right side.",
            ),
            Misconception(
                "wrong sign",
                _loss(lambda s, y: (1 + y * s).relu()),
                "The loss rises as the scores get better: look at the sign of y · score.",
            ),
            Misconception(
                "labels forgotten",
                _loss(lambda s, y: (1 - s).relu()),
                "Every example is treated as if its label were 1.",
                "for y = -1, which scores are good?",
            ),
            Misconception(
                "a plain number",
                _loss_of_numbers,
                "The loss is a plain number, with no way back to the scores. Compute with the Values themselves.",
            ),
            Misconception(
                "squared",
                _loss(lambda s, y: (1 - y * s).relu() ** 2),
                "You squared the loss of each example. Here it grows in a straight line.",
            ),
        ],
    ),
    Exercise(
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
    ),
]
