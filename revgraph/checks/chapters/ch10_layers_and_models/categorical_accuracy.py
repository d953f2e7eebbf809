"""categorical_accuracy: the share of samples that are classified right."""

from collections.abc import Iterator

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.common import Array, Rng, fixed
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def categorical_accuracy(y_true: Array, y_pred: Array) -> float:
    return float(np.mean(np.argmax(y_true, axis=1) == np.argmax(y_pred, axis=1)))


def accuracy_cases(rng: Rng) -> Iterator[Case]:
    """Probabilities and logits; the right class is often the largest, but seldom above one half."""
    yield case(np.eye(3)[[0, 2]], np.array([[0.4, 0.3, 0.3], [0.1, 0.7, 0.2]]))
    yield case(np.eye(4), np.array([[1.0, 0, 0, 0], [0.2, 0.5, 1, 0], [0.4, 1, 0.1, 0], [0, 0.1, 0.2, 0.3]]))
    for source in (fixed(), rng):
        for n, classes in ((20, 4), (7, 10), (30, 2)):
            labels = source.integers(0, classes, n)
            labels[:2] = 0, 1  # so that no answer which looks at the labels alone has it easy
            scores = source.normal(size=(n, classes)) + 1.5 * np.eye(classes)[labels]
            scores[0] = scores[0].sum() * np.eye(classes)[0] + 1.0  # one is right whatever is drawn
            scores[1] = -np.arange(classes)  # and one is wrong
            e = np.exp(scores)
            yield case(np.eye(classes)[labels], e / e.sum(axis=1, keepdims=True))
            yield case(np.eye(classes)[labels], scores)


CATEGORICAL_ACCURACY = Exercise(
    name="categorical_accuracy",
    points=10,
    reference=categorical_accuracy,
    cases=accuracy_cases,
    recorded=[
        Recorded(
            case(np.eye(3), np.array([[0.8, 0.1, 0.1], [0.2, 0.3, 0.5], [0.0, 0.1, 0.9]])),
            2 / 3,
            "by hand",
        )
    ],
    next="which class does each row of y_pred vote for?",
    why="the mean of True and False is the share of True.",
    misconceptions=[
        Misconception(
            "no axis",
            lambda y_true, y_pred: float(np.argmax(y_true) == np.argmax(y_pred)),
            "You compared one pair of places, those of the largest entries in the whole arrays. Each row has an answer of its own.",
            "which argument of `argmax` makes it look along the rows?",
        ),
        Misconception(
            "whole rows equal",
            lambda y_true, y_pred: float(np.mean(np.all(y_true == y_pred, axis=1))),
            "You ask whether a row of probabilities equals a row of zeros and a one. It hardly ever does.",
        ),
        Misconception(
            "over the samples",
            lambda y_true, y_pred: float(np.mean(y_true.argmax(axis=0) == y_pred.argmax(axis=0))),
            "You looked for the largest entry of each column. The classes of a sample stand in a row.",
        ),
        Misconception(
            "counts",
            lambda y_true, y_pred: float(np.sum(y_true.argmax(axis=1) == y_pred.argmax(axis=1))),
            "You counted the right answers. The exercise asks for their share.",
        ),
        Misconception(
            "percent",
            lambda y_true, y_pred: 100 * categorical_accuracy(y_true, y_pred),
            "You returned a percentage. The exercise asks for the share, between 0 and 1.",
        ),
        Misconception(
            "share of errors",
            lambda y_true, y_pred: 1 - categorical_accuracy(y_true, y_pred),
            "That is the share of wrong answers. The exercise asks for the share of right ones.",
        ),
        Misconception(
            "divides by the classes",
            lambda y_true, y_pred: categorical_accuracy(y_true, y_pred) * len(y_true) / y_true.shape[1],
            "You divided by the number of classes. Divide by the number of samples.",
        ),
        Misconception(
            "rounds",
            lambda y_true, y_pred: float(np.mean(np.all((y_pred > 0.5) == (y_true > 0.5), axis=1))),
            "You count a class only from 0.5 on. The largest output wins, however small it is.",
        ),
        Misconception(
            "entry by entry",
            lambda y_true, y_pred: float(np.mean((y_pred > 0.5) == (y_true > 0.5))),
            "You compare entry by entry, so the many right zeros count as right answers.",
        ),
        Misconception(
            "probability of the right class",
            lambda y_true, y_pred: float(np.mean(np.sum(y_true * y_pred, axis=1))),
            "You averaged the outputs of the right classes. It counts only whether the right class has the largest one.",
        ),
        Misconception(
            "largest values equal",
            lambda y_true, y_pred: float(np.mean(y_true.max(axis=1) == y_pred.max(axis=1))),
            "You compared the largest entries. It is the places that count, where these entries stand.",
        ),
        Misconception(
            "all entries equal",
            lambda y_true, y_pred: float(np.mean(y_true == y_pred)),
            "You compare entry by entry, whether they are exactly equal. It counts only where the largest one stands.",
        ),
        Misconception(
            "rounded entries",
            lambda y_true, y_pred: float(np.mean(np.round(y_pred) == y_true)),
            "You rounded each entry and compared entry by entry. The largest output wins, however small it is.",
        ),
        Misconception(
            "each sample",
            lambda y_true, y_pred: y_true.argmax(axis=1) == y_pred.argmax(axis=1),
            "You returned of each sample whether it is right. The exercise asks for the share of them.",
        ),
    ],
)
