"""batch_norm and its rule: every column is brought to mean 0 and variance 1, by the batch that is there."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.chapters.ch13_normalization import torch_values as torch
from revgraph.checks.chapters.ch13_normalization.common import Gradients
from revgraph.checks.chapters.common import Array, Rng, ways
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case

Running = dict[str, Array]


def normalize(
    x: Array,
    gamma: Array,
    beta: Array,
    running: Running,
    training: bool,
    momentum: float = 0.9,
    epsilon: float = 1e-5,
) -> Array:
    if training:
        mean, variance = x.mean(axis=0), x.var(axis=0)
        running["mean"] = momentum * running["mean"] + (1 - momentum) * mean
        running["variance"] = momentum * running["variance"] + (1 - momentum) * variance
    else:
        mean, variance = running["mean"], running["variance"]
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def trained_then_used(
    candidate: Callable[..., Array],
    batches: Array,
    unseen: Array,
    gamma: Array,
    beta: Array,
    **how: float,
) -> dict[str, Any]:
    """Some training batches, then one to predict: what came back, and what the running statistics became."""
    running = {"mean": np.zeros_like(beta), "variance": np.ones_like(beta)}
    kept = running
    found: dict[str, Any] = {}
    for i, batch in enumerate(batches):
        found[f"training, batch {i}"] = candidate(batch, gamma, beta, running, True, **how)
    found["running mean"] = np.array(kept["mean"])
    found["running variance"] = np.array(kept["variance"])
    found["predicting"] = candidate(unseen, gamma, beta, running, False, **how)
    found["running mean, after predicting"] = np.array(kept["mean"])
    found["running variance, after predicting"] = np.array(kept["variance"])
    return found


def cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([[[1.0, 10.0], [3.0, 30.0]]]), np.array([[2.0, 20.0]]), np.ones(2), np.zeros(2))
    for draw in (np.random.default_rng(13), rng):
        for batches, n, d in ((1, 4, 3), (2, 5, 2), (3, 6, 4)):
            x = draw.normal(2, 3, (batches, n, d))
            yield case(x, draw.normal(size=(1, d)), draw.uniform(0.5, 2, d), draw.normal(size=d))
    x = rng.normal(size=(2, 4, 3))
    yield case(x, rng.normal(size=(2, 3)), np.ones(3), np.zeros(3), momentum=0.5, epsilon=0.3)
    x = np.array([[[1.0, 10.0], [3.0, 30.0], [8.0, -10.0]]])
    for momentum, epsilon in ((0.75, 2.0), (0.6, 0.1)):
        yield case(
            x, x[0, :2], np.array([1.0, 2.0]), np.array([0.5, 0.0]), momentum=momentum, epsilon=epsilon
        )
    yield case(np.full((1, 3, 2), 4.0), np.full((1, 2), 4.0), rng.uniform(0.5, 2, 2), rng.normal(size=2))


def changed(
    mean: Callable[[Array, bool], Array] | None = None,
    variance: Callable[[Array], Array] | None = None,
    keep: Callable[..., None] | None = None,
    training_as: Callable[[bool], bool] = bool,
) -> Callable[..., Array]:
    """Batch norm with one part replaced."""

    def candidate(
        x: Array,
        gamma: Array,
        beta: Array,
        running: Running,
        training: bool,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
    ) -> Array:
        m = x.mean(axis=0)
        v = variance(x) if variance else x.var(axis=0)
        if training:
            (keep or remember)(running, m, v, momentum)
        if not training_as(training):
            m, v = running["mean"], running["variance"]
        return gamma * (x - m) / np.sqrt(v + epsilon) + beta

    return candidate


def remember(running: Running, mean: Array, variance: Array, momentum: float) -> None:
    running["mean"] = momentum * running["mean"] + (1 - momentum) * mean
    running["variance"] = momentum * running["variance"] + (1 - momentum) * variance


def remember_swapped(running: Running, mean: Array, variance: Array, momentum: float) -> None:
    remember(running, mean, variance, 1 - momentum)


def remember_last(running: Running, mean: Array, variance: Array, momentum: float) -> None:
    running.update(mean=mean, variance=variance)


def remember_all(running: Running, mean: Array, variance: Array, momentum: float) -> None:
    running["mean"] = running["mean"] + (1 - momentum) * mean
    running["variance"] = running["variance"] + (1 - momentum) * variance


def remember_nothing(running: Running, mean: Array, variance: Array, momentum: float) -> None:
    pass


def remember_mean_alone(running: Running, mean: Array, variance: Array, momentum: float) -> None:
    running["mean"] = momentum * running["mean"] + (1 - momentum) * mean


def remember_variance_alone(running: Running, mean: Array, variance: Array, momentum: float) -> None:
    running["variance"] = momentum * running["variance"] + (1 - momentum) * variance


def remember_roots(running: Running, mean: Array, variance: Array, momentum: float) -> None:
    remember(running, mean, np.sqrt(variance), momentum)


def sample_variance(x: Array) -> Array:
    return x.var(axis=0) * len(x) / max(len(x) - 1, 1)


def always_remembers(keep: Callable[..., None]) -> Callable[..., Array]:
    """What ``keep`` takes up, it takes up when predicting as well."""

    def candidate(
        x: Array,
        gamma: Array,
        beta: Array,
        running: Running,
        training: bool,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
    ) -> Array:
        ans = normalize(x, gamma, beta, running if training else dict(running), training, momentum, epsilon)
        if not training:
            keep(running, x.mean(axis=0), x.var(axis=0), momentum)
        return ans

    return candidate


def in_place(only_training: bool) -> Callable[..., Array]:
    def candidate(
        x: Array,
        gamma: Array,
        beta: Array,
        running: Running,
        training: bool,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
    ) -> Array:
        ans = normalize(x, gamma, beta, running, training, momentum, epsilon)
        if training or not only_training:
            x += 1.0
        return ans

    return candidate


def rows(
    x: Array,
    gamma: Array,
    beta: Array,
    running: Running,
    training: bool,
    momentum: float = 0.9,
    epsilon: float = 1e-5,
) -> Array:
    normal = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + epsilon)
    return gamma * normal + beta


def running_while_training(
    x: Array,
    gamma: Array,
    beta: Array,
    running: Running,
    training: bool,
    momentum: float = 0.9,
    epsilon: float = 1e-5,
) -> Array:
    if training:
        remember(running, x.mean(axis=0), x.var(axis=0), momentum)
    return gamma * (x - running["mean"]) / np.sqrt(running["variance"] + epsilon) + beta


BATCH_NORM = Exercise(
    name="batch_norm",
    points=15,
    reference=normalize,
    why="The two branches differ only in where the statistics come from, so the formula stands once, after them.",
    probe=trained_then_used,
    cases=cases,
    recorded=[
        Recorded(
            case(np.array([torch.X]), torch.X[:2], torch.GAMMA, torch.BETA),
            {
                "training, batch 0": torch.BATCH_NORM,
                "running mean": torch.RUNNING_MEAN,
                "running variance": torch.RUNNING_VARIANCE,
                "predicting": torch.BATCH_NORM_PREDICTING,
                "running mean, after predicting": torch.RUNNING_MEAN,
                "running variance, after predicting": torch.RUNNING_VARIANCE,
            },
            torch.SOURCE + "; the running variance, which PyTorch keeps of the sample, by hand",
        )
    ],
    next="while training, which two statistics come from the batch, and in which two places are they used?",
    misconceptions=[
        Misconception(
            "over the rows",
            rows,
            "You normalized each row: that is layer norm. Batch norm compares the samples of a batch, column by column.",
            "which axis runs over the samples?",
        ),
        Misconception(
            "weights swapped",
            changed(keep=remember_swapped),
            "You swapped the two weights: momentum belongs to the old running value, 1 - momentum to the batch's.",
        ),
        Misconception(
            "the last batch alone",
            changed(keep=remember_last),
            "Your running statistics are those of the last batch. They should change slowly: the share `momentum` of the old value stays.",
        ),
        Misconception(
            "the old value whole",
            changed(keep=remember_all),
            "You add the batch's share to the whole old value, so the running statistics grow and grow. Of the old value the share `momentum` stays.",
        ),
        Misconception(
            "nothing kept",
            changed(keep=remember_nothing),
            "Your running statistics do not change. While training, each batch should move them a little.",
            "what do `running['mean']` and `running['variance']` hold after a call?",
        ),
        Misconception(
            "momentum not used",
            changed(keep=lambda running, m, v, momentum: remember(running, m, v, 0.9)),
            "You took 0.9 whatever `momentum` says.",
            "in which lines should the parameter `momentum` stand?",
        ),
        Misconception(
            "mean alone kept",
            changed(keep=remember_mean_alone),
            "You keep the running mean, but not the running variance.",
        ),
        Misconception(
            "roots kept",
            changed(keep=remember_roots),
            "You keep a running standard deviation. `running['variance']` should hold the variance itself, without a root.",
        ),
        Misconception(
            "the batch when predicting",
            changed(training_as=lambda training: True),
            "When it is used, your answer depends on which samples happen to come together. Without training, take the running statistics.",
            "what is the variance of a batch of one sample?",
        ),
        Misconception(
            "running while training",
            running_while_training,
            "While training you normalized by the running statistics. Then the batch's own are needed, or the layer does not normalize what it sees.",
        ),
        *ways(
            "learns when predicting",
            "Your running statistics change when the network is only used. They should change while training alone.",
            "",
            always_remembers(remember),
            always_remembers(remember_mean_alone),
            always_remembers(remember_variance_alone),
        ),
        *ways(
            "writes into x",
            "The result is right, but you wrote into x. The layer before still needs it, on the way back.",
            "what is the difference between `x -= mean` and `x = x - mean`?",
            in_place(only_training=False),
            in_place(only_training=True),
        ),
        Misconception(
            "sample variance",
            changed(variance=sample_variance),
            "Your variance divides by n - 1. Here it divides by n, as `np.var` does by itself.",
        ),
    ],
)


def vjp(g: Array, ans: Array, x: Array, gamma: Array, beta: Array, epsilon: float = 1e-5) -> Gradients:
    root = np.sqrt(x.var(axis=0) + epsilon)
    normal = (x - x.mean(axis=0)) / root
    dgamma, dbeta = (g * normal).sum(axis=0), g.sum(axis=0)
    dx = gamma / root * (g - dbeta / len(x) - normal * dgamma / len(x))
    return dx, dgamma, dbeta


def vjp_cases(rng: Rng) -> Iterator[Case]:
    yield case(*with_ans(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 5.0], [3.0, 9.0]]), np.ones(2)))
    for draw in (np.random.default_rng(13), rng):
        for n, d in ((4, 3), (2, 5), (7, 2), (5, 1)):
            yield case(
                *with_ans(draw.normal(size=(n, d)), draw.normal(2, 3, (n, d)), draw.uniform(0.5, 2, d))
            )
    g, x = rng.normal(size=(2, 4, 3))
    yield case(*with_ans(g, x, rng.uniform(0.5, 2, 3), epsilon=0.4), epsilon=0.4)
    g, x = np.random.default_rng(31).normal(size=(2, 3, 2))
    for epsilon in (0.7, 0.1):
        yield case(*with_ans(g, x, np.array([1.0, 2.0]), epsilon=epsilon), epsilon=epsilon)


def with_ans(g: Array, x: Array, gamma: Array, epsilon: float = 1e-5) -> tuple[Array, ...]:
    beta = np.arange(1.0, len(gamma) + 1)
    running = {"mean": beta, "variance": beta}
    return g, normalize(x, gamma, beta, running, True, epsilon=epsilon), x, gamma, beta


def dx_of(change: Callable[..., Array]) -> Callable[..., Gradients]:
    """The right dgamma and dbeta, and a dx made of g·gamma, the normalized x and the root."""

    def candidate(
        g: Array, ans: Array, x: Array, gamma: Array, beta: Array, epsilon: float = 1e-5
    ) -> Gradients:
        _, dgamma, dbeta = vjp(g, ans, x, gamma, beta, epsilon)
        root = np.sqrt(x.var(axis=0) + epsilon)
        return change(g * gamma, (x - x.mean(axis=0)) / root, root), dgamma, dbeta

    return candidate


def along_rows(g: Array, ans: Array, x: Array, gamma: Array, beta: Array, epsilon: float = 1e-5) -> Gradients:
    _, dgamma, dbeta = vjp(g, ans, x, gamma, beta, epsilon)
    root = np.sqrt(x.var(axis=0) + epsilon)
    normal, g = (x - x.mean(axis=0)) / root, g * gamma
    means = g.mean(axis=1, keepdims=True), (g * normal).mean(axis=1, keepdims=True)
    return (g - means[0] - normal * means[1]) / root, dgamma, dbeta


BATCH_NORM_VJP = Exercise(
    name="batch_norm_vjp",
    points=15,
    reference=vjp,
    why="The sums over the batch are dgamma and dbeta already; divided by n, they are the two means in dx.",
    cases=vjp_cases,
    recorded=[
        Recorded(
            case(torch.G, torch.BATCH_NORM, torch.X, torch.GAMMA, torch.BETA),
            torch.BATCH_NORM_VJP,
            torch.SOURCE,
        )
    ],
    next="it is the rule of layer norm turned by a quarter: which axis do the means now run along?",
    misconceptions=[
        Misconception(
            "statistics held fixed",
            dx_of(lambda g, normal, root: g / root),
            "Your dx takes mean and variance for constants. When one sample moves, both move with it, and every sample of the batch feels that.",
        ),
        Misconception(
            "variance held fixed",
            dx_of(lambda g, normal, root: (g - g.mean(0)) / root),
            "The direct path and the one through the mean are right. Nothing comes through the variance.",
        ),
        Misconception(
            "mean held fixed",
            dx_of(lambda g, normal, root: (g - normal * (g * normal).mean(0)) / root),
            "The direct path and the one through the variance are right. Nothing comes through the mean.",
        ),
        Misconception(
            "sums for means",
            dx_of(lambda g, normal, root: (g - g.sum(0) - normal * (g * normal).sum(0)) / root),
            "You summed over the batch where the mean is wanted: each sample has only the share 1/n in the mean and in the variance.",
        ),
        Misconception(
            "not divided",
            dx_of(lambda g, normal, root: g - g.mean(0) - normal * (g * normal).mean(0)),
            "The three terms are right. All of it is still to be divided by the root of the variance plus epsilon.",
        ),
        Misconception(
            "gamma left out of dx",
            lambda g, ans, x, gamma, beta, epsilon=1e-5: (
                vjp(g, ans, x, np.ones_like(gamma), beta, epsilon)[0],
                *vjp(g, ans, x, gamma, beta, epsilon)[1:],
            ),
            "Your dx lacks gamma: on the way forward it multiplied the normalized x, so on the way back it multiplies g.",
        ),
        Misconception(
            "along the rows",
            along_rows,
            "In dx your means run along the rows, as in layer norm. Here the statistics belong to the columns.",
        ),
        Misconception(
            "averages over the batch",
            lambda g, ans, x, gamma, beta, epsilon=1e-5: (
                vjp(g, ans, x, gamma, beta, epsilon)[0],
                *(d / len(x) for d in vjp(g, ans, x, gamma, beta, epsilon)[1:]),
            ),
            "You averaged dgamma and dbeta over the batch. Each sample is a path of its own, and paths add.",
        ),
    ],
)
