"""Callbacks: what happens besides training, and when.

One of your own is a class whose methods are marked with a condition, asked at every moment of the training:

    class shout(dl.callbacks.base_callback):
        @dl.callbacks.invoked_when(lambda self: self.after_epoch)
        def tell(self):
            self.output("epoch", self.epoch + 1, "of", self.n_epochs)

``base_callback`` lists what the methods see. Or it names its moments, "train_begin", "epoch_begin",
"batch_begin", "batch_end", "epoch_end", "train_end", and gets a Session, which knows the history so far and
can stop the training:

    class enough(dl.callbacks.base_callback):
        invoked_when = "epoch_end"

        def invoke(self, session):
            if session.history["loss"][-1] < 0.01:
                session.stop()
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from revgraph.dl.history import History
from revgraph.dl.saving import require_place

if TYPE_CHECKING:
    from revgraph.dl.model import Model

# The moments of a training, each with what the marked methods of a callback know it by.
MOMENTS = {
    "train_begin": "before_all",
    "epoch_begin": "before_epoch",
    "batch_begin": "before_batch",
    "batch_end": "after_batch",
    "epoch_end": "after_epoch",
    "train_end": "after_all",
}

Part = tuple[Any, Any]


@dataclass
class Session:
    """A training under way. Epochs and batches count from 1."""

    model: Model
    epochs: int
    n_batches: int
    verbose: bool
    callbacks: Sequence[base_callback]
    part: Callable[[str], Part | None]  # x and y of "train", "test", "validation", "batch"
    history: History = field(default_factory=History)
    epoch: int = 0
    batch: int = 0
    loss: float = np.nan
    moment: str = ""
    stopped: bool = False

    def stop(self) -> None:
        """End the training after this epoch."""
        self.stopped = True


class base_callback:
    """What callbacks derive from. Mark methods with ``invoked_when``, or define ``invoke(session)``.

    Marked methods find as attributes of the callback:

    before_all, before_epoch, before_batch, after_batch, after_epoch, after_all
                        which moment this is
    epoch, batch        the epoch and the batch, counted from 0; n_epochs, n_batches how many there are
    session             the model
    output              print, or with ``verbose=False`` a function that does nothing
    x_train, y_train, x_test, y_test, x_validation, y_validation, x_batch, y_batch
                        the data, as far as there are any

    invoked_when: a moment or several, for ``invoke``
    action: a function to be called with the session: ``base_callback("epoch_end", print)``
    """

    invoked_when: str | Sequence[str] = ()

    def __init__(
        self, invoked_when: str | Sequence[str] | None = None, action: Callable[[Session], Any] | None = None
    ) -> None:
        if invoked_when is not None:
            self.invoked_when = invoked_when
        if action is not None:
            self.invoke = action  # type: ignore[assignment, method-assign]

    def invoke(self, session: Session) -> Any:
        """Call the marked methods whose condition holds."""
        methods = marked_methods(type(self))
        if not methods:
            raise NotImplementedError(f"{type(self).__name__} must define invoke(self, session)")
        vars(self).update(facts(session))
        for method in methods:
            if method.condition(self):  # type: ignore[attr-defined]
                method(self)


def invoked_when(condition: Callable[[Any], Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a method of a callback: it is called at each moment at which ``condition(self)`` holds.

        @dl.callbacks.invoked_when(lambda self: self.after_epoch and self.epoch % 10 == 9)
        def tell(self): ...

    condition: a function of the callback, whose attributes tell the moment

    Raises TypeError for what is no function.
    """
    if not callable(condition):
        raise TypeError(
            f"invoked_when takes a function of the callback, not {condition!r}. "
            "Next: @invoked_when(lambda self: self.after_epoch)."
        )

    def mark(method: Callable[..., Any]) -> Callable[..., Any]:
        method.condition = condition  # type: ignore[attr-defined]
        return method

    return mark


def marked_methods(callback: type) -> list[Callable[..., Any]]:
    """The methods with a condition, in the order in which they are written."""
    named = {name: entry for parent in reversed(callback.__mro__) for name, entry in vars(parent).items()}
    return [entry for entry in named.values() if hasattr(entry, "condition")]


def facts(session: Session) -> dict[str, Any]:
    """What marked methods see of a training."""
    seen: dict[str, Any] = {flag: session.moment == moment for moment, flag in MOMENTS.items()}
    for part in ("train", "test", "validation", "batch"):
        seen[f"x_{part}"], seen[f"y_{part}"] = session.part(part) or (None, None)
    return seen | {
        "epoch": session.epoch - 1 if session.epoch else None,
        "batch": session.batch - 1 if session.batch else None,
        "n_epochs": session.epochs,
        "n_batches": session.n_batches,
        "session": session.model,
        "output": print if session.verbose else quiet,
    }


def quiet(*_: Any, **__: Any) -> None:
    """Print nothing."""


def moments_of(callback: base_callback) -> tuple[str, ...]:
    """The moments of a callback, checked."""
    if not isinstance(callback, base_callback):
        hint = f" Next: {callback.__name__}()." if isinstance(callback, type) else ""
        raise TypeError(f"callbacks are made of dl.callbacks.base_callback; {callback!r} is not.{hint}")
    when = callback.invoked_when
    moments = (when,) if isinstance(when, str) else tuple(when or ())
    if not moments and marked_methods(type(callback)):
        return tuple(MOMENTS)
    unknown = [moment for moment in moments if moment not in MOMENTS]
    if unknown or not moments:
        known = ", ".join(MOMENTS)
        raise ValueError(
            f"{type(callback).__name__}.invoked_when is {when!r}; it names one or more of: {known}"
        )
    return moments


def invoker(callbacks: Iterable[base_callback]) -> Callable[[str, Session], None]:
    """A function that invokes the callbacks that want a moment. Those that measure come first; at the end,
    those that put weights back come before them, so that what is measured and saved is what stays."""
    callbacks = list(callbacks)

    def turn(callback: base_callback, moment: str) -> int:
        restores = moment == "train_end" and isinstance(callback, early_stopping)
        return 0 if restores else 1 if isinstance(callback, validation | test) else 2

    wanted = {m: [c for c in callbacks if m in moments_of(c)] for m in MOMENTS}
    for moment, those in wanted.items():
        those.sort(key=partial(turn, moment=moment))

    def invoke(moment: str, session: Session) -> None:
        session.moment = moment
        for callback in wanted[moment]:
            callback.invoke(session)

    return invoke


class progress(base_callback):
    """A bar an epoch with its loss (tqdm, in a terminal and a notebook); without tqdm, a line an epoch."""

    invoked_when = ("epoch_begin", "batch_end", "epoch_end", "train_end")

    def __init__(self) -> None:
        super().__init__()
        try:
            from tqdm.auto import tqdm
        except ImportError:
            tqdm = None
        self._tqdm, self._bar = tqdm, None

    def invoke(self, session: Session) -> None:
        if session.moment == "train_end" or self._tqdm is None:
            report().invoke(session)
        elif session.moment == "epoch_begin":
            title = f"epoch {session.epoch}/{session.epochs}"
            self._bar = self._tqdm(total=session.n_batches, desc=title, unit="batch")
        elif session.moment == "batch_end" and self._bar is not None:
            self._bar.update()
            self._bar.set_postfix(loss=f"{session.loss:.4g}", refresh=False)
        elif session.moment == "epoch_end" and self._bar is not None:
            self._bar.set_postfix({key: f"{value:.4g}" for key, value in session.history.latest().items()})
            self._bar.close()
            self._bar = None

    def __getstate__(self) -> dict[str, Any]:
        return {"_tqdm": self._tqdm, "_bar": None}  # a bar belongs to its terminal


class report(base_callback):
    """Print a line an epoch, and one for the test at the end."""

    invoked_when = ("epoch_end", "train_end")

    def invoke(self, session: Session) -> None:
        values = session.history.latest()
        tests = {key: value for key, value in values.items() if key.startswith("test_")}
        if session.moment == "epoch_end":
            width = len(str(session.epochs))
            print(f"epoch {session.epoch:>{width}}/{session.epochs}  {as_line(values)}")
        elif session.moment == "train_end" and tests:
            print(as_line(tests))


def as_line(values: dict[str, float]) -> str:
    return "  ".join(f"{key.replace('_', ' ')} {value:.4f}" for key, value in values.items())


class validation(base_callback):
    """Evaluate on held-out data after every few epochs; recorded as "validation_loss" and so on.

    after_every: how many epochs lie between two measurements
    x_validation, y_validation: the data; without them the part that ``train_test_validation`` split off
    """

    invoked_when = ("train_begin", "epoch_end")

    def __init__(self, after_every: int = 1, x_validation: Any = None, y_validation: Any = None) -> None:
        super().__init__()
        require_epochs("after_every", after_every)
        require_both(x_validation, y_validation, "validation")
        self.after_every, self.x, self.y = int(after_every), x_validation, y_validation

    def invoke(self, session: Session) -> None:
        if session.moment == "train_begin":
            require_data(self, session, "validation")
        elif session.epoch % self.after_every == 0:
            measure(self, session, "validation")


class test(base_callback):
    """Evaluate on test data when training is over; recorded as "test_loss" and so on.

    x_test, y_test: the data; without them the part that ``train_test_validation`` split off
    """

    invoked_when = ("train_begin", "train_end")
    __test__ = False  # not a test of ours, though pytest might think so

    def __init__(self, x_test: Any = None, y_test: Any = None) -> None:
        super().__init__()
        require_both(x_test, y_test, "test")
        self.x, self.y = x_test, y_test

    def invoke(self, session: Session) -> None:
        if session.moment == "train_begin":
            require_data(self, session, "test")
        else:
            measure(self, session, "test")


def require_epochs(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{name} is a number of epochs from 1 on, not {value!r:.80}")


def require_both(x: Any, y: Any, part: str) -> None:
    if (x is None) != (y is None):
        raise ValueError(f"{part} needs x_{part} and y_{part}, both or neither")


def data_of(callback: validation | test, session: Session, part: str) -> Part | None:
    """The callback's own data, else the part that was split off, if there is one."""
    return (callback.x, callback.y) if callback.x is not None else session.part(part)


def require_data(callback: validation | test, session: Session, part: str) -> None:
    """Before the training, so that it is not lost: an error for data of another shape, a warning for none."""
    data = data_of(callback, session, part)
    if data is not None:
        session.model._data(*data)
    else:
        warnings.warn(
            f"the callback {part}() has nothing to measure: no data are given, and none are split off. Next: "
            f"fit(..., train_test_validation=(0.7, 0.15, 0.15)), or {part}(x_{part}=..., y_{part}=...).",
            RuntimeWarning,
            stacklevel=5,
        )


def measure(callback: validation | test, session: Session, part: str) -> None:
    """Record the loss and the metrics on a part, if there is one."""
    data = data_of(callback, session, part)
    if data is not None:
        model = session.model
        values = {"loss": model.evaluate(*data), **model.evaluate_metrics(*data)}
        session.history.add(**{f"{part}_{key}": value for key, value in values.items()})


class save(base_callback):
    """Save the model in the course of training, to be read with ``Model.load_from``.

    path: where; with ``{epoch}`` in it a file a time: "model-{epoch}.dill"
    save_after_every: how many epochs lie between two times; None for only at the end
    save_after_all: whether to save at the end

    Raises FileNotFoundError before training if the folder does not exist.
    """

    invoked_when = ("train_begin", "epoch_end", "train_end")

    def __init__(
        self, path: str | Path, save_after_every: int | None = None, save_after_all: bool = True
    ) -> None:
        super().__init__()
        if save_after_every is not None:
            require_epochs("save_after_every", save_after_every)
        self.path, self.save_after_every, self.save_after_all = str(path), save_after_every, save_after_all

    def path_after(self, epoch: int) -> Path:
        """The path with the epoch's number in it; other braces are a part of the name."""
        return Path(re.sub(r"\{epoch(:[^{}]*)?\}", lambda found: found[0].format(epoch=epoch), self.path))

    def invoke(self, session: Session) -> None:
        path = self.path_after(session.epoch)
        if session.moment == "train_begin":
            require_place(path)
            return
        due = self.save_after_every and session.epoch % self.save_after_every == 0
        if due if session.moment == "epoch_end" else self.save_after_all:
            session.model.save(path)


class early_stopping(base_callback):
    """Stop when ``monitor`` has not improved for ``patience`` measurements, as Keras does.

    monitor: a name in the history
    patience: how many measurements in a row may bring no improvement; the last of them ends the training
    min_delta: how much counts as an improvement
    maximize: whether more is better
    restore_best: whether the weights of the best epoch are put back at the end

    An epoch in which ``monitor`` is not measured does not count. Raises KeyError as soon as nothing can still
    measure it: after the first epoch, or after the first validation. A callback of one's own may do so at any
    time: beside one, a warning at the end says that it never did.
    """

    invoked_when = ("train_begin", "epoch_end", "train_end")

    def __init__(
        self,
        monitor: str = "validation_loss",
        patience: int = 0,
        min_delta: float = 0.0,
        maximize: bool = False,
        restore_best: bool = False,
    ) -> None:
        super().__init__()
        if isinstance(patience, bool) or not isinstance(patience, int | np.integer) or patience < 0:
            raise ValueError(f"patience is a number of epochs from 0 on, not {patience!r}")
        self.monitor, self.patience, self.min_delta = monitor, patience, float(min_delta)
        self.sign, self.restore_best = (-1 if maximize else 1), restore_best
        self._start()

    def _start(self) -> None:
        self.best, self.waited = np.inf, 0
        self.weights: list[np.ndarray] | None = None

    def invoke(self, session: Session) -> None:
        if session.moment == "train_begin":
            self._start()
        elif session.moment == "epoch_end":
            self._look(session)
        elif self.monitor not in session.history:
            warnings.warn(
                f"early_stopping never saw {self.monitor!r}: nothing measured it in {session.epoch} epochs",
                RuntimeWarning,
                stacklevel=5,
            )
        elif self.restore_best and self.weights is not None:
            session.model.set_weights(self.weights)

    def _look(self, session: Session) -> None:
        latest = session.history.latest()
        if self.monitor in latest:
            self._judge(session, self.sign * latest[self.monitor])
        elif self.monitor not in session.history and not any(
            may_record(callback, self.monitor, session.history) for callback in session.callbacks
        ):
            session.history[self.monitor]  # says what is recorded

    def _judge(self, session: Session, value: float) -> None:
        if value < self.best - self.min_delta:
            self.best, self.waited = value, 0
            self.weights = session.model.get_weights() if self.restore_best else None
            return
        self.waited += 1
        if self.waited >= self.patience:
            session.stop()


def may_record(callback: base_callback, name: str, history: History) -> bool:
    """Whether a callback may yet record something by this name: a validation that has not measured yet, and
    whatever a user wrote."""
    if isinstance(callback, validation):
        return name.startswith("validation_") and "validation_loss" not in history
    return type(callback).__module__ != __name__ or type(callback) is base_callback
