"""Neurons, layers and multilayer perceptrons of scalar Values."""

import random
from collections.abc import Iterable, Sequence
from operator import index
from typing import Any

from revgraph.dagnet.engine import Number, Value, dot

Seed = int | random.Random | None


class Module:
    """Something with parameters to train."""

    def parameters(self) -> list[Value]:
        return []

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0, before the next backward adds to it."""
        for parameter in self.parameters():
            parameter.grad = 0.0


class Neuron(Module):
    """relu(w·x + b), or w·x + b if not ``nonlinear``; weights uniform in [-1, 1], bias 0.

    ``seed`` is a number or a random.Random to draw the weights from; None draws from Python's own random.
    """

    def __init__(self, n_inputs: int, nonlinear: bool = True, seed: Seed = None) -> None:
        n_inputs, rng = _size(n_inputs), _generator(seed)
        self.w = [Value(rng.uniform(-1, 1), f"w{i}") for i in range(n_inputs)]
        self.b = Value(0.0, "b")
        self.nonlinear = nonlinear

    def __call__(self, x: Iterable[Value | Number]) -> Value:
        return self._activate(_inputs(x, len(self.w), self))

    def _activate(self, inputs: list[Value]) -> Value:
        total = dot(self.w, inputs, self.b)
        return total.relu() if self.nonlinear else total

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]

    def __repr__(self) -> str:
        return f"Neuron({len(self.w)}, {'relu' if self.nonlinear else 'linear'})"


class Layer(Module):
    """``n_outputs`` neurons that see the same inputs; calling it gives a list, one neuron's output bare."""

    def __init__(self, n_inputs: int, n_outputs: int, nonlinear: bool = True, seed: Seed = None) -> None:
        rng = _generator(seed)
        self.n_inputs = _size(n_inputs)
        self.neurons = [Neuron(n_inputs, nonlinear, rng) for _ in range(_size(n_outputs))]

    def __call__(self, x: Iterable[Value | Number]) -> Value | list[Value]:
        inputs = _inputs(x, self.n_inputs, self)
        outputs = [neuron._activate(inputs) for neuron in self.neurons]
        return outputs[0] if len(outputs) == 1 else outputs

    def parameters(self) -> list[Value]:
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer({self.n_inputs} -> {len(self.neurons)})"


class MLP(Module):
    """Layers in a row, relu between them and the last one linear.

    >>> model = MLP(2, [16, 16, 1], seed=0)
    >>> len(model.parameters())
    337
    """

    def __init__(self, n_inputs: int, sizes: Sequence[int], seed: Seed = None) -> None:
        rng = _generator(seed)
        if not isinstance(sizes, Iterable) or not (sizes := list(sizes)):
            raise TypeError(f"an MLP takes the sizes of its layers in a list, not {sizes!r}. Next: [16, 1].")
        widths = [n_inputs, *sizes]
        last = len(sizes) - 1
        self.layers = [Layer(widths[i], size, i != last, rng) for i, size in enumerate(sizes)]

    def __call__(self, x: Iterable[Value | Number]) -> Any:
        """The output of the last layer: a Value if it has one neuron, else a list of Values."""
        out: Any = x
        for layer in self.layers:
            out = layer([out] if isinstance(out, Value) else out)
        return out

    def parameters(self) -> list[Value]:
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP({', '.join(map(repr, self.layers))})"


def _generator(seed: Any) -> Any:
    if seed is None or hasattr(seed, "uniform"):
        return random if seed is None else seed
    try:
        return random.Random(index(seed))
    except TypeError:
        raise TypeError(f"a seed is a whole number, a random.Random, or None, not {seed!r}") from None


def _size(size: Any) -> int:
    """How many inputs or neurons there are."""
    try:
        number = index(size)
    except TypeError:
        raise TypeError(f"a size is a whole number, not {size!r}") from None
    if number < 1:
        raise ValueError(f"a size is at least 1, not {number}")
    return number


def _inputs(x: Iterable[Value | Number], expected: int, module: Module) -> list[Value]:
    try:
        inputs = [v if isinstance(v, Value) else Value(v) for v in x]
    except TypeError as problem:
        raise TypeError(f"{module!r} takes a list of {expected} numbers or Values: {problem}") from problem
    if len(inputs) != expected:
        raise ValueError(f"{module!r} takes {expected} inputs, got {len(inputs)}")
    return inputs
