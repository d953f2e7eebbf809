"""fuse: several elementwise functions in one pass over memory. The judge hands over functions that it watches."""

import copy
from collections.abc import Callable, Iterator, Sequence
from math import ceil
from typing import Any

import numpy as np

from revgraph.checks.chapters.common import Array, Rng, ways
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case, edge

Elementwise = Callable[[Array], Array]
Functions = Sequence[Elementwise]


def reference(functions: Functions, block: int) -> Elementwise:
    def fused(x: Array) -> Array:
        out = np.empty_like(x)
        for start in range(0, len(x), block):
            piece = x[start : start + block]
            for function in functions:
                piece = function(piece)
            out[start : start + block] = piece
        return out

    return fused


def watched(candidate: Callable[..., Any], names: list[str], x: Array, block: int) -> dict[str, Any]:
    """What comes out of the fused function, and on which pieces its parts were called, in which order."""
    known: dict[str, Elementwise] = {
        "double": lambda u: 2 * u,
        "add 1": lambda u: u + 1,
        "square": lambda u: u * u,
        "tanh": np.tanh,
        "negate": lambda u: -u,
    }
    calls: list[str] = []
    sizes: list[int] = []

    def watch(name: str) -> Elementwise:
        def function(u: Array) -> Array:
            calls.append(name)
            sizes.append(np.size(u))
            if len(calls) > 1000:
                raise RuntimeError("more than a thousand calls for a short array")
            return known[name](u)

        return function

    result = candidate([watch(name) for name in names], block)
    if not callable(result):
        return {"fuse returns": type(result).__name__}
    value = result(x)
    facts = {
        "fuse returns": "function",
        "result": copy.deepcopy(value),
        "most numbers at once": max(sizes, default=0),
        "functions, as they were called": list(calls),
    }
    again = result(x[1:] - 1)
    return facts | {"result of a second call": again, "the first result, after it": value}


CHAIN = ["double", "add 1", "square"]


def cases(rng: Rng) -> Iterator[Case]:
    fixed = np.random.default_rng(71)
    yield case(CHAIN, np.arange(6.0), 2)
    yield case(["square", "add 1"], np.arange(7.0) - 3, 3)
    yield case(["add 1", "square"], np.arange(6.0), 4)
    yield case(["negate", "add 1"], fixed.normal(size=10), 9)
    yield case(["tanh", "negate", "double", "add 1"], fixed.normal(size=10), 4)
    yield case(["add 1", "square"], fixed.normal(size=5), 8)
    yield case(["add 1"], fixed.normal(size=4), 1)
    yield case(CHAIN, fixed.normal(size=9), 3)
    for size, block in ((int(rng.integers(11, 20)), 4), (12, int(rng.integers(5, 8)))):
        yield case([str(name) for name in rng.permutation(CHAIN)], rng.normal(size=size), block)
    yield edge("no numbers", CHAIN, np.zeros(0), 3)


def in_blocks(
    starts: Callable[[int, int], range] = lambda size, block: range(0, size, block),
    begin: Callable[[Array], Array] = np.zeros_like,
    order: Callable[[Functions], Functions] = list,
    chain: bool = True,
    block_of: Callable[[int, int], int] = lambda block, size: block,
) -> Callable[[Functions, int], Elementwise]:
    def candidate(functions: Functions, block: int) -> Elementwise:
        def fused(x: Array) -> Array:
            out, size = begin(x), block_of(block, len(x))
            for start in starts(len(x), size):
                piece = x[start : start + size]
                for function in order(functions):
                    piece = function(piece if chain else x[start : start + size])
                out[start : start + size] = piece
            return out

        return fused

    return candidate


def whole(functions: Functions, block: int) -> Elementwise:
    def fused(x: Array) -> Array:
        for function in functions:
            x = function(x)
        return x

    return fused


def one_function_after_another(functions: Functions, block: int) -> Elementwise:
    def fused(x: Array) -> Array:
        out = x.copy()
        for function in functions:
            for start in range(0, len(x), block):
                out[start : start + block] = function(out[start : start + block])
        return out

    return fused


def kept_outside(functions: Functions, block: int) -> Elementwise:
    """One list for all calls."""
    pieces: list[Array] = []

    def fused(x: Array) -> Array:
        for start in range(0, len(x), block):
            pieces.append(whole(functions, block)(x[start : start + block]))
        return np.concatenate(pieces)

    return fused


def filled_again(functions: Functions, block: int) -> Elementwise:
    """One array for all calls."""
    out: list[Array] = []

    def fused(x: Array) -> Array:
        if not out:
            out.append(np.empty_like(x))
        for start in range(0, len(x), block):
            out[0][start : start + block] = whole(functions, block)(x[start : start + block])
        return out[0]

    return fused


def equal_pieces(functions: Functions, block: int) -> Elementwise:
    def fused(x: Array) -> Array:
        pieces = np.array_split(x, ceil(len(x) / block))
        return np.concatenate([whole(functions, block)(piece) for piece in pieces])

    return fused


def last_piece(functions: Functions, block: int) -> Elementwise:
    def fused(x: Array) -> Array:
        for start in range(0, len(x), block):
            piece = x[start : start + block]
            for function in functions:
                piece = function(piece)
        return piece

    return fused


def first_piece(functions: Functions, block: int) -> Elementwise:
    def fused(x: Array) -> Array:
        piece = x[:block]
        for function in functions:
            piece = function(piece)
        return piece

    return fused


def list_of_pieces(functions: Functions, block: int) -> Callable[[Array], list[Array]]:
    def fused(x: Array) -> list[Array]:
        pieces = [x[start : start + block] for start in range(0, len(x), block)]
        return [whole(functions, block)(piece) for piece in pieces]

    return fused


def nothing_from_inside(functions: Functions, block: int) -> Callable[[Array], None]:
    fused = in_blocks()(functions, block)
    return lambda x: (fused(x), None)[1]


FUSE = Exercise(
    name="fuse",
    points=15,
    reference=reference,
    probe=watched,
    cases=cases,
    why="The loop over blocks stands outside, that over functions inside: a block stays near until it is done.",
    recorded=[
        Recorded(
            case(["double", "add 1"], np.array([1.0, 2.0, 3.0]), 2),
            {
                "fuse returns": "function",
                "result": np.array([3.0, 5.0, 7.0]),
                "most numbers at once": 2,
                "functions, as they were called": ["double", "add 1", "double", "add 1"],
                "result of a second call": np.array([3.0, 5.0]),
                "the first result, after it": np.array([3.0, 5.0, 7.0]),
            },
            "by hand: 1 and 2 go through both functions, then 3 does",
        )
    ],
    next="two loops, one over blocks and one over functions. Which stands outside, if a block is to go through everything before the next begins?",
    misconceptions=[
        Misconception(
            "nothing from inside",
            nothing_from_inside,
            "The function that you return returns nothing itself: a `return` is missing inside it.",
        ),
        Misconception(
            "the whole at once",
            whole,
            "The result is right, but each function gets the whole array. It should get `block` numbers at a time.",
        ),
        Misconception(
            "one function after another",
            one_function_after_another,
            "The result is right, but each function goes over all blocks before the next one begins: every block leaves the cache in between.",
            "which of your two loops should stand outside?",
        ),
        Misconception(
            "the rest is lost",
            in_blocks(starts=lambda size, block: range(0, size - block + 1, block)),
            "The last block, which is shorter, is missing.",
            "which is the last start that `range` gives?",
        ),
        Misconception(
            "each from the beginning",
            in_blocks(chain=False),
            "Each function gets the numbers of x, so only the last one shows. It should get what the one before has made.",
        ),
        Misconception(
            "backwards",
            in_blocks(order=lambda functions: list(functions)[::-1]),
            "Your functions run from the last to the first.",
        ),
        Misconception(
            "first function alone",
            in_blocks(order=lambda functions: functions[:1]),
            "Only the first function was called.",
            "where does your `return` stand?",
        ),
        Misconception(
            "the last piece comes back",
            last_piece,
            "What comes back is the last block alone. Put each one in its place in the result.",
        ),
        Misconception(
            "the first piece comes back",
            first_piece,
            "Only the first block was computed.",
            "where does your `return` stand?",
        ),
        Misconception(
            "a list of pieces",
            list_of_pieces,
            "You returned a list of blocks. The exercise asks for one array, like x.",
        ),
        Misconception(
            "number of blocks",
            in_blocks(block_of=lambda block, size: max(1, ceil(size / block))),
            "You took `block` for the number of blocks. It is how many numbers one block has.",
        ),
        *ways(
            "shared by all calls",
            "The first call is right, the next one is not: your function keeps something of the first. Make what holds the results anew in each call.",
            "where does the array or list of your results begin: in `fuse`, or in the function inside?",
            kept_outside,
            filled_again,
        ),
        Misconception(
            "equal pieces",
            equal_pieces,
            "You cut x into pieces of nearly the same length. Each has `block` numbers, and only the last one may be shorter.",
        ),
        Misconception(
            "writes into x",
            in_blocks(begin=lambda x: x),
            "Your function writes its results into x itself. Make a new array for them.",
            "what does `np.empty_like(x)` give?",
        ),
        Misconception(
            "one number at a time",
            in_blocks(block_of=lambda block, size: 1),
            "The result is right, but your functions get one number at a time, whatever `block` says.",
        ),
    ],
)
