"""Losses, by Keras's definitions: one number a sample, which ``fold`` makes into one number a batch.

``dl.mean_squared_error()`` gives a callable ``loss(y_true, y_pred)``. By default ``fold`` sums over the
batch; ``fold="mean"`` averages, so that the size of a step does not depend on the size of the batch; any
function from a node with a number a sample to a node with one number will do.

y_true and y_pred have one shape, (n, outputs); a single output may come as (n,) or (n, 1), in either.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from math import inf, log
from typing import Any

import numpy as np

import revgraph.core as rc
from revgraph.core.ops import activations, indexing
from revgraph.core.ops.op import first_dtype, op, same_dims
from revgraph.core.ops.reductions import float_of
from revgraph.core.tensor import Dims
from revgraph.dl.layers.base import layer_note
from revgraph.dl.names import lookup, make_by_name

Tensor = rc.Tensor
EPSILON = 1e-7  # keeps logarithms and quotients finite, as in Keras
FOLDS: dict[str, Callable[..., Any]] = {"sum": rc.sum, "mean": rc.mean}
LOSSES: dict[str, Callable[..., "Loss"]] = {}


class Loss:
    """``loss(y_true, y_pred)``: nodes in, a scalar node out.

    per_sample: from both nodes to a number a sample
    fold: "sum", "mean", or a function that makes one number of them
    sparse: whether y_true holds class indices, one axis less than y_pred
    span: the labels that it takes, if not all
    """

    span: "Span | None" = None  # also of one that was pickled without

    def __init__(
        self,
        per_sample: Callable[..., Tensor],
        fold: Any = "sum",
        sparse: bool = False,
        span: "Span | None" = None,
    ) -> None:
        self.per_sample, self.sparse, self.span = per_sample, sparse, span
        self.fold = lookup("fold", fold, FOLDS)

    @property
    def sums(self) -> bool:
        """Whether the batch's loss is the sum of the samples'."""
        return self.fold is rc.sum

    def per_mean(self) -> "Loss":
        """The same loss as a mean over the samples."""
        return Loss(self.per_sample, "mean", self.sparse, self.span)

    def __call__(self, y_true: Any, y_pred: Any) -> Tensor:
        return self.fold(self.per_sample(as_node(y_true), as_node(y_pred)))


def as_node(value: Any) -> Tensor:
    return value if isinstance(value, Tensor) else rc.constant(value)


def loss_factory(per_sample: Callable[..., Tensor]) -> Callable[..., Loss]:
    """Make a formula for each sample into a factory of losses: ``name(fold="sum", **options)``."""
    y_true, _, *options = inspect.signature(per_sample).parameters.values()
    sparse, span = per_sample.__name__.startswith("sparse"), getattr(per_sample, "span", None)
    formula = per_sample if sparse else of_one_shape(per_sample)

    @wraps(per_sample)
    def factory(fold: Any = "sum", *args: Any, **kwargs: Any) -> Loss:
        chosen = signature.bind(fold, *args, **kwargs).arguments
        chosen.pop("fold")
        return Loss(partial(formula, **chosen) if chosen else formula, fold, sparse, span)

    fold = inspect.Parameter("fold", y_true.kind, default="sum", annotation=Any)
    signature = inspect.Signature([fold, *options], return_annotation=Loss)
    factory.__signature__ = signature  # type: ignore[attr-defined]
    LOSSES[per_sample.__name__] = factory
    return factory


# Both of one shape: entry by entry is what a loss compares, and nothing shall be broadcast in silence.


def of_one_shape(formula: Callable[..., Tensor]) -> Callable[..., Tensor]:
    @wraps(formula)
    def aligned(y_true: Tensor, y_pred: Tensor, **options: Any) -> Tensor:
        return formula(like_prediction(y_true, y_pred), y_pred, **options)

    return aligned


def like_prediction(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """y_true in the shape of y_pred, from which it may differ by a last axis of size 1."""
    if y_true.dims is not None and y_true.dims == y_pred.dims:
        return y_true
    return _like_prediction(y_true, y_pred)


def _reshape_target(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    _target_dims(y_true.shape, y_pred.shape)
    return y_true.reshape(y_pred.shape)


def _target_dims(y_true: Dims, y_pred: Dims) -> Dims:
    """The prediction's; sizes that are not known yet, below 0, may be anything."""
    if y_true is not None and y_pred is not None:
        mine, theirs = without_last_one(y_true), without_last_one(y_pred)
        if len(mine) != len(theirs) or not all(map(may_be_equal, mine, theirs)):
            raise ValueError("a loss compares targets and predictions entry by entry, so they have one shape")
    return y_pred


def may_be_equal(a: int, b: int) -> bool:
    return a == b or min(a, b) < 0


def without_last_one(dims: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without the last axis of a single output."""
    return dims[:-1] if len(dims) > 1 and dims[-1] == 1 else dims


_like_prediction = op(
    "like_prediction",
    _reshape_target,
    lambda g, ans, y_true, y_pred: (rc.reshape_like(g, y_true), None),
    dims=_target_dims,
    dtype=first_dtype,
    view=True,
    shape_only=(1,),
)


def mean_of_outputs(entries: Tensor) -> Tensor:
    """The mean over the last axis; entries in one row are a sample each."""
    if entries.ndim is None:
        entries = _rows(entries)
    return entries if entries.ndim is not None and entries.ndim < 2 else rc.mean(entries, axis=-1)


_rows = op(
    "rows",
    lambda a: a if a.ndim > 1 else a.reshape(-1, 1),
    lambda g, ans, a: rc.reshape_like(g, a),
    dtype=first_dtype,
    view=True,
)


# Class indices


def checked_labels(labels: np.ndarray, n_classes: int) -> np.ndarray:
    """The labels, if each is a class from 0 on."""
    wrong = ~((labels >= 0) & (labels < n_classes) & (labels == np.floor(labels)))
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        row = place[0] if len(place) == 1 else place
        raise ValueError(
            f"the label {labels[place]:g} in row {row} is no class: the {n_classes} classes are the "
            f"numbers from 0 to {n_classes - 1}. Next: see y there, or give the network more outputs."
        )
    return labels


def require_one_a_row(labels: np.ndarray, like: np.ndarray) -> None:
    if labels.shape != like.shape[:-1]:
        raise ValueError(
            f"class indices have one axis less than the prediction, whose shape is {like.shape}; "
            f"these have shape {labels.shape}"
        )


def _one_hot_mask(labels: np.ndarray, like: np.ndarray) -> np.ndarray:
    require_one_a_row(labels, like)
    n_classes = like.shape[-1]
    return checked_labels(labels, n_classes)[..., None] == np.arange(n_classes)


def _mask_dims(labels: Dims, like: Dims) -> Dims:
    if labels is not None and like is not None and len(labels) != len(like) - 1:
        raise ValueError("class indices have one axis less than the prediction. Next: y as (n,) numbers")
    return like


def _class_indices(labels: np.ndarray, like: np.ndarray) -> np.ndarray:
    require_one_a_row(labels, like)
    return checked_labels(labels, like.shape[-1]).astype(np.intp)


class_indices = op(
    "class_indices",
    _class_indices,
    lambda g, ans, labels, like: (None, None),
    dims=lambda labels, like: _mask_dims(labels, like) and like[:-1],
    dtype=lambda labels, like: np.dtype(np.intp),
    shape_only=(1,),
)

one_hot_mask = op(
    "one_hot_mask",
    _one_hot_mask,
    lambda g, ans, labels, like: (None, None),
    dims=_mask_dims,
    dtype=lambda labels, like: np.dtype(bool),
    shape_only=(1,),
)


def require_several(y_pred: Tensor, axis: int, what: str, instead: str) -> None:
    """Raise where a choice among classes is measured of one output: it would always be right."""
    if (
        y_pred.shape is not None
        and -len(y_pred.shape) <= axis < len(y_pred.shape)
        and y_pred.shape[axis] == 1
    ):
        raise ValueError(
            f"{what} measures a choice among classes; the prediction has one output, shape {y_pred.shape}. "
            f"Next: dl.{instead}() for one output, or as many outputs as classes."
        )


@dataclass(frozen=True)
class Span:
    """The labels that a loss takes, and what else to do with others."""

    loss: str
    least: float
    most: float
    instead: str


def require_labels(labels: np.ndarray, span: Span) -> np.ndarray:
    wrong = ~((labels >= span.least) & (labels <= span.most))
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        upward = f"from {span.least:g} " + ("on" if span.most == inf else f"to {span.most:g}")
        raise ValueError(
            f"{span.loss} takes labels {upward}, and {labels[place]:g} stands in row {place[0]}. "
            f"Next: {span.instead}."
        )
    return labels


labels_within = op(
    "labels_within",
    require_labels,
    lambda g, ans, labels, span: g,
    dims=same_dims,
    dtype=first_dtype,
    view=True,
)


def takes_labels(span: Span) -> Callable[[Callable[..., Tensor]], Callable[..., Tensor]]:
    """Let a formula take the labels of this span alone."""

    def mark(formula: Callable[..., Tensor]) -> Callable[..., Tensor]:
        @wraps(formula)
        def checked(y_true: Tensor, y_pred: Tensor, **options: Any) -> Tensor:
            return formula(labels_within(y_true, span=span), y_pred, **options)

        checked.span = span  # type: ignore[attr-defined]
        return checked

    return mark


BINARY = Span("binary_cross_entropy", 0, 1, "(y + 1) / 2 for labels -1 and 1, or dl.hinge()")
ONE_HOT = Span("categorical_cross_entropy", 0, inf, "one-hot rows, np.eye(n_classes)[y]")
SIGNS = Span("a hinge loss", -1, 1, "labels -1 and 1, or 0 and 1")
DISTRIBUTION = Span("kl_divergence", 0, 1, "rows of probabilities, y / y.sum(-1, keepdims=True)")

# The logarithm of a softmax or a sigmoid is exact where they round to 0 or 1, and has a gradient. Through the
# clipped probabilities none would pass: a network that starts out sure and wrong would never learn.

SOFTMAX, SIGMOID = rc.softmax([0.0]).op, rc.sigmoid(rc.constant([0.0])).op


def scores_of(y_pred: Tensor, op: Any, axis: int = -1) -> Tensor | None:
    """The scores that y_pred is the softmax (over this axis) or sigmoid of; None where it is neither."""
    node = y_pred
    while node.op is layer_note:
        node = node.args[0]
    if node.op is not op or (op is SOFTMAX and not same_axis(node.params["axis"], axis, node.ndim)):
        return None
    return node.args[0]


def same_axis(a: Any, b: int, ndim: int | None) -> bool:
    return a == b or (ndim is not None and isinstance(a, int) and a % ndim == b % ndim)


def given_scores(y_pred: Tensor, op: Any, axis: int = -1) -> Tensor:
    """y_pred, which the user says are scores: they do not come from what makes probabilities of scores."""
    if scores_of(y_pred, op, axis) is not None:
        raise ValueError(
            f"from_logits=True says that the network gives scores, and its last step is a {op.name}, which "
            "makes probabilities of them. Next: a last layer without activation, or from_logits=False."
        )
    return y_pred


PROBABLY = 1e-3  # how far rounding, or a sum that is nearly 1, may take a probability out of its span


def _require_probabilities(p: np.ndarray) -> np.ndarray:
    wrong = (p < -PROBABLY) | (p > 1 + PROBABLY)
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"this cross-entropy takes probabilities, from 0 to 1, and {p[place]:g} is predicted for row "
            f"{place[0] if place else 0}. Next: a last layer with activation='softmax' (of one output "
            "'sigmoid'), or from_logits=True in the loss."
        )
    return p


probabilities = op(
    "probabilities", _require_probabilities, lambda g, ans, p: g, dims=same_dims, dtype=first_dtype, view=True
)


def log_probabilities(y_pred: Tensor, from_logits: bool, eps: float = EPSILON, axis: int = -1) -> Tensor:
    scores = given_scores(y_pred, SOFTMAX, axis) if from_logits else scores_of(y_pred, SOFTMAX, axis)
    return rc.log(clipped(y_pred, eps)) if scores is None else rc.log_softmax(scores, axis)


def clipped(p: Tensor, eps: float = EPSILON) -> Tensor:
    return rc.clip(
        probabilities(p), above_zero(eps, p), 1 - max(eps, float(np.finfo(float_of(p.dtype)).epsneg))
    )


def above_zero(eps: float, like: Tensor) -> float:
    """eps; in float16, where that may be 0 or have an infinite inverse, the least for which neither is so."""
    return max(eps, float(np.finfo(float_of(like.dtype)).tiny))


@loss_factory
@takes_labels(ONE_HOT)
def categorical_cross_entropy(
    y_true: Tensor, y_pred: Tensor, eps: float = EPSILON, axis: int = -1, from_logits: bool = False
) -> Tensor:
    """-Σ y_true · log(y_pred) over the classes: of one-hot rows (n, classes) and probabilities.

    fold: how samples become one number: "sum", "mean" or a function
    eps: probabilities are kept from ``eps`` to 1 - ``eps``; of a softmax the logarithm is exact without
    axis: along which the classes lie
    from_logits: whether y_pred are scores before the softmax

    Raises ValueError for a single output, and for a label below 0, and names its row.
    """
    require_several(y_pred, axis, "categorical_cross_entropy", "binary_cross_entropy")
    return -rc.sum(y_true * log_probabilities(y_pred, from_logits, eps, axis), axis=axis)


@loss_factory
def sparse_categorical_cross_entropy(y_true: Tensor, y_pred: Tensor, from_logits: bool = False) -> Tensor:
    """-log of the probability of the true class; y_true holds class indices from 0 on, (n,).

    fold: how samples become one number: "sum", "mean" or a function
    from_logits: whether y_pred, (n, classes), are scores before the softmax

    Raises ValueError for a label that is no class, and names its row, and for a single output.
    """
    require_several(y_pred, -1, "sparse_categorical_cross_entropy", "binary_cross_entropy")
    labels = class_indices(y_true, y_pred)
    scores = given_scores(y_pred, SOFTMAX) if from_logits else scores_of(y_pred, SOFTMAX)
    if scores is None:
        return -rc.log(clipped(indexing.pick(y_pred, labels)))
    top = activations.top_of(scores, axis=-1)
    below = indexing.pick(scores, labels) - rc.squeeze(top, -1)
    return rc.log(rc.sum(rc.exp(scores - top), axis=-1)) - below


@loss_factory
@takes_labels(BINARY)
def binary_cross_entropy(y_true: Tensor, y_pred: Tensor, from_logits: bool = False) -> Tensor:
    """Mean of -(y log p + (1 - y) log(1 - p)) over the outputs; y_true is 0 or 1, or between.

    fold: how samples become one number: "sum", "mean" or a function
    from_logits: whether y_pred are scores before the sigmoid

    Raises ValueError for a label below 0 or above 1, and names its row.
    """
    scores = given_scores(y_pred, SIGMOID) if from_logits else scores_of(y_pred, SIGMOID)
    if scores is not None:
        return mean_of_outputs(rc.softplus(scores) - y_true * scores)
    p = clipped(y_pred)
    return -mean_of_outputs(y_true * rc.log(p) + (1 - y_true) * rc.log(1 - p))


@loss_factory
def poisson(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of y_pred - y_true · log(y_pred) over the outputs; y_pred are expected counts.

    fold: how samples become one number: "sum", "mean" or a function
    """
    return mean_of_outputs(y_pred - y_true * rc.log(y_pred + above_zero(EPSILON, y_pred)))


@loss_factory
@takes_labels(DISTRIBUTION)
def kl_divergence(y_true: Tensor, y_pred: Tensor, eps: float = 1e-20) -> Tensor:
    """Σ y_true · log(y_true / y_pred) over the last axis, of two distributions.

    fold: how samples become one number: "sum", "mean" or a function
    eps: probabilities below it count as ``eps``

    Raises ValueError for a label below 0 or above 1, and names its row.
    """
    eps = above_zero(eps, y_pred)
    true, pred = rc.clip(y_true, eps, 1.0), rc.clip(y_pred, eps, 1.0)
    return rc.sum(true * rc.log(true / pred), axis=-1)


@loss_factory
def mean_squared_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of (y_pred - y_true)² over the outputs.

    fold: how samples become one number: "sum", "mean" or a function
    """
    return mean_of_outputs(rc.square(y_pred - y_true))


@loss_factory
def mean_absolute_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of |y_pred - y_true| over the outputs.

    fold: how samples become one number: "sum", "mean" or a function
    """
    return mean_of_outputs(rc.abs(y_pred - y_true))


@loss_factory
def mean_absolute_percentage_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of 100 · |y_true - y_pred| / |y_true| over the outputs.

    fold: how samples become one number: "sum", "mean" or a function
    """
    return 100 * mean_of_outputs(rc.abs((y_true - y_pred) / rc.maximum(rc.abs(y_true), EPSILON)))


@loss_factory
def mean_squared_logarithmic_error(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of (log(1 + y_pred) - log(1 + y_true))² over the outputs; negative values count as 0.

    fold: how samples become one number: "sum", "mean" or a function
    """
    difference = rc.log(1 + rc.maximum(y_pred, EPSILON)) - rc.log(1 + rc.maximum(y_true, EPSILON))
    return mean_of_outputs(rc.square(difference))


@loss_factory
def log_cosh(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of log(cosh(y_pred - y_true)) over the outputs, in a form that does not overflow.

    fold: how samples become one number: "sum", "mean" or a function
    """
    x = y_pred - y_true
    return mean_of_outputs(x + rc.softplus(-2 * x) - log(2))


@loss_factory
@takes_labels(SIGNS)
def hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of max(0, 1 - y_true · y_pred) over the outputs; y_true is -1 or 1, or else 0 or 1.

    fold: how samples become one number: "sum", "mean" or a function

    Raises ValueError for a label below -1 or above 1, and names its row.
    """
    return mean_of_outputs(rc.maximum(1 - signs(y_true) * y_pred, 0.0))


@loss_factory
@takes_labels(SIGNS)
def squared_hinge(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Mean of max(0, 1 - y_true · y_pred)² over the outputs; y_true is -1 or 1, or else 0 or 1.

    fold: how samples become one number: "sum", "mean" or a function

    Raises ValueError for a label below -1 or above 1, and names its row.
    """
    return mean_of_outputs(rc.square(rc.maximum(1 - signs(y_true) * y_pred, 0.0)))


def signs(labels: Tensor) -> Tensor:
    """-1 and 1, also where all labels are 0 or 1, as Keras converts them."""
    zeros_and_ones = rc.all(rc.equal(labels * labels, labels))  # of all numbers, these two are their squares
    return rc.where(zeros_and_ones, 2 * labels - 1, labels)


def loss_by(wanted: Any) -> Callable[[Tensor, Tensor], Tensor]:
    """By name, or any callable ``loss(y_true, y_pred)``."""
    return make_by_name("loss", wanted, LOSSES)
