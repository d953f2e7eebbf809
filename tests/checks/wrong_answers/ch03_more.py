"""Wrong answers to chapter 03: right at the first call, or for a list that nobody else holds."""

import random

from revgraph.checks import exercises
from revgraph.dagnet.engine import Value


def reference(name):
    return exercises()[name].reference


def step_in_the_list(parameters, lr):
    for i in range(len(parameters)):
        parameters[i] = Value(parameters[i].data - lr * parameters[i].grad)


def step_of_all_but_the_last(parameters, lr):
    for p in parameters[:-1]:
        p.data -= lr * p.grad
        p.grad = 0.0


class SumInTheBias(reference("Neuron")):
    def __call__(self, x):
        for w, x_i in zip(self.w, x):
            self.b = self.b + w * x_i
        return self.b.relu() if self.nonlinear else self.b


class SumKept(reference("Neuron")):
    def __call__(self, x):
        self.total = getattr(self, "total", self.b)
        for w, x_i in zip(self.w, x):
            self.total = self.total + w * x_i
        return self.total.relu() if self.nonlinear else self.total


class SeedsItself(reference("Neuron")):
    def __init__(self, n_inputs, nonlinear=True):
        random.seed(1)
        random.seed(0)
        super().__init__(n_inputs, nonlinear)


class CollectsParameters(reference("Neuron")):
    found = ()

    def parameters(self):
        self.found = [*self.found, *self.w, self.b]
        return self.found


class LayerThatCollects(reference("Layer")):
    found = ()

    def parameters(self):
        self.found = [*self.found, *(p for neuron in self.neurons for p in neuron.parameters())]
        return self.found


class ParametersUsedUp(reference("MLP")):
    def __init__(self, n_inputs, sizes):
        super().__init__(n_inputs, sizes)
        self.all = (p for layer in self.layers for p in layer.parameters())

    def parameters(self):
        return self.all


class OutputsKept(reference("Layer")):
    def __call__(self, x):
        self.outputs = getattr(self, "outputs", [])
        for neuron in self.neurons:
            self.outputs.append(neuron(x))
        return self.outputs[0] if len(self.outputs) == 1 else self.outputs


class LayersUsedUp(reference("MLP")):
    def __call__(self, x):
        while self.layers:
            x = self.layers.pop(0)(x if isinstance(x, list) else [x])
        return x


def loss_in_the_scores(scores, labels):
    for i in range(len(scores)):
        scores[i] = (1 - labels[i] * scores[i]).relu()
    return sum(scores) / len(scores)


WRONG = {
    "sgd_step": [step_in_the_list, step_of_all_but_the_last],
    "Neuron": [SumInTheBias, SumKept, SeedsItself, CollectsParameters],
    "Layer": [OutputsKept, LayerThatCollects],
    "MLP": [LayersUsedUp, ParametersUsedUp],
    "max_margin_loss": [loss_in_the_scores],
}

SAID = {
    "CollectsParameters": "gives more or fewer than at the first call",
    "LayerThatCollects": "gives more or fewer than at the first call",
    "ParametersUsedUp": "gives more or fewer than at the first call",
}
