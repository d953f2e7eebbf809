"""More wrong answers to chapter 00, as learners write them."""

import numpy as np


def standardize_in_place(x):
    x -= x.mean(axis=0)
    std = x.std(axis=0)
    x /= np.where(std == 0, 1, std)
    return x


def standardize_mean_absolute(x):
    centered = x - x.mean(axis=0)
    size = np.abs(centered).mean(axis=0)
    return centered / np.where(size == 0, 1, size)


def standardize_uncentered(x):
    std = x.std(axis=0)
    return x / np.where(std == 0, 1, std)


def standardize_to_one(x):
    low, high = x.min(axis=0), x.max(axis=0)
    return (x - low) / np.where(high == low, 1, high - low)


def one_hot_compares(labels, n_classes):
    return labels[:, None] == np.arange(n_classes)


def one_hot_of_seen_classes(labels, n_classes):
    return np.eye(len(set(labels.tolist())))[labels]


def one_hot_prints(labels, n_classes):
    table = np.zeros((len(labels), n_classes))
    for i, label in enumerate(labels):
        table[i, label] = 1.0
    print(table)


def one_hot_from_one(labels, n_classes):
    return (labels[:, None] == np.arange(1, n_classes + 1)).astype(float)


WRONG = {
    "standardize": [
        standardize_in_place,
        standardize_mean_absolute,
        standardize_uncentered,
        standardize_to_one,
    ],
    "one_hot": [one_hot_from_one, one_hot_compares, one_hot_of_seen_classes, one_hot_prints],
}
