"""getitem_vjp: copies add up.

An index may be a slice, an ellipsis, a mask; as plain data it travels as it is written.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.call import Case, case, edge, part
from revgraph.checks.chapters.ch07_matmul_and_reductions.common import (
    NOT_MOVED,
    TORCH,
    draw,
    draw_with_equals,
)
from revgraph.checks.chapters.common import Array, Rng, Shape, fixed
from revgraph.checks.exercise import Exercise, Misconception, Recorded


def getitem_vjp(g: Array, ans: Array, a: Array, index: Any) -> Array:
    out = np.zeros(a.shape)
    np.add.at(out, index, g)
    return out


def ask_getitem(candidate: Callable[..., Any], g: Array, ans: Array, a: Array, where: str) -> Any:
    return candidate(g, ans, a, written_index(where, a))


def written_index(where: str, a: Array) -> Any:
    """The index in a text such as ``ans = a[0, 1:3]`` (one of ours: it is evaluated)."""
    inside = where.removeprefix("ans = a[").removesuffix("]")
    return eval(f"s_[{inside}]", {"s_": np.s_, "a": a})


ONCE, TWICE = "taken once", "taken more than once"
TAKEN = {
    ONCE: [
        ((4,), "1"),
        ((5,), "1:4"),
        ((2, 3), "1"),
        ((2, 3), ":, 1:"),
        ((2, 3), "-1, ::2"),
        ((5,), "::-2"),
        ((5,), "[3, 0]"),
        ((3, 4), "a > 0"),
        ((3, 4), "[True, False, True]"),
        ((3,), ":, None"),
        ((2, 3, 4), "..., 2"),
        ((2, 3), "..."),
    ],
    TWICE: [
        ((4,), "[2, 0, 2]"),
        ((3, 4), "[2, 0, 2, 2]"),
        ((3, 4), ":, [1, 1, 3]"),
        ((3, 4), "[0, 2, 0], [1, 3, 1]"),
        ((3, 4), "[[0, 2], [2, 1]]"),
        ((2, 3, 4), "0, ..., None, [3, 3]"),
    ],
}


def getitem_cases(rng: Rng) -> Iterator[Case]:
    for name, indices in TAKEN.items():
        for one in (fixed(), rng):
            yield from (part(name, case(*_taken(one, shape, inside))) for shape, inside in indices)
    yield edge("no entries taken", *_taken(rng, (3, 4), "3:"))


def _taken(rng: Rng, shape: Shape, inside: str) -> tuple[Any, ...]:
    """g, ans, a, and the index as it is written."""
    a, where = draw_with_equals(rng, shape), f"ans = a[{inside}]"
    ans = np.array(a[written_index(where, a)])
    return draw(rng, ans.shape), ans, a, where


def _last_wins(g: Array, ans: Array, a: Array, index: Any) -> Array:
    out = np.zeros_like(a)
    out[index] += g
    return out


def _shared_among_copies(g: Array, ans: Array, a: Array, index: Any) -> Array:
    times = getitem_vjp(np.ones_like(g), ans, a, index)
    return getitem_vjp(g, ans, a, index) / np.maximum(1, times)


def _added_to_a(g: Array, ans: Array, a: Array, index: Any) -> Array:
    return a + getitem_vjp(g, ans, a, index)


def _zeros_of_g(g: Array, ans: Array, a: Array, index: Any) -> Array:
    out = np.zeros_like(g)
    np.add.at(out, index, g)
    return out


def _written_into_a(g: Array, ans: Array, a: Array, index: Any) -> Array:
    a[index] = g
    return a


GETITEM_VJP = Exercise(
    name="getitem_vjp",
    points=10,
    reference=getitem_vjp,
    cases=getitem_cases,
    probe=ask_getitem,
    recorded=[
        Recorded(
            part(
                TWICE,
                case(
                    np.array([1.0, 10.0, 100.0]),
                    np.array([3.0, 1.0, 3.0]),
                    np.array([1.0, 2.0, 3.0]),
                    "ans = a[[2, 0, 2]]",
                ),
            ),
            np.array([10.0, 0.0, 101.0]),
            TORCH,
        )
    ],
    parts={ONCE: 6, TWICE: 4},
    why="np.add.at goes through the places one by one, so an entry that was taken twice gets both of its gradients.",
    next="start from zeros in the shape of a. Where does each entry of g belong?",
    misconceptions=[
        Misconception(
            "times the entry",
            lambda g, ans, a, index: getitem_vjp(g * ans, ans, a, index),
            "You multiplied g by what was taken. The result is that entry itself: if it grows by a little, the result grows "
            "by as much.",
            "what is the slope of y = a[1] for a[1]?",
        ),
        Misconception(
            "to every entry",
            lambda g, ans, a, index: np.ones(a.shape) * np.sum(g),
            "Every entry of a got all of g. Those that were not taken do not reach the result.",
        ),
        Misconception(
            "last one wins",
            _last_wins,
            "An entry that was taken twice got only one of its two gradients: with a repeated index, NumPy's "
            "`out[index] = g` and `out[index] += g` both keep the last.",
            "look up `np.add.at`. What does its help say about repeated indices?",
        ),
        Misconception("g as it came", lambda g, ans, a, index: g.copy(), NOT_MOVED),
        Misconception(
            "indexes g",
            lambda g, ans, a, index: np.array(g[index]),
            "You took entries out of g with the index. The index speaks of places in a.",
            "make an array in the shape of a first. What stands where nothing was taken?",
        ),
        Misconception(
            "averages",
            _shared_among_copies,
            "You averaged over the copies of an entry that was taken several times. Copies are paths, and paths add.",
        ),
        Misconception(
            "starts from a",
            _added_to_a,
            "You added g into a copy of a. Where nothing was taken the gradient is 0, not a.",
        ),
        Misconception(
            "forgets g",
            lambda g, ans, a, index: getitem_vjp(np.ones_like(g), ans, a, index),
            "You counted how often each entry was taken. What adds up are the entries of g.",
        ),
        Misconception(
            "zeros in the shape of g",
            _zeros_of_g,
            "You started from zeros in the shape of g. The index speaks of places in a.",
            "which shape must the gradient of a have?",
        ),
        Misconception(
            "writes into a",
            _written_into_a,
            "You wrote g into a itself. That changes the operand, and where nothing was taken the gradient is 0, not a.",
            "`np.zeros_like(a)` is an array of its own.",
        ),
    ],
)
