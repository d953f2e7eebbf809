"""Right answers to chapter 03 in other words than the reference's."""

import random

from revgraph.dagnet.engine import Value


class NeuronAddingUp:
    def __init__(self, n_inputs, nonlinear=True):
        self.w = [Value(random.uniform(-1, 1)) for _ in range(n_inputs)]
        self.b = Value(0)
        self.nonlinear = nonlinear

    def __call__(self, x):
        total = self.b
        for i in range(len(self.w)):
            total = total + self.w[i] * x[i]
        if self.nonlinear:
            return total.relu()
        return total

    def parameters(self):
        return [self.b, *self.w]


class NeuronSumming:
    def __init__(self, n_inputs, nonlinear=True):
        self.b, self.w = Value(0), []
        while len(self.w) < n_inputs:
            self.w.append(Value(2 * random.random() - 1))
        self.finish = Value.relu if nonlinear else lambda v: v

    def __call__(self, x):
        return self.finish(sum(w * x_i for w, x_i in zip(self.w, x)) + self.b)

    def parameters(self):
        return [*self.w, self.b]


class LayerOfNeurons:
    neuron = NeuronAddingUp

    def __init__(self, n_inputs, n_outputs, nonlinear=True):
        self.neurons = []
        for _ in range(n_outputs):
            self.neurons.append(self.neuron(n_inputs, nonlinear))

    def __call__(self, x):
        if len(self.neurons) == 1:
            return self.neurons[0](x)
        return [neuron(x) for neuron in self.neurons]

    def parameters(self):
        found = []
        for neuron in self.neurons:
            found += neuron.parameters()
        return found


class LayerOfSums(LayerOfNeurons):
    neuron = NeuronSumming


class NetworkByPairs:
    def __init__(self, n_inputs, sizes):
        sizes = [n_inputs, *sizes]
        self.layers = [LayerOfNeurons(sizes[i], sizes[i + 1]) for i in range(len(sizes) - 2)]
        self.layers.append(LayerOfNeurons(sizes[-2], sizes[-1], nonlinear=False))

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
            if not isinstance(x, list) and layer is not self.layers[-1]:
                x = [x]
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]


class NetworkThatWantsLists(NetworkByPairs):
    """Wraps whatever is no list: a point in a tuple, too, of which the text says nothing."""

    def __call__(self, x):
        for layer in self.layers:
            if not isinstance(x, list):
                x = [x]
            x = layer(x)
        return x


class LayerInATuple(LayerOfNeurons):
    def __call__(self, x):
        outputs = tuple(neuron(x) for neuron in self.neurons)
        return outputs if len(outputs) > 1 else outputs[0]


class NetworkOneByOne:
    def __init__(self, n_inputs, sizes):
        self.layers = []
        for i, size in enumerate(sizes):
            self.layers.append(LayerOfSums(n_inputs, size, i < len(sizes) - 1))
            n_inputs = size

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x) if isinstance(x, list) else layer([x])
        return x

    def parameters(self):
        return [p for layer in reversed(self.layers) for p in layer.parameters()]


def margin_in_a_loop(scores, labels):
    total = 0
    for i in range(len(scores)):
        total += (scores[i] * -labels[i] + 1).relu()
    return total * (1 / len(scores))


def margin_with_a_value_to_begin_with(scores, labels):
    total = Value(0.0)
    for score, y in zip(scores, labels):
        total = total + (1 - y * score).relu()
    return total / len(labels)


def margin_divided_first(scores, labels):
    n = len(labels)
    return sum((1 / n - s * y / n).relu() for s, y in zip(scores, labels))


def step_with_two_loops(parameters, lr):
    for p in parameters:
        p.data = p.data - p.grad * lr
    for p in parameters:
        p.grad = 0


def step_by_index(parameters, lr):
    for i in range(len(parameters)):
        parameters[i].data += -lr * parameters[i].grad
        parameters[i].grad *= 0


ALTERNATIVES = {
    "Neuron": [NeuronAddingUp, NeuronSumming],
    "Layer": [LayerOfNeurons, LayerOfSums, LayerInATuple],
    "MLP": [NetworkByPairs, NetworkOneByOne, NetworkThatWantsLists],
    "max_margin_loss": [margin_in_a_loop, margin_divided_first, margin_with_a_value_to_begin_with],
    "sgd_step": [step_with_two_loops, step_by_index],
}
