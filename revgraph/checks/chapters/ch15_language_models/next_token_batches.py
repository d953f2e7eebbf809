"""next_token_batches: windows of a text, each with the same window one token later. Judged by properties."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, islice
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
UNEVEN = 0.09  # from the share that each start should have; by chance once in 10⁷ cases
LATER = {0: "x itself", 10: "one token later", 20: "two tokens later", -10: "one token earlier"}
FORM = {
    "what comes back": "a generator",
    "a batch is": "a pair",
    "x and y are": "arrays",
    "shape of x": (),
    "shape of y": (),
    "x and y hold": "integers",
}


def drawn_batches(
    candidate: Callable[..., Batches], length: int, context: int, batch_size: int, seed: int
) -> dict[str, Any]:
    """What many batches of a text of distinct tokens are like."""
    tokens = 10 * np.arange(length) + 3
    given = tokens.copy()
    made = candidate(given, context, batch_size, np.random.default_rng(seed))
    if not hasattr(made, "__next__"):
        return {"what comes back": "None" if made is None else type(made).__name__}
    first = list(islice(made, 1))
    if not first:
        return {"batches": 0}
    found = form(first[0])
    if found != FORM | {"shape of x": (batch_size, context), "shape of y": (batch_size, context)}:
        return found
    batches = [copied(batch) for batch in chain(first, islice(made, DRAWN - 1))]
    if len(batches) < DRAWN:
        return found | {"goes on without end": False, "batches": len(batches)}
    again = candidate(given, context, batch_size, np.random.default_rng(seed))
    xs, ys = (np.array(arrays) for arrays in zip(*batches, strict=True))
    starts = (xs[..., 0] - 3) // 10
    return found | {
        "goes on without end": True,
        "each row of x is a window of the text": bool(np.all(np.diff(xs, axis=-1) == 10)),
        "y is": in_words(xs, ys),
        "first start": int(starts.min()),
        "last start": int(starts.max()),
        "mean of the starts": round(float(starts.mean()) / length, 2),
        "each start as often as others": evenly(starts, length - context),
        "rows of a batch start apart": bool(np.any(np.ptp(starts, axis=1) > 0)) or batch_size == 1,
        "starts in order": bool(np.all(np.diff(starts, axis=1) >= 0)) and batch_size > 1,
        "a new batch each time": not np.array_equal(xs[0], xs[1]) or not np.array_equal(xs[1], xs[2]),
        "the same from the same rng": same(batches, [copied(batch) for batch in islice(again, 20)]),
        "an earlier batch stays as it was": same(batches[:1], first),
        "the text is left as it is": bool(np.array_equal(given, tokens)),
    }


def evenly(starts: Array, places: int) -> bool:
    shares = np.array([np.mean(starts == place) for place in range(places)])
    return bool(np.all(np.abs(shares - 1 / places) < UNEVEN))


def in_words(xs: Array, ys: Array) -> str:
    """What y is, compared with x."""
    apart = np.unique(ys - xs).tolist()
    return LATER.get(apart[0], "something else") if len(apart) == 1 else "something else"


def form(batch: Any) -> dict[str, Any]:
    """What the first batch is, up to the first fact that ends all others."""
    found: dict[str, Any] = {"what comes back": "a generator"}
    if not hasattr(batch, "__len__") or len(batch) != 2:
        size = f" of {len(batch)}" if hasattr(batch, "__len__") else ""
        return found | {"a batch is": f"{type(batch).__name__}{size}"}
    found["a batch is"] = "a pair"
    wrong = [type(one).__name__ for one in batch if not isinstance(one, np.ndarray)]
    if wrong:
        return found | {"x and y are": wrong[0]}
    x, y = batch
    kinds = [str(one.dtype) for one in batch if one.dtype.kind not in "iu"]
    hold = kinds[0] if kinds else "integers"
    return found | {
        "x and y are": "arrays",
        "shape of x": x.shape,
        "shape of y": y.shape,
        "x and y hold": hold,
    }


def copied(batch: tuple[Array, Array]) -> tuple[Array, Array]:
    x, y = batch
    return x.copy(), y.copy()


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


def as_lists(tokens: Array, context: int, batch_size: int, rng: Rng) -> Iterator[Any]:
    for x, y in reference(tokens, context, batch_size, rng):
        yield list(x), list(y)


def as_floats(tokens: Array, context: int, batch_size: int, rng: Rng) -> Batches:
    for x, y in reference(tokens, context, batch_size, rng):
        yield x.astype(float), y.astype(float)


def single_row(tokens: Array, context: int, batch_size: int, rng: Rng) -> Batches:
    for x, y in reference(tokens, context, 1, rng):
        yield x[0], y[0]


def filled_anew(tokens: Array, context: int, batch_size: int, rng: Rng) -> Batches:
    x, y = np.empty((2, batch_size, context), tokens.dtype)
    for batch in reference(tokens, context, batch_size, rng):
        x[...], y[...] = batch
        yield x, y


def returned(tokens: Array, context: int, batch_size: int, rng: Rng) -> tuple[Array, Array]:
    return next(reference(tokens, context, batch_size, rng))


def side_by_side(tokens: Array, context: int, batch_size: int, rng: Rng) -> Batches:
    """Windows that do not overlap."""
    while True:
        starts = rng.integers(0, (len(tokens) - 1) // context, batch_size) * context
        windows = starts[:, None] + np.arange(context)
        yield tokens[windows], tokens[windows + 1]


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
                **FORM,
                "shape of x": (2, 4),
                "shape of y": (2, 4),
                "goes on without end": True,
                "each row of x is a window of the text": True,
                "y is": "one token later",
                "first start": 0,
                "last start": 5,
                "mean of the starts": 0.25,
                "each start as often as others": True,
                "rows of a batch start apart": True,
                "starts in order": False,
                "a new batch each time": True,
                "the same from the same rng": True,
                "an earlier batch stays as it was": True,
                "the text is left as it is": True,
            },
            "by hand: x of 4 tokens and one more for y fit at the starts 0 to 5 of a text of 10",
        )
    ],
    next="for a text of 10 tokens and context 4: which is the last start at which y still fits? How often does `rng.integers(0, n)` give n?",
    misconceptions=[
        Misconception(
            "returns a batch",
            returned,
            "Your function returns one pair and is over. With `yield` it hands one over, and goes on for the next.",
            "a generator is a function with `yield` inside: where does it belong?",
        ),
        Misconception(
            "returns nothing",
            lambda tokens, context, batch_size, rng: None,
            "Your function returns None. With `yield` it hands over a batch, and goes on for the next.",
            "a generator is a function with `yield` inside: where does it belong?",
        ),
        Misconception(
            "lists",
            as_lists,
            "Your x and y are lists. The exercise asks for arrays of the shape (batch_size, context).",
            "`np.stack(rows)` makes an array of rows.",
        ),
        Misconception(
            "a single row",
            single_row,
            "Your x and y are one window each. A batch has `batch_size` of them, one below the other.",
            "what does the third argument of `rng.integers` do?",
        ),
        Misconception(
            "floats",
            as_floats,
            "Your x and y hold floats. A token picks a row of a table, so it has to be an integer.",
            "which dtype does `np.zeros(shape)` have if you name none?",
        ),
        Misconception(
            "filled anew",
            filled_anew,
            "Each batch is right when it comes, but the next one is written into the same arrays. Make new ones for each.",
            "before the loop or inside: where are your arrays made?",
        ),
        Misconception(
            "side by side",
            side_by_side,
            "Your windows start at multiples of `context` alone. They may start at any token, and overlap.",
        ),
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
            "pushed back to the last start",
            changed(lambda rng, n, context, size: np.minimum(rng.integers(0, n, size), n - context - 1)),
            "The last start comes far too often: all that you drew beyond it became that one. Draw none beyond it.",
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
            "Your rows are single tokens from all over the text. A row is a window: neighbors, in their order.",
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
