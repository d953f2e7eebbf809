"""he_normal: weights of the size that relu needs. What is random is judged by its properties."""

from collections.abc import Callable, Iterator
from math import prod, sqrt
from typing import Any

import numpy as np

from revgraph.checks.chapters.common import Array, Rng, Shape, ways
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, Tolerance, case


def reference(shape: Shape, rng: Rng) -> Array:
    fan_in = prod(shape[:-1])
    return rng.normal(0.0, sqrt(2 / fan_in), shape)


def drawn_weights(candidate: Callable[..., Array], shape: Shape, seed: int) -> Any:
    """The properties of the weights, and whether it is the generator that decides on them."""
    rng = np.random.default_rng(seed)
    first, second = candidate(shape, rng), candidate(shape, rng)
    again = candidate(shape, np.random.default_rng(seed))
    if first is None:
        return None
    if isinstance(first, list | tuple):
        return f"no array, but a {type(first).__name__}"
    w = np.asarray(first, float)
    spread = float(w.std())
    return {
        "shape": w.shape,
        "dtype": str(np.asarray(first).dtype),
        "different weights": len(np.unique(w)),
        "mean, in standard deviations": round(float(w.mean()) / spread, 1) + 0.0 if spread else 0.0,
        "standard deviation": spread,
        "share beyond two standard deviations": float((np.abs(w - w.mean()) > 2 * spread).mean()),
        "the same from the same rng": bool(np.array_equal(first, again)),
        "new at every call": not np.array_equal(first, second),
    }


def cases(rng: Rng) -> Iterator[Case]:
    for seed in (0, int(rng.integers(1000))):
        for shape in ((200, 400), (500, 100), (3, 3, 40, 60), (5, 5, 20, 100)):
            yield case(shape, seed)


def normal(variance: Callable[[Shape], float]) -> Callable[[Shape, Rng], Array]:
    return lambda shape, rng: rng.normal(0.0, sqrt(variance(shape)), shape)


def drawn_for(part: Callable[[Shape], Shape]) -> Callable[[Shape, Rng], Array]:
    """The numbers of fewer axes, the same along the others."""
    return lambda shape, rng: np.zeros(shape) + rng.normal(0.0, sqrt(2 / prod(shape[:-1])), part(shape))


HE_NORMAL = Exercise(
    name="he_normal",
    points=5,
    reference=reference,
    why="All axes but the last are summed into one output, for a dense kernel and a convolution alike.",
    probe=drawn_weights,
    cases=cases,
    # The share beyond two standard deviations is 4.6 % of a normal distribution; 20,000 draws and more leave
    # it within a tenth of that, and the standard deviation within a few percent.
    tolerance=Tolerance(relative=0.06, absolute=0.004),
    recorded=[
        Recorded(
            case((800, 100), 0),
            {
                "shape": (800, 100),
                "dtype": "float64",
                "different weights": 80_000,
                "mean, in standard deviations": 0.0,
                "standard deviation": 0.05,
                "share beyond two standard deviations": 0.0455,
                "the same from the same rng": True,
                "new at every call": True,
            },
            "He and others 2015, eq. 10: the variance is 2/800, so the standard deviation 0.05",
        )
    ],
    next="for this shape, how many products are summed into one output? The variance of a weight is 2 divided by that.",
    misconceptions=[
        Misconception(
            "variance as spread",
            lambda shape, rng: rng.normal(0.0, 2 / prod(shape[:-1]), shape),
            "Your standard deviation is 2 / fan_in. That is the variance; `rng.normal` takes its root.",
            "what does the second argument of `rng.normal` mean?",
        ),
        Misconception(
            "for tanh",
            normal(lambda shape: 1 / prod(shape[:-1])),
            "Your variance is 1 / fan_in. relu throws half of the signal away, so its weights need twice that.",
        ),
        Misconception(
            "both fans",
            normal(lambda shape: 2 / (prod(shape[:-1]) + shape[-1] * prod(shape[:-2]))),
            "Your variance is 2 / (fan_in + fan_out): that is Glorot's. He's looks at the way forward alone.",
        ),
        Misconception(
            "window left out",
            normal(lambda shape: 2 / shape[-2]),
            "Dense kernels come out right. A convolution's output sums over its window too: fan_in is kh · kw · in.",
        ),
        Misconception(
            "first axis",
            normal(lambda shape: 2 / shape[0]),
            "Dense kernels come out right. For a convolution you took the first axis for fan_in; it is the window times the inputs.",
        ),
        Misconception(
            "fan_out",
            normal(lambda shape: 2 / (shape[-1] * prod(shape[:-2]))),
            "You counted the outputs. What must keep its size on the way forward is a sum over the inputs.",
        ),
        Misconception(
            "uniform",
            lambda shape, rng: rng.uniform(-sqrt(6 / prod(shape[:-1])), sqrt(6 / prod(shape[:-1])), shape),
            "Your weights have the right spread, but come from a uniform distribution: not one of them is large.",
        ),
        Misconception(
            "all entries",
            normal(lambda shape: 2 / prod(shape)),
            "You divided by the number of all entries. The last axis counts the outputs, and each of them is a sum of its own.",
        ),
        Misconception(
            "own generator",
            lambda shape, rng: reference(shape, np.random.default_rng(0)),
            "Every call gives the same weights, whatever `rng` says. Draw new ones from it.",
        ),
        Misconception(
            "luck of its own",
            lambda shape, rng: reference(shape, np.random.default_rng()),
            "Your numbers do not come from the `rng` you are given, so nobody can draw the same weights again.",
        ),
        *ways(
            "used again",
            "Many of your weights are equal. Each of them needs a draw of its own.",
            "how many numbers do you draw, and how many weights has a kernel of this shape?",
            drawn_for(lambda shape: shape[-2:]),
            drawn_for(lambda shape: (*shape[:-1], 1)),
            drawn_for(lambda shape: shape[-1:]),
        ),
        Misconception(
            "of half the precision",
            lambda shape, rng: reference(shape, rng).astype(np.float32),
            "Your weights come as float32, which keeps half as many digits. Leave them as `rng` draws them.",
            "is there a dtype in your code that nobody asked for?",
        ),
    ],
)
