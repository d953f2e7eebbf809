"""pad_vjp: what was added is cut off."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, edge, part
from revgraph.checks.chapters.ch07_matmul_and_reductions.common import NOT_MOVED, draw
from revgraph.checks.chapters.common import Array, Rng, Shape, fixed
from revgraph.checks.exercise import Exercise, Misconception, Recorded

Pairs = tuple[tuple[int, int], ...]


def pad_vjp(g: Array, ans: Array, a: Array, pad_width: Pairs) -> Array:
    return g[tuple(slice(before, before + n) for (before, _), n in zip(pad_width, a.shape))]


BEHIND, NONE_BEHIND = "zeros behind", "none behind"
FRAMES: dict[str, list[tuple[Shape, Pairs]]] = {
    BEHIND: [
        ((3,), ((1, 2),)),
        ((2,), ((0, 3),)),
        ((2, 3), ((1, 2), (3, 1))),
        ((2, 3), ((1, 1), (2, 2))),
        ((2, 3, 2), ((1, 2), (0, 1), (2, 1))),
        ((1, 2, 3, 1), ((0, 1), (2, 1), (1, 3), (1, 2))),
    ],
    NONE_BEHIND: [
        ((4,), ((2, 0),)),
        ((2, 3), ((0, 0), (2, 1))),
        ((2, 3), ((0, 2), (1, 0))),
        ((2, 3), ((0, 0), (0, 0))),
        ((2, 4, 3, 1), ((0, 0), (1, 2), (0, 1), (0, 0))),
    ],
}


def pad_cases(rng: Rng) -> Iterator[Case]:
    for name, frames in FRAMES.items():
        for one in (fixed(), rng):
            yield from (part(name, case(*_padded(one, *frame))) for frame in frames)
    yield edge("empty arrays", *_padded(rng, (0, 3), ((1, 2), (0, 1))))


def _padded(rng: Rng, shape: Shape, pad_width: Pairs) -> tuple[Any, ...]:
    """g, ans, a and the widths."""
    a = draw(rng, shape)
    middle = a.size // 2
    a.flat[middle : middle + 1] = 0  # what was padded is known by its place, not by being 0
    ans = np.pad(a, pad_width)
    return draw(rng, ans.shape), ans, a, pad_width


def _cropped(cut: Callable[[int, int, int], slice]) -> Any:
    def wrong_pad_vjp(g: Array, ans: Array, a: Array, pad_width: Pairs) -> Array:
        pairs = zip(pad_width, a.shape)
        return g[tuple(cut(before, after, n) for (before, after), n in pairs)]

    return wrong_pad_vjp


def _cropped_table(g: Array, ans: Array, a: Array, pad_width: Pairs) -> Array:
    (top, _), (left, _) = pad_width
    rows, columns = a.shape
    return g[top : top + rows, left : left + columns]


PAD_VJP = Exercise(
    name="pad_vjp",
    points=10,
    reference=pad_vjp,
    cases=pad_cases,
    recorded=[
        Recorded(
            part(
                BEHIND,
                case(
                    np.array([1.0, 2.0, 4.0, 8.0, 16.0]),
                    np.array([0.0, 7.0, 9.0, 0.0, 0.0]),
                    np.array([7.0, 9.0]),
                    ((1, 2),),
                ),
            ),
            np.array([2.0, 4.0]),
            "PyTorch 2.13.0, torch.nn.functional.pad",
        )
    ],
    parts={BEHIND: 6, NONE_BEHIND: 4},
    why="A slice that ends at before + size is right whatever was padded after, so `after`, and with it the trap of -0, is not needed.",
    next="at which index of g does a begin, and how long is it?",
    misconceptions=[
        Misconception(
            "one short",
            _cropped(lambda before, after, n: slice(before, before + n - 1)),
            "The last entry along each axis is missing. A slice leaves out the index after the colon by itself.",
        ),
        Misconception(
            "stops at -0",
            _cropped(lambda before, after, n: slice(before, -after)),
            "Where nothing was padded at the end, your slice is empty: `-0` is 0, so `[p:-0]` stops before it starts.",
            "count from the front: where does a end, if it begins at `before` and has `n` entries?",
        ),
        Misconception("g as it came", lambda g, ans, a, pad_width: g.copy(), NOT_MOVED),
        Misconception(
            "before and after swapped",
            _cropped(lambda before, after, n: slice(after, after + n)),
            "You cut off `after` at the front. A pair reads (before, after).",
        ),
        Misconception(
            "same at both ends",
            _cropped(lambda before, after, n: slice(before, -before if before else None)),
            "You cut the same amount off both ends. A pair holds two numbers, and they can differ.",
        ),
        Misconception(
            "takes the first entries",
            _cropped(lambda before, after, n: slice(n)),
            "You took the first entries of g. In front of a stand the zeros that were padded.",
        ),
        Misconception(
            "pads once more",
            lambda g, ans, a, pad_width: np.pad(g, pad_width),
            "You padded g too, and it grew. Going back, what was added must be cut off.",
        ),
        Misconception(
            "two axes only",
            _cropped_table,
            "Tables come out right. But there is a pair for every axis of a, however many it has.",
            "an array can be indexed with a tuple of slices, one an axis.",
        ),
        Misconception(
            "first axis only",
            lambda g, ans, a, pad_width: g[pad_width[0][0] : pad_width[0][0] + len(a)],
            "Only the first axis was cut. There is a pair for every axis.",
            "an array can be indexed with a tuple of slices, one an axis.",
        ),
        Misconception(
            "stops at after",
            _cropped(lambda before, after, n: slice(before, after)),
            "You took the pair for a begin and an end. `after` says how many zeros stand after a, not where a ends.",
            "where does a end, if it begins at `before` and has `n` entries?",
        ),
        Misconception(
            "ends before it is over",
            _cropped(lambda before, after, n: slice(before, n - after)),
            "You counted the end from a's size. It is g that is cut, and g is longer: it has before + n + after entries.",
            "where does a end, if it begins at `before` and has `n` entries?",
        ),
        Misconception(
            "cuts in front only",
            _cropped(lambda before, after, n: slice(before, None)),
            "You cut off the zeros before. Those after are still there.",
            "where does a end, if it begins at `before` and has `n` entries?",
        ),
    ],
)
