"""Losses, by Keras's definitions: one number a sample, which ``fold`` makes into one number a batch.

``dl.mean_squared_error()`` gives a callable ``loss(y_true, y_pred)``. By default ``fold`` sums over the
batch; ``fold="mean"`` averages, so that the size of a step does not depend on the size of the batch.
"""

from collections.abc import Callable
from functools import partial, wraps
from math import log
from typing import Any

import numpy as np

import revgraph.core as rc
from revgraph.dl.names import lookup

Tensor = rc.Tensor
EPSILON = 1e-7  # keeps logarithms and quotients finite, as in Keras
FOLDS: dict[str, Callable[..., Any]] = {"sum": rc.sum, "mean": rc.mean}


class Loss:
    """``loss(y_true, y_pred)``: nodes in, a scalar node out.

    ``sums`` tells whether the batch's loss is the sum of the samples'; ``sparse`` whether y_true holds class
    indices, one axis less than y_pred.
    """

    def __init__(self, per_sample: Callable[..., Tensor], fold: Any = "sum", sparse: bool = False) -> None:
        self.per_sample, self.sparse = per_sample, sparse
        self.fold = lookup("fold", fold, FOLDS)

    @property
    def sums(self) -> bool:
        return self.fold is rc.sum

    def __call__(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return self.fold(self.per_sample(y_true, y_pred))


def loss(per_sample: Callable[..., Tensor]) -> Callable[..., Loss]:
    """Make a formula for each sample into a factory of losses: ``name(fold="sum", **options)``."""

    @wraps(per_sample)
    def factory(fold: Any = "sum", **options: Any) -> Loss:
        sparse = per_sample.__name__.startswith("sparse")
        return Loss(partial(per_sample, **options) if options else per_sample, fold, sparse)

    return factory


def clipped(p: Tensor) -> Tensor:
    return rc.clip(p, EPSILON, 1 - EPSILON)


@loss
def categorical_cross_entropy(y_true: Tensor, y_pred: Tensor, from_logits: bool = False) -> Tensor:
    """-Σ y_true · log(y_pred) over the classes; y_pred are probabilities, or logits with ``from_logits``."""
    log_p = rc.log_softmax(y_pred) if from_logits else rc.log(clipped(y_pred))
    return -rc.sum(y_true * log_p, axis=-1)


@loss
def sparse_categorical_cross_entropy(y_true: Tensor, y_pred: Tensor, from_logits: bool = False) -> Tensor:
    """-log of the probability of the true class; y_true holds class indices."""
    log_p = rc.log_softmax(y_pred) if from_logits else rc.log(clipped(y_pred))
    return -rc.sum(rc.where(is_class(y_true, y_pred), log_p, 0.0), axis=-1)


def is_class(labels: Tensor, like: Tensor) -> Tensor:
    """One-hot rows as booleans, as many columns as ``like`` has."""
    assert like.shape is not None
    return rc.equal(rc.expand_dims(labels, -1), np.arange(like.shape[-1]))  # type: ignore[arg-type]


@loss
def binary_cross_entropy(y_true: Tensor, y_pred: Tensor, from_logits: bool = False) -> Tensor:
    """Mean of -(y log p + (1 - y) log(1 - p)) over the last axis."""
    if from_logits:
        return rc.mean(rc.softplus(y_pred) - y_true * y_pred, axis=-1)
    p = clipped(y_pred)
    return -rc.mean(y_true * rc.log(p) + (1 - y_true) * rc.log(1 - p), axis=-1)


@loss
def poisson(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of y_pred - y_true · log(y_pred) over the last axis."""
    return rc.mean(y_pred - y_true * rc.log(y_pred + EPSILON), axis=-1)


@loss
def kl_divergence(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Σ y_true · log(y_true / y_pred) over the last axis."""
    true, pred = rc.clip(y_true, EPSILON, 1.0), rc.clip(y_pred, EPSILON, 1.0)
    return rc.sum(true * rc.log(true / pred), axis=-1)


@loss
def mean_squared_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of (y_pred - y_true)² over the last axis."""
    return rc.mean(rc.square(y_pred - y_true), axis=-1)


@loss
def mean_absolute_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of |y_pred - y_true| over the last axis."""
    return rc.mean(rc.abs(y_pred - y_true), axis=-1)


@loss
def mean_absolute_percentage_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of 100 · |y_true - y_pred| / |y_true| over the last axis."""
    return 100 * rc.mean(rc.abs((y_true - y_pred) / rc.maximum(rc.abs(y_true), EPSILON)), axis=-1)


@loss
def mean_squared_logarithmic_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of (log(1 + y_pred) - log(1 + y_true))² over the last axis; negative values count as 0."""
    difference = rc.log(1 + rc.maximum(y_pred, EPSILON)) - rc.log(1 + rc.maximum(y_true, EPSILON))
    return rc.mean(rc.square(difference), axis=-1)


@loss
def log_cosh(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of log(cosh(y_pred - y_true)) over the last axis, in a form that does not overflow."""
    x = y_pred - y_true
    return rc.mean(x + rc.softplus(-2 * x) - log(2), axis=-1)


@loss
def hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of max(0, 1 - y_true · y_pred) over the last axis; y_true is -1 or 1."""
    return rc.mean(rc.maximum(1 - y_true * y_pred, 0.0), axis=-1)


@loss
def squared_hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of max(0, 1 - y_true · y_pred)² over the last axis; y_true is -1 or 1."""
    return rc.mean(rc.square(rc.maximum(1 - y_true * y_pred, 0.0)), axis=-1)


LOSSES: dict[str, Callable[..., Loss]] = {
    make.__name__: make
    for make in (
        categorical_cross_entropy, sparse_categorical_cross_entropy, binary_cross_entropy, poisson,
        kl_divergence, mean_squared_error, mean_absolute_error, mean_absolute_percentage_error,
        mean_squared_logarithmic_error, log_cosh, hinge, squared_hinge,
    )
}  # fmt: skip


def loss_by(wanted: Any) -> Callable[[Tensor, Tensor], Tensor]:
    """By name, or any callable ``loss(y_true, y_pred)``."""
    return wanted if callable(wanted) else lookup("loss", wanted, LOSSES)()
