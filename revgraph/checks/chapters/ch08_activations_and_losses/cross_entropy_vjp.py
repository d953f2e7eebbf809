"""cross_entropy_vjp: probability minus truth."""

from collections.abc import Iterator

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch08_activations_and_losses.common import (
    FORGETS_G,
    FORGETS_MEAN,
    TORCH,
    A,
    batches,
    naive_softmax,
    one_hot_rows,
)
from revgraph.checks.chapters.ch08_activations_and_losses.cross_entropy import cross_entropy
from revgraph.checks.chapters.ch08_activations_and_losses.softmax import softmax
from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def cross_entropy_vjp(g: Array, ans: Array, logits: Array, labels: Array) -> Array:
    return g * (softmax(logits) - one_hot_rows(logits, labels)) / len(labels)


def cross_entropy_vjp_cases(rng: Rng) -> Iterator[Case]:
    for logits, labels in batches(rng):
        yield case(np.array(rng.normal()), np.array(cross_entropy(logits, labels)), logits, labels)


def _whole_rows(g: Array, ans: Array, logits: Array, labels: Array) -> Array:
    p = softmax(logits)
    p[labels] -= 1
    return g * p / len(labels)


CROSS_ENTROPY_VJP = Exercise(
    name="cross_entropy_vjp",
    points=10,
    reference=cross_entropy_vjp,
    cases=cross_entropy_vjp_cases,
    quiet=True,
    recorded=[
        Recorded(
            case(np.array(2.0), np.array(1.08455739943), A, np.array([0, 1])),
            np.array(
                [
                    [-0.881500345465, 0.0058997504019, 0.875600595063],
                    [0.0291217615375, -0.0356197048531, 0.00649794331566],
                ]
            ),
            TORCH + "Tensor.backward(g)",
        )
    ],
    next="work out one row: the probabilities, and 1 less at the label. What else is in the loss?",
    misconceptions=[
        Misconception(
            "forgets the mean",
            lambda g, ans, logits, labels: cross_entropy_vjp(g, ans, logits, labels) * len(labels),
            FORGETS_MEAN,
            "test with more than one example: with n = 1 this cannot be seen.",
        ),
        Misconception(
            "forgets g",
            lambda g, ans, logits, labels: cross_entropy_vjp(np.array(1.0), ans, logits, labels),
            FORGETS_G,
        ),
        Misconception(
            "sign",
            lambda g, ans, logits, labels: -cross_entropy_vjp(g, ans, logits, labels),
            "The signs are turned round: a step against this gradient would lower the score of the right class.",
        ),
        Misconception(
            "probabilities only",
            lambda g, ans, logits, labels: g * softmax(logits) / len(labels),
            "You have the probabilities. Nothing in your result knows which class was right.",
        ),
        Misconception(
            "subtracts the label's number",
            lambda g, ans, logits, labels: g * (softmax(logits) - labels[:, None]) / len(labels),
            "You subtracted the label itself, 3 for class 3. Subtract 1, at the place that the label names.",
        ),
        Misconception(
            "all columns of all labels",
            lambda g, ans, logits, labels: (
                g * (softmax(logits) - np.isin(np.arange(logits.shape[1]), labels)) / len(labels)
            ),
            "`[:, labels]` takes the columns of all labels from every row. Each row needs its own label only.",
            "indexing with two lists, of rows and of columns, takes pairs.",
        ),
        Misconception(
            "rows instead of entries",
            _whole_rows,
            "`p[labels]` picks whole rows, the rows of these numbers. Subtract 1 at one entry of every row.",
            "indexing with two lists, of rows and of columns, takes pairs.",
        ),
        Misconception(
            "divides by all entries",
            lambda g, ans, logits, labels: cross_entropy_vjp(g, ans, logits, labels) / logits.shape[1],
            "You also divided by the number of classes. The mean runs over the examples.",
        ),
        Misconception(
            "naive softmax",
            lambda g, ans, logits, labels: (
                g * (naive_softmax(logits) - one_hot_rows(logits, labels)) / len(labels)
            ),
            "For small scores you are right. For large ones `np.exp` overflows, and the gradient becomes nan.",
            "you have written a softmax that does not.",
        ),
    ],
)
