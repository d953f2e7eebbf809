"""Chapter 00: two small functions that every data set needs before a network sees it."""

from collections.abc import Callable, Iterator

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def standardize(x: Array) -> Array:
    # Entries are compared because the standard deviation of many times 0.1 is rounding, not zero.
    varies = x.max(axis=0) > x.min(axis=0)
    spread = np.where(varies, x.std(axis=0), 1)
    return np.where(varies, (x - x.mean(axis=0)) / spread, 0.0)


def standardize_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([[1.0, 100.0, -5.0], [3.0, 300.0, -9.0]]))
    yield case(rng.normal(size=(5, 3)) * [1, 2000, 0.5] + [0, 40000, -3])
    yield case(np.array([[1.0, 5.0], [2.0, 5.0], [6.0, 5.0]]))
    yield case(np.column_stack([np.zeros(4), rng.normal(size=4), np.full(4, -3.0)]))
    yield case(rng.normal(size=(3, 2)) * [1e-6, 1e6])
    yield case(rng.normal(size=(7, 4)))


def _centered(x: Array, spread: Array) -> Array:
    return (x - x.mean(axis=0)) / spread  # NumPy's warnings on 0/0 are caught where the case is put


SAMPLE = (
    "Your numbers are too small: you divided by the sample standard deviation, which averages over "
    "n - 1 rows instead of n."
)


ROWS = "You took the mean of each row: `axis=1` runs along a row. Each column needs a mean of its own."


WHICH_AXIS = (
    "with x of shape (3, 2) there are 2 columns. Which axis must `mean` make disappear to leave 2 numbers?"
)


def _with_and_without_guard(
    name: str,
    formula: Callable[[Array, Array], Array],
    spread: Callable[[Array], Array],
    diagnosis: str,
    next: str,
) -> list[Misconception]:
    """One mistake, made by a learner who has thought of constant columns, and by one who has not."""

    def guarded(x: Array) -> Array:
        return np.where(spread(x) == 0, 1, spread(x))

    return [
        Misconception(name, lambda x: formula(x, guarded(x)), diagnosis, next),
        Misconception(f"{name}, 0/0", lambda x: formula(x, spread(x)), diagnosis, next),
    ]


X = np.array([[2.0, 7.0, -5.0], [6.0, 7.0, -9.0]])


PEOPLE = np.array([[0.5, 20.0], [2.0, -10.0], [-1.0, 5.0], [4.0, 7.0]])


STANDARDIZE = Exercise(
    name="standardize",
    points=45,
    reference=standardize,
    cases=standardize_cases,
    recorded=[
        Recorded(case(X), np.array([[-1.0, 0.0, 1.0], [1.0, 0.0, -1.0]]), "by hand"),
        Recorded(
            case(PEOPLE),
            np.array(
                [
                    [-0.47301616487964, 1.36253885863132],
                    [0.33786868919974, -1.45650705577831],
                    [-1.28390101895902, -0.04698409857349],
                    [1.41904849463892, 0.14095229572048],
                ]
            ),
            "PyTorch 2.13.0, (x - x.mean(0)) / x.std(0, correction=0)",
        ),
    ],
    next="what are the mean and the standard deviation of each column? Print both for a small x.",
    misconceptions=[
        Misconception(
            "0/0 in a constant column",
            lambda x: _centered(x, x.std(axis=0)),
            "Columns that vary are right. In a constant column the standard deviation is 0, and 0 divided by 0 is nan.",
            "by which number could you divide such a column instead, so that its zeros stay zeros?",
        ),
        *_with_and_without_guard(
            "sample standard deviation",
            _centered,
            lambda x: x.std(axis=0, ddof=1),
            SAMPLE,
            "what does the argument `ddof` of `std` do, and what is its default?",
        ),
        Misconception(
            "whole array",
            lambda x: (x - x.mean()) / x.std(),
            "You took one mean and one standard deviation of the whole array. Each column needs its own.",
            "which argument of `mean` says along which axis to average?",
        ),
        Misconception(
            "rows",
            lambda x: (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True),
            ROWS,
            WHICH_AXIS,
        ),
        Misconception(
            "rows, without keepdims",
            lambda x: (x - x.mean(axis=1)) / x.std(axis=1),
            ROWS,
            WHICH_AXIS,
        ),
        *_with_and_without_guard(
            "does not center",
            lambda x, spread: x / spread,
            lambda x: x.std(axis=0),
            "You divided by the standard deviation, but nothing was subtracted: the columns are not centered on 0.",
            "what is the mean of a standardized column?",
        ),
        *_with_and_without_guard(
            "missing parentheses",
            lambda x, spread: x - x.mean(axis=0) / spread,
            lambda x: x.std(axis=0),
            "Python divides before it subtracts: `x - mean / std` divides the mean alone.",
            "where do the parentheses go?",
        ),
        *_with_and_without_guard(
            "variance",
            _centered,
            lambda x: x.var(axis=0),
            "You divided by the variance. The standard deviation is its square root.",
            "in which unit is a standardized height: meters, one over meters, or none?",
        ),
        *_with_and_without_guard(
            "between 0 and 1",
            lambda x, spread: (x - x.min(axis=0)) / spread,
            lambda x: x.max(axis=0) - x.min(axis=0),
            "You squeezed each column between 0 and 1. Asked is mean 0 and standard deviation 1.",
            "what do you subtract to move a column's mean to 0?",
        ),
        Misconception(
            "x as it came",
            lambda x: x,
            "You returned x as it came. Nothing was subtracted from it, and nothing divided.",
        ),
        Misconception(
            "only centers",
            lambda x: x - x.mean(axis=0),
            "The columns are centered on 0, but their spread is as it was. A column in the thousands still drowns the others.",
            "by what do you divide so that every column varies by about 1?",
        ),
        Misconception(
            "adds a small number",
            lambda x: (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-8),
            "You added a small number to every standard deviation. A column whose own numbers are that small comes out wrong.",
            "can you treat a standard deviation of exactly 0 differently from the others?",
        ),
    ],
)


def one_hot(labels: Array, n_classes: int) -> Array:
    return np.eye(n_classes)[labels]


def one_hot_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([1, 0]), 3)
    yield case(np.array([0, 2, 1]), 3)
    yield case(np.array([3, 0, 3, 2]), 5)
    yield case(rng.integers(4, size=7), 4)
    yield case(np.array([0, 4, 4]), 6)
    yield case(np.array([2]), 3)
    yield case(np.array([0, 0]), 1)
    yield case(np.zeros(0, dtype=int), 3)


def _marks_whole_columns(labels: Array, n_classes: int) -> Array:
    out = np.zeros((len(labels), n_classes))
    out[:, labels] = 1
    return out


def _writes_the_label(labels: Array, n_classes: int) -> Array:
    out = np.zeros((len(labels), n_classes))
    out[np.arange(len(labels)), labels] = labels
    return out


FLOATS = "The ones are in the right places, but they are {}. A network multiplies by them: make them floats, 0.0 and 1.0."


HOW_MANY = "what tells you how many classes there are, whether they occur or not?"


COUNTED = (
    "You counted the classes from the labels. A class that happens not to occur here needs its column too."
)


ONE_HOT = Exercise(
    name="one_hot",
    points=45,
    reference=one_hot,
    cases=one_hot_cases,
    recorded=[
        Recorded(case(np.array([2, 0]), 3), np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]), "by hand"),
        Recorded(
            case(np.array([2, 3]), 4),
            np.array([[0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]),
            "PyTorch 2.13.0, torch.nn.functional.one_hot",
        ),
    ],
    next="write down the rows you expect for labels [1, 0] and 3 classes. Which entry of row 0 is 1?",
    misconceptions=[
        Misconception(
            "transposed",
            lambda labels, n_classes: np.eye(n_classes)[:, labels],
            "You made a row for each class. Asked is a row for each label, and a column for each class.",
            "which of the two axes should have as many entries as there are labels?",
        ),
        Misconception(
            "counts from 1",
            lambda labels, n_classes: np.eye(n_classes)[labels - 1],
            "Your ones stand one column too far left. Classes are counted from 0: label 0 marks column 0.",
        ),
        Misconception(
            "integers",
            lambda labels, n_classes: np.eye(n_classes, dtype=int)[labels],
            FLOATS.format("integers"),
            "which `dtype` does `np.zeros` give you when you do not ask for one?",
        ),
        Misconception(
            "booleans",
            lambda labels, n_classes: labels[:, None] == np.arange(n_classes),
            FLOATS.format("True and False"),
            "what does `astype` do?",
        ),
        Misconception(
            "up to the largest label",
            lambda labels, n_classes: np.eye(max(labels, default=-1) + 1)[labels],
            COUNTED,
            HOW_MANY,
        ),
        Misconception(
            "up to the largest label, empty fails",
            lambda labels, n_classes: np.eye(labels.max() + 1)[labels],
            COUNTED,
            HOW_MANY,
        ),
        Misconception(
            "the classes that occur",
            lambda labels, n_classes: np.eye(len(np.unique(labels)))[labels],
            COUNTED,
            HOW_MANY,
        ),
        Misconception(
            "ones in every row",
            _marks_whole_columns,
            "`out[:, labels] = 1` writes into every row: the colon means all of them. Row i should be marked in one column only.",
            "which row belongs to `labels[0]`, which to `labels[1]`?",
        ),
        Misconception(
            "writes the label",
            _writes_the_label,
            "The right entries are marked, but with the label itself. The mark is 1, whatever the class.",
        ),
        Misconception(
            "no labels, no columns",
            lambda labels, n_classes: np.array([np.eye(n_classes)[label] for label in labels]),
            "Right, as long as there are labels. An array made of an empty list does not know how many columns it should have.",
            "could you begin with an array of zeros of the right shape?",
        ),
        Misconception(
            "marks all others",
            lambda labels, n_classes: 1 - np.eye(n_classes)[labels],
            "It is the other way round: 1 marks the class of the label, 0 all other classes.",
        ),
    ],
)


EXERCISES = [STANDARDIZE, ONE_HOT]
