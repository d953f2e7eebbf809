"""glorot_uniform: the first weights."""

from collections.abc import Callable, Iterator
from math import prod, sqrt
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, part
from revgraph.checks.chapters.common import Array, Rng, Shape, fixed, ways
from revgraph.checks.compare import Tolerance
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def glorot_uniform(shape: Shape, rng: Rng) -> Array:
    window = prod(shape[:-2])
    fan_in, fan_out = window * shape[-2], window * shape[-1]
    limit = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, shape)


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
    return {
        "shape": w.shape,
        "dtype": str(np.asarray(first).dtype),
        "different weights": len(np.unique(w)),
        "largest weight": float(w.max()),
        "smallest weight": float(w.min()),
        "mean size": float(np.abs(w).mean()),
        "the same from the same rng": bool(np.array_equal(first, again)),
        "new at every call": not np.array_equal(first, second),
    }


DENSE, CONVOLUTION = "dense kernels", "kernels of convolutions"
SHAPES: list[Shape] = [(80, 160), (300, 40), (2, 9, 16, 30), (5, 7, 20, 12)]


def weight_cases(rng: Rng) -> Iterator[Case]:
    for source in (fixed(), rng):
        for shape in SHAPES:
            yield part(DENSE if len(shape) == 2 else CONVOLUTION, case(shape, int(source.integers(1000))))


def fans(shape: Shape) -> tuple[int, int]:
    return prod(shape[:-1]), prod(shape[:-2]) * shape[-1]


def with_limit(limit: Callable[..., float], low: float = -1.0) -> Callable[[Shape, Rng], Array]:
    """``limit(fan_in, fan_out)`` is a wrong one."""
    return lambda shape, rng: rng.uniform(low * limit(*fans(shape)), limit(*fans(shape)), shape)


def of_axes(both: Callable[[Shape], tuple[float, float]], low: float = -1.0) -> Callable[[Shape, Rng], Array]:
    """The right limit of wrong fans."""

    def answer(shape: Shape, rng: Rng) -> Array:
        limit = sqrt(6 / sum(both(shape)))
        return rng.uniform(low * limit, limit, shape)

    return answer


def drawn_for(part: Callable[[Shape], Shape]) -> Callable[[Shape, Rng], Array]:
    """The numbers of fewer axes, the same along the others."""

    def answer(shape: Shape, rng: Rng) -> Array:
        limit = sqrt(6 / sum(fans(shape)))
        return np.zeros(shape) + rng.uniform(-limit, limit, part(shape))

    return answer


def unpacked(shape: Shape, rng: Rng) -> Array:
    fan_in, fan_out = shape
    return rng.uniform(-sqrt(6 / (fan_in + fan_out)), sqrt(6 / (fan_in + fan_out)), shape)


def from_everywhere(shape: Shape, rng: Rng) -> Array:
    return glorot_uniform(shape, np.random.default_rng())


GLOROT_UNIFORM = Exercise(
    name="glorot_uniform",
    points=10,
    parts={DENSE: 6, CONVOLUTION: 4},
    reference=glorot_uniform,
    probe=drawn_weights,
    cases=weight_cases,
    tolerance=Tolerance(relative=0.04, absolute=0.002),
    recorded=[
        Recorded(
            part(DENSE, case((300, 300), 0)),
            {
                "shape": (300, 300),
                "dtype": "float64",
                "different weights": 90_000,
                "largest weight": 0.1,
                "smallest weight": -0.1,
                "mean size": 0.05,
                "the same from the same rng": True,
                "new at every call": True,
            },
            "Glorot and Bengio 2010, eq. 16: the limit is sqrt(6 / 600) = 0.1",
        ),
        Recorded(
            part(CONVOLUTION, case((3, 3, 20, 80), 0)),
            {
                "shape": (3, 3, 20, 80),
                "dtype": "float64",
                "different weights": 14_400,
                "largest weight": 0.0816,
                "smallest weight": -0.0816,
                "mean size": 0.0408,
                "the same from the same rng": True,
                "new at every call": True,
            },
            "by hand: the fans are 180 and 720, and sqrt(6 / 900) = 0.0816",
        ),
    ],
    next="count the fans of this shape by hand: how many inputs feed one output, and how many outputs does one input feed?",
    why="everything before the last two axes is the window; of a dense kernel nothing is left, and the product of nothing is 1.",
    misconceptions=[
        Misconception(
            "normal",
            lambda shape, rng: rng.normal(0, sqrt(2 / sum(fans(shape))), shape),
            "Your weights have the right spread, but come from a normal distribution. Here every value between -limit and limit is equally likely.",
        ),
        Misconception(
            "only fan_in",
            with_limit(lambda fan_in, fan_out: sqrt(6 / fan_in)),
            "Your limit counts the inputs only. Glorot's takes fan_in + fan_out.",
        ),
        Misconception(
            "only fan_out",
            with_limit(lambda fan_in, fan_out: sqrt(6 / fan_out)),
            "Your limit counts the outputs only. Glorot's takes fan_in + fan_out.",
        ),
        Misconception(
            "spread as limit",
            with_limit(lambda fan_in, fan_out: sqrt(2 / (fan_in + fan_out))),
            "You took the standard deviation, sqrt(2 / (fan_in + fan_out)), for the limit. A uniform distribution reaches sqrt(3) times as far.",
        ),
        Misconception(
            "no root",
            with_limit(lambda fan_in, fan_out: 6 / (fan_in + fan_out)),
            "Your limit lacks the root.",
        ),
        Misconception(
            "root of 6 alone",
            with_limit(lambda fan_in, fan_out: sqrt(6) / (fan_in + fan_out)),
            "You took the root of 6 alone. It covers the whole quotient.",
            "where does the parenthesis of the root close?",
        ),
        Misconception(
            "product of the fans",
            with_limit(lambda fan_in, fan_out: sqrt(6 / (fan_in * fan_out))),
            "You multiplied the two fans. They are added.",
        ),
        Misconception(
            "half of it",
            with_limit(lambda fan_in, fan_out: sqrt(6 / (fan_in + fan_out)), low=0.0),
            "None of your weights is negative. They should lie on both sides of 0.",
        ),
        Misconception(
            "the other half of it",
            lambda shape, rng: rng.uniform(-sqrt(6 / sum(fans(shape))), 0, shape),
            "None of your weights is positive. They should lie on both sides of 0.",
        ),
        *ways(
            "half of it, of other fans",
            "None of your weights is negative: they should lie on both sides of 0. And for a convolution your fans "
            "are others: inputs and outputs are the last two axes, and each is multiplied by kh · kw.",
            "count the fans of a convolution's kernel by hand: how many inputs feed one output?",
            of_axes(lambda shape: (shape[0], shape[1]), low=0.0),
            of_axes(lambda shape: (shape[-2], shape[-1]), low=0.0),
            of_axes(lambda shape: (prod(shape[:-1]), shape[-1]), low=0.0),
        ),
        *ways(
            "half of it, of one fan",
            "None of your weights is negative: they should lie on both sides of 0. And your limit counts one fan "
            "only; Glorot's takes fan_in + fan_out.",
            "",
            with_limit(lambda fan_in, fan_out: sqrt(6 / fan_in), low=0.0),
            with_limit(lambda fan_in, fan_out: sqrt(6 / fan_out), low=0.0),
        ),
        Misconception(
            "window left out",
            of_axes(lambda shape: (shape[-2], shape[-1])),
            "Dense kernels come out right. In a convolution each fan is multiplied by the size of the window, kh · kw.",
        ),
        Misconception(
            "first two axes",
            of_axes(lambda shape: (shape[0], shape[1])),
            "Dense kernels come out right. For a convolution you took the first two axes; inputs and outputs are the last two.",
        ),
        Misconception(
            "window in fan_in only",
            of_axes(lambda shape: (prod(shape[:-1]), shape[-1])),
            "Dense kernels come out right. In a convolution the window belongs to both fans; yours has it in fan_in only.",
        ),
        Misconception(
            "window added up",
            of_axes(
                lambda shape: (
                    sum(shape[:-2]) * shape[-2] or shape[-2],
                    sum(shape[:-2]) * shape[-1] or shape[-1],
                )
            ),
            "Dense kernels come out right. A window of kh rows and kw columns has kh · kw places, not kh + kw.",
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
            lambda shape, rng: glorot_uniform(shape, rng).astype(np.float32),
            "Your weights come as float32, which keeps half as many digits. Leave them as `rng` draws them.",
            "is there a dtype in your code that nobody asked for?",
        ),
        Misconception(
            "one number",
            lambda shape, rng: rng.uniform(-sqrt(6 / sum(fans(shape))), sqrt(6 / sum(fans(shape)))),
            "You drew a single number. `rng.uniform` makes as many as its third argument says.",
        ),
        Misconception(
            "own generator",
            lambda shape, rng: glorot_uniform(shape, np.random.default_rng(0)),
            "Every call gives the same weights, whatever `rng` says. Draw new ones from it.",
        ),
        Misconception(
            "another generator",
            from_everywhere,
            "Your numbers do not come from `rng`: with the same one, they differ. Then no run can be repeated.",
            "`np.random` is one generator, `rng` another. Which of the two do you draw from?",
        ),
        Misconception(
            "normal, limit as spread",
            lambda shape, rng: rng.normal(0, sqrt(6 / sum(fans(shape))), shape),
            "Your weights come from a normal distribution, with the limit for its spread. Here every value between -limit and limit is equally likely.",
        ),
        Misconception(
            "dense kernels only",
            unpacked,
            "Your code takes a shape of two numbers only. A convolution has four; inputs and outputs are the last two.",
            "`shape[-2]` and `shape[-1]` exist in both kinds of shape.",
        ),
        Misconception(
            "sum outside of the quotient",
            with_limit(lambda fan_in, fan_out: sqrt(6 / fan_in + fan_out)),
            "You divided 6 by fan_in alone, and then added fan_out. The sum needs a parenthesis.",
        ),
        Misconception(
            "root of the fans alone",
            with_limit(lambda fan_in, fan_out: 6 / sqrt(fan_in + fan_out)),
            "You took the root of the fans alone. It covers the whole quotient.",
            "where does the parenthesis of the root begin?",
        ),
    ],
)
