"""categorical_accuracy: the share of samples that are classified right."""

from collections.abc import Iterator

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def categorical_accuracy(y_true: Array, y_pred: Array) -> float:
    return float(np.mean(y_true.argmax(axis=1) == y_pred.argmax(axis=1)))


def accuracy_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.eye(3)[[0, 2]], np.array([[0.4, 0.3, 0.3], [0.1, 0.7, 0.2]]))
    for n, classes in ((20, 4), (7, 10), (30, 2)):
        labels = rng.integers(0, classes, n)
        scores = rng.normal(size=(n, classes)) + 1.5 * np.eye(classes)[labels]
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
    misconceptions=[
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
            "You counted the right answers. Asked is their share.",
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
    ],
)
