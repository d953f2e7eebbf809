"""Right answers to chapter 00 in other words than the reference's."""

import numpy as np


def standardize_column_by_column(x):
    out = np.zeros(x.shape)
    for j in range(x.shape[1]):
        column = x[:, j]
        if column.std() > 0:
            out[:, j] = (column - column.mean()) / column.std()
    return out


def standardize_by_hand(x):
    centered = x - np.sum(x, axis=0) / len(x)
    deviation = np.sqrt(np.sum(centered**2, axis=0) / len(x))
    deviation[deviation == 0] = 1
    return centered / deviation


def standardize_and_mend(x):
    with np.errstate(invalid="ignore"):
        return np.nan_to_num((x - x.mean(0)) / x.std(0))


def standardize_where_possible(x):
    std = x.std(axis=0, keepdims=True)
    return np.divide(x - x.mean(axis=0, keepdims=True), std, out=np.zeros_like(x), where=std != 0)


def one_hot_in_a_loop(labels, n_classes):
    out = np.zeros((len(labels), n_classes))
    for row, label in enumerate(labels):
        out[row, label] = 1
    return out


def one_hot_by_indexing(labels, n_classes):
    out = np.zeros((labels.size, n_classes))
    out[np.arange(labels.size), labels] = 1.0
    return out


def one_hot_by_comparing(labels, n_classes):
    return (labels[:, None] == np.arange(n_classes)).astype(float)


def one_hot_by_list(labels, n_classes):
    return np.array([np.eye(n_classes)[label] for label in labels])


ALTERNATIVES = {
    "standardize": [
        standardize_column_by_column,
        standardize_by_hand,
        standardize_and_mend,
        standardize_where_possible,
    ],
    "one_hot": [one_hot_in_a_loop, one_hot_by_indexing, one_hot_by_comparing, one_hot_by_list],
}
