"""Metrics: ``metric(y_true, y_pred)``, nodes in, a number out, measured on all samples at once.

Any such function will do, ``lambda t, p: rc.sqrt(rc.mean(rc.square(p - t)))`` too. A loss used as a metric
gives its mean over the samples, whatever its ``fold`` does for training.
"""

from collections.abc import Callable, Mapping
from typing import Any

import revgraph.core as rc
from revgraph.dl.losses import LOSSES, Loss, as_node, like_prediction, one_hot_mask, require_several
from revgraph.dl.names import make_by_name

Metric = Callable[[Any, Any], rc.Tensor]


def of_nodes(metric: Callable[[rc.Tensor, rc.Tensor], rc.Tensor]) -> Metric:
    """The metric, which takes arrays as well, as a loss does."""
    return lambda y_true, y_pred: metric(as_node(y_true), as_node(y_pred))


def categorical_accuracy() -> Metric:
    """The share of samples whose largest output is the class of their one-hot target.

    Both are (n, classes). Raises ValueError for class indices in place of one-hot rows, and for one output.
    """

    def metric(y_true: rc.Tensor, y_pred: rc.Tensor) -> rc.Tensor:
        if y_true.ndim is not None and y_pred.ndim is not None and y_true.ndim != y_pred.ndim:
            raise ValueError(
                f"categorical_accuracy compares one-hot rows with outputs; y_true has shape {y_true.shape}, "
                f"y_pred {y_pred.shape}. Next: dl.sparse_categorical_accuracy() for class indices."
            )
        require_several(y_pred, -1, "categorical_accuracy", "binary_accuracy")
        known = _without_nan(y_true) * _without_nan(y_pred)
        return _share(rc.argmax(y_true, axis=-1), rc.argmax(y_pred, axis=-1), known)

    return of_nodes(metric)


def sparse_categorical_accuracy() -> Metric:
    """The share of samples whose largest output is their target's class index.

    y_true is (n,), y_pred (n, classes). Raises ValueError for a label that is no class, and for one output.
    """

    def metric(y_true: rc.Tensor, y_pred: rc.Tensor) -> rc.Tensor:
        require_several(y_pred, -1, "sparse_categorical_accuracy", "binary_accuracy")
        true = rc.argmax(one_hot_mask(y_true, y_pred), axis=-1)
        return _share(true, rc.argmax(y_pred, axis=-1), _without_nan(y_pred))

    return of_nodes(metric)


def binary_accuracy(threshold: float = 0.5) -> Metric:
    """The share of outputs on the right side of the ``threshold``; targets are 0 or 1."""

    def metric(y_true: rc.Tensor, y_pred: rc.Tensor) -> rc.Tensor:
        y_true = like_prediction(y_true, y_pred)
        known = rc.equal(y_true, y_true) * rc.equal(y_pred, y_pred)
        return _share(y_true > 0.5, y_pred > threshold, known)

    return of_nodes(metric)


def _share(a: rc.Tensor, b: rc.Tensor, known: rc.Tensor) -> rc.Tensor:
    """The share of entries that are equal; one that is not `known` counts as wrong."""
    return rc.mean(rc.where(rc.equal(a, b) * known, 1.0, 0.0))


def _without_nan(a: rc.Tensor) -> rc.Tensor:
    """For each row whether it is an answer: nan has no largest entry, though argmax names one."""
    return rc.all(rc.equal(a, a), axis=-1)


METRICS: dict[str, Callable[..., Metric]] = {
    "categorical_accuracy": categorical_accuracy,
    "sparse_categorical_accuracy": sparse_categorical_accuracy,
    "binary_accuracy": binary_accuracy,
}


def metric_by(wanted: Any) -> Metric:
    """By name (a loss's name too), or any callable ``metric(y_true, y_pred)``."""
    metric = make_by_name("metric", wanted, {**METRICS, **LOSSES})
    return metric.per_mean() if isinstance(metric, Loss) and metric.sums else metric


def metrics_by(wanted: Any) -> dict[str, Metric]:
    """A model's metrics by their names.

    Raises TypeError for what is no dict, ValueError for a name that the loss has already.
    """
    if wanted is not None and not isinstance(wanted, Mapping):
        raise TypeError(
            f"metrics is a dict from a name of your choice to a metric, not {wanted!r}. "
            'Next: metrics={"Accuracy": dl.categorical_accuracy()}.'
        )
    if "loss" in (wanted or {}):
        raise ValueError(
            'a metric cannot be named "loss": a history keeps the loss under it. Next: another name.'
        )
    return {name: metric_by(metric) for name, metric in (wanted or {}).items()}
