"""sinusoidal_positions: clocks of many speeds tell where a token stands."""

from collections.abc import Callable, Iterator

import numpy as np

from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case, edge


def reference(n: int, d: int) -> Array:
    angles = np.arange(n)[:, None] / 10000.0 ** (np.arange(0, d, 2) / d)
    out = np.zeros((n, d))
    out[:, 0::2] = np.sin(angles)
    out[:, 1::2] = np.cos(angles[:, : d // 2])
    return out


def cases(rng: Rng) -> Iterator[Case]:
    for n, d in ((3, 4), (1, 2), (5, 8), (20, 6), (int(rng.integers(30, 60)), 12)):
        yield case(n, d)
    yield edge("no positions", 0, 4)


def woven(
    angle: Callable[[Array, Array, int], Array],
    even: Callable[[Array], Array] = np.sin,
    odd: Callable[[Array], Array] = np.cos,
    start: int = 0,
) -> Callable[[int, int], Array]:
    def candidate(n: int, d: int) -> Array:
        angles = angle(np.arange(start, start + n)[:, None], np.arange(0, d, 2), d)
        out = np.zeros((n, d))
        out[:, 0::2], out[:, 1::2] = even(angles), odd(angles[:, : d // 2])
        return out

    return candidate


def right_angle(position: Array, column: Array, d: int) -> Array:
    return position / 10000.0 ** (column / d)


def in_halves(n: int, d: int) -> Array:
    angles = right_angle(np.arange(n)[:, None], np.arange(0, d, 2), d)
    return np.concatenate([np.sin(angles), np.cos(angles[:, : d // 2])], axis=1)


def own_speed_each(n: int, d: int) -> Array:
    angles = np.arange(n)[:, None] / 10000.0 ** (np.arange(d) / d)
    out = np.sin(angles)
    out[:, 1::2] = np.cos(angles[:, 1::2])
    return out


SINUSOIDAL_POSITIONS = Exercise(
    name="sinusoidal_positions",
    points=10,
    reference=reference,
    why="Positions down, speeds across: broadcasting makes all angles at once, and two slices weave sine and cosine.",
    cases=cases,
    recorded=[
        Recorded(
            case(2, 4),
            np.array([[0.0, 1.0, 0.0, 1.0], [np.sin(1.0), np.cos(1.0), np.sin(0.01), np.cos(0.01)]]),
            "by hand, from Vaswani and others 2017, section 3.5: 10000 to the power 2/4 is 100",
        )
    ],
    next="make the angles first, of shape (n, d/2): positions down, speeds across. What is the speed of the first pair, and of the last?",
    misconceptions=[
        Misconception(
            "in halves",
            in_halves,
            "Your sines fill the first half of the columns, and your cosines the second. They should take turns: sine, cosine, sine, cosine.",
            "which slice names every second column?",
        ),
        Misconception(
            "cosine first",
            woven(right_angle, np.cos, np.sin),
            "Sine and cosine are exchanged: the even columns hold the sines.",
        ),
        Misconception(
            "a speed for each column",
            own_speed_each,
            "Every column has a speed of its own. A sine and its cosine are a pair, and share one: the exponent is that of the even column.",
        ),
        Misconception(
            "speeds half as far apart",
            woven(lambda position, column, d: position / 10000.0 ** (column / (2 * d))),
            "Your exponents go from 0 to 1/2 only: for pair i it is 2i/d, and 2i is the number of the even column.",
        ),
        Misconception(
            "divided by the pairs",
            woven(lambda position, column, d: position / 10000.0 ** (column / max(d - 2, 1))),
            "Your exponents reach 1 at the last pair. They are 2i/d, so the last one is a little less.",
        ),
        Misconception(
            "speeds upside down",
            woven(lambda position, column, d: position * 10000.0 ** (column / d)),
            "You multiplied by the power of 10000. Divide: the later a pair, the slower it turns.",
        ),
        Misconception(
            "counts from 1",
            woven(right_angle, start=1),
            "Your positions begin with 1. The first token stands at position 0, where every sine is 0.",
        ),
        Misconception(
            "whole turns",
            woven(lambda position, column, d: 2 * np.pi * right_angle(position, column, d)),
            "You multiplied the angles by 2π. The first wavelength is 2π positions: the angle of position 1 is 1.",
        ),
        Misconception(
            "sines alone",
            woven(right_angle, np.sin, np.sin),
            "All your columns are sines. The odd ones hold the cosines.",
        ),
    ],
)
