"""Model: a network, its loss and its optimizer; training, prediction, saving."""

from __future__ import annotations

import gc
import threading
import warnings
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

import revgraph.core as rc
from revgraph.core.engines import require_engine
from revgraph.core.errors import made_at
from revgraph.core.optimizers import reached_from
from revgraph.core.tensor import real_dtype, topological_order
from revgraph.dl import saving
from revgraph.dl.batches import (
    Arrays,
    Parts,
    as_inputs,
    as_targets,
    batches,
    one_for_each,
    portions,
    require_one_length,
    require_row_a_sample,
    require_same_length,
    split_indices,
)
from revgraph.dl.callbacks import Session, base_callback, invoker, progress, report, test, validation
from revgraph.dl.history import History
from revgraph.dl.layers.base import (
    Layer,
    Pass,
    automatic_name,
    cast_layers,
    held_variables,
    layers_of,
    outer_args,
    replay,
    variables_of,
)
from revgraph.dl.losses import SIGMOID, SOFTMAX, loss_by, require_labels, scores_of
from revgraph.dl.metrics import metrics_by
from revgraph.dl.optimizers import optimizer_by, step_of
from revgraph.dl.randomness import Stream
from revgraph.dl.summary import Summary

DTYPES = (np.dtype(np.float64), np.dtype(np.float32))


class NotCompiled(RuntimeError):
    """A model was asked to train or to measure before ``compile``."""


class Model:
    """A network to train.

    model      ``dl.sequential(...)``; or the output node of layers called on each other; or a function
               without arguments that gives one
    loss       a name, ``dl.categorical_cross_entropy()`` and the like, or any ``loss(y_true, y_pred)``
    optimizer  a name, ``dl.adam(lr=0.005)`` and the like, or a function from the loss to a step
    metrics    a dict from a name to a metric: ``{"Accuracy": dl.categorical_accuracy()}``
    dtype      of weights and data, "float64" or "float32"
    engine     what computes, "numpy" or "jax"; by default the one that ``rc.engine`` chose

    Call ``compile`` before ``fit``. Prediction works without.

    What is trained and saved are the weights of the layers, of those within layers too, and every variable
    that the output or the loss depends on besides.

    Raises TypeError or ValueError for a network without ``dl.inputs``, for names that are unknown or used
    twice, and for layers that a model of another dtype uses.
    """

    def __init__(
        self,
        model: Layer | rc.Tensor | Callable[[], rc.Tensor],
        loss: Any = None,
        optimizer: Any = None,
        metrics: Mapping[str, Any] | None = None,
        dtype: Any = "float64",
        engine: str | None = None,
    ) -> None:
        if engine is not None:
            require_engine(engine)
        self.engine = engine
        self.dtype = real_dtype(dtype)
        if self.dtype not in DTYPES:
            raise ValueError(f"dtype is 'float64' or 'float32', not {dtype!r}")
        self.loss = None if loss is None else loss_by(loss)
        self.optimizer = None if optimizer is None else optimizer_by(optimizer)
        self.metrics = metrics_by(metrics)
        self.output = self._adopted(output_of(model))
        self.stream = Stream()
        leaves = [*topological_order([self.output], args=outer_args), *topological_order([self.output])]
        self.inputs = list(dict.fromkeys(leaf for leaf in leaves if isinstance(leaf, rc.placeholder)))
        if not self.inputs:
            raise ValueError("this network has no input. Next: begin it with dl.inputs.")
        self._graph = [self.output]  # and once compiled what is trained; what either depends on are weights
        self._step: list[rc.Tensor] | None = None
        self._lock = threading.RLock()  # one fit at a time

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({"engine": None, **state}, _lock=threading.RLock())

    def _adopted(self, output: rc.Tensor) -> rc.Tensor:
        """The network in this model's dtype, its layers marked as this model's."""
        layers = layers_of(output)
        require_one_dtype(layers, self.dtype)
        name_apart(layers)
        output, self._earlier = network_in_dtype(output, self.dtype)
        for layer in layers:
            models_of.setdefault(layer, weakref.WeakSet()).add(self)
        for variable in variables_of(output):
            if variable.dtype.kind == "f" and variable.dtype != self.dtype:
                raise ValueError(
                    f"{variable!r} is used beside layers in a model of {self.dtype}.{made_at(variable.where)}"
                    f"\n  Next: rc.variable(..., dtype={str(self.dtype)!r})."
                )
        return output

    @property
    def layers(self) -> list[Layer]:
        """All layers, from the inputs on; those that a layer calls come before it."""
        return layers_of(*self._graph)

    @property
    def weights(self) -> list[rc.variable]:
        """All weights: those of the layers, from the inputs on, then variables used beside layers."""
        held = [weight for layer in self.layers for weight in layer.weights.values()]
        return list(dict.fromkeys([*held, *variables_of(*self._graph)]))

    def get_model(self) -> Callable[..., np.ndarray]:
        """The network as a function: what ``predict`` gives for x."""
        return self.predict

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights."""
        return [weight.data.copy() for weight in self.weights]

    def set_weights(self, values: Iterable[np.ndarray]) -> None:
        """Give all weights these values, in the order of ``get_weights``.

        Raises TypeError for what is no list of arrays; ValueError, and changes nothing, where their number or
        a shape does not fit.
        """
        if not isinstance(values, Iterable):
            raise TypeError(
                f"the weights are a list of arrays, as get_weights gives them, not {values!r:.80}"
            )
        saving.assign(self.weights, list(values), "what was given")

    def compile(self) -> Model:
        """Build the training step and the measurements; returns the model.

        Raises ValueError without a loss or an optimizer, and for a variable that the network or the loss
        makes anew at every call.
        """
        if self.loss is None or self.optimizer is None:
            missing = "a loss" if self.loss is None else "an optimizer"
            raise ValueError(f"this model has no {missing.split()[1]}. Next: dl.Model(..., {missing}).")
        self.target = self._target()
        self._measured_from, y_pred = self._prediction()
        phase = Pass(training=True, chance=self.stream, earlier=self._earlier)
        (output,) = replay([self.output], phase)
        self._measured = self._measurements(y_pred)
        (data_loss,) = phase.of_this_pass([self.loss(self.target, output)])
        again = replay([self.output], Pass(training=True, earlier=self._earlier))
        require_lasting_variables([data_loss], [*again, *self._measured.values()])
        loss = sum(phase.penalties, data_loss)
        self._graph = [self.output, loss]
        self._step = [step_of(self.optimizer, loss, self._trainable(loss)), *phase.updates]
        return self

    def _prediction(self) -> tuple[rc.Tensor, rc.Tensor]:
        """The node that measurements run, and the prediction, made from the value of that, which is fed."""
        for op, activation in ((SOFTMAX, rc.softmax), (SIGMOID, rc.sigmoid)):
            scores = scores_of(self.output, op)
            if scores is not None:
                return scores, activation(self._computed_like(scores))
        return self.output, self._computed_like(self.output)

    def _computed_like(self, node: rc.Tensor) -> rc.placeholder:
        """A placeholder for what was computed of a node."""
        self._computed = rc.placeholder("y_pred", node.shape, dtype=self.dtype)
        self._computed.dims = node.dims
        return self._computed

    def _measurements(self, y_pred: rc.Tensor) -> dict[str, rc.Tensor]:
        """The loss and the metrics of a prediction."""
        functions = {"loss": self.loss, **self.metrics}
        nodes = {name: f(self.target, y_pred) for name, f in functions.items()}  # type: ignore[misc]
        for name, node in nodes.items():
            require_scalar(name, node)
        cast_layers(layers_of(*nodes.values()), self.dtype)  # of those that only a function knows
        return dict(zip(nodes, Pass(earlier=self._earlier).of_this_pass(nodes.values()), strict=True))

    def _trainable(self, loss: rc.Tensor) -> list[rc.variable]:
        """The variables that gradients reach, without weights that their layer does not train."""
        fixed = {
            weight for layer in self.layers for weight in layer.weights.values()
        } - {weight for layer in self.layers for weight in layer.trainable}  # fmt: skip
        return [node for node in reached_from(loss) if node not in fixed]

    @property
    def _sparse(self) -> bool:
        """Whether targets are class indices."""
        return getattr(self.loss, "sparse", False)

    def _target(self) -> rc.placeholder:
        shape = self.output.shape
        if shape is not None and self._sparse:
            shape = shape[:-1]
        target = rc.placeholder("y_true", shape, dtype=self.dtype)
        if shape == self.output.shape:
            target.dims = self.output.dims  # as many rows as the output, so that the program need not check
        return target

    def _data(self, x: Any, y: Any) -> tuple[Arrays, np.ndarray]:
        """x and y as arrays, checked."""
        n_classes = self.output.shape[-1] if self._sparse and self.output.shape else None
        xs, ys = as_inputs(x, self.inputs), as_targets(y, self.target, n_classes)
        require_same_length(xs, ys)
        span = getattr(self.loss, "span", None)
        return xs, ys if span is None else require_labels(ys, span)

    def _require_compiled(self, doing: str) -> None:
        if self._step is None:
            raise NotCompiled(f"this model cannot {doing} before it is compiled. Next: model.compile().")

    # Training

    def fit(
        self,
        x: Any,
        y: Any,
        epochs: int = 1,
        batch_size: int | None = None,
        shuffle: bool = True,
        train_test_validation: Sequence[float] = (1.0, 0.0, 0.0),
        verbose: bool | int = True,
        callbacks: Iterable[base_callback] | None = None,
        validation_data: tuple[Any, Any] | None = None,
    ) -> History:
        """Train on x and y, and return what happened.

        x: one sample a row; for several inputs a list of arrays, or a dict by name.
        y: one target a row.
        epochs: how often to go through the samples
        batch_size: how many samples a step takes; None for all at once. The last, smaller batch is trained
            on too.
        shuffle: whether the parts are drawn at random, and the order of the batches in each epoch
        train_test_validation: the fractions of the samples to train on, to test on once at the end, and to
            validate on after each epoch
        verbose: whether a line is printed after each epoch
        callbacks: what happens besides, see ``dl.callbacks``
        validation_data: x and y to validate on after each epoch, in place of a part that is split off

        Fits of one model in several threads wait for each other. Raises NotCompiled before ``compile``,
        TypeError or ValueError where x and y do not fit the network or each other. Warns once if the loss is
        no longer finite.
        """
        self._require_compiled("fit")
        xs, ys = self._data(x, y)
        epochs = number_of_epochs(epochs)
        with self._lock:
            order = self.stream.generator().permutation(len(ys)) if shuffle else np.arange(len(ys))
            parts = Parts(xs, ys, split_indices(len(ys), train_test_validation, order))
            session = Session(
                self,
                epochs,
                n_batches=len(batches(parts.indices["train"], batch_size)),
                verbose=bool(verbose),
                callbacks=with_measurements(callbacks, parts, validation_data, bool(verbose)),
                part=parts.rows,
            )
            self._train(session, parts, batch_size, shuffle)
        return session.history

    def _train(self, session: Session, parts: Parts, batch_size: int | None, shuffle: bool) -> None:
        invoke = invoker(session.callbacks)
        invoke("train_begin", session)
        while session.epoch < session.epochs and not session.stopped:
            session.epoch += 1
            self._epoch(session, parts, batch_size, shuffle, invoke)
            invoke("epoch_end", session)
        invoke("train_end", session)

    def _epoch(
        self,
        session: Session,
        parts: Parts,
        batch_size: int | None,
        shuffle: bool,
        invoke: Callable[[str, Session], None],
    ) -> None:
        session.batch = 0
        invoke("epoch_begin", session)
        total, train = 0.0, parts.indices["train"]
        order = self.stream.generator().permutation(train) if shuffle else train
        for indices in batches(order, batch_size):
            session.batch += 1
            x, y = parts.batch = parts.xs.rows(indices), parts.ys[indices]
            invoke("batch_begin", session)
            session.loss = self._train_on(x, y)
            session.history.batch_losses.append(session.loss)
            total += session.loss * len(indices)
            warn_if_not_finite(session)
            invoke("batch_end", session)
        session.history.add(loss=total / len(train))

    def train_on_batch(self, x: Any, y: Any) -> float:
        """Take one step; returns the loss per sample before it, penalties included."""
        self._require_compiled("train")
        return self._train_on(*self._data(x, y))

    def _train_on(self, xs: Arrays, ys: np.ndarray) -> float:
        assert self._step is not None
        value = rc.run(self._step, {**self._feed(xs), self.target: ys}, self.engine)[0]
        return float(value) / (len(ys) if getattr(self.loss, "sums", False) else 1)

    def _feed(self, xs: Arrays) -> dict[Any, np.ndarray]:
        return dict(zip(self.inputs, xs, strict=True))

    # Using it

    def predict(self, x: Any, batch_size: int = 1024) -> np.ndarray:
        """The outputs for x, a row a sample; computed in portions of ``batch_size``."""
        xs = as_inputs(x, self.inputs)
        require_one_length(xs)
        return self._run(self.output, xs, batch_size)

    def _run(self, node: rc.Tensor, xs: Arrays, batch_size: int) -> np.ndarray:
        """A node of the network for all samples, in portions."""
        places = portions(len(xs[0]), batch_size) or [slice(0)]
        return np.concatenate([rc.run(node, self._feed(xs.portion(p)), self.engine) for p in places])

    def predict_one(self, x: Any) -> np.ndarray:
        """The output for a single sample."""
        if isinstance(x, dict):
            return self.predict({name: np.asarray(sample)[None] for name, sample in x.items()})[0]
        if len(self.inputs) == 1:
            return self.predict(np.asarray(x)[None])[0]
        return self.predict([np.asarray(sample)[None] for sample in one_for_each(x, len(self.inputs))])[0]

    def evaluate(self, x: Any, y: Any, batch_size: int = 1024) -> float:
        """The loss per sample on x and y, without penalties.

        The network computes ``batch_size`` samples at a time; the loss is that of all of them at once.
        """
        self._require_compiled("evaluate")
        (value,) = self._measure(["loss"], x, y, batch_size)
        return value / (len(y) if getattr(self.loss, "sums", False) else 1)

    def evaluate_metrics(self, x: Any, y: Any, batch_size: int = 1024) -> dict[str, float]:
        """Each metric on x and y, of all samples at once; the network computes ``batch_size`` at a time."""
        self._require_compiled("evaluate metrics")
        names = list(self.metrics)
        return dict(zip(names, self._measure(names, x, y, batch_size), strict=True))

    def _measure(self, names: Sequence[str], x: Any, y: Any, batch_size: int) -> list[float]:
        """The numbers that these measurements give for all of x and y."""
        xs, ys = self._data(x, y)
        if not names:
            return []
        computed = self._run(self._measured_from, xs, batch_size)
        require_row_a_sample(computed, ys)
        feed = {**self._feed(xs), self.target: ys, self._computed: computed}
        return [float(value) for value in rc.run([self._measured[name] for name in names], feed, self.engine)]

    def summary(self) -> Summary:
        """A table of the layers with their output shapes and numbers of weights."""
        return Summary(self)

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


def require_scalar(name: str, node: Any) -> None:
    """A loss or a metric is one number a batch."""
    what = "the loss" if name == "loss" else f"the metric {name!r}"
    if not isinstance(node, rc.Tensor):
        raise TypeError(f"{what} gives {node!r:.80} and not a node. Next: build it from y_true and y_pred.")
    if node.shape not in (None, ()):
        raise ValueError(
            f"{what} gives shape {node.shape}, where one number is needed. "
            "Next: rc.sum or rc.mean over it, as the last step of the function."
        )


models_of: weakref.WeakKeyDictionary[Layer, weakref.WeakSet[Model]] = weakref.WeakKeyDictionary()


def output_of(model: Any) -> rc.Tensor:
    """The output node of what a user gives for a model."""
    output = model() if callable(model) and not isinstance(model, rc.Tensor) else model
    if not isinstance(output, rc.Tensor):
        raise TypeError(
            f"a model is made of dl.sequential(...) or of the output of layers called on nodes, not {model!r}"
        )
    return output


def require_one_dtype(layers: Iterable[Layer], dtype: np.dtype) -> None:
    """Layers with weights have one dtype, so the models that share them have."""
    shared = [layer for layer in layers if layer in models_of and [*held_variables(vars(layer))]]
    if any(model.dtype != dtype for layer in shared for model in models_of[layer]):
        gc.collect()  # a model that nobody holds any more does not count
    for layer in shared:
        for model in models_of[layer]:
            if model.dtype != dtype:
                raise ValueError(
                    f"{layer.name} has weights of {model.dtype} in another model, so they cannot be {dtype}. "
                    "Next: make the layers anew for this model, or give both models one dtype."
                )


def name_apart(layers: Iterable[Layer]) -> None:
    """Give layers of one name others, unless a user gave it."""
    named: dict[str, Layer] = {}
    for layer in layers:
        while named.setdefault(layer.name, layer) is not layer:
            if layer.named:
                raise ValueError(
                    f"two layers are named {layer.name!r}. Next: give them names of their own, or none."
                )
            layer.rename(automatic_name(type(layer)))


def network_in_dtype(output: rc.Tensor, dtype: np.dtype) -> tuple[rc.Tensor, dict[rc.Tensor, rc.Tensor]]:
    """The network in this dtype, built anew if it is in another, and what nodes that it holds became."""
    leaves = topological_order([output])
    others = [leaf for leaf in leaves if isinstance(leaf, rc.placeholder) and leaf.dtype != dtype]
    if not others:
        return output, {}
    cast_layers(layers_of(output), dtype)
    instead: dict[rc.Tensor, rc.Tensor] = {
        leaf: rc.placeholder(str(leaf.name), leaf.shape, dtype=dtype) for leaf in others
    }
    phase = Pass()
    (output,) = replay([output], phase, instead)
    return output, phase.became()


def require_lasting_variables(first: Sequence[rc.Tensor], again: Sequence[rc.Tensor]) -> None:
    """What is built again holds no variable but those that were there the first time."""
    known = set(variables_of(*first))
    for variable in variables_of(*again):
        if variable not in known:
            raise ValueError(
                f"{variable!r} is made anew each time the network or the loss is built, so that what is "
                f"trained is not what predicts.{made_at(variable.where)}"
                "\n  Next: make it once, outside of the function, or in the build or __init__ of a layer."
            )


def number_of_epochs(epochs: Any) -> int:
    if isinstance(epochs, bool) or not isinstance(epochs, int | np.integer):
        raise TypeError(f"epochs is a whole number, not {epochs!r}")
    if epochs < 0:
        raise ValueError(f"epochs is a number from 0 on, not {epochs}")
    return int(epochs)


def with_measurements(
    callbacks: Iterable[base_callback] | None,
    parts: Parts,
    validation_data: tuple[Any, Any] | None,
    verbose: bool,
) -> list[base_callback]:
    """The callbacks, and those that measure split-off parts and report, where none is given for it."""
    one = callbacks is not None and not isinstance(callbacks, Iterable)
    given: list[Any] = [callbacks] if one else list(callbacks or ())
    if validation_data is not None:
        if not isinstance(validation_data, list | tuple) or len(validation_data) != 2:
            raise TypeError("validation_data is x and y. Next: validation_data=(x_validation, y_validation).")
        if any(isinstance(callback, validation) and callback.x is not None for callback in given):
            raise ValueError(
                "validation data are given twice, to fit and to a callback, and one history keeps one. "
                "Next: validation(after_every=...) without data, or no validation_data."
            )
        parts.give("validation", *validation_data)
    for part, callback in (("validation", validation), ("test", test)):
        count = sum(isinstance(c, callback) for c in given)
        if count > 1:
            raise ValueError(
                f"{count} callbacks measure {part}_loss, and one history keeps one. Next: one {part}(), or "
                "model.evaluate in a callback of your own."
            )
        if parts.has(part) and not count:
            given.append(callback())
    return [*given, report()] if verbose and not any(isinstance(c, progress) for c in given) else given


def warn_if_not_finite(session: Session) -> None:
    losses = session.history.batch_losses
    if not np.isfinite(losses[-1]) and (len(losses) == 1 or np.all(np.isfinite(losses[:-1]))):
        warnings.warn(
            f"the loss became {losses[-1]} in epoch {session.epoch}, batch {session.batch}. "
            "Next: a smaller learning rate, and a look at the data for nan.",
            RuntimeWarning,
            stacklevel=4,
        )
