"""Metrics: ``metric(y_true, y_pred)``, nodes in, the batch's mean out. Any such callable will do."""

from collections.abc import Callable
from typing import Any

import revgraph.core as rc
from revgraph.dl.losses import LOSSES
from revgraph.dl.names import lookup

Metric = Callable[[rc.Tensor, rc.Tensor], rc.Tensor]


def categorical_accuracy() -> Metric:
    """The share of samples whose largest output is the class of their one-hot target."""
    return lambda y_true, y_pred: _share(rc.argmax(y_true, axis=-1), rc.argmax(y_pred, axis=-1))


def sparse_categorical_accuracy() -> Metric:
    """The share of samples whose largest output is their target's class index."""
    return lambda y_true, y_pred: _share(y_true, rc.argmax(y_pred, axis=-1))


def binary_accuracy(threshold: float = 0.5) -> Metric:
    """The share of outputs on the right side of the threshold; targets are 0 or 1."""
    return lambda y_true, y_pred: _share(y_true > 0.5, y_pred > threshold)


def _share(a: rc.Tensor, b: rc.Tensor) -> rc.Tensor:
    return rc.mean(rc.where(rc.equal(a, b), 1.0, 0.0))


METRICS: dict[str, Callable[..., Metric]] = {
    "categorical_accuracy": categorical_accuracy,
    "sparse_categorical_accuracy": sparse_categorical_accuracy,
    "binary_accuracy": binary_accuracy,
}


def metric_by(wanted: Any) -> Metric:
    """By name (a loss's name too, for its mean), or any callable ``metric(y_true, y_pred)``."""
    if isinstance(wanted, str) and wanted in LOSSES:
        return LOSSES[wanted](fold="mean")
    return wanted if callable(wanted) else lookup("metric", wanted, METRICS)()
