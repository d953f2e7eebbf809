"""More wrong answers to chapter 03, as learners write them."""

import random

from revgraph.dagnet.engine import Value


class Neuron:
    def __init__(self, n_inputs, nonlinear=True):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(n_inputs)]
        self.b = Value(0.0)
        self.nonlinear = nonlinear

    def __call__(self, x):
        out = sum((w * v for w, v in zip(self.w, x)), self.b)
        return out.relu() if self.nonlinear else out

    def parameters(self):
        return [*self.w, self.b]


class BendsEachProduct(Neuron):
    def __call__(self, x):
        out = self.b
        for w, v in zip(self.w, x):
            out = out + ((w * v).relu() if self.nonlinear else w * v)
        return out


class BiasForEachInput(Neuron):
    def __call__(self, x):
        out = sum((w * v + self.b for w, v in zip(self.w, x)), Value(0.0))
        return out.relu() if self.nonlinear else out


class PlainNumbers(Neuron):
    def __call__(self, x):
        out = Value(sum(w.data * v.data for w, v in zip(self.w, x)) + self.b.data)
        return out.relu() if self.nonlinear else out


class WeightsAlone(Neuron):
    def parameters(self):
        return self.w


class NestedParameters:
    def __init__(self, n_inputs, n_outputs, nonlinear=True):
        self.neurons = [Neuron(n_inputs, nonlinear) for _ in range(n_outputs)]

    def __call__(self, x):
        outs = [n(x) for n in self.neurons]
        return outs[0] if len(outs) == 1 else outs

    def parameters(self):
        out = []
        for n in self.neurons:
            out.append(n.parameters())
        return out


class AddsOneNeuronTooFew(NestedParameters):
    def __init__(self, n_inputs, n_outputs, nonlinear=True):
        self.neurons = [Neuron(n_inputs, nonlinear) for _ in range(1, n_outputs)] or [Neuron(n_inputs)]

    def parameters(self):
        return [p for n in self.neurons for p in n.parameters()]


class MLP:
    def __init__(self, n_inputs, sizes):
        self.layers = []
        for i, size in enumerate(sizes):
            self.layers.append(self.layer(n_inputs if i == 0 else sizes[i - 1], size, i < len(sizes) - 1))

    def layer(self, n, size, nonlinear):
        return [Neuron(n, nonlinear) for _ in range(size)]

    def __call__(self, x):
        for layer in self.layers:
            x = [neuron(x) for neuron in layer]
        return x[0] if len(x) == 1 else x

    def parameters(self):
        return [p for layer in self.layers for neuron in layer for p in neuron.parameters()]


class EveryLayerLinear(MLP):
    def layer(self, n, size, nonlinear):
        return [Neuron(n, False) for _ in range(size)]


class ParametersOfTheLast(MLP):
    def parameters(self):
        for layer in self.layers:
            out = [p for neuron in layer for p in neuron.parameters()]
        return out


def loss_without_one(scores, labels):
    total = Value(0.0)
    for score, label in zip(scores, labels):
        total = total + (-label * score).relu()
    return total * (1 / len(scores))


def loss_of_one_class(scores, labels):
    return sum(((1 - s).relu() for s, y in zip(scores, labels) if y == 1), Value(0.0)) / len(scores)


def step_multiplies(parameters, lr):
    for p in parameters:
        p.data *= 1 - lr * p.grad
        p.grad = 0.0


def step_zeroes_the_data(parameters, lr):
    for p in parameters:
        p.data -= lr * p.grad
    for p in parameters:
        p = 0.0


WRONG = {
    "Neuron": [BendsEachProduct, BiasForEachInput, PlainNumbers, WeightsAlone],
    "Layer": [NestedParameters, AddsOneNeuronTooFew],
    "MLP": [EveryLayerLinear, ParametersOfTheLast],
    "max_margin_loss": [loss_without_one, loss_of_one_class],
    "sgd_step": [step_multiplies, step_zeroes_the_data],
}
