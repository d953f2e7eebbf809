"""batches: the data, shuffled and cut."""

from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from types import GeneratorType
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case
from revgraph.checks.chapters.common import Array, Rng, fixed, ways
from revgraph.checks.exercise import Exercise, Misconception, Recorded

Pairs = Iterator[tuple[Array, Array]]


def batches(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    order = rng.permutation(len(x))
    for start in range(0, len(x), batch_size):
        chosen = order[start : start + batch_size]
        yield x[chosen], y[chosen]


def all_batches(candidate: Callable[..., Any], x: Array, y: Array, batch_size: int, seed: int) -> Any:
    """One pass over the data, whose rows are known apart by what is in them."""
    rng, before = np.random.default_rng(seed), (x.copy(), y.copy())
    found = candidate(x, y, batch_size, rng)
    if found is None:
        return None
    if isinstance(found, tuple) and found and all(isinstance(part, np.ndarray) for part in found):
        return "one batch, not a generator of them"
    made = some_of(found)
    if odd := what_is_odd(made, *before):
        return odd
    second = some_of(candidate(*copies(before), batch_size, rng))
    again = some_of(candidate(*copies(before), batch_size, np.random.default_rng(seed)))
    (xs, ys), (_, second_ys), (_, ys_again) = (indices(one, *before) for one in (made, second, again))
    every, sizes = list(range(len(x))), [len(yb) for _, yb in made]
    together = all(of_neighbors(order, sizes) for order in (ys, second_ys))
    return {
        "what came back": "a generator" if isinstance(found, GeneratorType) else f"a {type(found).__name__}",
        "batch sizes": [len(xb) for xb, _ in made],
        "every sample once": all(sorted(order) == every for order in (ys, second_ys, ys_again)),
        "x and y belong together": xs == ys,
        "shuffled": not in_the_old_order(ys),
        "neighbors in different batches": not together,
        "the same order from the same rng": ys == ys_again,
        "a new order at every call": ys != second_ys,
    }


MANY = 200  # batches, for our few samples: some generators never end


def some_of(found: Any) -> list[Any]:
    return list(islice(found, MANY + 1))


def copies(both: tuple[Array, Array]) -> tuple[Array, Array]:
    return both[0].copy(), both[1].copy()


def what_is_odd(made: list[Any], x: Array, y: Array) -> str:
    """Why these are no batches of x and y, or empty."""
    if len(made) > MANY:
        return f"more than {MANY} batches, of {len(x)} samples"
    if not all(isinstance(batch, tuple | list) and len(batch) == 2 for batch in made):
        return "batches that are not pairs (xb, yb)"
    odd = (_odd("xb", xb, x) or _odd("yb", yb, y) for xb, yb in made)
    return next(filter(None, odd), "")


def _odd(name: str, part: Any, whole: Array) -> str:
    if not isinstance(part, np.ndarray):
        return f"batches whose {name} is no array, but of type {type(part).__name__}"
    if part.ndim != whole.ndim or part.shape[1:] != whole.shape[1:]:
        return f"batches whose {name} has the shape {part.shape}, where {name[0]} has {whole.shape}"
    if part.dtype != whole.dtype:
        return f"batches whose {name} comes as {part.dtype}, where {name[0]} has {whole.dtype}"
    return ""


def indices(made: list[Any], x: Array, y: Array) -> list[list[int]]:
    """Which rows of x and of y came, in their order; -1 for one that is none of them."""
    return [
        [known.get(row.tobytes(), -1) for batch in made for row in batch[i]]
        for i, known in enumerate({row.tobytes(): at for at, row in enumerate(whole)} for whole in (x, y))
    ]


def in_the_old_order(order: list[int]) -> bool:
    """Whether each still follows the one before it, or did before all were turned round together."""
    return sum(second == first + 1 for first, second in pairwise(order)) >= len(order) - 2


def of_neighbors(order: list[int], sizes: list[int]) -> bool:
    """Whether every batch holds samples that stood side by side: chance does that once in thousands of passes."""
    left = iter(order)
    batches = [sorted(islice(left, size)) for size in sizes]
    whole = all(batch[-1] - batch[0] == len(batch) - 1 for batch in batches if batch)
    return whole and len(batches) > 1 and max(sizes) > 1


def batch_cases(rng: Rng) -> Iterator[Case]:
    for source in (fixed(), rng):
        some, few = int(source.integers(20, 30)), int(source.integers(5, 8))
        for n, batch_size in ((12, 4), (some, few), (15, 20), (some, 1), (4 * few + 1, few)):
            yield case(*numbered(n), batch_size, int(source.integers(1000)))
        yield case(source.normal(size=(11, 2)), np.arange(11), 3, int(source.integers(1000)))
        yield case(*pictures_in_classes(source, 14), 4, int(source.integers(1000)))


def numbered(n: int) -> tuple[Array, Array]:
    index = np.arange(n)
    return np.stack([index, 10 * index], axis=1), index


def pictures_in_classes(rng: Rng, n: int) -> tuple[Array, Array]:
    """Each of a class of its own, so that the targets can be told apart."""
    return rng.uniform(0, 1, (n, 3, 2)), np.eye(n, dtype=int)


def cut(
    x: Array, y: Array, batch_size: int, orders: tuple[Array, Array] | None = None, to: int | None = None
) -> Pairs:
    """Batches of x and y in given orders, of the starts before ``to``."""
    of_x, of_y = orders or (np.arange(len(x)),) * 2
    for start in range(0, len(x) if to is None else to, batch_size):
        yield x[of_x[start : start + batch_size]], y[of_y[start : start + batch_size]]


def without_tail(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    yield from (pair for pair in batches(x, y, batch_size, rng) if len(pair[0]) == batch_size)


def without_last_one(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    order = rng.permutation(len(x))
    yield from cut(x, y, batch_size, (order, order), to=len(x) - 1)


def x_alone(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    yield from cut(x, y, batch_size, (rng.permutation(len(x)), np.arange(len(x))))


def each_its_own(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    yield from cut(x, y, batch_size, (rng.permutation(len(x)), rng.permutation(len(x))))


def in_order(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    yield from cut(x, y, batch_size)


def with_replacement(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    for start in range(0, len(x), batch_size):
        chosen = rng.integers(len(x), size=min(batch_size, len(x) - start))
        yield x[chosen], y[chosen]


def new_order_each(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    for start in range(0, len(x), batch_size):
        chosen = rng.permutation(len(x))[start : start + batch_size]
        yield x[chosen], y[chosen]


def shuffled_batches(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    """The cuts are shuffled, but not what is in them."""
    starts = rng.permutation(np.arange(0, len(x), batch_size))
    for start in starts:
        yield x[start : start + batch_size], y[start : start + batch_size]


def turned(least: int) -> Callable[..., Pairs]:
    """The old order, begun at another place."""

    def answer(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
        order = np.roll(np.arange(len(x)), rng.integers(least, len(x)))
        yield from cut(x, y, batch_size, (order, order))

    return answer


def shuffled_inside(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    for start in range(0, len(x), batch_size):
        chosen = start + rng.permutation(min(batch_size, len(x) - start))
        yield x[chosen], y[chosen]


def as_many_as(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    order = rng.permutation(len(x))
    for chosen in np.array_split(order, batch_size):
        yield x[chosen], y[chosen]


def one_apart(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    order = rng.permutation(len(x))
    for start in range(len(x)):
        yield x[order[start : start + batch_size]], y[order[start : start + batch_size]]


def each_in_place(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    rng.shuffle(x)
    rng.shuffle(y)
    yield from cut(x, y, batch_size)


def all_full(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    for _ in range(0, len(x), batch_size):
        chosen = rng.choice(len(x), batch_size, replace=batch_size > len(x))
        yield x[chosen], y[chosen]


def filled_up(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    """What lacks at the end is taken from the beginning."""
    order = rng.permutation(len(x))
    for start in range(0, len(x), batch_size):
        chosen = np.take(order, range(start, start + batch_size), mode="wrap")
        yield x[chosen], y[chosen]


def begun_earlier(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    """The last batch begins where a whole one ends at the end."""
    order, size = rng.permutation(len(x)), min(batch_size, len(x))
    for start in range(0, len(x), size):
        chosen = order[min(start, len(x) - size) :][:size]
        yield x[chosen], y[chosen]


def slices_to_batch_size(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    order = rng.permutation(len(x))
    for start in range(0, len(x), batch_size):
        yield x[order[start:batch_size]], y[order[start:batch_size]]


def one_short(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    order = rng.permutation(len(x))
    for start in range(0, len(x), batch_size):
        chosen = order[start : start + batch_size - 1]
        yield x[chosen], y[chosen]


def from_one_table(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    table = np.column_stack([x, y])
    rng.shuffle(table)
    for start in range(0, len(x), batch_size):
        yield table[start : start + batch_size, :-1], table[start : start + batch_size, -1]


def otherwise(change: Callable[[Array, Array], tuple[Any, Any]]) -> Callable[..., Iterator[Any]]:
    """The right batches, each handed out in another form."""
    return lambda *inputs: (change(xb, yb) for xb, yb in batches(*inputs))


def as_even_as_can_be(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    for chosen in np.array_split(rng.permutation(len(x)), -(-len(x) // batch_size)):
        yield x[chosen], y[chosen]


def on_and_on(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    while True:
        yield from batches(x, y, batch_size, rng)


def in_place(x: Array, y: Array, batch_size: int, rng: Rng) -> Pairs:
    order = rng.permutation(len(x))
    x[:], y[:] = x[order], y[order]
    yield from cut(x, y, batch_size)


BATCHES = Exercise(
    name="batches",
    points=15,
    reference=batches,
    probe=all_batches,
    cases=batch_cases,
    recorded=[
        Recorded(
            case(*numbered(11), 4, 0),
            {
                "what came back": "a generator",
                "batch sizes": [4, 4, 3],
                "every sample once": True,
                "x and y belong together": True,
                "shuffled": True,
                "neighbors in different batches": True,
                "the same order from the same rng": True,
                "a new order at every call": True,
            },
            "by hand",
        )
    ],
    next="one random order of the indices serves both x and y.",
    why="the order is drawn once and serves both; indexing with it copies, so that x and y stay as they are.",
    misconceptions=[
        Misconception(
            "drops the tail",
            without_tail,
            "The last, smaller batch is missing: its samples are never trained on in this pass.",
        ),
        Misconception(
            "stops one early",
            without_last_one,
            "If a single sample is left for the last batch, it never comes: your starts end one too early.",
            "which number does `range(0, n - 1, batch_size)` leave out that `range(0, n, batch_size)` has?",
        ),
        Misconception(
            "shuffles x alone",
            x_alone,
            "You shuffled x and not y, so samples have lost their targets.",
            "how can one order serve both?",
        ),
        Misconception(
            "two orders",
            each_its_own,
            "You shuffled x and y, each in an order of its own, so samples have lost their targets.",
            "how can one order serve both?",
        ),
        Misconception("not shuffled", in_order, "The samples come in their old order. Shuffle them first."),
        Misconception(
            "with replacement",
            with_replacement,
            "Some samples come twice and others never: you drew indices at random. Shuffle all of them once.",
        ),
        Misconception(
            "a new order for each batch",
            new_order_each,
            "Some samples come twice and others never: each batch is cut from a new order. Shuffle once, before the loop.",
        ),
        *ways(
            "another beginning",
            "Your samples begin at another place in each pass, and then come in their old order. Shuffle them.",
            "which function of `rng` gives all the indices in a random order?",
            turned(0),
            turned(1),
        ),
        Misconception(
            "shuffles in the batches",
            shuffled_inside,
            "Each batch holds neighbors, the same ones in every pass: you shuffle only within it. Shuffle all the samples first, then cut.",
        ),
        Misconception(
            "shuffles the batches",
            shuffled_batches,
            "Your batches come in a random order, but each still holds neighbors. Shuffle the samples, then cut.",
        ),
        Misconception(
            "as many batches",
            as_many_as,
            "You made `batch_size` batches. It is the number of samples in each.",
        ),
        Misconception(
            "one apart",
            one_apart,
            "A batch begins at every sample, so they overlap. The next one begins where the last has ended.",
            "what is the third argument of `range`?",
        ),
        Misconception(
            "a list",
            lambda *inputs: list(batches(*inputs)),
            "You made all batches at once and returned a list. With `yield`, each is made when it is needed.",
        ),
        Misconception(
            "the first alone",
            lambda *inputs: next(batches(*inputs)),
            "You returned one batch, and the function was over. With `yield` in place of `return`, it goes on.",
        ),
        Misconception(
            "own generator",
            lambda x, y, batch_size, rng: batches(x, y, batch_size, np.random.default_rng(0)),
            "Every pass has the same order, whatever `rng` says. Draw a new one from it at each call.",
        ),
        Misconception(
            "another generator",
            lambda x, y, batch_size, rng: batches(x, y, batch_size, np.random.default_rng()),
            "Your order does not come from `rng`: with the same one, it is another. Then no run can be repeated.",
            "`np.random` is one generator, `rng` another. Which of the two do you draw from?",
        ),
        Misconception(
            "writes into the data",
            in_place,
            "You shuffled the caller's own arrays. Index them instead: that makes new ones.",
        ),
        Misconception(
            "each shuffled in place",
            each_in_place,
            "You shuffled x and y, each in an order of its own, so samples have lost their targets; and the caller's own arrays have changed.",
            "one order of indices serves both, and indexing makes new arrays.",
        ),
        *ways(
            "all batches full",
            "Every batch has `batch_size` samples, so some samples come twice. Shuffle all of them once, then cut: what is left at the end is a smaller batch.",
            "",
            all_full,
            filled_up,
            begun_earlier,
        ),
        Misconception(
            "slices that end too early",
            slices_to_batch_size,
            "Only the first batch has samples. The others end before they begin: a slice `start : batch_size` does not move along.",
            "where does the batch end that begins at `start`?",
        ),
        Misconception(
            "from one table",
            from_one_table,
            "You put x and y into one table. It has a single dtype, a row for each sample, and no room for pictures.",
            "how can one order of indices serve both arrays?",
        ),
        Misconception(
            "labels first",
            otherwise(lambda xb, yb: (yb, xb)),
            "Your pairs are the wrong way round: first xb, then yb.",
            "in which order does your `yield` name the two?",
        ),
        *ways(
            "lists",
            "Your batches hold lists, not arrays. An array that is indexed with an array of indices gives an array.",
            "`x[chosen]` takes all the rows at once: what is `chosen`?",
            otherwise(lambda xb, yb: (list(xb), list(yb))),
            otherwise(lambda xb, yb: (xb, list(yb))),
        ),
        *ways(
            "targets as columns",
            "Your yb has another shape than the rows of y that it is cut from. Leave it as it is.",
            "y has one axis: how many does `y[chosen]` have?",
            otherwise(lambda xb, yb: (xb, yb.reshape(-1, 1))),
            otherwise(lambda xb, yb: (xb, yb[:, np.newaxis])),
        ),
        *ways(
            "all as floats",
            "You changed the dtype on the way. Labels are integers, and later chapters use them as indices.",
            "does anything in your code make other numbers of those in x and y?",
            otherwise(lambda xb, yb: (xb.astype(float), yb.astype(float))),
            otherwise(lambda xb, yb: (xb, yb.astype(float))),
        ),
        Misconception(
            "as even as can be",
            as_even_as_can_be,
            "Your batches are as even as can be. Each has `batch_size` samples, and what is left comes as a smaller last one.",
            "where does each batch begin, if all before it are full?",
        ),
        Misconception(
            "on and on",
            on_and_on,
            "Your batches go on and on. One call is one pass over the data, and then it ends.",
            "what ends your loop when all samples have come?",
        ),
        Misconception(
            "one short in each",
            one_short,
            "Each batch lacks a sample. The end of a slice is left out already: there is no need to subtract 1.",
        ),
    ],
)
