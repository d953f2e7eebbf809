"""Wrong answers to chapter 00 that are right for most data."""

import numpy as np


def standardize_isclose(x):
    spread = x.std(axis=0)
    spread[np.isclose(spread, 0)] = 1
    return (x - x.mean(axis=0)) / spread


def one_hot_a_column_too_few(labels, n_classes):
    return np.eye(n_classes - 1)[labels]


WRONG = {"standardize": [standardize_isclose], "one_hot": [one_hot_a_column_too_few]}
