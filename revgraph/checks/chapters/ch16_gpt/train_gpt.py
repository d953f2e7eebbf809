"""train_gpt: the loop. The judge hands over its own step and its own batches, and watches what is done with them."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.chapters.ch13_normalization.warmup_cosine import reference as warmup_cosine
from revgraph.checks.chapters.common import Rng
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case

Step = Callable[[Any, Any, float], float]
Batches = Iterator[tuple[Any, Any]]


def reference(step: Step, batches: Batches, steps: int, peak: float, warmup: int) -> list[float]:
    losses = []
    for i in range(steps):
        x, y = next(batches)
        losses.append(step(x, y, warmup_cosine(i, peak, warmup, steps)))
    return losses


def watched(candidate: Callable[..., Any], steps: int, peak: float, warmup: int) -> dict[str, Any]:
    """Which batches were trained on, in which order, with which learning rates; and the losses returned."""
    taken: list[int] = []
    rates: list[float] = []
    mixed: list[bool] = []
    most = 3 * steps + 10

    def batches() -> Batches:
        for n in range(most):
            yield ("x", n), ("y", n)
        raise RuntimeError("more than three times as many batches as steps asked")

    def step(x: Any, y: Any, lr: float) -> float:
        if len(taken) > most:
            raise RuntimeError("more than three times as many steps as asked")
        mixed.append(x[0] != "x" or y[0] != "y" or x[1] != y[1])
        taken.append(x[1])
        rates.append(float(lr))
        return 1.0 / (1 + len(taken))

    losses = candidate(step, batches(), steps, peak, warmup)
    return {
        "steps taken": len(taken),
        "batches, in order": taken,
        "x and y belong together": not any(mixed),
        "learning rates": rates,
        "losses": plain(losses),
    }


def plain(losses: Any) -> Any:
    """The losses as they came; of what cannot be compared, such as a generator, the name of its type."""
    if isinstance(losses, list | tuple):
        return [float(one) for one in losses]
    return losses if losses is None or isinstance(losses, float | np.ndarray) else type(losses).__name__


def cases(rng: Rng) -> Iterator[Case]:
    for steps, peak, warmup in ((4, 1.0, 2), (10, 0.1, 3), (1, 0.5, 1)):
        yield case(steps, peak, warmup)
    yield case(int(rng.integers(6, 20)), float(rng.uniform(0.01, 1)), int(rng.integers(2, 5)))


def changed(
    rate: Callable[[int, float, int, int], float] = warmup_cosine,
    steps_of: Callable[[int], int] = int,
    back: Callable[[list[float]], Any] = list,
    start: int = 0,
) -> Callable[..., Any]:
    def candidate(step: Step, batches: Batches, steps: int, peak: float, warmup: int) -> Any:
        losses = []
        for i in range(start, start + steps_of(steps)):
            x, y = next(batches)
            losses.append(step(x, y, rate(i, peak, warmup, steps)))
        return back(losses)

    return candidate


def one_batch(step: Step, batches: Batches, steps: int, peak: float, warmup: int) -> list[float]:
    x, y = next(batches)
    return [step(x, y, warmup_cosine(i, peak, warmup, steps)) for i in range(steps)]


def two_draws(step: Step, batches: Batches, steps: int, peak: float, warmup: int) -> list[float]:
    return [
        step(next(batches)[0], next(batches)[1], warmup_cosine(i, peak, warmup, steps)) for i in range(steps)
    ]


def yielding(*inputs: Any) -> Iterator[float]:
    yield from reference(*inputs)


TRAIN_GPT = Exercise(
    name="train_gpt",
    points=10,
    reference=reference,
    probe=watched,
    cases=cases,
    uses=("warmup_cosine",),
    why="`next` takes one batch from the generator, which never ends, so the loop must count.",
    recorded=[
        Recorded(
            case(2, 1.0, 1),
            {
                "steps taken": 2,
                "batches, in order": [0, 1],
                "x and y belong together": True,
                "learning rates": [1.0, 1.0],
                "losses": [0.5, 1 / 3],
            },
            "by hand: the only warmup step reaches the peak, and the cosine begins there",
        )
    ],
    next="in each of `steps` rounds: one batch, one learning rate, one step, one loss noted.",
    misconceptions=[
        Misconception(
            "one batch",
            one_batch,
            "You took one batch, before the loop, and trained on it again and again.",
            "where must `next(batches)` stand?",
        ),
        Misconception(
            "two draws",
            two_draws,
            "You called `next` twice in a round: x and y then come from different batches.",
        ),
        Misconception(
            "peak throughout",
            changed(rate=lambda step, peak, warmup, total: peak),
            "Your learning rate is the peak throughout. It should follow `warmup_cosine`.",
        ),
        Misconception(
            "counts from 1",
            changed(start=1),
            "Your steps count from 1. `warmup_cosine` counts from 0.",
        ),
        Misconception(
            "one step too many",
            changed(steps_of=lambda steps: steps + 1),
            "You took one step too many.",
        ),
        Misconception(
            "one step too few",
            changed(steps_of=lambda steps: steps - 1),
            "You took one step too few.",
        ),
        Misconception(
            "last loss alone",
            changed(back=lambda losses: losses[-1]),
            "You returned the last loss. The exercise asks for the list of all.",
        ),
        Misconception(
            "mean",
            changed(back=lambda losses: sum(losses) / len(losses)),
            "You returned the mean of the losses. The exercise asks for the list of all.",
        ),
        Misconception(
            "a generator",
            yielding,
            "With `yield`, your function makes a generator and takes no step before somebody asks for a loss. Return a list.",
        ),
        Misconception(
            "nothing comes back",
            changed(back=lambda losses: None),
            "Your function trains, and returns nothing.",
        ),
        Misconception(
            "warmup forgotten",
            changed(rate=lambda step, peak, warmup, total: warmup_cosine(step, peak, 0, total)),
            "Your learning rate falls from the beginning: the warmup is missing.",
        ),
    ],
)
