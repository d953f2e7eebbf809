"""dense: the layer in which everything is connected."""

from collections.abc import Iterator

import numpy as np

from revgraph.checks.call import Case, case, edge
from revgraph.checks.chapters.ch10_layers_and_models.common import B, W, X
from revgraph.checks.chapters.common import Array, Rng, fixed
from revgraph.checks.exercise import Exercise, Misconception, Recorded

SIZES = [(1, 5, 2), (6, 1, 3), (7, 4, 9), (3, 2, 6)]  # samples, inputs, outputs


def dense(x: Array, w: Array, b: Array) -> Array:
    return x @ w + b


def dense_cases(rng: Rng) -> Iterator[Case]:
    yield case(
        np.array([[1.0, 2.0], [3.0, 4.0]]),
        np.array([[1.0, 0.0, -1.0], [2.0, 1.0, 0.0]]),
        np.array([10.0, 20.0, 30.0]),
    )
    for source in (fixed(), rng):
        for sizes in SIZES:
            yield case(*drawn(source, *sizes))
    yield edge("a batch without samples", *drawn(rng, 0, 3, 2))


def drawn(rng: Rng, n: int, inputs: int, outputs: int) -> tuple[Array, Array, Array]:
    return rng.normal(size=(n, inputs)), rng.normal(size=(inputs, outputs)), rng.normal(size=outputs)


DENSE = Exercise(
    name="dense",
    points=5,
    reference=dense,
    cases=dense_cases,
    recorded=[
        Recorded(
            case(X, W, B),
            np.array([[0.1, 1.2, -8.7], [4.1, -1.3, 11.8], [-1.65, 0.075, 2.3]]),
            "PyTorch 2.13.0, torch.nn.functional.linear",
        )
    ],
    next="(n, in) @ (in, out) is (n, out).",
    why="the formula is the code; broadcasting gives the bias to every row.",
    misconceptions=[
        Misconception("no bias", lambda x, w, b: x @ w, "The bias is missing."),
        Misconception(
            "weights first",
            lambda x, w, b: w @ x + b,
            "You multiplied w by x, in this order. Here each sample is a row, so x stands on the left.",
            seen=lambda source: "w@x" in source.replace(" ", "") or "w,x" in source.replace(" ", ""),
        ),
        Misconception(
            "transposed",
            lambda x, w, b: (x @ w + b).T,
            "Your result is the transpose: samples should stay in the rows.",
        ),
        Misconception(
            "bias subtracted", lambda x, w, b: x @ w - b, "You subtract the bias instead of adding it."
        ),
        Misconception(
            "bias down the rows",
            lambda x, w, b: x @ w + b[:, None],
            "You gave each sample a bias. Each output has one: it is the same for all rows.",
        ),
        Misconception(
            "bias summed",
            lambda x, w, b: x @ w + b.sum(),
            "You added all biases to each output. Each output has its own.",
        ),
        Misconception(
            "entry by entry",
            lambda x, w, b: x * w + b,
            "You multiplied entry by entry. A weighted sum is a product of matrices.",
            "which operator is the product of matrices?",
            seen=lambda source: "x*w" in source.replace(" ", ""),
        ),
        Misconception(
            "activation too",
            lambda x, w, b: np.maximum(x @ w + b, 0),
            "Negative sums have become 0. A dense layer is the sums alone; the activation is a layer of its own.",
        ),
        Misconception(
            "w transposed",
            lambda x, w, b: x @ w.T + b,
            "You turned w around. It has the shape (in, out) already, and fits behind x as it is.",
            seen=lambda source: "w.T" in source,
        ),
        Misconception(
            "activation, too",
            lambda x, w, b: np.tanh(x @ w + b),
            "There is a tanh around the sums. A dense layer is the sums alone; the activation is a layer of its own.",
        ),
        Misconception(
            "bias with the weights",
            lambda x, w, b: x @ (w + b),
            "You added the bias to the weights. It is added to the sums.",
        ),
    ],
)
