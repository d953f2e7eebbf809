"""fit: the loop that trains."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, part
from revgraph.checks.chapters.ch10_layers_and_models.batches import batches
from revgraph.checks.chapters.common import Array, Rng, fixed, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded

Step = Callable[[Array, Array], float]
Fit = Callable[[Step, Array, Array, int, int, Rng], Any]


def fit(step: Step, x: Array, y: Array, epochs: int, batch_size: int, rng: Rng) -> list[float]:
    losses = []
    for _ in range(epochs):
        total = 0.0
        for xb, yb in batches(x, y, batch_size, rng):
            total += step(xb, yb) * len(xb)
        losses.append(total / len(x))
    return losses


def trained(candidate: Fit, x: Array, y: Array, epochs: int, batch_size: int, seed: int) -> Any:
    """Train with a step whose loss is the batch's mean of y, a tenth less each time the data have been seen."""
    before = x.copy(), y.copy()
    losses, seen, sizes, together = one_training(candidate, x, y, epochs, batch_size, seed)
    if losses is None:
        return None
    n = len(x)
    rounds = [seen[i : i + n] for i in range(0, len(seen), n)]
    return {
        "losses": as_numbers(losses),
        "samples seen": len(seen),
        "sizes of the first batches": sizes[: -(-len(x) // batch_size)],
        "every sample once an epoch": all(sorted(r) == sorted(before[1].tolist()) for r in rounds),
        "x and y belong together": together,
        "shuffled": bool(rounds) and rounds[0] != before[1].tolist(),
        "in a new order each epoch": all(a != b for a, b in pairwise(rounds)),
        "the same order from the same rng": seen
        == one_training(candidate, *before, epochs, batch_size, seed)[1],
    }


def as_numbers(losses: Any) -> Any:
    """The losses in an array; what is no list of numbers as it is."""
    return np.asarray(losses, float) if isinstance(losses, list | tuple | np.ndarray) else losses


def one_training(
    candidate: Fit, x: Array, y: Array, epochs: int, batch_size: int, seed: int
) -> tuple[Any, list[float], list[int], bool]:
    """What came back, the targets that were seen, the batches' sizes, and whether the rows of x were theirs."""
    seen: list[float] = []
    sizes: list[int] = []
    together: list[bool] = []
    row_of = dict(zip(y.tolist(), x.copy(), strict=True))

    def step(xb: Array, yb: Array) -> float:
        passes = len(seen) // len(x)
        targets = np.ravel(yb).tolist()
        sizes.append(len(yb))
        seen.extend(targets)
        together.append(np.array_equal(xb, [row_of.get(target, np.zeros(0)) for target in targets]))
        return float(np.mean(yb)) * 0.9**passes

    losses = candidate(step, x, y, epochs, batch_size, np.random.default_rng(seed))
    return losses, seen, sizes, all(together)


EVEN, TAIL = "batches of one size", "a smaller last batch"


def fit_cases(rng: Rng) -> Iterator[Case]:
    for source in (fixed(), rng):
        for n, epochs, batch_size in ((12, 3, 4), (20, 2, 5), (11, 4, 4), (25, 2, 10)):
            x, y, seed = source.normal(size=(n, 2)), source.uniform(1, 9, n), int(source.integers(1000))
            yield part(TAIL if n % batch_size else EVEN, case(x, y, epochs, batch_size, seed))


def of_batches(of_epoch: Callable[[list[float], list[int], int], float]) -> Fit:
    """An epoch's loss made otherwise of the batches' losses and sizes."""

    def candidate(step: Step, x: Array, y: Array, epochs: int, batch_size: int, rng: Rng) -> list[float]:
        losses = []
        for _ in range(epochs):
            pairs = [(step(xb, yb), len(xb)) for xb, yb in batches(x, y, batch_size, rng)]
            losses.append(of_epoch([loss for loss, _ in pairs], [size for _, size in pairs], batch_size))
        return losses

    return candidate


def never_reset(step: Step, x: Array, y: Array, epochs: int, batch_size: int, rng: Rng) -> list[float]:
    return np.cumsum(fit(step, x, y, epochs, batch_size, rng)).tolist()


def used_up(step: Step, x: Array, y: Array, epochs: int, batch_size: int, rng: Rng) -> list[float]:
    once, losses = batches(x, y, batch_size, rng), []
    for _ in range(epochs):
        losses.append(sum(step(xb, yb) * len(xb) for xb, yb in once) / len(x))
    return losses


def same_order(step: Step, x: Array, y: Array, epochs: int, batch_size: int, rng: Rng) -> list[float]:
    once, losses = list(batches(x, y, batch_size, rng)), []
    for _ in range(epochs):
        losses.append(sum(step(xb, yb) * len(xb) for xb, yb in once) / len(x))
    return losses


def not_shuffled(step: Step, x: Array, y: Array, epochs: int, batch_size: int, rng: Rng) -> list[float]:
    starts = range(0, len(x), batch_size)
    return [
        sum(step(x[i : i + batch_size], y[i : i + batch_size]) * len(x[i : i + batch_size]) for i in starts)
        / len(x)
        for _ in range(epochs)
    ]


def in_orders(x_order: Callable[[Rng, int], Array], y_order: Callable[[Rng, int], Array]) -> Fit:
    """Other orders for x than for y."""

    def candidate(step: Step, x: Array, y: Array, epochs: int, batch_size: int, rng: Rng) -> list[float]:
        losses = []
        for _ in range(epochs):
            xs, ys = x[x_order(rng, len(x))], y[y_order(rng, len(x))]
            cuts = [slice(i, i + batch_size) for i in range(0, len(x), batch_size)]
            losses.append(sum(step(xs[cut], ys[cut]) * len(xs[cut]) for cut in cuts) / len(x))
        return losses

    return candidate


def as_it_is(rng: Rng, n: int) -> Array:
    return np.arange(n)


def running_totals(step: Step, x: Array, y: Array, epochs: int, batch_size: int, rng: Rng) -> list[float]:
    losses = []
    for _ in range(epochs):
        total = 0.0
        for xb, yb in batches(x, y, batch_size, rng):
            total += step(xb, yb) * len(xb)
            losses.append(total / len(x))
    return losses


def two_steps(step: Step, x: Array, y: Array, epochs: int, batch_size: int, rng: Rng) -> list[float]:
    def twice(xb: Array, yb: Array) -> float:
        step(xb, yb)
        return step(xb, yb)

    return fit(twice, x, y, epochs, batch_size, rng)


def one_for_each_batch(step: Step, x: Array, y: Array, epochs: int, batch_size: int, rng: Rng) -> list[float]:
    return [step(*pair) for _ in range(epochs) for pair in batches(x, y, batch_size, rng)]


FIT = Exercise(
    name="fit",
    points=15,
    parts={EVEN: 9, TAIL: 6},
    uses=("batches",),
    reference=fit,
    probe=trained,
    cases=fit_cases,
    recorded=[
        Recorded(
            part(TAIL, case(np.arange(18.0).reshape(9, 2), np.arange(9.0), 2, 4, 0)),
            {
                "losses": np.array([4.0, 3.6]),
                "samples seen": 18,
                "sizes of the first batches": [4, 4, 1],
                "every sample once an epoch": True,
                "x and y belong together": True,
                "shuffled": True,
                "in a new order each epoch": True,
                "the same order from the same rng": True,
            },
            "by hand: the mean of 0 to 8 is 4, and a tenth less is 3.6",
        )
    ],
    next="a batch's loss is a mean over its samples. How do you get the mean over all samples from these?",
    why="a mean times its number of samples is a sum, and sums of batches of any sizes can be added.",
    misconceptions=[
        Misconception(
            "mean of the batches",
            of_batches(lambda losses, sizes, batch_size: float(np.mean(losses))),
            "You averaged over batches. The last one is smaller, so its samples count too much; weigh each batch by its size.",
        ),
        Misconception(
            "as if all were full",
            of_batches(lambda losses, sizes, batch_size: batch_size * sum(losses) / sum(sizes)),
            "You weighed each batch by `batch_size`. The last one may have fewer samples.",
            "how many samples does this batch have?",
        ),
        Misconception(
            "divided as if all were full",
            of_batches(
                lambda losses, sizes, batch_size: float(np.dot(losses, sizes)) / (batch_size * len(sizes))
            ),
            "You divided by `batch_size` times the number of batches. The last one may have fewer samples; divide by how many there are.",
        ),
        Misconception(
            "not weighed",
            of_batches(lambda losses, sizes, batch_size: sum(losses) / sum(sizes)),
            "You added up means, and divided by the number of samples. Multiply each mean by its batch's size first.",
        ),
        Misconception(
            "sum",
            of_batches(lambda losses, sizes, batch_size: float(np.dot(losses, sizes))),
            "You summed over the samples; divide by how many there are.",
        ),
        Misconception(
            "sum of the means",
            of_batches(lambda losses, sizes, batch_size: sum(losses)),
            "You added up the batches' losses. Each is a mean; the exercise asks for the mean over all samples.",
        ),
        Misconception(
            "last batch",
            of_batches(lambda losses, sizes, batch_size: losses[-1]),
            "That is the loss of each epoch's last batch, not the mean over all samples.",
        ),
        Misconception(
            "one for each batch",
            one_for_each_batch,
            "You noted a loss for each batch. The exercise asks for one for each epoch.",
            "in which of the two loops does `append` stand?",
        ),
        Misconception(
            "one epoch",
            lambda step, x, y, epochs, batch_size, rng: fit(step, x, y, 1, batch_size, rng),
            "You trained for a single epoch.",
            "in which loop does your `return` stand?",
        ),
        Misconception(
            "the last epoch alone",
            lambda *inputs: fit(*inputs)[-1],
            "You returned the last epoch's loss alone. The exercise asks for the list of all of them.",
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
        Misconception(
            "not shuffled",
            not_shuffled,
            "The samples come in their old order in every epoch. Your `batches` shuffles them.",
        ),
        *ways(
            "x and y apart",
            "The losses are right, but x and y come in different orders, so samples are trained on the targets of others.",
            "one order serves both: what does `batches` give you?",
            in_orders(as_it_is, Rng.permutation),
            in_orders(Rng.permutation, as_it_is),
        ),
        Misconception(
            "targets first",
            lambda step, *inputs: fit(lambda xb, yb: step(yb, xb), *inputs),
            "You hand `step` the targets first. It takes the samples, then their targets.",
            "in which order does `batches` give the two, and in which does `step` take them?",
        ),
        Misconception(
            "own generator",
            lambda step, x, y, epochs, batch_size, rng: [
                loss * 0.9**i
                for i in range(epochs)
                for loss in fit(step, x, y, 1, batch_size, np.random.default_rng(0))
            ],
            "You make a new generator of random numbers in each epoch, so every epoch has the same order. Pass on the `rng` you are given.",
        ),
        Misconception(
            "another generator",
            lambda step, x, y, epochs, batch_size, rng: fit(
                step, x, y, epochs, batch_size, np.random.default_rng()
            ),
            "Your order does not come from `rng`: with the same one, it is another. Then no run can be repeated.",
            "what do you hand to `batches`?",
        ),
        Misconception(
            "running totals",
            running_totals,
            "You noted the total after each batch. The exercise asks for one number for each epoch, when all its batches are through.",
            "how far is `append` indented?",
        ),
        Misconception(
            "list begun anew",
            lambda *inputs: fit(*inputs)[-1:],
            "Your list holds the last epoch alone: it is begun anew in each epoch.",
            "in which loop does `losses = []` stand?",
        ),
        Misconception(
            "two steps a batch",
            two_steps,
            "You call `step` twice for each batch, so it trains twice. Keep what it returns.",
        ),
        Misconception(
            "all data at once",
            lambda step, x, y, epochs, batch_size, rng: [step(x, y) for _ in range(epochs)],
            "You gave `step` all the data at once. It takes one batch after another.",
        ),
    ],
)
