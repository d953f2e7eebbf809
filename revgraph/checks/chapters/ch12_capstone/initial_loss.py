"""initial_loss: what a network that knows nothing should say."""

from collections.abc import Iterator
from math import log
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch08_activations_and_losses.cross_entropy import cross_entropy
from revgraph.checks.chapters.ch08_activations_and_losses.softmax import softmax
from revgraph.checks.chapters.common import Array, Function, Rng, fixed
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def initial_loss(net: Function, x: Array, labels: Array) -> tuple[float, float]:
    logits = net(x)
    return cross_entropy(logits, labels), log(logits.shape[1])


def initial_loss_of_a_matrix(candidate: Function, weights: Array, x: Array, labels: Array) -> Any:
    """``net`` is the product with ``weights``."""
    found = candidate(lambda x: x @ weights, x, labels)
    if found is None:
        return None
    if isinstance(found, float | np.floating):
        return {"what it returns": "one number", "measured": float(found), "expected": None}
    if not isinstance(found, tuple | list) or len(found) != 2:
        return {"what it returns": type(found).__name__, "measured": None, "expected": None}
    return {"what it returns": TWO_NUMBERS} | dict(
        zip(("measured", "expected"), map(number, found), strict=True)
    )


TWO_NUMBERS = "two numbers"


def number(value: Any) -> Any:
    return float(value) if np.shape(value) == () and not isinstance(value, str) else value


def initial_loss_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.zeros((2, 4)), np.array([[1.0, 2.0]]), np.array([3]))
    yield case(np.array([[1.0, 0.0, -1.0]]), np.array([[2.0], [1.0]]), np.array([0, 0]))
    for source in (fixed(), rng):
        for n, inputs, classes in ((7, 3, 10), (12, 4, 5), (3, 6, 2)):
            weights, x = source.normal(size=(inputs, classes)), source.normal(size=(n, inputs))
            yield case(weights, x, source.integers(0, classes, n))


def first_loss(measure: Function, expect: Function) -> Function:
    """A wrong answer, made of what it measures and what it expects."""

    def answer(net: Function, x: Array, labels: Array) -> tuple[float, float]:
        logits = net(x)
        return measure(logits, labels), expect(logits, labels)

    return answer


def log_classes(logits: Array, labels: Array) -> float:
    return log(logits.shape[1])


def expecting(expect: Function) -> Function:
    return first_loss(cross_entropy, expect)


def losses_of(logits: Array, labels: Array) -> Array:
    return np.array([cross_entropy(logits[i : i + 1], labels[i : i + 1]) for i in range(len(labels))])


INITIAL_LOSS = Exercise(
    name="initial_loss",
    points=10,
    reference=initial_loss,
    probe=initial_loss_of_a_matrix,
    cases=initial_loss_cases,
    recorded=[
        Recorded(
            case(
                np.array([[1.0, -1.0, 0.5], [0.0, 2.0, 1.0]]),
                np.array([[1.0, 2.0], [3.0, -1.0]]),
                np.array([1, 2]),
            ),
            {
                "what it returns": TWO_NUMBERS,
                "measured": 1.5670783104666455,
                "expected": 1.0986122886681098,
            },
            "PyTorch 2.13.0, nn.functional.cross_entropy; log 3 from a table",
        )
    ],
    next="which of the two numbers depends on the network, and which on the number of its outputs alone?",
    why="the expected loss asks for the number of outputs alone, which is in the shape of the logits.",
    misconceptions=[
        Misconception(
            "softmax first",
            first_loss(lambda logits, labels: cross_entropy(softmax(logits), labels), log_classes),
            "You applied softmax, and `cross_entropy` did so again. It takes logits.",
            "which of your functions makes probabilities of logits already?",
        ),
        Misconception(
            "sum",
            first_loss(lambda logits, labels: cross_entropy(logits, labels) * len(labels), log_classes),
            "The measured loss is the sum over the samples; the exercise asks for their mean.",
            "what does `cross_entropy` do with the batch?",
        ),
        Misconception(
            "counts the labels",
            expecting(lambda logits, labels: log(len(np.unique(labels)))),
            "You counted the classes among the labels. A small batch need not hold every class.",
            "what tells the number of classes, whatever the labels are?",
        ),
        Misconception(
            "counts the samples",
            expecting(lambda logits, labels: log(len(logits))),
            "You took the logarithm of the number of samples. It is the number of classes that counts.",
            "which axis of the logits are the classes?",
        ),
        Misconception(
            "counts the inputs",
            lambda net, x, labels: (cross_entropy(net(x), labels), log(x.shape[1])),
            "You took the logarithm of how many numbers go into the network. It is the number of classes that counts, and they come out of it.",
            "what has an entry for each class?",
        ),
        Misconception(
            "bits",
            expecting(lambda logits, labels: float(np.log2(logits.shape[1]))),
            "That is the logarithm to base 2. `cross_entropy` uses the natural one.",
            "which function of NumPy is the natural logarithm?",
        ),
        Misconception(
            "base ten",
            expecting(lambda logits, labels: float(np.log10(logits.shape[1]))),
            "That is the logarithm to base 10. `cross_entropy` uses the natural one.",
            "which function of NumPy is the natural logarithm?",
        ),
        Misconception(
            "sign",
            expecting(lambda logits, labels: -log(logits.shape[1])),
            "The sign is missing: the loss is minus the logarithm of the probability 1/classes.",
            "what is minus the logarithm of 1/10?",
        ),
        Misconception(
            "the probability",
            expecting(lambda logits, labels: 1 / logits.shape[1]),
            "That is the probability of each class. The loss is minus its logarithm.",
            "what is minus the logarithm of 1/10?",
        ),
        Misconception(
            "swapped",
            lambda net, x, labels: initial_loss(net, x, labels)[::-1],
            "The two numbers have changed places: first the measured one, then the expected.",
            "in which order does your `return` give them?",
        ),
        Misconception(
            "the network's own guess",
            expecting(lambda logits, labels: float(np.mean(-np.log(softmax(logits).mean(axis=0))))),
            "What you expect depends on the network. A network that knows nothing gives each class the same probability.",
            "what is minus the logarithm of 1/10?",
        ),
        Misconception(
            "without the mean",
            first_loss(lambda logits, labels: losses_of(logits, labels), log_classes),
            "You measured a loss for each sample; the exercise asks for their mean.",
            "what does `cross_entropy` do with the batch?",
        ),
        Misconception(
            "measured alone",
            lambda net, x, labels: cross_entropy(net(x), labels),
            "You returned one number. Two are asked for: the loss measured, and the one expected.",
        ),
        Misconception(
            "difference",
            lambda net, x, labels: cross_entropy(net(x), labels) - log(net(x).shape[1]),
            "You returned the difference of the two. Return both, with a comma between them.",
        ),
        Misconception(
            "always ten",
            expecting(lambda logits, labels: log(10)),
            "You expect log 10, whatever the network. It is the logarithm of the number of its outputs.",
            "what tells the number of classes?",
        ),
        Misconception(
            "all numbers of the logits",
            expecting(lambda logits, labels: log(logits.size)),
            "You took the logarithm of how many logits there are altogether. The classes are one of their two axes.",
        ),
    ],
)
