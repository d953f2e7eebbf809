"""batches: the data, shuffled and cut."""

from collections.abc import Callable, Iterator
from types import GeneratorType
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Exercise, Misconception, Recorded


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


BATCHES = Exercise(
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
        Misconception("not shuffled", in_order, "The samples come in their old order. Shuffle them first."),
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
)
