import random

import numpy as np
import pytest

from revgraph.dagnet.engine import Value
from revgraph.dagnet.nn import MLP, Layer, Module, Neuron


def longhand(neuron, x):
    """A neuron in products and sums, one node each."""
    total = neuron.b
    for w, value in zip(neuron.w, x, strict=True):
        total = total + w * value
    return total.relu() if neuron.nonlinear else total


@pytest.mark.parametrize("nonlinear", [True, False])
@pytest.mark.parametrize("x", [(1.0, -2.0, 0.5), (-1.0, 2.0, -0.5)])
def test_a_neuron_is_relu_of_w_x_plus_b(nonlinear, x):
    fused, long = Neuron(3, nonlinear, seed=3), Neuron(3, nonlinear, seed=3)
    inputs = [[Value(v) for v in x] for _ in range(2)]
    outputs = fused(inputs[0]), longhand(long, inputs[1])
    for out in outputs:
        out.backward()
    assert outputs[0].data == pytest.approx(outputs[1].data)
    grads = [[p.grad for p in [*n.parameters(), *i]] for n, i in zip([fused, long], inputs, strict=True)]
    assert grads[0] == pytest.approx(grads[1])


def test_a_layer_returns_a_list_or_one_bare_value():
    assert isinstance(Layer(2, 1)([1, 2]), Value)
    assert [type(v) for v in Layer(2, 3)([1, 2])] == [Value] * 3


def test_the_last_layer_alone_is_linear():
    model = MLP(2, [4, 1, 3], seed=0)
    assert [neuron.nonlinear for layer in model.layers for neuron in layer.neurons] == [True] * 5 + [
        False
    ] * 3
    assert len(model([0.5, 1.0])) == 3
    assert len(model.parameters()) == 3 * 4 + 5 * 1 + 2 * 3
    assert isinstance(MLP(1, [1])([2.0]), Value)


def test_a_seed_repeats_and_one_generator_goes_on():
    def weights(seed):
        return [p.data for p in MLP(2, [3, 1], seed=seed).parameters()]

    assert weights(7) == weights(7) == weights(random.Random(7)) != weights(8)
    random.seed(7)
    assert weights(None) == weights(7) != weights(None)


def test_gradient_descent_learns_xor():
    model = MLP(2, [8, 1], seed=1)
    data = [((0, 0), -1), ((0, 1), 1), ((1, 0), 1), ((1, 1), -1)]
    for _ in range(200):
        loss = sum((model(x) - y) ** 2 for x, y in data)
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.05 * p.grad
    assert loss.data < 1e-3


def test_zero_grad():
    model = MLP(2, [3, 1], seed=0)
    model([1, 1]).backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert not any(p.grad for p in model.parameters())
    assert Module().parameters() == []


SIZES = [
    (lambda: Neuron(0), ValueError, "a size is at least 1, not 0"),
    (lambda: Layer(2, -1), ValueError, "a size is at least 1, not -1"),
    (lambda: Layer(2, "3"), TypeError, "a size is a whole number, not '3'"),
    (lambda: MLP(2, 3), TypeError, "sizes of its layers in a list, not 3"),
    (lambda: MLP(2, []), TypeError, "sizes of its layers in a list"),
    (lambda: MLP(2, [1], seed="a"), TypeError, "a seed is a whole number"),
]


@pytest.mark.parametrize(("make", "error", "message"), SIZES)
def test_sizes_and_seeds_are_whole_numbers(make, error, message):
    with pytest.raises(error, match=message):
        make()
    one, other = (MLP(np.int64(2), np.array([1]), seed=seed) for seed in (np.int64(3), 3))
    assert [p.data for p in one.parameters()] == [p.data for p in other.parameters()]


@pytest.mark.parametrize("module", [Neuron(3), Layer(3, 2), MLP(3, [2, 1])])
def test_errors_name_the_module_and_what_it_takes(module):
    with pytest.raises(ValueError, match="takes 3 inputs, got 2"):
        module([1, 2])
    with pytest.raises(TypeError, match=r"takes a list of 3 numbers or Values: .*str"):
        module(["a", 1, 2])
    with pytest.raises(TypeError, match="takes a list of 3 numbers or Values"):
        module(5.0)
