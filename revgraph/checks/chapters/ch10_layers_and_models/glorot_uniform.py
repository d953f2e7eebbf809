"""glorot_uniform: the first weights."""

from collections.abc import Callable, Iterator
from math import prod, sqrt
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.common import Array, Rng, Shape
from revgraph.checks.compare import Tolerance
from revgraph.checks.exercise import Exercise, Misconception, Recorded


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


PROPERTIES = Tolerance(relative=0.04, absolute=0.002)


GLOROT_UNIFORM = Exercise(
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
)
