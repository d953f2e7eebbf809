"""Wrong answers to chapter 03: right at the first call, or for a list that nobody else holds."""

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
    "Neuron": [SumInTheBias, SumKept],
    "Layer": [OutputsKept],
    "MLP": [LayersUsedUp],
    "max_margin_loss": [loss_in_the_scores],
}
