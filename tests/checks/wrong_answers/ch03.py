"""Wrong answers to chapter 03, as learners give them."""

import random

from revgraph.dagnet.engine import Value


class Neuron:
    def __init__(self, n_inputs, nonlinear=True):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(n_inputs)]
        self.b = Value(0.0)
        self.nonlinear = nonlinear

    def __call__(self, x):
        total = self.b
        for w, x_i in zip(self.w, x):
            total = total + w * x_i
        return total.relu() if self.nonlinear else total

    def parameters(self):
        return [*self.w, self.b]


class BiasAtRandom(Neuron):
    def __init__(self, n_inputs, nonlinear=True):
        super().__init__(n_inputs, nonlinear)
        self.b = Value(random.uniform(-1, 1))


class SquareWeights(Neuron):
    def __init__(self, n_inputs, nonlinear=True):
        super().__init__(n_inputs, nonlinear)
        self.w = [Value(random.random()) for _ in range(n_inputs)]


class RestartsTheSum(Neuron):
    def __call__(self, x):
        for w, x_i in zip(self.w, x):
            total = w * x_i + self.b
        return total.relu() if self.nonlinear else total


class AddsTheInputs(Neuron):
    def __call__(self, x):
        total = self.b
        for w, x_i in zip(self.w, x):
            total = total + w + x_i
        return total.relu() if self.nonlinear else total


class AlwaysBends(Neuron):
    def __call__(self, x):
        return sum((w * x_i for w, x_i in zip(self.w, x)), self.b).relu()


class AppendsToW(Neuron):
    def parameters(self):
        self.w.append(self.b)
        return self.w


class Layer:
    neuron = Neuron

    def __init__(self, n_inputs, n_outputs, nonlinear=True):
        self.neurons = [self.neuron(n_inputs, nonlinear) for _ in range(n_outputs)]

    def __call__(self, x):
        out = [n(x) for n in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self):
        return [p for n in self.neurons for p in n.parameters()]


class TheSameNeuron(Layer):
    def __init__(self, n_inputs, n_outputs, nonlinear=True):
        neuron = Neuron(n_inputs, nonlinear)
        self.neurons = [neuron for _ in range(n_outputs)]


class ForgetsToTell(Layer):
    def __init__(self, n_inputs, n_outputs, nonlinear=True):
        self.neurons = [Neuron(n_inputs) for _ in range(n_outputs)]


class FirstOnly(Layer):
    def __call__(self, x):
        for n in self.neurons:
            return n(x)


class ExtendsByAppending(Layer):
    def parameters(self):
        found = []
        for n in self.neurons:
            found.append(n.parameters())
        return found


class MLP:
    def __init__(self, n_inputs, sizes):
        self.layers = []
        for s in sizes:
            self.layers.append(self.layer(n_inputs, s, sizes))
            n_inputs = s

    def layer(self, n_inputs, s, sizes):
        return Layer(n_inputs, s, len(self.layers) < len(sizes) - 1)

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x if isinstance(x, list) else [x])
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]


class LastBySize(MLP):
    def layer(self, n_inputs, s, sizes):
        return Layer(n_inputs, s, s != sizes[-1])


class BendsAtTheEnd(MLP):
    def layer(self, n_inputs, s, sizes):
        return Layer(n_inputs, s)


class NotUpdated(MLP):
    def __init__(self, n_inputs, sizes):
        self.layers = [Layer(n_inputs, s, i < len(sizes) - 1) for i, s in enumerate(sizes)]


class ReturnsTooSoon(MLP):
    def __call__(self, x):
        for layer in self.layers:
            x = layer(x if isinstance(x, list) else [x])
            return x


def loss_is_summed(scores, labels):
    total = Value(0.0)
    for s, y in zip(scores, labels):
        total += (1 - y * s).relu()
    return total


def loss_divides_in_the_loop(scores, labels):
    total = Value(0.0)
    for s, y in zip(scores, labels):
        total = (total + (1 - y * s).relu()) / len(scores)
    return total


def loss_of_the_data(scores, labels):
    costs = [max(0, 1 - y * s.data) for s, y in zip(scores, labels)]
    return Value(sum(costs) / len(costs))


def loss_of_the_difference(scores, labels):
    return sum((y - s).relu() for s, y in zip(scores, labels)) / len(scores)


def loss_outside(scores, labels):
    return (1 - sum(y * s for s, y in zip(scores, labels)) / len(scores)).relu()


def step_up(parameters, lr):
    for p in parameters:
        p.data += lr * p.grad
        p.grad = 0


def step_zero_outside(parameters, lr):
    for p in parameters:
        p.data -= lr * p.grad
    p.grad = 0


def step_zero_before(parameters, lr):
    for p in parameters:
        p.grad = 0
    for p in parameters:
        p.data -= lr * p.grad


def step_compares(parameters, lr):
    for p in parameters:
        p.data -= lr * p.grad
        p.grad == 0  # noqa: B015


def step_minus_assigned(parameters, lr):
    for p in parameters:
        p.data = -lr * p.grad
        p.grad = 0


def step_new_list(parameters, lr):
    return [Value(p.data - lr * p.grad) for p in parameters]


WRONG = {
    "Neuron": [BiasAtRandom, SquareWeights, RestartsTheSum, AddsTheInputs, AlwaysBends, AppendsToW],
    "Layer": [TheSameNeuron, ForgetsToTell, FirstOnly, ExtendsByAppending],
    "MLP": [LastBySize, BendsAtTheEnd, NotUpdated, ReturnsTooSoon],
    "max_margin_loss": [
        loss_is_summed,
        loss_divides_in_the_loop,
        loss_of_the_data,
        loss_of_the_difference,
        loss_outside,
    ],
    "sgd_step": [
        step_up,
        step_zero_outside,
        step_zero_before,
        step_compares,
        step_minus_assigned,
        step_new_list,
    ],
}
