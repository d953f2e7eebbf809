"""layer_norm and its rule: every sample is brought to mean 0 and variance 1, over its last axis."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from revgraph.checks.chapters.ch13_normalization import torch_values as torch
from revgraph.checks.chapters.ch13_normalization.common import Gradients
from revgraph.checks.chapters.common import Array, Rng, ways
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case, edge


def normalize(x: Array, gamma: Array, beta: Array, epsilon: float = 1e-5) -> Array:
    mean = x.mean(axis=-1, keepdims=True)
    variance = x.var(axis=-1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([[1.0, 3.0], [10.0, 30.0]]), np.array([1.0, 1.0]), np.array([0.0, 0.0]))
    for draw in (np.random.default_rng(13), rng):
        for shape in ((4, 3), (2, 3, 4), (6,), (2, 1, 3, 5)):
            yield case(
                draw.normal(2, 3, shape), draw.uniform(0.5, 2, shape[-1:]), draw.normal(size=shape[-1:])
            )
    yield case(np.array([[0.1, 0.2, 0.4]]), np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.0, 1.0]), epsilon=0.1)
    yield case(np.array([[1.0, 2.0, 4.0, 0.0]]), np.ones(4), np.zeros(4), epsilon=0.5)
    yield case(rng.normal(size=(3, 4)), np.ones(4), np.zeros(4), epsilon=0.7)
    yield case(np.full((2, 3), 7.0), rng.uniform(0.5, 2, 3), rng.normal(size=3))
    yield edge("a batch of no samples", np.zeros((0, 3)), np.ones(3), np.zeros(3))


def of_statistics(mean: Callable[[Array], Array], variance: Callable[[Array], Array]) -> Callable[..., Array]:
    def candidate(x: Array, gamma: Array, beta: Array, epsilon: float = 1e-5) -> Array:
        return gamma * (x - mean(x)) / np.sqrt(variance(x) + epsilon) + beta

    return candidate


def over(axis: int | None) -> Callable[..., Array]:
    return of_statistics(lambda x: x.mean(axis, keepdims=True), lambda x: x.var(axis, keepdims=True))


def epsilon_outside(x: Array, gamma: Array, beta: Array, epsilon: float = 1e-5) -> Array:
    centered = x - x.mean(-1, keepdims=True)
    return gamma * centered / (x.std(-1, keepdims=True) + epsilon) + beta


def not_rooted(x: Array, gamma: Array, beta: Array, epsilon: float = 1e-5) -> Array:
    centered = x - x.mean(-1, keepdims=True)
    return gamma * centered / (x.var(-1, keepdims=True) + epsilon) + beta


def with_epsilon(value: float) -> Callable[..., Array]:
    return lambda x, gamma, beta, epsilon=1e-5: normalize(x, gamma, beta, value)


def shifted_first(x: Array, gamma: Array, beta: Array, epsilon: float = 1e-5) -> Array:
    plain = normalize(x, np.ones_like(gamma), np.zeros_like(beta), epsilon)
    return gamma * (plain + beta)


LAYER_NORM = Exercise(
    name="layer_norm",
    points=10,
    reference=normalize,
    why="`keepdims=True` leaves mean and variance with an axis of size 1, so that they line up with x again.",
    cases=cases,
    recorded=[
        Recorded(case(torch.X, torch.GAMMA, torch.BETA), torch.LAYER_NORM, torch.SOURCE),
        Recorded(
            case(np.array([[0.0, 2.0]]), np.ones(2), np.zeros(2), epsilon=3.0),
            np.array([[-0.5, 0.5]]),
            "by hand: mean 1, variance 1, and the root of 1 + 3 is 2",
        ),
    ],
    next="take one row by itself: what are its mean and its variance, and what is left when the mean is subtracted?",
    misconceptions=[
        Misconception(
            "over the batch",
            over(0),
            "You took mean and variance down the first axis, over the samples: that is batch norm. Here each sample looks at itself alone.",
            "which axis holds the entries of one sample?",
        ),
        Misconception(
            "over everything",
            over(None),
            "You took one mean and one variance of the whole array. Every sample should have its own.",
            "which argument of `mean` says along which axis?",
        ),
        Misconception(
            "parentheses missing",
            lambda x, gamma, beta, epsilon=1e-5: (
                gamma * x
                - x.mean(axis=-1, keepdims=True) / np.sqrt(x.var(axis=-1, keepdims=True) + epsilon)
                + beta
            ),
            "Only the mean is divided by the root. It is taken away from x first, which needs parentheses.",
            "in `a - b / c`, what is divided?",
        ),
        Misconception(
            "mean square for the variance",
            of_statistics(lambda x: x.mean(-1, keepdims=True), lambda x: (x * x).mean(-1, keepdims=True)),
            "Your variance is the mean of the squares of x. It is that of the distances from the mean.",
            "what is the variance of 5, 5, 5?",
        ),
        Misconception(
            "sample variance",
            of_statistics(
                lambda x: x.mean(-1, keepdims=True),
                lambda x: (
                    ((x - x.mean(-1, keepdims=True)) ** 2).sum(-1, keepdims=True) / max(x.shape[-1] - 1, 1)
                ),
            ),
            "Your variance divides by n - 1. Layer norm's divides by n, as `np.var` does by itself.",
        ),
        Misconception(
            "without keepdims",
            lambda x, gamma, beta, epsilon=1e-5: (
                gamma * (x - x.mean(axis=-1)) / np.sqrt(x.var(axis=-1) + epsilon) + beta
            ),
            "Your mean and variance have lost their last axis, so they do not line up with x.",
            "which argument of `mean` keeps it with size 1?",
        ),
        Misconception(
            "epsilon outside",
            epsilon_outside,
            "You added epsilon to the standard deviation. It is added to the variance, inside of the root.",
        ),
        Misconception(
            "no root",
            not_rooted,
            "You divided by the variance. Its root has the unit of x; divide by that.",
        ),
        Misconception(
            "only centered",
            lambda x, gamma, beta, epsilon=1e-5: gamma * (x - x.mean(-1, keepdims=True)) + beta,
            "The mean is subtracted, but nothing is divided: rows with large entries stay large.",
        ),
        *ways(
            "not centered",
            "You divided, but the mean was not subtracted first.",
            "",
            of_statistics(lambda x: np.zeros(1), lambda x: x.var(-1, keepdims=True)),
            of_statistics(lambda x: np.zeros(1), lambda x: (x * x).mean(-1, keepdims=True)),
        ),
        Misconception(
            "epsilon not used",
            with_epsilon(1e-5),
            "You took 1e-5 whatever `epsilon` says.",
            "in which line should the parameter `epsilon` stand?",
        ),
        *ways(
            "a smaller epsilon",
            "Your root adds a smaller number than `epsilon`.",
            "in which line should the parameter `epsilon` stand?",
            *map(with_epsilon, (1e-12, 1e-8, 1e-6)),
        ),
        Misconception(
            "no epsilon",
            with_epsilon(0.0),
            "Your root lacks epsilon. A row whose entries are all alike has variance 0, and 0 divided by 0 is nan.",
            "what should stand under the root beside the variance?",
        ),
        Misconception(
            "beta inside",
            shifted_first,
            "You added beta before gamma was multiplied, so beta is scaled too. First gamma, then beta.",
        ),
        Misconception(
            "no gamma and beta",
            lambda x, gamma, beta, epsilon=1e-5: normalize(x, np.array(1.0), np.array(0.0), epsilon),
            "The normalized x is right. It still is to be multiplied by gamma, and beta added.",
        ),
    ],
)


def vjp(g: Array, ans: Array, x: Array, gamma: Array, beta: Array, epsilon: float = 1e-5) -> Gradients:
    root = np.sqrt(x.var(axis=-1, keepdims=True) + epsilon)
    normal = (x - x.mean(axis=-1, keepdims=True)) / root
    g_normal = g * gamma
    through_mean = g_normal.mean(axis=-1, keepdims=True)
    through_variance = normal * (g_normal * normal).mean(axis=-1, keepdims=True)
    samples = tuple(range(x.ndim - 1))
    dx = (g_normal - through_mean - through_variance) / root
    return dx, (g * normal).sum(axis=samples), g.sum(axis=samples)


def vjp_cases(rng: Rng) -> Iterator[Case]:
    fixed = np.random.default_rng(31)
    for forward in cases(rng):
        ans = normalize(*forward.args, **forward.kwargs)
        yield replace(forward, args=(fixed.normal(size=ans.shape), ans, *forward.args))


def dx_of(change: Callable[..., Array]) -> Callable[..., Gradients]:
    """The right dgamma and dbeta, and a dx made of g·gamma, the normalized x and the root."""

    def candidate(
        g: Array, ans: Array, x: Array, gamma: Array, beta: Array, epsilon: float = 1e-5
    ) -> Gradients:
        _, dgamma, dbeta = vjp(g, ans, x, gamma, beta, epsilon)
        root = np.sqrt(x.var(axis=-1, keepdims=True) + epsilon)
        normal = (x - x.mean(axis=-1, keepdims=True)) / root
        return change(g * gamma, normal, root), dgamma, dbeta

    return candidate


def mean(value: Array) -> Array:
    return value.mean(axis=-1, keepdims=True)


def dgamma_of(change: Callable[..., Array]) -> Callable[..., Gradients]:
    """The right dx and dbeta, and a dgamma that sums what ``change`` makes of g, ans and x."""

    def candidate(
        g: Array, ans: Array, x: Array, gamma: Array, beta: Array, epsilon: float = 1e-5
    ) -> Gradients:
        dx, _, dbeta = vjp(g, ans, x, gamma, beta, epsilon)
        return dx, change(g, ans, x).sum(axis=tuple(range(x.ndim - 1))), dbeta

    return candidate


def first_axis_alone(
    g: Array, ans: Array, x: Array, gamma: Array, beta: Array, epsilon: float = 1e-5
) -> Gradients:
    dx, _, _ = vjp(g, ans, x, gamma, beta, epsilon)
    normal = normalize(x, np.ones(1), np.zeros(1), epsilon)
    return dx, (g * normal).sum(axis=0), g.sum(axis=0)


def gamma_at_the_end(g: Array, x: Array, gamma: Array, epsilon: float) -> Gradients:
    ones = np.ones_like(gamma)
    dx, dgamma, dbeta = vjp(g, g, x, ones, ones, epsilon)
    return gamma * dx, dgamma, dbeta


def sums_over_each_sample(
    g: Array, ans: Array, x: Array, gamma: Array, beta: Array, epsilon: float = 1e-5
) -> Gradients:
    dx, _, _ = vjp(g, ans, x, gamma, beta, epsilon)
    normal = normalize(x, np.ones_like(gamma), np.zeros_like(beta), epsilon)
    return dx, (g * normal).sum(axis=-1), g.sum(axis=-1)


def not_summed(g: Array, ans: Array, x: Array, gamma: Array, beta: Array, epsilon: float = 1e-5) -> Gradients:
    normal = normalize(x, np.ones(1), np.zeros(1), epsilon)
    return vjp(g, ans, x, gamma, beta, epsilon)[0], g * normal, g


LAYER_NORM_VJP = Exercise(
    name="layer_norm_vjp",
    points=20,
    reference=vjp,
    why="From what arrives, the part that would only shift a sample is taken, and the part that would only stretch it.",
    cases=vjp_cases,
    recorded=[
        Recorded(
            case(torch.G, torch.LAYER_NORM, torch.X, torch.GAMMA, torch.BETA),
            torch.LAYER_NORM_VJP,
            torch.SOURCE,
        )
    ],
    next="three paths lead from an entry of x to the loss: directly, through the mean, and through the variance. Which one have you left out?",
    misconceptions=[
        Misconception(
            "gamma at the end",
            lambda g, ans, x, gamma, beta, epsilon=1e-5: gamma_at_the_end(g, x, gamma, epsilon),
            "You multiplied dx by gamma at the end. gamma stood behind the normalized x on the way forward, so on the way back it comes first: the means are those of g * gamma.",
        ),
        Misconception(
            "sums over each sample",
            sums_over_each_sample,
            "You summed the gradients of gamma and beta over the last axis, the entries of a sample. An entry of gamma meets "
            "the same column of all samples: these are its paths.",
            "which shape has gamma, and which axes of g does it not have?",
        ),
        Misconception(
            "statistics held fixed",
            dx_of(lambda g, normal, root: g / root),
            "Your dx takes mean and variance for constants. When an entry of x moves, both move with it, and every entry of the row feels that.",
            "what does the mean of a row gain when one of its n entries grows by 1?",
        ),
        Misconception(
            "variance held fixed",
            dx_of(lambda g, normal, root: (g - mean(g)) / root),
            "The direct path and the one through the mean are right. Nothing comes through the variance.",
            "the third term is the normalized x times a number of its row. Which?",
        ),
        Misconception(
            "mean held fixed",
            dx_of(lambda g, normal, root: (g - normal * mean(g * normal)) / root),
            "The direct path and the one through the variance are right. Nothing comes through the mean.",
        ),
        Misconception(
            "sums for means",
            dx_of(
                lambda g, normal, root: (
                    (g - g.sum(-1, keepdims=True) - normal * (g * normal).sum(-1, keepdims=True)) / root
                )
            ),
            "You summed along the row where the mean is wanted: each entry has only the share 1/n in the mean and in the variance.",
        ),
        Misconception(
            "not divided",
            dx_of(lambda g, normal, root: g - mean(g) - normal * mean(g * normal)),
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
            "x not normalized in dgamma",
            dgamma_of(lambda g, ans, x: g * x),
            "In dgamma you multiplied g by x. What gamma multiplied on the way forward is the normalized x.",
        ),
        Misconception(
            "ans in dgamma",
            dgamma_of(lambda g, ans, x: g * ans),
            "In dgamma you multiplied g by ans, which has gamma and beta in it. Take the normalized x without them.",
        ),
        Misconception(
            "gamma and beta not summed",
            not_summed,
            "Your dx is right. gamma and beta serve every sample: what the samples say of them is still to be added up.",
            "what are the shapes of gamma and beta, and of your gradients of them?",
        ),
        Misconception(
            "first axis alone",
            first_axis_alone,
            "With one axis of samples all is right. gamma and beta serve all samples, whatever axes they stand on: sum over every axis but the last.",
            "which tuple names all axes of x but the last?",
        ),
    ],
)
