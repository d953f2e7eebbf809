"""dense_vjp: the gradients of a dense layer."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch10_layers_and_models.common import B, G, W, X
from revgraph.checks.chapters.ch10_layers_and_models.dense import dense_cases
from revgraph.checks.chapters.common import Array, Rng, fixed
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def dense_vjp(g: Array, ans: Array, x: Array, w: Array, b: Array) -> tuple[Array, Array, Array]:
    return g @ w.T, x.T @ g, g.sum(axis=0)


def dense_vjp_cases(rng: Rng) -> Iterator[Case]:
    upstream = fixed()
    for i, forward in enumerate(dense_cases(rng)):
        x, w, b = forward.args
        g = (rng if forward.edge or i > FIXED else upstream).normal(size=(len(x), len(b)))
        yield Case((np.round(g) + 0.0 if i == 0 else g, x @ w + b, x, w, b), edge=forward.edge)


FIXED = 4  # of dense's cases, the number of the last one that does not depend on the seed


def gradients(change: Callable[..., Any]) -> Callable[..., Any]:
    """``change(dx, dw, db, g, x)`` makes wrong ones of the right ones."""

    def candidate(g: Array, ans: Array, x: Array, w: Array, b: Array) -> Any:
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
    why="the shapes leave no choice for the two products, and the sum over samples undoes broadcasting the bias.",
    misconceptions=[
        Misconception(
            "bias averaged",
            gradients(lambda dx, dw, db, g, x: (dx, dw, db / max(len(g), 1))),
            "You averaged the bias's gradient over the batch. The bias is used by every sample, and paths add.",
        ),
        Misconception(
            "bias not summed",
            gradients(lambda dx, dw, db, g, x: (dx, dw, g.copy())),
            "The bias's gradient is not summed over the batch: it must have the shape of the bias.",
        ),
        Misconception(
            "bias keeps an axis",
            gradients(lambda dx, dw, db, g, x: (dx, dw, db[np.newaxis])),
            "The bias's gradient is right, but has an axis too many: the bias has shape (out,), not (1, out).",
            "what does `keepdims` keep?",
        ),
        Misconception(
            "bias of ones",
            gradients(lambda dx, dw, db, g, x: (dx, dw, np.ones(db.shape))),
            "The bias's gradient leaves out g. The slope is 1 for each sample; the chain rule multiplies it by g.",
        ),
        Misconception(
            "bias as a number",
            gradients(lambda dx, dw, db, g, x: (dx, dw, db.sum())),
            "You summed the bias's gradient over samples and outputs. Each output has a bias of its own.",
            "over which of the two axes was the bias copied?",
        ),
        Misconception(
            "weights averaged",
            gradients(lambda dx, dw, db, g, x: (dx, dw / max(len(g), 1), db / max(len(g), 1))),
            "You divided by the size of the batch. If the loss is a mean, g carries that factor already.",
        ),
        Misconception(
            "weights alone averaged",
            gradients(lambda dx, dw, db, g, x: (dx, dw / max(len(g), 1), db)),
            "You divided the gradient of w by the size of the batch. If the loss is a mean, g carries that factor already.",
        ),
        Misconception(
            "weights transposed",
            gradients(lambda dx, dw, db, g, x: (dx, dw.T, db)),
            "The gradient of w is transposed: it comes with the shape (out, in).",
        ),
        Misconception(
            "bias over the outputs",
            gradients(lambda dx, dw, db, g, x: (dx, dw, g.sum(axis=1))),
            "You summed the bias's gradient over the outputs. The samples are axis 0.",
        ),
        Misconception(
            "bias left out",
            gradients(lambda dx, dw, db, g, x: (dx, dw)),
            "You returned two gradients. The bias has one, too.",
        ),
        Misconception(
            "order",
            gradients(lambda dx, dw, db, g, x: (dw, db, dx)),
            "The gradients come in the wrong order: x, w, b is expected.",
        ),
        Misconception(
            "w first",
            gradients(lambda dx, dw, db, g, x: (dw, dx, db)),
            "The first two gradients have changed places: x, w, b is expected.",
        ),
        Misconception(
            "g ignored",
            lambda g, ans, x, w, b: dense_vjp(np.ones(ans.shape), ans, x, w, b),
            "That is right for a g of ones. Each output has its own upstream gradient.",
        ),
        Misconception(
            "w as it is",
            lambda g, ans, x, w, b: (g @ w, x.T @ g, g.sum(axis=0)),
            "The product g @ w does not fit: g is (n, out), w is (in, out). One of them must be turned around.",
            "which shape has w.T?",
        ),
        Misconception(
            "x as it is",
            lambda g, ans, x, w, b: (g @ w.T, x @ g, g.sum(axis=0)),
            "The product x @ g does not fit: x is (n, in), g is (n, out). One of them must be turned around.",
            "which shape has x.T?",
        ),
        Misconception(
            "slopes alone",
            lambda g, ans, x, w, b: (w.T, x.T, np.ones(b.shape)),
            "These are the slopes. A rule passes on what comes from above: multiply them by g.",
        ),
    ],
)
