"""next_token_batches: windows of a text, each with the same window one token later. Judged by properties."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from revgraph.checks.chapters.common import Array, Rng, ways
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, Tolerance, case

Batches = Iterator[tuple[Array, Array]]


def reference(tokens: Array, context: int, batch_size: int, rng: Rng) -> Batches:
    while True:
        starts = rng.integers(0, len(tokens) - context, batch_size)
        windows = starts[:, None] + np.arange(context)
        yield tokens[windows], tokens[windows + 1]


DRAWN = 300  # batches: a start is missed once in 10¹⁵ cases, the mean strays by a seventh of the tolerance


def drawn_batches(
    candidate: Callable[..., Batches], length: int, context: int, batch_size: int, seed: int
) -> dict[str, Any]:
    """What many batches of a text of distinct tokens are like."""
    tokens = 10 * np.arange(length) + 3
    given = tokens.copy()
    batches = list(islice(candidate(given, context, batch_size, np.random.default_rng(seed)), DRAWN))
    again = list(islice(candidate(given, context, batch_size, np.random.default_rng(seed)), DRAWN))
    if not batches:
        return {"batches": 0}
    x, y = np.asarray(batches[0][0]), np.asarray(batches[0][1])
    found: dict[str, Any] = {"shape of x": x.shape, "shape of y": y.shape}
    if x.shape != (batch_size, context) or y.shape != x.shape:
        return found
    xs, ys = np.array([b[0] for b in batches]), np.array([b[1] for b in batches])
    starts = (xs[..., 0] - 3) // 10
    return found | {
        "goes on without end": len(batches) == DRAWN,
        "each row of x is a window of the text": bool(np.all(np.diff(xs, axis=-1) == 10)),
        "y is one token later": bool(np.all(ys == xs + 10)),
        "first start": int(starts.min()),
        "last start": int(starts.max()),
        "mean of the starts": round(float(starts.mean()) / length, 2),
        "rows of a batch start apart": bool(np.any(np.ptp(starts, axis=1) > 0)) or batch_size == 1,
        "starts in order": bool(np.all(np.diff(starts, axis=1) >= 0)) and batch_size > 1,
        "a new batch each time": not np.array_equal(xs[0], xs[1]) or not np.array_equal(xs[1], xs[2]),
        "the same from the same rng": same(batches, again),
        "the text is left as it is": bool(np.array_equal(given, tokens)),
    }


def same(batches: list[Any], again: list[Any]) -> bool:
    return all(
        np.array_equal(a, b)
        for one, other in zip(batches, again, strict=False)
        for a, b in zip(one, other, strict=True)
    )


def cases(rng: Rng) -> Iterator[Case]:
    for length, context, batch_size in ((12, 8, 4), (30, 5, 3), (9, 1, 6), (25, 20, 2)):
        for seed in (1, int(rng.integers(1000))):
            yield case(length, context, batch_size, seed)


def changed(
    starts: Callable[..., Array] = lambda rng, n, context, size: rng.integers(0, n - context, size),
    later: int = 1,
    y_of: Callable[[Array], Array] = lambda y: y,
) -> Callable[..., Batches]:
    def candidate(tokens: Array, context: int, batch_size: int, rng: Rng) -> Batches:
        while True:
            windows = starts(rng, len(tokens), context, batch_size)[:, None] + np.arange(context)
            yield tokens[windows], y_of(tokens[(windows + later) % len(tokens)])

    return candidate


def one_batch(tokens: Array, context: int, batch_size: int, rng: Rng) -> Batches:
    yield next(reference(tokens, context, batch_size, rng))


def same_batch(tokens: Array, context: int, batch_size: int, rng: Rng) -> Batches:
    batch = next(reference(tokens, context, batch_size, rng))
    while True:
        yield batch


def one_start(rng: Rng, n: int, context: int, size: int) -> Array:
    return np.full(size, rng.integers(0, n - context))


def one_after_another(tokens: Array, context: int, batch_size: int, rng: Rng, again: bool = False) -> Batches:
    """Around the text, or ``again`` from its first token when the next batch would not fit."""
    number, starts = 0, len(tokens) - context
    while True:
        if again and number + batch_size >= starts:
            number = 0
        windows = ((number + np.arange(batch_size)) % starts)[:, None] + np.arange(context)
        yield tokens[windows], tokens[windows + 1]
        number += batch_size


def scattered(tokens: Array, context: int, batch_size: int, rng: Rng) -> Batches:
    while True:
        places = rng.integers(0, len(tokens) - 1, (batch_size, context))
        yield tokens[places], tokens[places + 1]


def own_generator(tokens: Array, context: int, batch_size: int, rng: Rng) -> Batches:
    return reference(tokens, context, batch_size, np.random.default_rng())


NEXT_TOKEN_BATCHES = Exercise(
    name="next_token_batches",
    points=15,
    reference=reference,
    probe=drawn_batches,
    cases=cases,
    tolerance=Tolerance(relative=0, absolute=0.08),
    why="Starts down, steps across: broadcasting makes the places of all windows at once, and y reads one place later.",
    recorded=[
        Recorded(
            case(10, 4, 2, 0),
            {
                "shape of x": (2, 4),
                "shape of y": (2, 4),
                "goes on without end": True,
                "each row of x is a window of the text": True,
                "y is one token later": True,
                "first start": 0,
                "last start": 5,
                "mean of the starts": 0.25,
                "rows of a batch start apart": True,
                "starts in order": False,
                "a new batch each time": True,
                "the same from the same rng": True,
                "the text is left as it is": True,
            },
            "by hand: x of 4 tokens and one more for y fit at the starts 0 to 5 of a text of 10",
        )
    ],
    next="for a text of 10 tokens and context 4: which is the last start at which y still fits? How often does `rng.integers(0, n)` give n?",
    misconceptions=[
        Misconception(
            "y is x",
            changed(later=0),
            "Your y is x itself. It should be the same window, one token later: what is to be guessed.",
        ),
        Misconception(
            "two later",
            changed(lambda rng, n, context, size: rng.integers(0, n - context - 1, size), later=2),
            "Your y comes two tokens later. At each place the very next token is to be guessed.",
        ),
        Misconception(
            "one before",
            changed(lambda rng, n, context, size: rng.integers(1, n - context, size), later=-1),
            "Your y is one token earlier than x: the network would have to guess what it has already seen.",
        ),
        Misconception(
            "last start missing",
            changed(lambda rng, n, context, size: rng.integers(0, n - context - 1, size)),
            "The last start never comes. `rng.integers(0, n)` gives 0 to n - 1, so its end is already left out.",
        ),
        Misconception(
            "first start missing",
            changed(lambda rng, n, context, size: rng.integers(1, n - context, size)),
            "No window starts at the first token.",
        ),
        Misconception(
            "one start for all",
            changed(one_start),
            "All rows of a batch are the same window. Draw a start for each row.",
            "what does the third argument of `rng.integers` do?",
        ),
        Misconception(
            "in order",
            changed(lambda rng, n, context, size: np.sort(rng.integers(0, n - context, size))),
            "In each of your batches the starts are sorted. They are to stand as they were drawn.",
        ),
        *ways(
            "one after another",
            "Your windows come in the order of the text. Their starts are to be drawn, anew for each row.",
            "",
            one_after_another,
            partial(one_after_another, again=True),
        ),
        Misconception(
            "ends after one",
            one_batch,
            "Your generator ends after one batch. It should go on without end.",
            "which loop never ends?",
        ),
        Misconception(
            "always the same batch",
            same_batch,
            "You draw the starts once, before the loop, so every batch is the same.",
        ),
        Misconception(
            "scattered tokens",
            scattered,
            "Your rows are single tokens from all over the text. A row is a window: neighbours, in their order.",
        ),
        Misconception(
            "own generator",
            own_generator,
            "Your starts do not come from the `rng` you are given, so a training cannot be repeated.",
        ),
        Misconception(
            "last token alone",
            changed(y_of=lambda y: y[:, -1]),
            "Your y is one token a row. At each place of the window the next token is to be guessed, so y has the shape of x.",
        ),
    ],
)
