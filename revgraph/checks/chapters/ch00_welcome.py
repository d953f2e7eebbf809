"""Chapter 00: two small functions that every data set needs before a network sees it."""

from collections.abc import Iterator

import numpy as np

from revgraph.checks.call import Case, case, edge
from revgraph.checks.chapters.common import Array, Function, Rng, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def standardize(x: Array) -> Array:
    varies = x.max(axis=0) > x.min(axis=0)
    spread = np.where(varies, x.std(axis=0), 1)
    return np.where(varies, (x - x.mean(axis=0)) / spread, 0.0)


def standardize_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([[1.0, 100.0, -5.0], [3.0, 300.0, -9.0]]))
    yield case(rng.normal(size=(5, 3)) * [1, 2000, 0.5] + [0, 40000, -3])
    yield case(np.array([[1.0, 5.0], [2.0, 5.0], [6.0, 5.0]]))
    yield case(np.column_stack([np.zeros(4), rng.normal(size=4), np.full(4, -3.0)]))
    yield case(np.array([[1e-6, 2.0], [3e-6, 4.0], [2e-6, 9.0]]))
    yield case(np.array([[0.0, -4e-7, 8e5], [2e-7, 4e-7, 4e5]]))
    yield case(np.array([[3e-10, 1.0], [-1e-10, 4.0], [1e-10, 1.0]]))
    yield case(np.array([[2.0, 5e-10], [2.0, -4e-10], [-7.0, 1e-10], [4.0, 3e-10]]))
    yield case(np.array([[0.0, 2.0, -3.0], [0.0, -1.0, -3.0], [0.0, 5.0, -3.0]]))
    yield case(rng.normal(size=(7, 4)))
    yield edge("a column of 0.1, whose computed deviation is a rounding error", np.full((10, 1), 0.1))


def _whole(x: Array) -> Array:
    return np.where(x.std(axis=0) == 0, 1, x.std(axis=0))


def _divides_by(spread: Function, center: Function = lambda x: x.mean(axis=0)) -> list[Function]:
    """A wrong spread: by a learner who has thought of constant columns, and by one who has not."""

    def guarded(x: Array) -> Array:
        return (x - center(x)) / np.where(spread(x) == 0, 1, spread(x))

    return [guarded, lambda x: (x - center(x)) / spread(x)]


def _constant_below(least: float) -> Function:
    return lambda x: (x - x.mean(axis=0)) / np.where(x.std(axis=0) <= least, 1, x.std(axis=0))


def _first_column_only(x: Array) -> Array:
    out = np.zeros(x.shape)
    out[:, 0] = standardize(x)[:, 0]
    return out


def _precedence(x: Array) -> Array:
    return x - x.mean(axis=0) / _whole(x)


WHICH_AXIS = (
    "with x of shape (3, 2) there are 2 columns. Which axis must `mean` make disappear to leave 2 numbers?"
)
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
    why="It compares entries to find a constant column: many times 0.1 has a computed deviation that is not quite 0.",
    next="what are the mean and the standard deviation of each column? Print both for a small x.",
    misconceptions=[
        Misconception(
            "0/0 in a constant column",
            lambda x: (x - x.mean(axis=0)) / x.std(axis=0),
            "Columns that vary are right. In a constant column the standard deviation is 0, and 0 divided by 0 is nan.",
            "by which number could you divide such a column instead, so that its zeros stay zeros?",
        ),
        *ways(
            "constant columns do not become 0",
            "Columns that vary are right. A constant column is to become zeros, and yours does not.",
            "what is left of a constant column when its mean is subtracted?",
            lambda x: np.where(x.std(axis=0) == 0, 1, (x - x.mean(axis=0)) / _whole(x)),
            lambda x: np.where(x.std(axis=0) == 0, x, (x - x.mean(axis=0)) / _whole(x)),
        ),
        *ways(
            "sample standard deviation",
            "Your numbers are too small: you divided by the sample standard deviation, which averages over n - 1 rows instead of n.",
            "what does the argument `ddof` of `std` do, and what is its default?",
            *_divides_by(lambda x: x.std(axis=0, ddof=1)),
        ),
        Misconception(
            "whole array",
            lambda x: (x - x.mean()) / x.std(),
            "You took one mean and one standard deviation of the whole array. Each column needs its own.",
            "which argument of `mean` says along which axis to average?",
        ),
        Misconception(
            "one spread for all",
            lambda x: (x - x.mean(axis=0)) / x.std(),
            "Each column has its own mean, but all are divided by one and the same number, the deviation of the whole array.",
            "which argument of `std` says along which axis?",
        ),
        *ways(
            "one mean for all",
            "Each column has its own spread, but from all of them the same mean was subtracted, that of the whole array.",
            "which argument of `mean` says along which axis to average?",
            *_divides_by(lambda x: x.std(axis=0), center=lambda x: x.mean()),
        ),
        *ways(
            "rows",
            "You took the mean of each row: `axis=1` runs along a row. Each column needs a mean of its own.",
            WHICH_AXIS,
            lambda x: (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True),
            lambda x: (x - x.mean(axis=1)) / x.std(axis=1),
        ),
        *ways(
            "missing parentheses",
            "Python divides before it subtracts: only the mean was divided.",
            "which part of the formula needs parentheses of its own?",
            _precedence,
            lambda x: x - x.mean(axis=0) / x.std(axis=0),
        ),
        *ways(
            "variance",
            "You divided by the variance. The standard deviation is its square root.",
            "in which unit is a standardized height: meters, one over meters, or none?",
            *_divides_by(lambda x: x.var(axis=0)),
        ),
        *ways(
            "mean distance",
            "You divided by the mean distance from the mean. The standard deviation is the root of the mean *squared* distance.",
            "what does `x.std(axis=0)` give?",
            *_divides_by(lambda x: np.abs(x - x.mean(axis=0)).mean(axis=0)),
        ),
        *ways(
            "between 0 and 1",
            "You squeezed each column between 0 and 1. The exercise asks for mean 0 and standard deviation 1.",
            "what do you subtract to move a column's mean to 0?",
            *_divides_by(lambda x: x.max(axis=0) - x.min(axis=0), center=lambda x: x.min(axis=0)),
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
        *ways(
            "only divides",
            "Each column was divided by its standard deviation, but its mean is not 0.",
            "what do you subtract to move a column's mean to 0?",
            *_divides_by(lambda x: x.std(axis=0), center=lambda x: 0),
        ),
        *ways(
            "adds a small number",
            "You added a small number to every standard deviation. A column whose own numbers are that small comes out wrong.",
            "can you treat a standard deviation of exactly 0 differently from the others?",
            lambda x: (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-8),
            lambda x: (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-8),
            lambda x: (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-7),
        ),
        *ways(
            "takes small for constant",
            "A column whose numbers are all small was taken for a constant one. Small numbers vary, too.",
            "can you treat a standard deviation of exactly 0 differently from the others?",
            *[_constant_below(spread) for spread in (1e-6, 1e-7, 1e-8, 1e-9)],
        ),
        *ways(
            "sum of squares",
            "You divided by the root of the *sum* of the squared distances. The standard deviation takes their mean.",
            "what does `x.std(axis=0)` give?",
            *_divides_by(lambda x: np.sqrt(((x - x.mean(axis=0)) ** 2).sum(axis=0))),
        ),
        Misconception(
            "first column only",
            _first_column_only,
            "Only the first column is filled in.",
            "is your `return` inside the loop? It ends the loop at once.",
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
    yield edge("no labels at all", np.zeros(0, dtype=int), 3)


def _filled_in(mark: Function) -> Function:
    """A learner's loop, right but for the line in it: ``mark(out, i, label)``."""

    def answer(labels: Array, n_classes: int) -> Array:
        out = np.zeros((len(labels), n_classes))
        for i, label in enumerate(labels):
            mark(out, i, label)
        return out

    return answer


def _marks_whole_columns(out: Array, i: int, label: int) -> None:
    out[:, label] = 1


def _marks_whole_rows(out: Array, i: int, label: int) -> None:
    out[i] = 1


def _writes_the_label(out: Array, i: int, label: int) -> None:
    out[i, label] = label


def _swapped(out: Array, i: int, label: int) -> None:
    out[label, i] = 1


def _first_label_only(labels: Array, n_classes: int) -> Array:
    out = np.zeros((len(labels), n_classes))
    out[0, labels[0]] = 1
    return out


def _one_row(labels: Array, n_classes: int) -> Array:
    out = np.zeros(n_classes)
    out[labels] = 1
    return out


FLOATS = "The ones are in the right places, but they are {}. A network multiplies by them: make them floats, 0.0 and 1.0."

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
    why="The identity matrix holds every one-hot row there is, and an array of labels picks one for each of them.",
    next="write down the rows you expect for labels [1, 0] and 3 classes. Which entry of row 0 is 1?",
    misconceptions=[
        Misconception(
            "transposed",
            lambda labels, n_classes: np.eye(n_classes)[:, labels],
            "You made a row for each class. The exercise asks for a row for each label, and a column for each class.",
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
        *ways(
            "counts the classes that occur",
            "You counted the classes from the labels. A class that happens not to occur here needs its column too.",
            "what tells you how many classes there are, whether they occur or not?",
            lambda labels, n_classes: np.eye(labels.max() + 1)[labels],
            lambda labels, n_classes: np.eye(len(np.unique(labels)))[labels],
            lambda labels, n_classes: np.eye(len(labels))[labels],
        ),
        Misconception(
            "ones in every row",
            _filled_in(_marks_whole_columns),
            "Every row got the marks of all the labels. Row i belongs to label i, and is marked in one column only.",
            "in `out[:, label]`, the colon means all rows. Which one belongs to this label?",
        ),
        Misconception(
            "ones in the whole row",
            _filled_in(_marks_whole_rows),
            "Every entry became 1. Row i is to be marked in one column only, that of its label.",
            "an entry has two indices, `out[row, column]`. Which column is it?",
        ),
        Misconception(
            "row and column swapped",
            _filled_in(_swapped),
            "Row and column are swapped: the label says which *column* to mark, and its position which row.",
            "what does `enumerate(labels)` give you, and in which order?",
        ),
        Misconception(
            "writes the label",
            _filled_in(_writes_the_label),
            "The right entries are marked, but with the label itself. The mark is 1, whatever the class.",
        ),
        Misconception(
            "one row for all",
            _one_row,
            "You made a single row with the marks of all the labels. The exercise asks for a row for each label.",
            "how many rows are there for 7 labels?",
        ),
        Misconception(
            "first label only",
            _first_label_only,
            "Only the first row is marked.",
            "is your `return` inside the loop? It ends the loop at once.",
        ),
        Misconception(
            "marks all others",
            lambda labels, n_classes: 1 - np.eye(n_classes)[labels],
            "It is the other way round: 1 marks the class of the label, 0 all other classes.",
        ),
        Misconception(
            "one column too few",
            lambda labels, n_classes: np.eye(n_classes - 1)[labels],
            "You made one column too few. There is one for each class, and the last class has the label n_classes - 1.",
            "for 3 classes, which labels are there, and how many columns do they need?",
        ),
        Misconception(
            "columns from 1",
            lambda labels, n_classes: np.eye(n_classes + 1)[labels][:, 1:],
            "Your columns stand for the classes 1, 2, and so on. Counting begins at 0: label 0 belongs in the first column.",
            "for 3 classes, which labels are there, and which columns?",
        ),
    ],
)


EXERCISES = [STANDARDIZE, ONE_HOT]
