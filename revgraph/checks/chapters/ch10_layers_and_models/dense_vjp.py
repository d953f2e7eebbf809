"""dense_vjp: the gradients of a dense layer."""

from collections.abc import Callable, Iterator

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch10_layers_and_models.common import B, G, W, X
from revgraph.checks.chapters.ch10_layers_and_models.dense import dense, dense_cases
from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def dense_vjp(g: Array, ans: Array, x: Array, w: Array, b: Array) -> tuple[Array, Array, Array]:
    return g @ w.T, x.T @ g, g.sum(axis=0)


def dense_vjp_cases(rng: Rng) -> Iterator[Case]:
    for question in dense_cases(rng):
        ans = dense(*question.args)
        yield case(rng.normal(size=ans.shape), ans, *question.args)


def with_dense_vjp(change: Callable[..., tuple[Array, ...]]) -> Callable[..., tuple[Array, ...]]:
    def candidate(g: Array, ans: Array, x: Array, w: Array, b: Array) -> tuple[Array, ...]:
        return change(*dense_vjp(g, ans, x, w, b), g, x)

    return candidate


DENSE_VJP = Exercise(
    name="dense_vjp",
    points=15,
    reference=dense_vjp,
    cases=dense_vjp_cases,
    recorded=[
        Recorded(
            case(G, X @ W + B, X, W, B),
            (
                np.array([[0.0, 9.0], [-2.0, -1.25], [5.0, 8.0]]),
                np.array([[-2.5, 2.25, 1.0], [-4.25, 1.0, -3.75]]),
                np.array([3.0, -1.5, 3.0]),
            ),
            "PyTorch 2.13.0, torch.autograd",
        )
    ],
    next="write down the shapes of g, x and w. There is only one product that has the shape of w.",
    misconceptions=[
        Misconception(
            "bias averaged",
            with_dense_vjp(lambda dx, dw, db, g, x: (dx, dw, db / max(len(g), 1))),
            "You averaged the bias's gradient over the batch. The bias is used by every sample, and paths add.",
        ),
        Misconception(
            "bias not summed",
            with_dense_vjp(lambda dx, dw, db, g, x: (dx, dw, g.copy())),
            "The bias's gradient is not summed over the batch: it must have the shape of the bias.",
        ),
        Misconception(
            "weights averaged",
            with_dense_vjp(lambda dx, dw, db, g, x: (dx, dw / max(len(g), 1), db / max(len(g), 1))),
            "You divided by the size of the batch. If the loss is a mean, g carries that factor already.",
        ),
        Misconception(
            "weights transposed",
            with_dense_vjp(lambda dx, dw, db, g, x: (dx, dw.T, db)),
            "The gradient of w is transposed: you multiplied g.T by x.",
        ),
        Misconception(
            "bias over the outputs",
            with_dense_vjp(lambda dx, dw, db, g, x: (dx, dw, g.sum(axis=1))),
            "You summed the bias's gradient over the outputs. The samples are axis 0.",
        ),
        Misconception(
            "order",
            with_dense_vjp(lambda dx, dw, db, g, x: (dw, db, dx)),
            "The gradients come in the wrong order: x, w, b is expected.",
        ),
    ],
)
