"""cross_entropy_vjp: probability minus truth."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from revgraph.checks.call import Case, case, part
from revgraph.checks.chapters.ch08_activations_and_losses.common import (
    FORGETS_G,
    FORGETS_MEAN,
    LARGE,
    ORDINARY,
    TORCH,
    A,
    batches,
    naive_softmax,
    one_hot_rows,
)
from revgraph.checks.chapters.ch08_activations_and_losses.cross_entropy import cross_entropy
from revgraph.checks.chapters.ch08_activations_and_losses.log_softmax import log_softmax
from revgraph.checks.chapters.ch08_activations_and_losses.softmax import softmax
from revgraph.checks.chapters.ch08_activations_and_losses.softmax_vjp import softmax_vjp
from revgraph.checks.chapters.common import Array, Rng, fixed, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def cross_entropy_vjp(g: Array, ans: Array, logits: Array, labels: Array) -> Array:
    return g * (softmax(logits) - one_hot_rows(logits, labels)) / len(labels)


def cross_entropy_vjp_cases(rng: Rng) -> Iterator[Case]:
    for one in (fixed(), rng):
        yield from (part(name, _loss(one, logits, labels)) for name, logits, labels in batches(one))
    yield replace(_loss(rng, rng.normal(size=(1, 4)), np.array([2])), edge="a single example")


def _loss(rng: Rng, logits: Array, labels: Array) -> Case:
    g = np.array(float(rng.choice([-2.0, -0.5, 1.5, 3.0])))
    return case(g, np.array(cross_entropy(logits, labels)), logits, labels)


def _whole_rows(g: Array, ans: Array, logits: Array, labels: Array) -> Array:
    p = softmax(logits)
    p[labels] -= 1
    return g * p / len(labels)


def _by_probabilities(g: Array, ans: Array, logits: Array, labels: Array) -> Array:
    with np.errstate(divide="ignore"):
        at_label = -1 / softmax(logits)[np.arange(len(labels)), labels]
    return g * one_hot_rows(logits, labels) * at_label[:, None] / len(labels)


def _of_logarithms(g: Array, ans: Array, logits: Array, labels: Array) -> Array:
    return g * (log_softmax(logits) - one_hot_rows(logits, labels)) / len(labels)


def _divided_by_probabilities(g: Array, ans: Array, logits: Array, labels: Array) -> Array:
    with np.errstate(all="ignore"):
        return cross_entropy_vjp(g, ans, logits, labels) / softmax(logits)


CROSS_ENTROPY_VJP = Exercise(
    name="cross_entropy_vjp",
    points=10,
    reference=cross_entropy_vjp,
    cases=cross_entropy_vjp_cases,
    quiet=True,
    parts={ORDINARY: 7, LARGE: 3},
    recorded=[
        Recorded(
            part(ORDINARY, case(np.array(2.0), np.array(1.08455739943), A, np.array([0, 1]))),
            np.array(
                [
                    [-0.881500345465, 0.0058997504019, 0.875600595063],
                    [0.0291217615375, -0.0356197048531, 0.00649794331566],
                ]
            ),
            TORCH + "Tensor.backward(g)",
        )
    ],
    uses=("softmax", "log_softmax"),
    why="What the model said, minus what was true; then 1/n from the mean, and g from above.",
    next="work out one row: the probabilities, and 1 less at the label. What else is in the loss?",
    misconceptions=[
        Misconception(
            "forgets the mean",
            lambda g, ans, logits, labels: cross_entropy_vjp(g, ans, logits, labels) * len(labels),
            FORGETS_MEAN,
            "test with more than one example: with n = 1 this cannot be seen.",
        ),
        Misconception(
            "divides by the probabilities",
            _divided_by_probabilities,
            "You divided by the probabilities. The 1/p of the logarithm and the p of softmax have cancelled: nothing is "
            "left of them but the difference.",
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
        Misconception(
            "divides by the classes",
            lambda g, ans, logits, labels: (
                cross_entropy_vjp(g, ans, logits, labels) * len(labels) / logits.shape[1]
            ),
            "You divided by the number of classes. The mean runs over the examples.",
            "which axis holds the examples?",
        ),
        Misconception(
            "softmax over the examples",
            lambda g, ans, logits, labels: (
                g * (softmax(logits, 0) - one_hot_rows(logits, labels)) / len(labels)
            ),
            "Your probabilities sum to 1 down each column, over the examples. They belong together along a row.",
            "along which axis stand the scores of one example?",
        ),
        Misconception(
            "times the loss",
            lambda g, ans, logits, labels: ans * cross_entropy_vjp(g, ans, logits, labels),
            "You multiplied by the loss, too. How large it is does not matter here, only how it moves.",
            "is `ans` needed at all?",
        ),
        *ways(
            "the slope of the probability",
            "That is the gradient of the right class's probability. The loss is minus its logarithm, so a factor -1/p "
            "is missing.",
            "what is the slope of -log p?",
            lambda g, ans, logits, labels: (
                softmax_vjp(g * one_hot_rows(logits, labels), softmax(logits), logits) / len(labels)
            ),
            lambda g, ans, logits, labels: (
                softmax_vjp(-g * one_hot_rows(logits, labels), softmax(logits), logits) / len(labels)
            ),
        ),
        Misconception(
            "divides twice",
            lambda g, ans, logits, labels: cross_entropy_vjp(g, ans, logits, labels) / len(labels),
            "You divided by the number of examples twice. The loss is one mean, so one factor 1/n.",
        ),
        Misconception(
            "by probabilities",
            _by_probabilities,
            "That is the gradient of the probabilities, -1/p at the label. The exercise asks for that of the scores: softmax moves, too.",
            "how much does the right probability move when its score does?",
        ),
        Misconception(
            "softmax twice",
            lambda g, ans, logits, labels: cross_entropy_vjp(g, ans, softmax(logits), labels),
            "You took softmax of the probabilities once more. The scores go through it once.",
        ),
        Misconception(
            "scores for probabilities",
            lambda g, ans, logits, labels: g * (logits - one_hot_rows(logits, labels)) / len(labels),
            "You subtracted 1 from the scores themselves. They become probabilities through softmax.",
        ),
        Misconception(
            "logarithms for probabilities",
            _of_logarithms,
            "You took the logarithms of the probabilities. The gradient is made of the probabilities themselves.",
        ),
        Misconception(
            "g on the probabilities alone",
            lambda g, ans, logits, labels: (g * softmax(logits) - one_hot_rows(logits, labels)) / len(labels),
            "Only the probabilities were multiplied by g. The whole difference, p - y, must be.",
            "where do the parentheses belong?",
        ),
        Misconception(
            "the mean of the truth alone",
            lambda g, ans, logits, labels: g * softmax(logits) - one_hot_rows(logits, labels) / len(labels),
            "Python multiplies and divides before it subtracts: only y was divided by n, and only the probabilities were multiplied by g.",
            "where do the parentheses belong?",
        ),
        Misconception(
            "unit matrix of the batch",
            lambda g, ans, logits, labels: g * (softmax(logits) - np.eye(len(labels))[labels]) / len(labels),
            "Your table of ones has as many columns as there are examples. It needs one for each class.",
            "how many columns have the logits?",
        ),
    ],
)
