"""Callbacks: what happens besides training, and when.

A callback names the moments at which it is invoked: "train_begin", "epoch_begin", "batch_begin", "batch_end",
"epoch_end", "train_end". It gets a Session, which tells how far the training is and can stop it.

    class shout(dl.callbacks.base_callback):
        invoked_when = "epoch_end"

        def invoke(self, session):
            print(session.epoch, session.history["loss"][-1])
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from revgraph.dl.history import History

if TYPE_CHECKING:
    from revgraph.dl.model import Model

MOMENTS = ("train_begin", "epoch_begin", "batch_begin", "batch_end", "epoch_end", "train_end")


@dataclass
class Session:
    """A training under way. Epochs and batches count from 1."""

    model: "Model"
    epochs: int
    n_batches: int
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
    """Define ``invoke(session)`` in a subclass, or pass an action: ``base_callback("epoch_end", print)``."""

    invoked_when: str | Sequence[str] = ()

    def __init__(
        self, invoked_when: str | Sequence[str] | None = None, action: Callable[[Session], Any] | None = None
    ) -> None:
        if invoked_when is not None:
            self.invoked_when = invoked_when
        if action is not None:
            self.invoke = action  # type: ignore[assignment, method-assign]

    def invoke(self, session: Session) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define invoke(self, session)")


def moments_of(callback: base_callback) -> tuple[str, ...]:
    """The moments of a callback, checked."""
    when = getattr(callback, "invoked_when", None)
    moments = (when,) if isinstance(when, str) else tuple(when or ())
    unknown = [moment for moment in moments if moment not in MOMENTS]
    if unknown or not moments:
        known = ", ".join(MOMENTS)
        raise ValueError(
            f"{type(callback).__name__}.invoked_when is {when!r}; it names one or more of: {known}"
        )
    return moments


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
        if self._tqdm is None:
            if session.moment == "epoch_end":
                print(summary_line(session))
            return
        if session.moment == "epoch_begin":
            title = f"epoch {session.epoch}/{session.epochs}"
            self._bar = self._tqdm(total=session.n_batches, desc=title, unit="batch")
        elif session.moment == "batch_end" and self._bar is not None:
            self._bar.update()
            self._bar.set_postfix(loss=f"{session.loss:.4g}", refresh=False)
        elif session.moment == "epoch_end" and self._bar is not None:
            self._bar.set_postfix(
                {key: f"{values[-1]:.4g}" for key, values in session.history.history.items()}
            )
            self._bar.close()
            self._bar = None

    def __getstate__(self) -> dict[str, Any]:
        return {"_tqdm": self._tqdm, "_bar": None}  # a bar belongs to its terminal


class report(base_callback):
    """Print a line an epoch."""

    invoked_when = "epoch_end"

    def invoke(self, session: Session) -> None:
        print(summary_line(session))


def summary_line(session: Session) -> str:
    width = len(str(session.epochs))
    values = "  ".join(f"{key.replace('_', ' ')} {v[-1]:.4f}" for key, v in session.history.history.items())
    return f"epoch {session.epoch:>{width}}/{session.epochs}  {values}"


class validation(base_callback):
    """Evaluate on held-out data after every ``after_every`` epochs; recorded as "validation_loss" etc."""

    invoked_when = "epoch_end"

    def __init__(self, after_every: int, x_validation: Any, y_validation: Any) -> None:
        super().__init__()
        self.after_every, self.x, self.y = after_every, x_validation, y_validation

    def invoke(self, session: Session) -> None:
        if session.epoch % self.after_every == 0:
            session.history.add(**measured(session.model, self.x, self.y, "validation_"))


class test(base_callback):
    """Evaluate on test data when training is over; recorded as "test_loss" and so on."""

    invoked_when = "train_end"
    __test__ = False  # not a test of ours, though pytest might think so

    def __init__(self, x_test: Any, y_test: Any) -> None:
        super().__init__()
        self.x, self.y = x_test, y_test

    def invoke(self, session: Session) -> None:
        session.history.add(**measured(session.model, self.x, self.y, "test_"))


def measured(model: "Model", x: Any, y: Any, prefix: str) -> dict[str, float]:
    """Loss and metrics under prefixed names."""
    values = {"loss": model.evaluate(x, y), **model.evaluate_metrics(x, y)}
    return {prefix + key: value for key, value in values.items()}


class save(base_callback):
    """Save the model after every ``save_after_every`` epochs, and at the end if ``save_after_all``.

    A path with ``{epoch}`` in it keeps one file a time: ``"model-{epoch}.dill"``.
    """

    invoked_when = ("epoch_end", "train_end")

    def __init__(
        self, path: str | Path, save_after_every: int | None = None, save_after_all: bool = True
    ) -> None:
        super().__init__()
        self.path, self.save_after_every, self.save_after_all = str(path), save_after_every, save_after_all

    def invoke(self, session: Session) -> None:
        due = self.save_after_every and session.epoch % self.save_after_every == 0
        if due if session.moment == "epoch_end" else self.save_after_all:
            session.model.save(self.path.format(epoch=session.epoch))


class early_stopping(base_callback):
    """Stop when ``monitor`` has not improved by ``min_delta`` for ``patience`` epochs.

    ``restore_best`` puts the weights of the best epoch back at the end.
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
        self.monitor, self.patience, self.min_delta = monitor, patience, min_delta
        self.sign, self.restore_best = (-1 if maximize else 1), restore_best
        self.best, self.waited = np.inf, 0
        self.weights: list[np.ndarray] | None = None

    def invoke(self, session: Session) -> None:
        if session.moment == "train_begin":
            self.best, self.waited = np.inf, 0
        elif session.moment == "epoch_end":
            self._judge(session, self.sign * session.history[self.monitor][-1])
        elif self.restore_best and self.weights is not None:
            session.model.set_weights(self.weights)

    def _judge(self, session: Session, value: float) -> None:
        if value < self.best - self.min_delta:
            self.best, self.waited = value, 0
            self.weights = session.model.get_weights() if self.restore_best else None
            return
        self.waited += 1
        if self.waited > self.patience:
            session.stop()
