"""dropout: judged by how many entries vanish, and by how much the others grow."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.compare import Tolerance
from revgraph.checks.exercise import Exercise, Misconception, Recorded


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


DROPOUT = Exercise(
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
)
