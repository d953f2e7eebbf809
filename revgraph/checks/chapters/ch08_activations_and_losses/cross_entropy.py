"""cross_entropy: how surprised a model is by the right class."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, edge, part
from revgraph.checks.chapters.ch08_activations_and_losses.common import (
    BENT_LOGARITHM,
    LARGE,
    ORDINARY,
    SMALL,
    TORCH,
    A,
    batches,
    naive_softmax,
    one_hot_rows,
)
from revgraph.checks.chapters.ch08_activations_and_losses.log_softmax import log_softmax
from revgraph.checks.chapters.ch08_activations_and_losses.logsumexp import logsumexp
from revgraph.checks.chapters.ch08_activations_and_losses.softmax import softmax
from revgraph.checks.chapters.common import Array, Rng, fixed, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def cross_entropy(logits: Array, labels: Array) -> float:
    return float(-np.mean(log_softmax(logits)[np.arange(len(labels)), labels]))


def cross_entropy_cases(rng: Rng) -> Iterator[Case]:
    for one in (fixed(), rng):
        yield from (part(name, case(logits, labels)) for name, logits, labels in batches(one))
    yield edge("a single example", rng.normal(size=(1, 4)), rng.integers(0, 4, size=1))


def _probability(logits: Array, labels: Array) -> Array:
    return softmax(logits)[np.arange(len(labels)), labels]


def _log_of_rounded(logits: Array, labels: Array) -> Any:
    return -np.mean(np.log(_probability(logits, labels)))


def _log_of_naive(logits: Array, labels: Array) -> Any:
    return -np.mean(np.log(naive_softmax(logits)[np.arange(len(labels)), labels]))


def _the_others_only(logits: Array, labels: Array) -> Any:
    examples = np.arange(len(labels))
    e = np.exp(logits)
    e[examples, labels] = 0
    return np.mean(np.log(np.sum(e, axis=1)) - logits[examples, labels])


def _with_a_small_number(small: float) -> Any:
    return lambda logits, labels: -np.mean(np.log(_probability(logits, labels) + small))


def _binary(logits: Array, labels: Array) -> Any:
    right, p = one_hot_rows(logits, labels), softmax(logits)
    return -np.mean(np.sum(np.log(np.where(right == 1, p, 1 - p)), axis=1))


CROSS_ENTROPY = Exercise(
    name="cross_entropy",
    points=15,
    reference=cross_entropy,
    cases=cross_entropy_cases,
    quiet=True,
    parts={ORDINARY: 9, LARGE: 6},
    recorded=[
        Recorded(
            part(ORDINARY, case(A, np.array([0, 1]))),
            1.08455739943,
            TORCH + "torch.nn.functional.cross_entropy",
        ),
        Recorded(
            part(ORDINARY, case(np.zeros((4, 10)), np.array([3, 1, 4, 9]))), np.log(10), "by hand: log(10)"
        ),
    ],
    uses=("log_softmax", "logsumexp", "softmax"),
    why="Two lists as an index take pairs: for each example the entry at its own label, without going through the probability.",
    next="which entry of each row of `log_softmax(logits)` counts?",
    misconceptions=[
        Misconception(
            "sums",
            lambda logits, labels: cross_entropy(logits, labels) * len(labels),
            "You summed over the batch. The loss is the mean, so that it does not grow with the number of examples.",
        ),
        Misconception(
            "one loss an example",
            lambda logits, labels: -log_softmax(logits)[np.arange(len(labels)), labels],
            "These are the losses of the single examples. The loss of a batch is one number: their mean.",
        ),
        Misconception(
            "mean over all entries",
            lambda logits, labels: -np.mean(one_hot_rows(logits, labels) * log_softmax(logits)),
            "You also divided by the number of classes. Of each row only one entry counts: the mean runs over the examples.",
        ),
        Misconception(
            "sign",
            lambda logits, labels: -cross_entropy(logits, labels),
            "Your loss is negative. The logarithm of a probability is never positive; the loss is its negative.",
        ),
        Misconception(
            "all columns of all labels",
            lambda logits, labels: -np.mean(log_softmax(logits)[:, labels]),
            "`[:, labels]` takes the columns of all labels from every row. Each row needs its own label only.",
            "indexing with two lists, of rows and of columns, takes pairs.",
        ),
        Misconception(
            "takes logits for logarithms",
            lambda logits, labels: -np.mean(logits[np.arange(len(labels)), labels]),
            "You took the scores themselves. They become logarithms of probabilities only through `log_softmax`.",
        ),
        Misconception(
            "no logarithm",
            lambda logits, labels: -np.mean(_probability(logits, labels)),
            "You averaged the probabilities; the logarithm is missing.",
        ),
        Misconception(
            "log of a rounded probability",
            _log_of_rounded,
            "For scores close together you are right. A tiny probability is rounded to 0, and log(0) is -inf.",
            "which of your functions gives the logarithm without the detour through the probability?",
        ),
        Misconception(
            "log of a naive softmax",
            _log_of_naive,
            "For small scores you are right. For large ones `np.exp` overflows, and the loss becomes nan.",
            "which of your functions gives the logarithm without that?",
        ),
        *ways(
            "adds a small number",
            BENT_LOGARITHM,
            "which of your functions gives the logarithm without the detour through the probability?",
            *(_with_a_small_number(small) for small in SMALL),
        ),
        Misconception(
            "the other classes, too",
            _binary,
            "You added a loss for each wrong class, as if every class were a question of its own. Softmax has "
            "weighed them against each other already: only the right one counts.",
        ),
        Misconception(
            "logsumexp alone",
            lambda logits, labels: np.mean(logsumexp(logits)),
            "You averaged `logsumexp`, and the scores of the right classes are missing: they are subtracted.",
            "-log p is logsumexp minus which score?",
        ),
        *ways(
            "squared difference",
            "That is a squared difference of probabilities and truth. Cross-entropy is -log of one probability.",
            "what does a model pay that gave the right class 0.01?",
            lambda logits, labels: np.mean((softmax(logits) - one_hot_rows(logits, labels)) ** 2),
            lambda logits, labels: np.mean(
                np.sum((softmax(logits) - one_hot_rows(logits, labels)) ** 2, axis=1)
            ),
        ),
        Misconception(
            "entropy of the model",
            lambda logits, labels: -np.mean(np.sum(softmax(logits) * log_softmax(logits), axis=1)),
            "You weighted the logarithms with the model's own probabilities. The labels say which one counts.",
            "where do the labels come in?",
        ),
        Misconception(
            "the first example alone",
            lambda logits, labels: -log_softmax(logits)[0, labels[0]],
            "That is the loss of the first example. The loss of a batch is the mean over all of them.",
            "is the `return` inside a loop?",
        ),
        Misconception(
            "log of the mean",
            lambda logits, labels: -np.log(np.mean(_probability(logits, labels))),
            "You averaged the probabilities and took one logarithm. Each example has its own; their mean comes last.",
        ),
        Misconception(
            "softmax over the examples",
            lambda logits, labels: -np.mean(log_softmax(logits, 0)[np.arange(len(labels)), labels]),
            "Your probabilities sum to 1 down each column, over the examples. They belong together along a row.",
            "along which axis stand the scores of one example?",
        ),
        Misconception(
            "sigmoid for softmax",
            lambda logits, labels: np.mean(np.logaddexp(0, -logits[np.arange(len(labels)), labels])),
            "You made the probability from one score alone, by a sigmoid. Here all scores of the row decide.",
            "which function makes probabilities of a row, that sum to 1?",
        ),
        Misconception(
            "softmax twice",
            lambda logits, labels: cross_entropy(softmax(logits), labels),
            "You took softmax of the probabilities once more. The scores go through it once.",
            "what does log_softmax make of scores, and what have you given it?",
        ),
        Misconception(
            "the others only",
            _the_others_only,
            "The right class is missing in the sum below the line. It is the sum over all classes.",
        ),
        Misconception(
            "the likeliest class",
            lambda logits, labels: -np.mean(np.max(log_softmax(logits), axis=1)),
            "You took the largest probability of each row. What counts is that of the right class, which the model may think unlikely.",
            "what do the labels say?",
        ),
        Misconception(
            "counts mistakes",
            lambda logits, labels: np.mean(np.argmax(logits, axis=1) != labels),
            "You counted the wrong answers. The loss also tells how sure the model was.",
        ),
        Misconception(
            "divides by the classes",
            lambda logits, labels: cross_entropy(logits, labels) * len(labels) / logits.shape[1],
            "You divided by the number of classes. The mean runs over the examples.",
            "which axis holds the examples?",
        ),
    ],
)
