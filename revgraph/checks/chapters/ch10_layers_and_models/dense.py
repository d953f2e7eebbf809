"""dense: the layer in which everything is connected."""

from collections.abc import Iterator

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch10_layers_and_models.common import B, W, X
from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def dense(x: Array, w: Array, b: Array) -> Array:
    return x @ w + b


def dense_cases(rng: Rng) -> Iterator[Case]:
    for n, inputs, outputs in ((2, 3, 4), (1, 5, 2), (6, 1, 3), (0, 3, 2), (7, 4, 7)):
        yield case(rng.normal(size=(n, inputs)), rng.normal(size=(inputs, outputs)), rng.normal(size=outputs))


def bias_down_the_rows(x: Array, w: Array, b: Array) -> Array:
    return x @ w + b[:, None]


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
    misconceptions=[
        Misconception("no bias", lambda x, w, b: x @ w, "The bias is missing."),
        Misconception(
            "weights first",
            lambda x, w, b: w @ x + b,
            "You wrote w @ x. Here each sample is a row, so x stands on the left.",
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
            bias_down_the_rows,
            "You gave each sample a bias. Each output has one: it is the same for all rows.",
        ),
    ],
)
