"""Wrong answers to chapter 00, as learners give them."""

import numpy as np


def standardize_in_a_loop_over_rows(x):
    out = np.zeros(x.shape)
    for i in range(len(x)):
        out[i] = (x[i] - x[i].mean()) / x[i].std()
    return out


def standardize_leaves_constant_columns(x):
    out = x.copy()
    for j in range(x.shape[1]):
        if x[:, j].std() > 0:
            out[:, j] = (x[:, j] - x[:, j].mean()) / x[:, j].std()
    return out


def standardize_returns_in_the_loop(x):
    out = np.zeros(x.shape)
    for j in range(x.shape[1]):
        s = x[:, j].std() or 1
        out[:, j] = (x[:, j] - x[:, j].mean()) / s
        return out


def standardize_with_epsilon(x):
    return (x - np.mean(x, axis=0)) / np.sqrt(np.var(x, axis=0) + 1e-8)


def standardize_by_pandas_habit(x):
    spread = x.std(axis=0, ddof=1)
    spread[spread == 0] = 1
    return (x - x.mean(axis=0)) / spread


def standardize_where_of_the_whole(x):
    return np.where(x.std() == 0, 0, (x - x.mean(axis=0)) / x.std(axis=0))


def standardize_forgets_the_root(x):
    squares = ((x - x.mean(axis=0)) ** 2).mean(axis=0)
    squares[squares == 0] = 1
    return (x - x.mean(axis=0)) / squares


def standardize_sum_of_squares(x):
    c = x - x.mean(axis=0)
    norm = np.sqrt((c**2).sum(axis=0))
    norm[norm == 0] = 1
    return c / norm


def one_hot_of_integers(labels, n_classes):
    out = np.zeros((len(labels), n_classes), dtype=int)
    for i, label in enumerate(labels):
        out[i, label] = 1
    return out


def one_hot_by_lists(labels, n_classes):
    return [[1.0 if c == label else 0.0 for c in range(n_classes)] for label in labels]


def one_hot_columns_first(labels, n_classes):
    out = np.zeros((n_classes, len(labels)))
    for i, label in enumerate(labels):
        out[label, i] = 1
    return out


def one_hot_counting_from_one(labels, n_classes):
    out = np.zeros((len(labels), n_classes))
    for i, label in enumerate(labels):
        out[i, label - 1] = 1
    return out


def one_hot_colon(labels, n_classes):
    out = np.zeros((len(labels), n_classes))
    out[:, labels] = 1.0
    return out


def one_hot_marks_the_row(labels, n_classes):
    out = np.zeros((len(labels), n_classes))
    out[np.arange(len(labels))] = 1.0
    return out


WRONG = {
    "standardize": [
        standardize_in_a_loop_over_rows,
        standardize_leaves_constant_columns,
        standardize_returns_in_the_loop,
        standardize_with_epsilon,
        standardize_by_pandas_habit,
        standardize_where_of_the_whole,
        standardize_forgets_the_root,
        standardize_sum_of_squares,
    ],
    "one_hot": [
        one_hot_of_integers,
        one_hot_by_lists,
        one_hot_columns_first,
        one_hot_counting_from_one,
        one_hot_colon,
        one_hot_marks_the_row,
    ],
}
