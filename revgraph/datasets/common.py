"""What the data sets share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Split = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def one_hot(labels: np.ndarray, n_classes: int) -> np.ndarray:
    """(n,) integers → (n, n_classes) float64, a single 1 a row."""
    return np.eye(n_classes)[labels]


def shuffled_split(x: np.ndarray, y: np.ndarray, test_fraction: float, seed: int) -> Split:
    """The samples shuffled and cut in two: ``(x_train, y_train), (x_test, y_test)``."""
    if not 0 <= test_fraction < 1:
        raise ValueError(f"test_fraction lies from 0 to below 1, not {test_fraction}")
    order = np.random.default_rng(seed).permutation(len(x))
    train, test = np.split(order, [len(x) - round(test_fraction * len(x))])
    return (x[train], y[train]), (x[test], y[test])


def sklearn_datasets() -> Any:
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ImportError(
            "this data set comes through scikit-learn, which is not installed. "
            "Next: pip install scikit-learn, or pip install revgraph[course]."
        ) from error
    return datasets


def fetch_announced(what: str, size: str, fetcher: Callable[..., Any], **options: Any) -> Any:
    """Fetch through scikit-learn, saying so: the first time takes a while, later it is read from the cache.

    Raises ConnectionError with the way around where there is no network.
    """
    home = Path(sklearn_datasets().get_data_home())
    print(f"{what}: reading it from {home}, or fetching it there ({size})", flush=True)
    try:
        return fetcher(data_home=str(home), **options)
    except OSError as error:
        raise ConnectionError(
            f"{what} is not in {home} and could not be fetched: {error}. "
            "Next: connect to the internet once, or copy that folder from a machine that has it."
        ) from error
