"""Model: a network, its loss and its optimizer; training, prediction, saving."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

import revgraph.core as rc
from revgraph.core.tensor import topological_order
from revgraph.dl import saving
from revgraph.dl.batches import Arrays, as_inputs, as_targets, batches, require_same_length, split
from revgraph.dl.callbacks import MOMENTS, Session, base_callback, measured, moments_of, report
from revgraph.dl.history import History
from revgraph.dl.layers.base import Layer, Pass, layers_of, outer_args, replay
from revgraph.dl.losses import loss_by
from revgraph.dl.metrics import metric_by
from revgraph.dl.optimizers import optimizer_by
from revgraph.dl.randomness import generator
from revgraph.dl.summary import Summary


class NotCompiled(RuntimeError):
    """A model was asked to train or to measure before ``compile``."""


class Model:
    """A network to train.

    model      ``dl.sequential(...)``, or the output node of layers called on each other
    loss       a name, ``dl.categorical_cross_entropy()`` and the like, or any ``loss(y_true, y_pred)``
    optimizer  a name, or ``dl.adam(lr=0.005)`` and the like
    metrics    a dict from a name to a metric: ``{"Accuracy": dl.categorical_accuracy()}``
    dtype      of weights and data, "float64" or "float32"

    Call ``compile`` before ``fit``. Prediction works without.
    """

    def __init__(
        self,
        model: Layer | rc.Tensor,
        loss: Any = None,
        optimizer: Any = None,
        metrics: Mapping[str, Any] | None = None,
        dtype: Any = "float64",
    ) -> None:
        self.dtype = np.dtype(dtype)
        if self.dtype.kind != "f":
            raise ValueError(f"dtype is a floating type such as 'float32', not {dtype!r}")
        self.loss = None if loss is None else loss_by(loss)
        self.optimizer = None if optimizer is None else optimizer_by(optimizer)
        self.metrics = {name: metric_by(metric) for name, metric in (metrics or {}).items()}
        self.output = in_dtype(model() if isinstance(model, Layer) else model, self.dtype)
        self.layers = layers_of(self.output)
        leaves = topological_order([self.output], args=outer_args)
        self.inputs = [leaf for leaf in leaves if isinstance(leaf, rc.placeholder)]
        self._step: list[rc.Tensor] | None = None

    @property
    def weights(self) -> list[rc.variable]:
        """All weights, from the inputs on."""
        return [weight for layer in self.layers for weight in layer.weights.values()]

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights."""
        return [weight.data.copy() for weight in self.weights]

    def set_weights(self, values: Iterable[np.ndarray]) -> None:
        for weight, value in zip(self.weights, values, strict=True):
            weight.data = value

    def compile(self) -> Model:
        """Build the training step and the measurements; returns the model."""
        if self.loss is None or self.optimizer is None:
            missing = "a loss" if self.loss is None else "an optimizer"
            raise ValueError(f"this model has no {missing.split()[1]}. Next: dl.Model(..., {missing}).")
        self.target = self._target()
        self._loss = self.loss(self.target, self.output)
        self._metrics = {name: metric(self.target, self.output) for name, metric in self.metrics.items()}
        phase = Pass(training=True)
        (output,) = replay([self.output], phase)
        data_loss = self.loss(self.target, output)
        trainable = [weight for layer in self.layers for weight in layer.trainable]
        step = self.optimizer.minimize(sum(phase.penalties, data_loss), trainable or None)
        self._step = [step, *phase.updates]
        return self

    def _target(self) -> rc.placeholder:
        shape = self.output.shape
        if shape is not None and getattr(self.loss, "sparse", False):
            shape = shape[:-1]
        target = rc.placeholder("y_true", shape, dtype=self.dtype)
        if shape == self.output.shape:
            target.dims = self.output.dims  # as many rows as the output, which spares the program to ask
        return target

    def _require_compiled(self, doing: str) -> None:
        if self._step is None:
            raise NotCompiled(f"this model cannot {doing} before it is compiled. Next: model.compile().")

    # Training

    def fit(
        self,
        x: Any,
        y: Any,
        epochs: int = 1,
        batch_size: int = 32,
        shuffle: bool = True,
        train_test_validation: Sequence[float] = (1.0, 0.0, 0.0),
        verbose: int = 1,
        callbacks: Iterable[base_callback] = (),
    ) -> History:
        """Train on x and y, and return what happened.

        x has one sample a row (for several inputs, a list of arrays or a dict by name), y one target a row.
        ``train_test_validation`` are the fractions of the samples to train on, to test on once at the end,
        and to validate on after each epoch; with ``shuffle`` they are drawn at random, and so is the order of
        the batches of each epoch. The last, smaller batch is trained on too. ``verbose=0`` prints nothing.

        Raises NotCompiled before ``compile``, ValueError where x and y have different lengths. Warns once if
        the loss is no longer finite.
        """
        self._require_compiled("fit")
        xs, ys = as_inputs(x, self.inputs), as_targets(y, self.target)
        require_same_length(xs, ys)
        order = generator().permutation(len(ys)) if shuffle else np.arange(len(ys))
        train, test, validation = split(len(ys), train_test_validation, order)
        session = Session(self, epochs, n_batches=len(batches(train, batch_size)))
        invoke = invoker([*callbacks, *[report()] * bool(verbose)])
        invoke("train_begin", session)
        for session.epoch in range(1, epochs + 1):
            self._epoch(session, xs, ys, train, batch_size, shuffle, invoke)
            self._measure(session, xs, ys, validation, "validation_")
            invoke("epoch_end", session)
            if session.stopped:
                break
        self._measure(session, xs, ys, test, "test_")
        invoke("train_end", session)
        return session.history

    def _epoch(
        self,
        session: Session,
        xs: Arrays,
        ys: np.ndarray,
        train: np.ndarray,
        batch_size: int,
        shuffle: bool,
        invoke: Callable[[str, Session], None],
    ) -> None:
        invoke("epoch_begin", session)
        total, session.batch = 0.0, 0
        order = generator().permutation(train) if shuffle else train
        for indices in batches(order, batch_size):
            session.batch += 1
            invoke("batch_begin", session)
            session.loss = self.train_on_batch(xs.rows(indices), ys[indices])
            session.history.batch_losses.append(session.loss)
            total += session.loss * len(indices)
            warn_if_not_finite(session)
            invoke("batch_end", session)
        session.history.add(loss=total / len(train))

    def train_on_batch(self, x: Any, y: Any) -> float:
        """Take one step; returns the loss per sample before it, penalties included."""
        self._require_compiled("train")
        assert self._step is not None
        xs, ys = as_inputs(x, self.inputs), as_targets(y, self.target)
        value = rc.run(self._step, self._feed(xs, ys))[0]
        return float(value) / (len(ys) if getattr(self.loss, "sums", False) else 1)

    def _feed(self, xs: Arrays, ys: np.ndarray | None = None) -> dict[Any, np.ndarray]:
        feed: dict[Any, np.ndarray] = dict(zip(self.inputs, xs, strict=True))
        return feed if ys is None else {**feed, self.target: ys}

    def _measure(
        self, session: Session, xs: Arrays, ys: np.ndarray, indices: np.ndarray, prefix: str
    ) -> None:
        if len(indices):
            session.history.add(**measured(self, xs.rows(indices), ys[indices], prefix))

    # Using it

    def predict(self, x: Any, batch_size: int = 1024) -> np.ndarray:
        """The outputs for x, a row a sample."""
        xs = as_inputs(x, self.inputs)
        parts = batches(np.arange(len(xs[0])), batch_size) or [np.arange(0)]
        return np.concatenate([rc.run(self.output, self._feed(xs.rows(part))) for part in parts])

    def predict_one(self, x: Any) -> np.ndarray:
        """The output for a single sample."""
        samples = [x] if len(self.inputs) == 1 else x
        return self.predict(Arrays(np.asarray(sample, self.dtype)[None] for sample in samples))[0]

    def evaluate(self, x: Any, y: Any, batch_size: int = 1024) -> float:
        """The loss per sample on x and y, without penalties."""
        self._require_compiled("evaluate")
        per_batch = self._means({"loss": self._loss}, x, y, batch_size, getattr(self.loss, "sums", False))
        return per_batch["loss"]

    def evaluate_metrics(self, x: Any, y: Any, batch_size: int = 1024) -> dict[str, float]:
        """Each metric on x and y."""
        self._require_compiled("evaluate metrics")
        return self._means(self._metrics, x, y, batch_size, sums=False)

    def _means(
        self, nodes: Mapping[str, rc.Tensor], x: Any, y: Any, batch_size: int, sums: bool
    ) -> dict[str, float]:
        """The mean over samples of nodes that give a batch's mean, or its sum."""
        xs, ys = as_inputs(x, self.inputs), as_targets(y, self.target)
        require_same_length(xs, ys)
        totals = np.zeros(len(nodes))
        for i in batches(np.arange(len(ys)), batch_size):
            values = rc.run(list(nodes.values()), self._feed(xs.rows(i), ys[i]))
            totals += np.array(values, float) * (1 if sums else len(i))
        return dict(zip(nodes, (float(total) / len(ys) for total in totals), strict=True))

    def summary(self) -> Summary:
        """A table of the layers with their output shapes and numbers of weights."""
        return Summary(self.output)

    def plot(self, depth: int | None = 0, **options: Any) -> Any:
        """The network as a picture: a node a layer, or with ``depth=None`` every operation.

        ``options`` are those of ``rc.draw_graph``.
        """
        return rc.draw_graph(self.output, depth=depth, **options)

    # Keeping it

    def save(self, path: str | PathLike[str]) -> None:
        """Write the whole model to a file: network, weights, loss, and the optimizer's state (dill).

        To be read with ``Model.load_from``, which runs code from the file. ``save_weights`` writes the
        weights alone, as plain arrays.
        """
        saving.save(self, Path(path))

    @staticmethod
    def load_from(path: str | PathLike[str]) -> Model:
        """Read a model that ``save`` wrote, ready to predict and to train on.

        The file is a pickle, and reading a pickle runs code that stands in it: load files you trust only.
        Weights alone travel safely with ``save_weights`` and ``load_weights``.

        Raises ValueError for a file that is not a model.
        """
        return saving.load(Path(path), Model)

    def save_weights(self, path: str | PathLike[str]) -> None:
        """Write the weights to an ``.npz`` file of plain arrays."""
        saving.save_weights(self.weights, Path(path))

    def load_weights(self, path: str | PathLike[str]) -> None:
        """Read weights that ``save_weights`` wrote for a network of the same shapes."""
        saving.load_weights(self.weights, Path(path))


def in_dtype(output: rc.Tensor, dtype: np.dtype) -> rc.Tensor:
    """The network in this dtype, built anew if it is in another."""
    leaves = topological_order([output], args=outer_args)
    others = [leaf for leaf in leaves if isinstance(leaf, rc.placeholder) and leaf.dtype != dtype]
    if not others:
        return output
    for layer in layers_of(output):
        layer.cast(dtype)
    instead: dict[rc.Tensor, rc.Tensor] = {
        leaf: rc.placeholder(str(leaf.name), leaf.shape, dtype=dtype) for leaf in others
    }
    return replay([output], Pass(), instead)[0]


def invoker(callbacks: Sequence[base_callback]) -> Callable[[str, Session], None]:
    """A function that invokes whichever callbacks want a moment."""
    wanted = {m: [c for c in callbacks if m in moments_of(c)] for m in MOMENTS}

    def invoke(moment: str, session: Session) -> None:
        session.moment = moment
        for callback in wanted[moment]:
            callback.invoke(session)

    return invoke


def warn_if_not_finite(session: Session) -> None:
    losses = session.history.batch_losses
    if not np.isfinite(losses[-1]) and (len(losses) == 1 or np.all(np.isfinite(losses[:-1]))):
        warnings.warn(
            f"the loss became {losses[-1]} in epoch {session.epoch}, batch {session.batch}. "
            "Next: a smaller learning rate, and a look at the data for nan.",
            RuntimeWarning,
            stacklevel=4,
        )
