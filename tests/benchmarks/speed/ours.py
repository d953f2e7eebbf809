"""Each work in revgraph: from its arrays to a function that does it once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import revgraph.core as rc
from revgraph import dl
from revgraph.dagnet.nn import MLP
from tests.benchmarks.speed.scalars import training_step
from tests.benchmarks.speed.works import LETTERS, Arrays

Step = Callable[[], Any]

INPUTS = ("x", "y", "g")


def flat(arrays: Any) -> list[Any]:
    """The weights among a work's arrays, in their order."""
    if isinstance(arrays, dict):
        return [leaf for key, part in arrays.items() if key not in INPUTS for leaf in flat(part)]
    return [leaf for part in arrays for leaf in flat(part)] if isinstance(arrays, list) else [arrays]


def model_of(a: Arrays, layers: list[Any], loss: Any, **options: Any) -> dl.Model:
    dtype = flat(a)[0].dtype
    model = dl.Model(dl.sequential(*layers), loss, dl.adam(epsilon=1e-6), dtype=dtype, **options).compile()
    model.set_weights(flat(a))
    return model


def training(a: Arrays, layers: list[Any], loss: Any) -> Step:
    model = model_of(a, layers, loss)
    return lambda: model.train_on_batch(a["x"], a["y"]) * (len(a["x"]) if loss.sums else 1)


def mlp_layers() -> list[Any]:
    return [dl.inputs(784), dl.dense(100, activation="tanh"), dl.dense(10, activation="softmax")]


def mlp(a: Arrays) -> Step:
    return training(a, mlp_layers(), dl.categorical_cross_entropy())


def predict(a: Arrays) -> Step:
    model = model_of(a, mlp_layers(), dl.categorical_cross_entropy())
    return lambda: (model.predict(a["x"]),)


def cnn(a: Arrays) -> Step:
    layers = [
        dl.inputs(784),
        dl.reshape((28, 28, 1)),
        dl.conv2d(12, (3, 3), padding="same", activation="relu", use_bias=True, kernel_regularizer=dl.l1()),
        dl.flatten(),
        dl.dense(128, activation="relu"),
        dl.dense(10, activation="softmax"),
    ]
    return training(a, layers, dl.categorical_cross_entropy())


def lenet(a: Arrays) -> Step:
    layers = [
        dl.inputs((28, 28, 1)),
        dl.conv2d(16, (3, 3), padding="same", activation="relu", use_bias=True),
        dl.max_pool2d(2),
        dl.conv2d(32, (3, 3), padding="same", activation="relu", use_bias=True),
        dl.max_pool2d(2),
        dl.flatten(),
        dl.dense(64, activation="relu"),
        dl.dense(10, activation="softmax"),
    ]
    return training(a, layers, dl.categorical_cross_entropy())


def gpt(a: Arrays) -> Step:
    layers = [dl.inputs((None,)), dl.gpt(LETTERS, len(a["positions"]), units=64, heads=4, blocks=2)]
    loss = dl.sparse_categorical_cross_entropy(fold="mean", from_logits=True)
    return training(a, layers, loss)


def differentiated(y: rc.Tensor, xs: list[rc.Tensor], g: Any = None) -> Step:
    """Forward and backward: y, and the gradients of xs."""
    nodes = [y, *rc.gradients(y, xs, None if g is None else rc.constant(g))]
    return lambda: rc.run(nodes)


def layer_alone(a: Arrays, layer: dl.Layer) -> Step:
    """A layer in training, by its input and its weights."""
    x = rc.variable(a["x"])
    y = layer(x)
    for weight, values in zip(layer_weights(y), flat(a), strict=True):
        weight.data = values
    return differentiated(y, [x, *layer_weights(y)], a["g"])


def layer_weights(y: rc.Tensor) -> list[rc.variable]:
    """The weights of the layers that y passes through, in the order in which a model keeps them."""
    from revgraph.dl.layers.base import layers_of

    return [weight for layer in layers_of(y) for weight in layer.weights.values()]


def block(a: Arrays) -> Step:
    return layer_alone(a, dl.transformer_block(4, causal=True))


def layer_norm(a: Arrays) -> Step:
    return layer_alone(a, dl.layer_norm())


def batch_norm(a: Arrays) -> Step:
    from revgraph.dl.layers.base import Pass

    x, layer, phase = rc.variable(a["x"]), dl.batch_norm(epsilon=1e-5), Pass(training=True)
    y = layer.run(phase, x)
    gamma, beta = layer.trainable
    gamma.data, beta.data = a["gamma"], a["beta"]
    nodes = [y, *rc.gradients(y, [x, gamma, beta], rc.constant(a["g"])), *phase.updates]
    return lambda: rc.run(nodes)[:4]


def conv2d(a: Arrays) -> Step:
    x, k = rc.variable(a["x"]), rc.variable(a["k"])
    return differentiated(rc.conv2d(x, k, padding="SAME"), [x, k], a["g"])


def max_pool2d(a: Arrays) -> Step:
    x = rc.variable(a["x"])
    return differentiated(rc.max_pool2d(x, 2), [x], a["g"])


def avg_pool2d(a: Arrays) -> Step:
    x = rc.variable(a["x"])
    return differentiated(rc.avg_pool2d(x, 2), [x], a["g"])


def entropy(a: Arrays) -> Step:
    x = rc.variable(a["x"])
    y = rc.placeholder("y", (len(a["y"]),), dtype=x.dtype)
    loss = dl.sparse_categorical_cross_entropy(fold="mean", from_logits=True)(y, x)
    nodes = [loss, rc.gradients(loss, x)]
    return lambda: rc.run(nodes, {y: a["y"]})


def embedding(a: Arrays) -> Step:
    layer = dl.embedding(*a["table"].shape)
    x = rc.placeholder("x", a["x"].shape, dtype=a["table"].dtype)
    y = layer(x)
    layer.weights["table"].data = a["table"]
    nodes = [y, rc.gradients(y, layer.weights["table"], rc.constant(a["g"]))]
    return lambda: rc.run(nodes, {x: a["x"]})


def adam(a: Arrays) -> Step:
    p, g = rc.variable(a["p"]), rc.constant(a["g"])
    step = rc.adam(epsilon=1e-6).minimize(rc.sum(p * g))
    return lambda: rc.run(step)


def xor(a: Arrays) -> Step:
    x, t = (rc.placeholder(name, (None, 2), dtype=a["x"].dtype) for name in ("x", "t"))
    w1, b1, w2, b2 = map(rc.variable, flat(a))
    p = rc.softmax(rc.tanh(x @ w1 + b1) @ w2 + b2)
    step = rc.sgd(lr=0.1).minimize(-rc.sum(t * rc.log(p)))
    return lambda: step(x=a["x"], t=a["y"])


def scalars(a: Arrays) -> Step:
    model = MLP(2, [16, 16, 1])
    for layer, rows in zip(model.layers, a["layers"], strict=True):
        for neuron, row in zip(layer.neurons, rows.tolist(), strict=True):
            for weight, value in zip(neuron.w, row, strict=True):
                weight.data = value
    return training_step(a, model, zero=0.0)


STEPS: dict[str, Callable[[Arrays], Step]] = {
    "gpt_small": gpt, "gpt_large": gpt, "entropy_10": entropy, "entropy_5000": entropy,
    **{f.__name__: f for f in (mlp, cnn, lenet, block, conv2d, max_pool2d, avg_pool2d, layer_norm, batch_norm,
                               embedding, adam, predict, xor, scalars)},
}  # fmt: skip
