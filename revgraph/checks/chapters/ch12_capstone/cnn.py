"""cnn: the network, written once for any engine, which is handed its operations.

The judge hands it its own, which compute at once; what goes wrong in a layer is told in words.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, edge
from revgraph.checks.chapters.ch12_capstone.operations import OPS, Fault, Node
from revgraph.checks.chapters.common import Array, Function, Rng, fixed
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def cnn(x: Any, weights: Any, ops: Any) -> Any:
    k1, b1, k2, b2, w3, b3, w4, b4 = weights
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k1) + b1))
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k2) + b2))
    x = ops.activation(ops.dense(ops.flatten(x), w3, b3))
    return ops.dense(x, w4, b4)


def cnn_on_nodes(candidate: Function, x: Array, weights: list[Array]) -> Any:
    """The logits, or what went wrong. The activation is tanh, which, done twice, is not done once."""
    try:
        found = candidate(Node(x), [Node(w) for w in weights], OPS)
    except Fault as fault:
        return {"the layers": str(fault), "logits": None}
    if found is None:
        return None
    if not isinstance(found, Node):
        return {"the layers": f"give {type(found).__name__}, not a node", "logits": None}
    return {"the layers": FIT, "logits": found.value}


FIT = "fit together"


# Images, rows and columns, channels, of the two convolutions and the two dense layers.
SIZES = [(1, 4, 1, 2, 3, 4, 2), (2, 8, 1, 3, 2, 5, 4), (3, 8, 2, 2, 4, 3, 10), (2, 11, 1, 2, 3, 4, 5)]


def cnn_cases(rng: Rng) -> Iterator[Case]:
    for source in (fixed(), rng):
        for sizes in SIZES:
            yield case(*drawn(source, *sizes))
    yield edge("a batch of no images", *drawn(rng, 0, 8, 1, 3, 2, 5, 4))


def drawn(
    rng: Rng, n: int, size: int, channels: int, c1: int, c2: int, hidden: int, classes: int
) -> tuple[Array, list[Array]]:
    flat = (size // 2 // 2) ** 2 * c2
    kernels = [(3, 3, channels, c1), (c1,), (3, 3, c1, c2), (c2,)]
    dense = [(flat, hidden), (hidden,), (hidden, classes), (classes,)]
    return rng.normal(size=(n, size, size, channels)), [rng.normal(size=s) / 2 for s in (*kernels, *dense)]


def one_layer(ops: Any, x: Any, k: Any, b: Any) -> Any:
    return ops.activation(ops.conv2d(x, k) + b)


def cnn_with(
    layer: Function = one_layer,
    first_pool: Function = lambda ops, x: ops.max_pool2d(x),
    second_pool: Function = lambda ops, x: ops.max_pool2d(x),
    second_layer: Function | None = None,
    flatten: Function = lambda ops, x: ops.flatten(x),
    hidden: Function = lambda ops, x: ops.activation(x),
    last: Function = lambda ops, x: x,
) -> Function:
    """The network with one of its parts done otherwise."""

    def answer(x: Any, weights: Any, ops: Any) -> Any:
        k1, b1, k2, b2, w3, b3, w4, b4 = weights
        x = first_pool(ops, layer(ops, x, k1, b1))
        x = second_pool(ops, (second_layer or layer)(ops, x, k2, b2))
        x = hidden(ops, ops.dense(flatten(ops, x), w3, b3))
        return last(ops, ops.dense(x, w4, b4))

    return answer


def cnn_front(x: Any, weights: Any, ops: Any) -> Any:
    k1, b1, k2, b2, *_ = weights
    x = ops.max_pool2d(one_layer(ops, x, k1, b1))
    return ops.max_pool2d(one_layer(ops, x, k2, b2))


def without_the_last_layer(x: Any, weights: Any, ops: Any) -> Any:
    _, _, _, _, w3, b3, _, _ = weights
    return ops.activation(ops.dense(ops.flatten(cnn_front(x, weights, ops)), w3, b3))


def quarters(start: int, step: int, modulus: int, shape: tuple[int, ...]) -> Array:
    """Numbers that look random: enough to tell every mistake, easy to type elsewhere."""
    return (np.arange(float(np.prod(shape))) * step % modulus - start).reshape(shape) / 4


SHAPES = ((3, 3, 1, 2), (2,), (3, 3, 2, 2), (2,), (2, 3), (3,), (3, 2), (2,))
NETWORK = case(quarters(2, 3, 5, (1, 4, 4, 1)), [quarters(3, 5, 7, shape) for shape in SHAPES])


CNN = Exercise(
    name="cnn",
    points=20,
    reference=cnn,
    probe=cnn_on_nodes,
    cases=cnn_cases,
    recorded=[
        Recorded(
            NETWORK,
            {"the layers": FIT, "logits": np.array([[0.05472590932993371, -0.3015543686336697]])},
            "PyTorch 2.13.0, conv2d, tanh, max_pool2d and matrix products",
        )
    ],
    next="go through the table of layers from top to bottom. Which line of yours makes which row?",
    why="a row of the table is a line, and each line gives the next `x`.",
    misconceptions=[
        Misconception(
            "activation at the end",
            cnn_with(last=lambda ops, x: ops.activation(x)),
            "The last layer has an activation. Logits may be any number; cut or squeezed, they cannot say so.",
            "after which layers does the table have an activation?",
        ),
        Misconception(
            "no activation after a convolution",
            cnn_with(layer=lambda ops, x, k, b: ops.conv2d(x, k) + b),
            "No activation follows your convolutions. Without one, two layers in a row can do no more than one.",
            "what stands between `conv2d` and `max_pool2d` in the table?",
        ),
        Misconception(
            "no hidden activation",
            cnn_with(hidden=lambda ops, x: x),
            "No activation stands between the two dense layers, so together they are only one.",
            "what does the table say after the first `dense`?",
        ),
        Misconception(
            "bias after the activation",
            cnn_with(layer=lambda ops, x, k, b: ops.activation(ops.conv2d(x, k)) + b),
            "You added the bias after the activation. Before it, the bias decides from where on a window counts.",
            "where does the parenthesis close?",
        ),
        Misconception(
            "no bias",
            cnn_with(layer=lambda ops, x, k, b: ops.activation(ops.conv2d(x, k))),
            "Your convolutions have no bias: b1 and b2 are never used.",
            "what does the table add to the result of `conv2d`?",
        ),
        Misconception(
            "one pooling",
            cnn_with(second_pool=lambda ops, x: x),
            "One pooling is missing, so more numbers arrive at the dense layer than it has weights for.",
            "how many rows and columns are left after each pooling?",
        ),
        Misconception(
            "not flat",
            cnn_with(flatten=lambda ops, x: x),
            "The dense layer takes a row for each picture, and was given four axes.",
            "what turns a picture into a row?",
        ),
        Misconception(
            "relu by hand",
            cnn_with(layer=lambda ops, x, k, b: np.maximum(ops.conv2d(x, k) + b, 0)),
            "You called NumPy on a node. It has no numbers yet: only the functions in `ops` can work on it.",
            "which of the `ops` takes the place of `np.maximum`?",
        ),
        Misconception(
            "no pooling",
            cnn_with(first_pool=lambda ops, x: x, second_pool=lambda ops, x: x),
            "There is no pooling, so more numbers arrive at the dense layer than it has weights for.",
            "what stands after each convolution in the table?",
        ),
        Misconception(
            "second activation missing",
            cnn_with(second_layer=lambda ops, x, k, b: ops.conv2d(x, k) + b),
            "No activation follows your second convolution.",
            "what stands between `conv2d` and `max_pool2d` in the table?",
        ),
        Misconception(
            "activation twice",
            cnn_with(second_pool=lambda ops, x: ops.activation(ops.max_pool2d(x))),
            "The second convolution is followed by two activations. The table has one.",
        ),
        Misconception(
            "by its own name",
            lambda x, weights, ops: ops.relu(ops.conv2d(x, weights[0]) + weights[1]),
            "`ops` has no `relu`. The network does not ask which activation it is: `ops.activation`.",
        ),
        Misconception(
            "the same kernel again",
            lambda x, w, ops: cnn(x, [*w[:2], *w[:2], *w[4:]], ops),
            "Your second convolution got the kernel of the first, which fits other channels.",
            "which weights does the second row of convolutions have in the table?",
        ),
        Misconception(
            "the same dense weights again",
            lambda x, w, ops: cnn(x, [*w[:6], *w[4:6]], ops),
            "Your last layer got the weights of the one before.",
            "which weights does the last row of the table have?",
        ),
        Misconception(
            "without the last layer",
            without_the_last_layer,
            "The last layer is missing: what you return are hidden units, not logits.",
        ),
        Misconception(
            "no bias in the first",
            cnn_with(layer=lambda ops, x, k, b: ops.activation(ops.conv2d(x, k)), second_layer=one_layer),
            "Your first convolution has no bias: b1 is never used.",
            "what does the table add to the result of `conv2d`?",
        ),
        Misconception(
            "no bias in the second",
            cnn_with(second_layer=lambda ops, x, k, b: ops.activation(ops.conv2d(x, k))),
            "Your second convolution has no bias: b2 is never used.",
            "what does the table add to the result of `conv2d`?",
        ),
        Misconception(
            "bias as an argument",
            cnn_with(layer=lambda ops, x, k, b: ops.activation(ops.conv2d(x, k, b))),
            "You handed the bias to `conv2d`, which takes pictures and a kernel. It is added with +.",
        ),
        Misconception(
            "bias of dense added",
            lambda x, w, ops: ops.dense(ops.flatten(cnn_front(x, w, ops)), w[4]) + w[5],
            "You added the bias to the result of `dense`, which takes it as its third argument.",
        ),
        Misconception(
            "times the bias",
            cnn_with(layer=lambda ops, x, k, b: ops.activation(ops.conv2d(x, k) * b)),
            "A bias is added, not multiplied.",
        ),
    ],
)
