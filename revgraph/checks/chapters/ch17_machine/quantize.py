"""quantize and dequantize: a number in one byte."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.chapters.common import Array, Rng, ways
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case, edge


def to_integers(x: Array) -> tuple[Array, float]:
    scale = np.max(np.abs(x)) / 127
    return np.round(x / (scale or 1.0)).astype(np.int8), float(scale)


def any_scale_for_zeros(value: Any) -> Any:
    """Where all integers are 0, every finite scale stands for the same numbers."""
    if not isinstance(value, tuple | list):
        return value
    q, scale = value
    return (q, 0.0) if not np.any(q) and np.isfinite(scale) else (q, scale)


def cases(rng: Rng) -> Iterator[Case]:
    fixed = np.random.default_rng(8)
    yield case(np.array([0.0, 1.0, -2.0, 0.4]))
    yield case(np.array([-3.0, 1.7, 0.11, 2.9]))
    yield case(np.array([5.0, -0.3, 1.21, 4.6]))
    yield case(fixed.normal(size=(3, 4)))
    yield case(100 * fixed.normal(size=(2, 5)) - 80)
    yield case(1e-3 * fixed.uniform(-1, 1, size=7))
    yield case(np.zeros(3))
    yield case(np.zeros((2, 2)))
    for size in ((6,), (4, 3)):
        yield case(rng.normal(size=size) * rng.uniform(0.1, 10))
    yield edge("a number without axes", np.array(-0.7))


RECORDED_X = np.array([[0.9, -0.35, 0.02], [-1.27, 0.0, 1.0]])


def scaled(
    scale_of: Callable[[Array], float] = lambda x: np.max(np.abs(x)) / 127,
    to_whole: Callable[[Array], Array] = np.round,
    kind: Any = np.int8,
    back: Callable[[Array, float], Any] = lambda q, scale: (q, float(scale)),
) -> Callable[[Array], Any]:
    def candidate(x: Array) -> Any:
        scale = scale_of(x)
        with np.errstate(invalid="ignore"):
            return back(to_whole(x / (scale or 1.0)).astype(kind), scale)

    return candidate


def with_zero_point(x: Array) -> tuple[Array, float]:
    scale = (x.max() - x.min()) / 255
    q = np.round((x - x.min()) / (scale or 1.0)) - 128
    return q.astype(np.int8), float(scale)


def row_by_row(x: Array) -> tuple[Array, Array]:
    scale = np.max(np.abs(x), axis=-1, keepdims=True) / 127
    return np.round(x / np.where(scale == 0, 1, scale)).astype(np.int8), scale


def divides_zero_by_zero(x: Array) -> tuple[Array, float]:
    scale = np.max(np.abs(x)) / 127
    return np.round(x / scale).astype(np.int8), float(scale)


def upside_down(x: Array) -> tuple[Array, float]:
    with np.errstate(all="ignore"):
        scale = 127 / np.max(np.abs(x))
        return np.round(x * scale).astype(np.int8), float(scale)


QUANTIZE = Exercise(
    name="quantize",
    points=12,
    reference=to_integers,
    canonical=any_scale_for_zeros,
    cases=cases,
    quiet=True,
    why="The largest magnitude becomes ±127; `scale or 1.0` keeps an array of zeros from dividing by 0.",
    recorded=[
        Recorded(
            case(RECORDED_X),
            (np.array([[90, -35, 2], [-127, 0, 100]], np.int8), 0.01),
            "PyTorch 2.13.0, quantize_per_tensor(x, 0.01, 0, qint8)",
        )
    ],
    next="take the array 0.5, -2: which number becomes -127? So how much is 1 worth, and how many of it is 0.5?",
    misconceptions=[
        Misconception(
            "cut off",
            scaled(to_whole=np.trunc),
            "Your integers are cut off. `astype` drops what stands after the decimal point; round first.",
        ),
        Misconception(
            "rounded down",
            scaled(to_whole=np.floor),
            "You rounded down. Round to the nearest integer.",
        ),
        Misconception(
            "largest, not largest magnitude",
            scaled(lambda x: np.max(x) / 127),
            "You took the largest number. A negative one may have the largest magnitude, and does not fit then.",
        ),
        Misconception(
            "scale upside down",
            upside_down,
            "Your scale is upside down: times the integers it should give x again.",
            "which number does one step of an integer stand for?",
        ),
        Misconception(
            "128",
            scaled(lambda x: np.max(np.abs(x)) / 128),
            "You divided by 128. The largest int8 is 127, and 128 turns around to -128.",
            "from where to where do eight bits with a sign reach?",
        ),
        Misconception(
            "a scale for each row",
            row_by_row,
            "You have a scale for each row. Here one number is the scale of the whole array.",
        ),
        Misconception(
            "255",
            scaled(lambda x: np.max(np.abs(x)) / 255),
            "You divided by 255, so the largest numbers do not fit: an int8 reaches from -128 to 127.",
        ),
        Misconception(
            "with a zero point",
            with_zero_point,
            "You mapped the smallest number to -128 and the largest to 127. Here 0 stays 0: the scale is the largest magnitude, divided by 127.",
        ),
        Misconception(
            "the scale upside down",
            scaled(back=lambda q, scale: (q, float(1 / (scale or 1.0)))),
            "The integers are right, the scale is upside down: it says how much an integer's 1 is worth.",
        ),
        Misconception(
            "largest magnitude for a scale",
            scaled(back=lambda q, scale: (q, float(127 * scale))),
            "The integers are right. You returned the largest magnitude; the scale is that, divided by 127.",
        ),
        Misconception(
            "still floats",
            scaled(kind=np.float64),
            "The numbers are right, but they are still floats of eight bytes each.",
            "what does `astype(np.int8)` do?",
        ),
        Misconception(
            "wide integers",
            scaled(kind=np.int64),
            "The integers are right, but have eight bytes each. An int8 has one.",
            "what does `astype(np.int8)` do?",
        ),
        Misconception(
            "without a sign",
            scaled(kind=np.uint8),
            "You chose uint8, which has no negative numbers.",
        ),
        Misconception(
            "integers alone",
            scaled(back=lambda q, scale: q),
            "You returned the integers alone. Without the scale nobody knows what they stand for.",
        ),
        Misconception(
            "the other way round",
            scaled(back=lambda q, scale: (float(scale), q)),
            "Integers and scale are right, the other way round.",
        ),
        Misconception(
            "0 divided by 0",
            divides_zero_by_zero,
            "Where all numbers are 0, the scale is 0, too, and you divide 0 by 0.",
            "what may stand in place of a scale of 0?",
        ),
        Misconception(
            "back already",
            scaled(back=lambda q, scale: (q * scale, float(scale))),
            "You multiplied by the scale again. That is for `dequantize`.",
        ),
    ],
)


def back_to_floats(q: Array, scale: float) -> Array:
    return q * float(scale)


def integer_cases(rng: Rng) -> Iterator[Case]:
    fixed = np.random.default_rng(80)
    yield case(np.array([127, -127, 0, 64], np.int8), 0.5)
    yield case(np.array([3, -100], np.int8), 0.00125)
    yield case(fixed.integers(-127, 128, (3, 4)).astype(np.int8), 1 / 128)
    for size in ((5,), (2, 3)):
        yield case(rng.integers(-127, 128, size).astype(np.int8), float(rng.uniform(0.01, 3)))
    yield edge("no numbers", np.zeros((0, 2), np.int8), 0.5)


DEQUANTIZE = Exercise(
    name="dequantize",
    points=8,
    reference=back_to_floats,
    cases=integer_cases,
    why="An array of integers times a float is an array of floats.",
    recorded=[
        Recorded(
            case(np.array([[90, -35, 2], [-127, 0, 100]], np.int8), 0.01),
            RECORDED_X,
            "PyTorch 2.13.0, dequantize",
        )
    ],
    next="an integer 3 with the scale 0.01: which number does it stand for?",
    misconceptions=[
        Misconception(
            "divides",
            lambda q, scale: q / scale,
            "You divided by the scale. `quantize` did that; the way back multiplies.",
        ),
        Misconception(
            "the integers again",
            lambda q, scale: q.astype(float),
            "Your numbers are the integers, as floats. The scale is missing.",
        ),
        Misconception(
            "in int8",
            lambda q, scale: (q * scale).astype(np.int8),
            "You put the result into int8 again, and lost what stands after the decimal point.",
        ),
        *ways(
            "a whole scale",
            "You rounded the scale to a whole number. It is a float, and most often far below 1.",
            "",
            lambda q, scale: (q * np.int8(round(scale))).astype(float),
            lambda q, scale: q * float(round(scale)),
        ),
        *ways(
            "a rounded scale",
            "You rounded the scale. Every number is multiplied by it, so what is cut off is missing in all of them.",
            "how many digits does the scale have, and how many are left of it?",
            *(lambda q, scale, digits=digits: q * round(scale, digits) for digits in (1, 2, 3, 4)),
        ),
        Misconception(
            "127 once more",
            lambda q, scale: q / 127 * scale,
            "You divided by 127 once more. The scale holds that already.",
        ),
        Misconception(
            "rounded",
            lambda q, scale: np.round(q * scale),
            "You rounded the result. It was the integers that had to be round.",
        ),
        Misconception(
            "added",
            lambda q, scale: q + scale,
            "You added the scale. Each integer stands for that many times the scale.",
        ),
    ],
)
