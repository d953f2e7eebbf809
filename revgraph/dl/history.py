"""What happened while training."""

from collections.abc import Iterator
from typing import Any


class History:
    """The course of a training: ``history["loss"]`` lists one number an epoch.

    Keys are "loss" (per sample), on validation data "validation_loss" and "validation_" with the name of each
    metric, and on test data "test_loss" and so on, measured once at the end. ``batch_losses`` holds the loss
    per sample of every batch.
    """

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self._epochs: dict[str, list[int]] = {}  # when each was recorded
        self.batch_losses: list[float] = []

    def add(self, **values: float) -> None:
        """Record a number under each of these names."""
        for key, value in values.items():
            self.history.setdefault(key, []).append(float(value))
            self._epochs.setdefault(key, []).append(len(self.history.get("loss", ())))

    def latest(self) -> dict[str, float]:
        """What was recorded in the last epoch."""
        now = len(self.history.get("loss", ()))
        return {key: values[-1] for key, values in self.history.items() if self._epochs[key][-1] == now}

    def __getitem__(self, key: str) -> list[float]:
        if key not in self.history:
            raise KeyError(f"{key!r} was not recorded; recorded are: {', '.join(self.history) or 'nothing'}")
        return self.history[key]

    def __contains__(self, key: str) -> bool:
        return key in self.history

    def __iter__(self) -> Iterator[str]:
        return iter(self.history)

    def __repr__(self) -> str:
        last = ", ".join(f"{key} {values[-1]:.4g}" for key, values in self.history.items())
        return f"<History of {len(self.history.get('loss', ()))} epochs: {last or 'nothing yet'}>"

    def plot(self, ax: Any = None) -> Any:
        """Draw the recorded losses over the epochs with matplotlib; returns the axes.

        ax: axes to draw on; without them new ones.
        """
        from revgraph.draw import curves

        losses = [key for key, values in self.history.items() if key.endswith("loss") and len(values) > 1]
        ax = curves({key.replace("_", " "): (self._epochs[key], self.history[key]) for key in losses}, ax)
        ax.set(xlabel="epoch", ylabel="loss per sample")
        return ax
