"""dropout: judged by what is dropped, how much of it, and by how much the others grow."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, edge
from revgraph.checks.chapters.common import Array, Rng, Shape, fixed, ways
from revgraph.checks.compare import Tolerance
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def dropout(x: Array, rate: float, rng: Rng, training: bool) -> Array:
    if not training:
        return x
    keep = rng.random(x.shape) >= rate
    return x * keep / (1 - rate)


ENTRIES, ROWS, COLUMNS, NOTHING = "single entries", "whole rows", "whole columns", "nothing"


def dropped(candidate: Callable[..., Array], x: Array, rate: float, training: bool, seed: int) -> Any:
    """What became of the entries of x, in words where it can be said in words."""
    given, rng = x.copy(), np.random.default_rng(seed)
    found = candidate(given, rate, rng, training)
    if found is None:
        return None
    if isinstance(found, list | tuple):
        return f"no array, but a {type(found).__name__}"
    out = np.asarray(found, float)
    if out.shape != x.shape:
        return {"shape": out.shape}
    unchanged = np.array_equal(given, x)
    second = np.asarray(candidate(x.copy(), rate, rng, training))
    again = np.asarray(candidate(x.copy(), rate, np.random.default_rng(seed), training))
    kept = (out != 0).reshape(len(x), -1)
    what, growth, later = what_is_dropped(kept), grown(out, x), grown(second, x)
    return {
        "shape": out.shape,
        "what is dropped": what,
        "share of zeros": float(1 - kept.mean()) if what == ENTRIES else None,
        "the others are multiplied by": float(np.abs(growth).mean()) if growth.size else None,
        "the others keep their sign": bool((growth > 0).all()),
        "how many are dropped": how_many(candidate, x, rate, seed) if what == ENTRIES else None,
        "by the same factor everywhere": bool(growth.size == 0 or np.ptp(growth) < 1e-9),
        "by the same factor at every call": bool(
            growth.size == 0 or later.size == 0 or abs(growth.mean() - later.mean()) < 1e-9
        ),
        "the same from the same rng": bool(np.array_equal(out, again)),
        "anew at every call": what == NOTHING or not np.array_equal(out, second),
        "x is left as it was": unchanged,
    }


def grown(out: Array, x: Array) -> Array:
    """By what the entries that are kept were multiplied."""
    return np.divide(out, x)[out != 0] if out.shape == x.shape else np.zeros(0)


def how_many(candidate: Callable[..., Array], x: Array, rate: float, seed: int) -> str:
    """By chance, five calls agree once in a million times; most often the second differs already."""
    rng = np.random.default_rng(seed)
    counts = (np.count_nonzero(candidate(x.copy(), rate, rng, True)) for _ in range(5))
    first = next(counts)
    return "always as many" if all(count == first for count in counts) else "left to chance"


def what_is_dropped(kept: Array) -> str:
    if kept.all():
        return NOTHING
    if not kept.any():
        return "everything"
    if (kept == kept[:1]).all():
        return COLUMNS
    return ROWS if (kept == kept[:, :1]).all() else ENTRIES


SITUATIONS = [(0.25, True), (0.25, False), (0.35, True), (0.0, True), (0.5, False)]


def dropout_cases(rng: Rng) -> Iterator[Case]:
    same = fixed()
    for rate, training in SITUATIONS:
        # With seed 3 the first number is below 0.25: a single one drops everything.
        yield case(drawn(same, (300, 40)), rate, training, 3)
    for rate, training in SITUATIONS:
        yield case(drawn(rng, (300, 40)), rate, training, int(rng.integers(1000)))
    yield edge("an array with four axes", drawn(rng, (30, 5, 6, 8)), 0.4, True, int(rng.integers(1000)))


def drawn(rng: Rng, shape: Shape) -> Array:
    """Numbers of both signs, none of them near 0."""
    return rng.uniform(1, 2, shape) * rng.choice([-1, 1], shape)


def masked(
    mask: Callable[[Array, float, Rng], Any], factor: Callable[[float], float], testing: Any = None
) -> Callable[..., Array]:
    """A mask and a factor while training, perhaps another factor when testing."""

    def candidate(x: Array, rate: float, rng: Rng, training: bool) -> Array:
        if not training:
            return x if testing is None else x * testing(rate)
        return x * mask(x, rate, rng) * factor(rate)

    return candidate


def entries(x: Array, rate: float, rng: Rng) -> Array:
    return rng.random(x.shape) >= rate


def exactly(x: Array, rate: float, rng: Rng) -> Array:
    keep = np.ones(x.size)
    keep[rng.choice(x.size, int(rate * x.size), replace=False)] = 0
    return keep.reshape(x.shape)


def others(x: Array, rate: float, rng: Rng) -> Array:
    return rng.random(x.shape) < rate


def inverted(rate: float) -> float:
    return 1 / (1 - rate)


def in_place(x: Array, rate: float, rng: Rng, training: bool) -> Array:
    if training:
        x *= entries(x, rate, rng)
        x /= 1 - rate
    return x


def masked_alone(x: Array, rate: float, rng: Rng, training: bool) -> Array:
    return entries(x, rate, rng) / (1 - rate) if training else x


def cut_out(x: Array, rate: float, rng: Rng, training: bool) -> Array:
    return x[entries(x, rate, rng)] / (1 - rate) if training else x


def by_what_is_kept(x: Array, rate: float, rng: Rng, training: bool) -> Array:
    keep = entries(x, rate, rng)
    return x * keep / keep.mean() if training else x


def loses_negative(testing: bool) -> Callable[..., Array]:
    def candidate(x: Array, rate: float, rng: Rng, training: bool) -> Array:
        return np.maximum(dropout(x, rate, rng, training), 0) if training or testing else x

    return candidate


def over_rate(rate: float) -> float:
    return 1 / rate if rate else 1.0


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
                "what is dropped": ENTRIES,
                "share of zeros": 0.5,
                "how many are dropped": "left to chance",
                "the others are multiplied by": 2.0,
                "the others keep their sign": True,
                "by the same factor everywhere": True,
                "by the same factor at every call": True,
                "the same from the same rng": True,
                "anew at every call": True,
                "x is left as it was": True,
            },
            "Srivastava et al. 2014, section 10: scaled by 1/p while training",
        )
    ],
    next="the mean of the output should be what it was. If half of the entries are zero, what must the others do?",
    why="True and False multiply like 1 and 0, so one product drops and one division makes up for it.",
    misconceptions=[
        Misconception(
            "always as many",
            masked(exactly, inverted),
            "You drop the same number of entries at every call. Each is dropped by itself, with its own draw, so how many it "
            "hits is left to chance.",
            "toss a coin ten times: is it always five times heads?",
        ),
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
            "scaled both times",
            masked(entries, inverted, testing=lambda rate: 1 - rate),
            "You scale while training and again when testing. Once is enough: when not training, x comes back as it is.",
        ),
        Misconception(
            "scaled twice",
            masked(entries, lambda rate: 1 / (1 - rate) ** 2),
            "You divide by 1 - rate twice.",
        ),
        Misconception(
            "divides by the rate",
            masked(entries, lambda rate: np.divide(1.0, rate)),
            "You divide by rate, the share that is dropped. What is left is the share 1 - rate.",
        ),
        Misconception(
            "keeps the rate",
            masked(others, inverted),
            "You keep the share `rate` and drop the rest. It is the share to drop.",
        ),
        Misconception(
            "all the other way round",
            masked(others, over_rate),
            "You took `rate` for the share to keep. It is the share to drop, so 1 - rate is what is left.",
        ),
        Misconception(
            "shrinks",
            masked(entries, lambda rate: 1 - rate),
            "You multiply what is left by 1 - rate; divide by it.",
        ),
        Misconception(
            "divided by the rate",
            masked(entries, over_rate),
            "You divide what is left by rate. The share that is left is 1 - rate.",
        ),
        Misconception(
            "scales without dropping",
            masked(lambda x, rate, rng: 1.0, inverted),
            "Nothing is dropped, and all entries grow. Those that are dropped become 0; the others make up for them.",
            "where is your mask multiplied with x?",
        ),
        Misconception(
            "always on",
            lambda x, rate, rng, training: dropout(x, rate, rng, True),
            "You drop when not training, too. Then the network should see everything.",
        ),
        Misconception(
            "never on",
            lambda x, rate, rng, training: x.copy(),
            "Nothing is dropped, not even while training.",
        ),
        Misconception(
            "the wrong time",
            lambda x, rate, rng, training: dropout(x, rate, rng, not training),
            "You drop when not training, and leave x alone while training. It is the other way round.",
        ),
        Misconception(
            "whole rows",
            masked(lambda x, rate, rng: rng.random((len(x), *[1] * (x.ndim - 1))) >= rate, inverted),
            "You drop whole rows, that is, samples. Each entry is dropped by itself.",
        ),
        Misconception(
            "whole columns",
            masked(lambda x, rate, rng: rng.random((1, *x.shape[1:])) >= rate, inverted),
            "All rows have lost the same entries: your mask has a single row. Each entry is dropped by itself.",
            "which shape does your mask have, and which should it have?",
        ),
        Misconception(
            "all or nothing",
            masked(lambda x, rate, rng: rng.random() >= rate, inverted),
            "You drew a single number, so all entries are dropped, or none. Each needs a number of its own.",
        ),
        Misconception(
            "normal numbers",
            masked(lambda x, rate, rng: rng.normal(size=x.shape) > rate, inverted),
            "You drop too many: a normal number lies below `rate` more often than with probability `rate`. Draw uniform ones.",
            "which function of `rng` gives numbers from 0 to 1?",
        ),
        Misconception(
            "own generator",
            lambda x, rate, rng, training: dropout(x, rate, np.random.default_rng(0), training),
            "The same entries are dropped at every call, whatever `rng` says. Draw new numbers from it.",
        ),
        Misconception(
            "another generator",
            lambda x, rate, rng, training: dropout(x, rate, np.random.default_rng(), training),
            "Your numbers do not come from `rng`: with the same one, other entries are dropped. Then no run can be repeated.",
            "`np.random` is one generator, `rng` another. Which of the two do you draw from?",
        ),
        Misconception(
            "writes into x",
            in_place,
            "Your code writes into x. Whoever called the function still needs it.",
            "`x *= mask` changes x itself; what does `x * mask` do?",
        ),
        Misconception(
            "the mask alone",
            masked_alone,
            "You returned the mask. It is multiplied by x.",
        ),
        Misconception(
            "random factors",
            masked(lambda x, rate, rng: rng.random(x.shape), inverted),
            "You multiplied by random numbers. Compare them with `rate` first: an entry is dropped, or it is not.",
            "what does `rng.random(x.shape) >= rate` give?",
        ),
        Misconception(
            "cut out",
            cut_out,
            "The dropped entries are gone, and with them the shape. They become 0, and keep their places.",
        ),
        Misconception(
            "by what is kept",
            by_what_is_kept,
            "You divide by the share that happened to be kept, which is another one at every call. Divide by 1 - rate.",
            "what would you divide by if, by chance, everything was dropped?",
        ),
        *ways(
            "negative numbers lost",
            "Negative numbers have become 0. Each entry is dropped by chance, whatever its sign.",
            "what does your code do with x itself, besides multiplying it?",
            loses_negative(testing=True),
            loses_negative(testing=False),
        ),
        Misconception(
            "a fair coin",
            masked(lambda x, rate, rng: rng.integers(0, 2, x.shape), inverted),
            "You drop one half, whatever `rate` is.",
        ),
    ],
)
