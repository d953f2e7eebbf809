"""fit: the loop that trains."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.ch10_layers_and_models.batches import batches
from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def fit(
    step: Callable[[Array, Array], float], x: Array, y: Array, epochs: int, batch_size: int, rng: Rng
) -> list[float]:
    losses = []
    for _ in range(epochs):
        total = 0.0
        for xb, yb in batches(x, y, batch_size, rng):
            total += step(xb, yb) * len(xb)
        losses.append(total / len(x))
    return losses


def trained(
    candidate: Callable[..., Any], x: Array, y: Array, epochs: int, batch_size: int, seed: int
) -> dict[str, Any]:
    """Train with a step whose loss is the batch's mean of y, a tenth less each time the data have been seen."""
    seen: list[float] = []

    def step(xb: Array, yb: Array) -> float:
        passes = len(seen) // len(x)
        seen.extend(yb.tolist())
        return float(np.mean(yb)) * 0.9**passes

    losses = candidate(step, x, y, epochs, batch_size, np.random.default_rng(seed))
    n = len(x)
    rounds = [seen[i : i + n] for i in range(0, len(seen), n)]
    return {
        "losses": np.asarray(losses, float),
        "samples seen": len(seen),
        "every sample once an epoch": all(sorted(r) == sorted(y.tolist()) for r in rounds),
        "in a new order each epoch": all(a != b for a, b in pairwise(rounds)),
    }


def fit_cases(rng: Rng) -> Iterator[Case]:
    for n, epochs, batch_size in ((12, 3, 4), (11, 4, 4), (25, 2, 10)):
        yield case(rng.normal(size=(n, 2)), rng.uniform(1, 9, n), epochs, batch_size, int(rng.integers(1000)))


def wrong_fit(of_epoch: Callable[[list[float], list[int]], float]) -> Callable[..., list[float]]:
    """An epoch's loss made otherwise of the batches' losses and sizes."""

    def candidate(
        step: Callable[[Array, Array], float], x: Array, y: Array, epochs: int, batch_size: int, rng: Rng
    ) -> list[float]:
        losses = []
        for _ in range(epochs):
            pairs = [(step(xb, yb), len(xb)) for xb, yb in batches(x, y, batch_size, rng)]
            losses.append(of_epoch([loss for loss, _ in pairs], [size for _, size in pairs]))
        return losses

    return candidate


def never_reset(
    step: Callable[[Array, Array], float], x: Array, y: Array, epochs: int, batch_size: int, rng: Rng
) -> list[float]:
    losses, total = [], 0.0
    for _ in range(epochs):
        for xb, yb in batches(x, y, batch_size, rng):
            total += step(xb, yb) * len(xb)
        losses.append(total / len(x))
    return losses


def used_up(
    step: Callable[[Array, Array], float], x: Array, y: Array, epochs: int, batch_size: int, rng: Rng
) -> list[float]:
    once, losses = batches(x, y, batch_size, rng), []
    for _ in range(epochs):
        losses.append(sum(step(xb, yb) * len(xb) for xb, yb in once) / len(x))
    return losses


def same_order(
    step: Callable[[Array, Array], float], x: Array, y: Array, epochs: int, batch_size: int, rng: Rng
) -> list[float]:
    once, losses = list(batches(x, y, batch_size, rng)), []
    for _ in range(epochs):
        losses.append(sum(step(xb, yb) * len(xb) for xb, yb in once) / len(x))
    return losses


FIT = Exercise(
    name="fit",
    points=15,
    reference=fit,
    probe=trained,
    cases=fit_cases,
    recorded=[
        Recorded(
            case(np.zeros((9, 2)), np.arange(9.0), 2, 4, 0),
            {
                "losses": np.array([4.0, 3.6]),
                "samples seen": 18,
                "every sample once an epoch": True,
                "in a new order each epoch": True,
            },
            "by hand: the mean of 0 to 8 is 4, and a tenth less is 3.6",
        )
    ],
    next="a batch's loss is a mean over its samples. How do you get the mean over all samples from these?",
    misconceptions=[
        Misconception(
            "mean of the batches",
            wrong_fit(lambda losses, sizes: float(np.mean(losses))),
            "You averaged over batches. The last one is smaller, so its samples count too much; weigh each batch by its size.",
        ),
        Misconception(
            "sum",
            wrong_fit(lambda losses, sizes: float(np.dot(losses, sizes))),
            "You summed over the samples; divide by how many there are.",
        ),
        Misconception(
            "last batch",
            wrong_fit(lambda losses, sizes: losses[-1]),
            "That is the loss of each epoch's last batch, not the mean over all samples.",
        ),
        Misconception(
            "never reset",
            never_reset,
            "Your total runs on from epoch to epoch. Each epoch begins at 0.",
        ),
        Misconception(
            "used up",
            used_up,
            "After the first epoch nothing is trained on: a generator can be used up once. Ask for new batches in each epoch.",
        ),
        Misconception(
            "same order",
            same_order,
            "Every epoch has the same batches in the same order. Ask for new batches in each epoch.",
        ),
    ],
)
