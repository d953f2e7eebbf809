"""gelu and its rule: relu with a soft corner."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import erf, pi, sqrt

import numpy as np

from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case, edge

ROOT, CUBE = sqrt(2 / pi), 0.044715


def forward(x: Array) -> Array:
    return 0.5 * x * (1 + np.tanh(ROOT * (x + CUBE * x * x * x)))


def cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([-2.0, -1.0, 0.0, 1.0, 2.0]))
    yield case(np.array([0.5, 3.0, -3.0]))
    for shape in ((4,), (2, 3), (2, 1, 3)):
        yield case(2 * rng.normal(size=shape))
    yield edge("a number without axes", np.array(0.7))
    yield edge("no numbers", np.zeros((0, 3)))


X = np.array([-3.0, -0.7, 0.0, 0.4, 1.0, 2.5])
G = [1.0, -0.5, 2.0, 0.25, -1.0, 0.5]
FORWARD = [
    -0.0036373920817729943,
    -0.16942986529488321,
    0.0,
    0.2621611694273562,
    0.8411919906082768,
    2.484915733910001,
]
BACKWARD = [
    -0.011584166630969648,
    -0.011821390671948026,
    1.0,
    0.20066470860514035,
    -1.0829640838457826,
    0.518975788106333,
]
SOURCE = "PyTorch 2.13.0, gelu(approximate='tanh')"

GELU = Exercise(
    name="gelu",
    points=5,
    reference=forward,
    cases=cases,
    why="The formula on the whole array at once; NumPy computes x * x * x many times as fast as x**3.",
    recorded=[Recorded(case(X), np.array(FORWARD), SOURCE)],
    next="compute x = 1 by hand: x + 0.044715 · x³, times √(2/π), tanh, plus 1, times x/2. Where do you part from it?",
    misconceptions=[
        Misconception(
            "half forgotten",
            lambda x: x * (1 + np.tanh(ROOT * (x + CUBE * x**3))),
            "Your result is twice as large: 1 + tanh goes from 0 to 2, so it is halved.",
        ),
        Misconception(
            "no root",
            lambda x: 0.5 * x * (1 + np.tanh(2 / pi * (x + CUBE * x**3))),
            "Your factor inside of tanh is 2/π. It is the root of it.",
        ),
        Misconception(
            "root of 2π",
            lambda x: 0.5 * x * (1 + np.tanh(sqrt(2 * pi) * (x + CUBE * x**3))),
            "Your factor inside of tanh is √(2π). It is √(2/π).",
        ),
        Misconception(
            "the cube outside of the factor",
            lambda x: 0.5 * x * (1 + np.tanh(ROOT * x + CUBE * x**3)),
            "Only x was multiplied by √(2/π), the cube was not: the parentheses hold both.",
        ),
        Misconception(
            "squared",
            lambda x: 0.5 * x * (1 + np.tanh(ROOT * (x + CUBE * x**2))),
            "You squared x where its third power stands. A square loses the sign.",
        ),
        Misconception(
            "exact",
            lambda x: x * 0.5 * (1 + np.vectorize(erf, otypes=[float])(x / sqrt(2))),
            "That is the exact gelu, by the error function. Here the usual approximation by tanh is asked; they differ in the fourth digit.",
        ),
        Misconception(
            "by sigmoid",
            lambda x: x / (1 + np.exp(-1.702 * x)),
            "That is the rougher approximation, by a sigmoid. The exercise asks for the one by tanh.",
        ),
        Misconception(
            "relu",
            lambda x: np.maximum(x, 0.0),
            "That is relu. gelu lets a little of small negative numbers through.",
        ),
        Misconception(
            "x forgotten",
            lambda x: 0.5 * (1 + np.tanh(ROOT * (x + CUBE * x**3))),
            "That is the share that is let through. It is still to be multiplied by x.",
        ),
    ],
)


def vjp(g: Array, ans: Array, x: Array) -> Array:
    t = np.tanh(ROOT * (x + CUBE * x * x * x))
    inner = ROOT * (1 + 3 * CUBE * x**2)
    return g * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * inner)


def vjp_cases(rng: Rng) -> Iterator[Case]:
    fixed = np.random.default_rng(15)
    for one in cases(rng):
        x = one.args[0]
        yield replace(one, args=(np.array(fixed.normal(size=x.shape)), forward(x), x))


def parts(change: Callable[..., Array]) -> Callable[[Array, Array, Array], Array]:
    """A wrong rule, made of g, x, tanh and the inner slope."""

    def candidate(g: Array, ans: Array, x: Array) -> Array:
        t = np.tanh(ROOT * (x + CUBE * x**3))
        return change(g, x, t, ROOT * (1 + 3 * CUBE * x**2))

    return candidate


GELU_VJP = Exercise(
    name="gelu_vjp",
    points=10,
    reference=vjp,
    cases=vjp_cases,
    why="Two factors have x in them, so the product rule gives two terms; the second has the chain rule inside.",
    recorded=[Recorded(case(np.array(G), np.array(FORWARD), X), np.array(BACKWARD), SOURCE)],
    next="ans is a product of x/2 and (1 + tanh(…)). What does the product rule give, and what the chain rule in its second term?",
    misconceptions=[
        Misconception(
            "first term alone",
            parts(lambda g, x, t, inner: g * 0.5 * (1 + t)),
            "Both factors of the product have x in them. You have the term of the first; that of tanh is missing.",
        ),
        Misconception(
            "second term alone",
            parts(lambda g, x, t, inner: g * 0.5 * x * (1 - t**2) * inner),
            "You have the term of tanh. The one in which x itself moves is missing.",
        ),
        Misconception(
            "inner slope forgotten",
            parts(lambda g, x, t, inner: g * (0.5 * (1 + t) + 0.5 * x * (1 - t**2))),
            "The slope of what stands inside of tanh is missing: the chain rule multiplies by it.",
        ),
        Misconception(
            "root forgotten",
            parts(lambda g, x, t, inner: g * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * inner / ROOT)),
            "The slope of what stands inside of tanh lacks its factor √(2/π).",
        ),
        Misconception(
            "three forgotten",
            parts(
                lambda g, x, t, inner: g * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * ROOT * (1 + CUBE * x**2))
            ),
            "The slope of x³ is 3·x². The 3 is missing.",
        ),
        Misconception(
            "slope of tanh without the square",
            parts(lambda g, x, t, inner: g * (0.5 * (1 + t) + 0.5 * x * (1 - t) * inner)),
            "The slope of tanh is 1 - tanh², you took 1 - tanh.",
        ),
        Misconception(
            "without g",
            lambda g, ans, x: vjp(np.ones_like(g), ans, x),
            "Your result lacks g.",
        ),
        Misconception(
            "relu's slope",
            lambda g, ans, x: g * (x > 0),
            "That is the slope of relu. gelu's changes smoothly.",
        ),
    ],
)
