"""Chapter 10: layers, and the loop that trains them. What is random is judged by its properties."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from math import prod, sqrt
from types import GeneratorType
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.compare import Tolerance
from revgraph.checks.exercise import Exercise, Misconception, Recorded

Array = np.ndarray
Rng = np.random.Generator
Shape = tuple[int, ...]


# glorot_uniform


def glorot_uniform(shape: Shape, rng: Rng) -> Array:
    limit = sqrt(6 / sum(fans(shape)))
    return rng.uniform(-limit, limit, shape)


def fans(shape: Shape) -> tuple[int, int]:
    window = prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


def drawn_weights(candidate: Callable[..., Array], shape: Shape, seed: int) -> dict[str, Any]:
    """The properties of the weights, and whether it is the generator that decides on them."""
    rng = np.random.default_rng(seed)
    first, second, again = (
        candidate(shape, rng),
        candidate(shape, rng),
        candidate(shape, np.random.default_rng(seed)),
    )
    w = np.asarray(first, float)
    return {
        "shape": w.shape,
        "largest weight": float(np.abs(w).max()),
        "smallest weight": float(w.min()),
        "mean size": float(np.abs(w).mean()),
        "the same from the same rng": bool(np.array_equal(first, again)),
        "new at every call": not np.array_equal(first, second),
    }


def weight_cases(rng: Rng) -> Iterator[Case]:
    for shape in ((80, 160), (300, 40), (3, 3, 20, 50), (5, 5, 40, 12)):
        yield case(shape, int(rng.integers(1000)))


def uniform(limit: Callable[[int, int], float], low: float = -1.0) -> Callable[[Shape, Rng], Array]:
    return lambda shape, rng: rng.uniform(low * limit(*fans(shape)), limit(*fans(shape)), shape)


def without_window(shape: Shape, rng: Rng) -> Array:
    limit = sqrt(6 / (shape[-2] + shape[-1]))
    return rng.uniform(-limit, limit, shape)


def first_two_axes(shape: Shape, rng: Rng) -> Array:
    limit = sqrt(6 / (shape[0] + shape[1]))
    return rng.uniform(-limit, limit, shape)


def own_generator(shape: Shape, rng: Rng) -> Array:
    return glorot_uniform(shape, np.random.default_rng(0))


# dense


def dense(x: Array, w: Array, b: Array) -> Array:
    return x @ w + b


def dense_vjp(g: Array, ans: Array, x: Array, w: Array, b: Array) -> tuple[Array, Array, Array]:
    return g @ w.T, x.T @ g, g.sum(axis=0)


def dense_cases(rng: Rng) -> Iterator[Case]:
    for n, inputs, outputs in ((2, 3, 4), (1, 5, 2), (6, 1, 3), (0, 3, 2), (7, 4, 7)):
        yield case(rng.normal(size=(n, inputs)), rng.normal(size=(inputs, outputs)), rng.normal(size=outputs))


def dense_vjp_cases(rng: Rng) -> Iterator[Case]:
    for question in dense_cases(rng):
        ans = dense(*question.args)
        yield case(rng.normal(size=ans.shape), ans, *question.args)


def bias_down_the_rows(x: Array, w: Array, b: Array) -> Array:
    return x @ w + b[:, None]


def with_dense_vjp(change: Callable[..., tuple[Array, ...]]) -> Callable[..., tuple[Array, ...]]:
    def candidate(g: Array, ans: Array, x: Array, w: Array, b: Array) -> tuple[Array, ...]:
        return change(*dense_vjp(g, ans, x, w, b), g, x)

    return candidate


# l1_l2


def l1_l2(w: Array, l1: float, l2: float) -> float:
    return float(l1 * np.abs(w).sum() + l2 * np.square(w).sum())


def penalty_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([1.0, -2.0, 3.0]), l1=0.1, l2=0.01)
    for shape in ((3, 4), (2, 3, 4, 5), (), (0,)):
        yield case(
            np.array(rng.normal(size=shape)), l1=float(rng.uniform(0.1, 1)), l2=float(rng.uniform(0.1, 1))
        )


# dropout


def dropout(x: Array, rate: float, rng: Rng, training: bool) -> Array:
    if not training:
        return x
    return x * (rng.random(x.shape) >= rate) / (1 - rate)


def dropped(
    candidate: Callable[..., Array], x: Array, rate: float, training: bool, seed: int
) -> dict[str, Any]:
    """What became of the entries: how many are zero, and how the others have grown."""
    out = np.asarray(candidate(x, rate, np.random.default_rng(seed), training), float)
    again = candidate(x, rate, np.random.default_rng(seed), training)
    if out.shape != x.shape:
        return {"shape": out.shape}
    kept = out != 0
    growth = out[kept] / x[kept]
    return {
        "shape": out.shape,
        "share of zeros": float(1 - kept.mean()),
        "the others are multiplied by": float(growth.mean()) if growth.size else 0.0,
        "by the same factor everywhere": bool(growth.size == 0 or np.ptp(growth) < 1e-9),
        "rows that are all zero": float((~kept).all(axis=1).mean()),
        "the same from the same rng": bool(np.array_equal(out, again)),
    }


def dropout_cases(rng: Rng) -> Iterator[Case]:
    for rate, training in ((0.2, True), (0.2, False), (0.7, True), (0.0, True)):
        yield case(rng.uniform(1, 2, (300, 40)), rate, training, int(rng.integers(1000)))


def masked(
    mask: Callable[[Array, float, Rng], Array], factor: Callable[[float], float], testing: Any = None
) -> Callable[..., Array]:
    def candidate(x: Array, rate: float, rng: Rng, training: bool) -> Array:
        if not training:
            return x if testing is None else x * testing(rate)
        return x * mask(x, rate, rng) * factor(rate)

    return candidate


def entries(x: Array, rate: float, rng: Rng) -> Array:
    return rng.random(x.shape) >= rate


def inverted(rate: float) -> float:
    return 1 / (1 - rate)


# batches


def batches(x: Array, y: Array, batch_size: int, rng: Rng) -> Iterator[tuple[Array, Array]]:
    order = rng.permutation(len(x))
    for start in range(0, len(x), batch_size):
        chosen = order[start : start + batch_size]
        yield x[chosen], y[chosen]


def all_batches(
    candidate: Callable[..., Any], x: Array, y: Array, batch_size: int, seed: int
) -> dict[str, Any] | str | None:
    """One pass over the data. Row i of x is (i, 10 i), and its target is i."""
    found = candidate(x, y, batch_size, np.random.default_rng(seed))
    if found is None:
        return None
    made = list(found)
    if not all(isinstance(batch, tuple | list) and len(batch) == 2 for batch in made):
        return "batches that are not pairs (xb, yb)"
    pairs = [(np.asarray(xb), np.asarray(yb)) for xb, yb in made]
    xs = np.concatenate([xb for xb, _ in pairs]) if pairs else x[:0]
    ys = np.concatenate([yb for _, yb in pairs]) if pairs else y[:0]
    return {
        "a generator": isinstance(found, GeneratorType),
        "batch sizes": [len(xb) for xb, _ in pairs],
        "every sample once": sorted(ys.tolist()) == list(range(len(x))),
        "x and y belong together": len(xs) == len(ys) and bool(np.array_equal(xs[:, 0], ys)),
        "shuffled": len(x) < 3 or not np.array_equal(ys, np.sort(ys)),
    }


def batch_cases(rng: Rng) -> Iterator[Case]:
    some, few = int(rng.integers(20, 30)), int(rng.integers(5, 8))
    for n, batch_size in ((12, 4), (some, few), (9, 20), (some, 1)):
        index = np.arange(n)
        yield case(np.stack([index, 10 * index], axis=1), index, batch_size, int(rng.integers(1000)))


def without_tail(x: Array, y: Array, batch_size: int, rng: Rng) -> Iterator[tuple[Array, Array]]:
    yield from (pair for pair in batches(x, y, batch_size, rng) if len(pair[0]) == batch_size)


def x_alone(x: Array, y: Array, batch_size: int, rng: Rng) -> Iterator[tuple[Array, Array]]:
    shuffled = x[rng.permutation(len(x))]
    for start in range(0, len(x), batch_size):
        yield shuffled[start : start + batch_size], y[start : start + batch_size]


def in_order(x: Array, y: Array, batch_size: int, rng: Rng) -> Iterator[tuple[Array, Array]]:
    for start in range(0, len(x), batch_size):
        yield x[start : start + batch_size], y[start : start + batch_size]


def with_replacement(x: Array, y: Array, batch_size: int, rng: Rng) -> Iterator[tuple[Array, Array]]:
    for start in range(0, len(x), batch_size):
        chosen = rng.integers(len(x), size=min(batch_size, len(x) - start))
        yield x[chosen], y[chosen]


def as_list(x: Array, y: Array, batch_size: int, rng: Rng) -> list[tuple[Array, Array]]:
    return list(batches(x, y, batch_size, rng))


# categorical_accuracy


def categorical_accuracy(y_true: Array, y_pred: Array) -> float:
    return float(np.mean(y_true.argmax(axis=1) == y_pred.argmax(axis=1)))


def accuracy_cases(rng: Rng) -> Iterator[Case]:
    yield case(np.eye(3)[[0, 2]], np.array([[0.4, 0.3, 0.3], [0.1, 0.7, 0.2]]))
    for n, classes in ((20, 4), (7, 10), (30, 2)):
        labels = rng.integers(0, classes, n)
        scores = rng.normal(size=(n, classes)) + 1.5 * np.eye(classes)[labels]
        e = np.exp(scores)
        yield case(np.eye(classes)[labels], e / e.sum(axis=1, keepdims=True))
        yield case(np.eye(classes)[labels], scores)


# fit


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


X = np.array([[1.0, -2.0], [0.5, 3.0], [-1.0, 0.25]])
W = np.array([[2.0, 0.0, -1.0], [1.0, -0.5, 4.0]])
B = np.array([0.1, 0.2, 0.3])
G = np.array([[1.0, 0.0, 2.0], [-1.0, 0.5, 0.0], [3.0, -2.0, 1.0]])

PROPERTIES = Tolerance(relative=0.04, absolute=0.002)

EXERCISES = [
    Exercise(
        name="glorot_uniform",
        points=10,
        reference=glorot_uniform,
        probe=drawn_weights,
        cases=weight_cases,
        tolerance=PROPERTIES,
        recorded=[
            Recorded(
                case((300, 300), 0),
                {
                    "shape": (300, 300),
                    "largest weight": 0.1,
                    "smallest weight": -0.1,
                    "mean size": 0.05,
                    "the same from the same rng": True,
                    "new at every call": True,
                },
                "Glorot and Bengio 2010, eq. 16: the limit is sqrt(6 / 600) = 0.1",
            )
        ],
        next="count the fans of this shape by hand: how many inputs feed one output, and how many outputs does one input feed?",
        misconceptions=[
            Misconception(
                "normal",
                lambda shape, rng: rng.normal(0, sqrt(2 / sum(fans(shape))), shape),
                "Your weights have the right spread, but come from a normal distribution. Here every value between -limit and limit is equally likely.",
            ),
            Misconception(
                "only fan_in",
                uniform(lambda fan_in, fan_out: sqrt(6 / fan_in)),
                "Your limit counts the inputs only. Glorot's takes fan_in + fan_out.",
            ),
            Misconception(
                "spread as limit",
                uniform(lambda fan_in, fan_out: sqrt(2 / (fan_in + fan_out))),
                "You took the standard deviation, sqrt(2 / (fan_in + fan_out)), for the limit. A uniform distribution reaches sqrt(3) times as far.",
            ),
            Misconception(
                "no root",
                uniform(lambda fan_in, fan_out: 6 / (fan_in + fan_out)),
                "Your limit lacks the root.",
            ),
            Misconception(
                "half of it",
                uniform(lambda fan_in, fan_out: sqrt(6 / (fan_in + fan_out)), low=0.0),
                "None of your weights is negative. They should lie on both sides of 0.",
            ),
            Misconception(
                "window left out",
                without_window,
                "Dense kernels come out right. In a convolution each fan is multiplied by the size of the window, kh · kw.",
            ),
            Misconception(
                "first two axes",
                first_two_axes,
                "Dense kernels come out right. For a convolution you took the first two axes; inputs and outputs are the last two.",
            ),
            Misconception(
                "own generator",
                own_generator,
                "You made a generator of your own, so every layer gets the same weights. Draw from the `rng` you are given.",
            ),
        ],
    ),
    Exercise(
        name="dense",
        points=5,
        reference=dense,
        cases=dense_cases,
        recorded=[
            Recorded(
                case(X, W, B),
                np.array([[0.1, 1.2, -8.7], [4.1, -1.3, 11.8], [-1.65, 0.075, 2.3]]),
                "PyTorch 2.13.0, torch.nn.functional.linear",
            )
        ],
        next="(n, in) @ (in, out) is (n, out).",
        misconceptions=[
            Misconception("no bias", lambda x, w, b: x @ w, "The bias is missing."),
            Misconception(
                "weights first",
                lambda x, w, b: w @ x + b,
                "You wrote w @ x. Here each sample is a row, so x stands on the left.",
            ),
            Misconception(
                "transposed",
                lambda x, w, b: (x @ w + b).T,
                "Your result is the transpose: samples should stay in the rows.",
            ),
            Misconception(
                "bias subtracted", lambda x, w, b: x @ w - b, "You subtract the bias instead of adding it."
            ),
            Misconception(
                "bias down the rows",
                bias_down_the_rows,
                "You gave each sample a bias. Each output has one: it is the same for all rows.",
            ),
        ],
    ),
    Exercise(
        name="dense_vjp",
        points=15,
        reference=dense_vjp,
        cases=dense_vjp_cases,
        recorded=[
            Recorded(
                case(G, X @ W + B, X, W, B),
                (
                    np.array([[0.0, 9.0], [-2.0, -1.25], [5.0, 8.0]]),
                    np.array([[-2.5, 2.25, 1.0], [-4.25, 1.0, -3.75]]),
                    np.array([3.0, -1.5, 3.0]),
                ),
                "PyTorch 2.13.0, torch.autograd",
            )
        ],
        next="write down the shapes of g, x and w. There is only one product that has the shape of w.",
        misconceptions=[
            Misconception(
                "bias averaged",
                with_dense_vjp(lambda dx, dw, db, g, x: (dx, dw, db / max(len(g), 1))),
                "You averaged the bias's gradient over the batch. The bias is used by every sample, and paths add.",
            ),
            Misconception(
                "bias not summed",
                with_dense_vjp(lambda dx, dw, db, g, x: (dx, dw, g.copy())),
                "The bias's gradient is not summed over the batch: it must have the shape of the bias.",
            ),
            Misconception(
                "weights averaged",
                with_dense_vjp(lambda dx, dw, db, g, x: (dx, dw / max(len(g), 1), db / max(len(g), 1))),
                "You divided by the size of the batch. If the loss is a mean, g carries that factor already.",
            ),
            Misconception(
                "weights transposed",
                with_dense_vjp(lambda dx, dw, db, g, x: (dx, dw.T, db)),
                "The gradient of w is transposed: you multiplied g.T by x.",
            ),
            Misconception(
                "bias over the outputs",
                with_dense_vjp(lambda dx, dw, db, g, x: (dx, dw, g.sum(axis=1))),
                "You summed the bias's gradient over the outputs. The samples are axis 0.",
            ),
            Misconception(
                "order",
                with_dense_vjp(lambda dx, dw, db, g, x: (dw, db, dx)),
                "The gradients come in the wrong order: x, w, b is expected.",
            ),
        ],
    ),
    Exercise(
        name="l1_l2",
        points=5,
        reference=l1_l2,
        cases=penalty_cases,
        recorded=[Recorded(case(np.array([3.0, -4.0]), l1=1.0, l2=0.1), 9.5, "by hand: 7 + 0.1 · 25")],
        next="two sums over all entries, each with its factor.",
        misconceptions=[
            Misconception(
                "means",
                lambda w, l1, l2: float(l1 * np.abs(w).sum() + l2 * np.square(w).sum()) / max(np.size(w), 1),
                "You averaged over the weights. The penalty is a sum.",
            ),
            Misconception(
                "norm",
                lambda w, l1, l2: float(l1 * np.abs(w).sum() + l2 * sqrt(np.square(w).sum())),
                "You took the root of the sum of squares. The l2 penalty is the sum itself.",
            ),
            Misconception(
                "half",
                lambda w, l1, l2: float(l1 * np.abs(w).sum() + l2 * np.square(w).sum() / 2),
                "Your l2 part has a factor of one half, as some books write it. Here there is none.",
            ),
            Misconception(
                "signed",
                lambda w, l1, l2: float(l1 * np.sum(w) + l2 * np.square(w).sum()),
                "Your l1 part adds the weights with their signs, so that they cancel. Take their sizes.",
            ),
            Misconception("swapped", lambda w, l1, l2: l1_l2(w, l2, l1), "You swapped the two factors."),
        ],
    ),
    Exercise(
        name="dropout",
        points=15,
        reference=dropout,
        probe=dropped,
        cases=dropout_cases,
        tolerance=Tolerance(relative=0.05, absolute=0.02),
        recorded=[
            Recorded(
                case(np.full((400, 50), 3.0), 0.5, True, 0),
                {
                    "shape": (400, 50),
                    "share of zeros": 0.5,
                    "the others are multiplied by": 2.0,
                    "by the same factor everywhere": True,
                    "rows that are all zero": 0.0,
                    "the same from the same rng": True,
                },
                "Srivastava et al. 2014, section 10: scaled by 1/p while training",
            )
        ],
        next="the mean of the output should be what it was. If half of the entries are zero, what must the others do?",
        misconceptions=[
            Misconception(
                "no scaling",
                masked(entries, lambda rate: 1.0),
                "The right share is dropped, but the others stay as they are, so the sum shrinks.",
            ),
            Misconception(
                "scaled when testing",
                masked(entries, lambda rate: 1.0, testing=lambda rate: 1 - rate),
                "You scale when testing, as the first paper did. Scale while training instead, and testing needs no change.",
            ),
            Misconception(
                "keeps the rate",
                masked(lambda x, rate, rng: rng.random(x.shape) < rate, inverted),
                "You keep the share `rate` and drop the rest. It is the share to drop.",
            ),
            Misconception(
                "shrinks",
                masked(entries, lambda rate: 1 - rate),
                "You multiply what is left by 1 - rate; divide by it.",
            ),
            Misconception(
                "always on",
                lambda x, rate, rng, training: dropout(x, rate, rng, True),
                "You drop when not training, too. Then the network should see everything.",
            ),
            Misconception(
                "whole rows",
                masked(lambda x, rate, rng: rng.random((len(x), 1)) >= rate, inverted),
                "You drop whole rows, that is, samples. Each entry is dropped by itself.",
            ),
        ],
    ),
    Exercise(
        name="batches",
        points=15,
        reference=batches,
        probe=all_batches,
        cases=batch_cases,
        recorded=[
            Recorded(
                case(np.stack([np.arange(7), 10 * np.arange(7)], axis=1), np.arange(7), 3, 0),
                {
                    "a generator": True,
                    "batch sizes": [3, 3, 1],
                    "every sample once": True,
                    "x and y belong together": True,
                    "shuffled": True,
                },
                "by hand",
            )
        ],
        next="one random order of the indices serves both x and y.",
        misconceptions=[
            Misconception(
                "drops the tail",
                without_tail,
                "The last, smaller batch is missing: its samples are never trained on in this pass.",
            ),
            Misconception(
                "shuffles x alone",
                x_alone,
                "You shuffled x and not y, so samples have lost their targets.",
                "how can one order serve both?",
            ),
            Misconception(
                "not shuffled", in_order, "The samples come in their old order. Shuffle them first."
            ),
            Misconception(
                "with replacement",
                with_replacement,
                "Some samples come twice and others never: you drew indices at random. Shuffle all of them once.",
            ),
            Misconception(
                "a list",
                as_list,
                "You made all batches at once and returned a list. With `yield`, each is made when it is needed.",
            ),
        ],
    ),
    Exercise(
        name="categorical_accuracy",
        points=10,
        reference=categorical_accuracy,
        cases=accuracy_cases,
        recorded=[
            Recorded(
                case(np.eye(3), np.array([[0.8, 0.1, 0.1], [0.2, 0.3, 0.5], [0.0, 0.1, 0.9]])),
                2 / 3,
                "by hand",
            )
        ],
        next="which class does each row of y_pred vote for?",
        misconceptions=[
            Misconception(
                "whole rows equal",
                lambda y_true, y_pred: float(np.mean(np.all(y_true == y_pred, axis=1))),
                "You ask whether a row of probabilities equals a row of zeros and a one. It hardly ever does.",
            ),
            Misconception(
                "over the samples",
                lambda y_true, y_pred: float(np.mean(y_true.argmax(axis=0) == y_pred.argmax(axis=0))),
                "You looked for the largest entry of each column. The classes of a sample stand in a row.",
            ),
            Misconception(
                "counts",
                lambda y_true, y_pred: float(np.sum(y_true.argmax(axis=1) == y_pred.argmax(axis=1))),
                "You counted the right answers. Asked is their share.",
            ),
            Misconception(
                "rounds",
                lambda y_true, y_pred: float(np.mean(np.all((y_pred > 0.5) == (y_true > 0.5), axis=1))),
                "You count a class only from 0.5 on. The largest output wins, however small it is.",
            ),
            Misconception(
                "entry by entry",
                lambda y_true, y_pred: float(np.mean((y_pred > 0.5) == (y_true > 0.5))),
                "You compare entry by entry, so the many right zeros count as right answers.",
            ),
        ],
    ),
    Exercise(
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
    ),
]
