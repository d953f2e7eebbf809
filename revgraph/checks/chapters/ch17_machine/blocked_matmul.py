"""blocked_matmul: a product of matrices in blocks that fit into the cache. The judge watches the blocks."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.chapters.common import Array, Rng, ways
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case, edge

SIDE = "largest side of what is multiplied"
UNSEEN = "not a block's"


def reference(a: Array, b: Array, block: int) -> Array:
    (m, k), n = a.shape, b.shape[1]
    out = np.zeros((m, n))
    for i in range(0, m, block):
        for j in range(0, n, block):
            for p in range(0, k, block):
                left, right = a[i : i + block, p : p + block], b[p : p + block, j : j + block]
                out[i : i + block, j : j + block] += left @ right
    return out


def watched(candidate: Callable[..., Any], a: Array, b: Array, block: int) -> dict[str, Any]:
    """The product, and the largest side among the pieces that were multiplied with each other; where nothing
    was seen to be multiplied, because copies were, what the sums tell."""
    sides: list[int] = []
    numbers: list[Any] = []  # taken out one by one

    class Watched(np.ndarray):
        """An array that notes the shapes it is multiplied in; what comes out is an ordinary one."""

        def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
            if ufunc in (np.matmul, np.multiply):
                note(inputs)
            if "out" in kwargs:
                kwargs["out"] = tuple(map(bare, kwargs["out"]))
            return getattr(ufunc, method)(*map(bare, inputs), **kwargs)

        def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
            if function in (np.dot, np.inner, np.outer, np.vdot, np.einsum, np.tensordot):
                note(args)
            return super().__array_function__(function, types, args, kwargs)

        def __getitem__(self, index: Any) -> Any:
            found = super().__getitem__(index)
            if not isinstance(found, np.ndarray):
                numbers.append(index)
            return found

        def dot(self, other: Any, out: Any = None) -> Any:
            return np.dot(self, other, out)

    def bare(x: Any) -> Any:
        return x.view(np.ndarray) if isinstance(x, Watched) else x

    def note(inputs: Any) -> None:
        sides.extend(side for x in inputs for side in getattr(x, "shape", ()))

    product = candidate(a.view(Watched), b.view(Watched), block)
    lengths = (*a.shape, b.shape[1])
    if 0 in lengths:
        return {"product": bare(product), SIDE: 0}
    largest: int | str = max(sides, default=0)
    if not sides and not numbers:
        largest = min(block, max(lengths)) if adds_up_in_blocks(candidate, lengths[1], block) else UNSEEN
    return {"product": bare(product), SIDE: largest}


def adds_up_in_blocks(candidate: Callable[..., Any], k: int, block: int) -> bool:
    """Whether the ones of a block are added up before they meet a number so large that a single one is lost."""
    large = 2.0**53
    rows = [
        large * (np.arange(k) == far) + (np.arange(k) == one) + (np.arange(k) == one + 1)
        for one in range(k - 1)
        for far in range(k)
        if one // block == (one + 1) // block != far // block
    ]
    if not rows:
        return True
    sums = candidate(np.array(rows), np.ones((k, 2)), block)
    return bool(np.all(np.asarray(sums) == large + 2))


def cases(rng: Rng) -> Iterator[Case]:
    fixed = np.random.default_rng(17)
    for draw, m, k, n, block in (
        (fixed, 4, 4, 4, 2),
        (fixed, 2, 4, 6, 2),
        (fixed, 5, 7, 3, 2),
        (fixed, 7, 10, 8, 3),
        (fixed, 6, 9, 3, 3),
        (rng, 8, 5, 11, 4),
        (rng, int(rng.integers(4, 9)), int(rng.integers(9, 14)), int(rng.integers(4, 9)), 3),
        (rng, 3, 2, 5, 8),
    ):
        yield case(draw.normal(size=(m, k)), draw.normal(size=(k, n)), block)
    yield edge("a matrix without rows", np.zeros((0, 3)), fixed.normal(size=(3, 4)), 2)
    yield edge("a sum over nothing", np.zeros((4, 0)), np.zeros((0, 3)), 2)


Rows = Callable[[int, int], Iterator[int] | range]


def starts(size: int, block: int) -> range:
    return range(0, size, block)


def changed(
    rows: Rows = starts,
    columns: Rows = starts,
    inner: Rows = starts,
    put: Callable[[Array, Array], Array] = lambda old, new: old + new,
    multiply: Callable[[Array, Array], Array] = lambda left, right: left @ right,
    block_of: Callable[[int, tuple[int, int, int]], int] = lambda block, sizes: block,
) -> Callable[..., Array]:
    def candidate(a: Array, b: Array, block: int) -> Array:
        (m, k), n = a.shape, b.shape[1]
        block = block_of(block, (m, k, n))
        out = np.zeros((m, n))
        for i in rows(m, block):
            for j in columns(n, block):
                for p in inner(k, block):
                    piece = multiply(a[i : i + block, p : p + block], b[p : p + block, j : j + block])
                    here = out[i : i + block, j : j + block]
                    here[...] = put(here, piece)
        return out

    return candidate


def whole_inside(a: Array, b: Array, block: int) -> Array:
    out = np.zeros((len(a), b.shape[1]))
    for i in range(0, len(a), block):
        for j in range(0, b.shape[1], block):
            out[i : i + block, j : j + block] = a[i : i + block] @ b[:, j : j + block]
    return out


def entry_by_entry(a: Array, b: Array, block: int) -> Array:
    return np.array([[row @ column for column in b.T] for row in a])


def number_by_number(a: Array, b: Array, block: int) -> Array:
    out = np.zeros((len(a), b.shape[1]))
    for i in range(len(a)):
        for j in range(b.shape[1]):
            out[i, j] = sum(a[i, p] * b[p, j] for p in range(a.shape[1]))
    return out


def of_copies(a: Array, b: Array, block: int) -> Array:
    return np.array(a) @ np.array(b)


def by_multiplication(a: Array, b: Array, block: int) -> Array:
    (m, k), n = a.shape, b.shape[1]
    out = np.zeros((m, n))
    for i in range(0, m, block):
        for j in range(0, n, block):
            for p in range(0, k, block):
                out[i : i + block, j : j + block] += (
                    a[i : i + block, p : p + block] * b[p : p + block, j : j + block]
                )
    return out


def exchanged(turned: bool) -> Callable[..., Array]:
    def candidate(a: Array, b: Array, block: int) -> Array:
        (m, k), n = a.shape, b.shape[1]
        out = np.zeros((m, n))
        for i in range(0, m, block):
            for j in range(0, n, block):
                for p in range(0, k, block):
                    right = b[j : j + block, p : p + block]
                    out[i : i + block, j : j + block] += a[i : i + block, p : p + block] @ (
                        right.T if turned else right
                    )
        return out

    return candidate


def full(size: int, block: int) -> range:
    return range(0, size - block + 1, block)


def first(size: int, block: int) -> range:
    return range(0, min(1, size), 1)


def rest_lost(a: Array, b: Array, block: int) -> Array:
    return changed(full, full, full)(a, b, block)


def square(a: Array, b: Array, block: int) -> Array:
    m = len(a)
    return changed(columns=lambda n, block: range(0, m, block), inner=lambda k, block: range(0, m, block))(
        a, b, block
    )


BLOCKED_MATMUL = Exercise(
    name="blocked_matmul",
    points=25,
    reference=reference,
    probe=watched,
    cases=cases,
    why="A slice that reaches past the end is short, so blocks at the edges need no special treatment.",
    recorded=[
        Recorded(
            case(np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([[1.0, 0], [0, 1], [2, 2]]), 2),
            {"product": np.array([[7.0, 8], [16, 17]]), SIDE: 2},
            "by hand",
        )
    ],
    next="which blocks of a and of b does one block of the result need? Draw a as 2 by 3 blocks and b as 3 by 2.",
    misconceptions=[
        Misconception(
            "the whole at once",
            lambda a, b, block: a @ b,
            "The product is right, but the pieces that you multiply are too large: none should be larger than block by block.",
        ),
        Misconception(
            "whole rows by whole columns",
            whole_inside,
            "You cut the result into blocks, but each one multiplies whole rows by whole columns. The axis that is summed over is to be cut as well.",
            "a third loop runs over which axis, and what happens to its products?",
        ),
        Misconception(
            "entry by entry",
            entry_by_entry,
            "The product is right, but each entry multiplies a whole row by a whole column. Multiply blocks.",
        ),
        Misconception(
            "number by number",
            number_by_number,
            "The product is right, but you multiply single numbers. Multiply blocks, of `block` rows and columns, with `@`.",
            "by how much do the starts of two blocks differ?",
        ),
        Misconception(
            "the last block alone",
            changed(put=lambda old, new: new),
            "Each block of the result holds its last product alone. The products along the inner axis add up.",
            "`=` or `+=`?",
        ),
        *ways(
            "the rest is lost",
            "The blocks at the edges, which are smaller, are missing.",
            "which is the last start that `range` gives?",
            rest_lost,
            changed(rows=full),
            changed(columns=full),
            changed(inner=full),
        ),
        Misconception(
            "the first inner block alone",
            changed(inner=first),
            "Your sum stops after the first block of the inner axis. All of them belong to it.",
        ),
        Misconception(
            "as if all were square",
            square,
            "All your loops run over the rows of a. The three sizes differ: each loop has its own.",
        ),
        Misconception(
            "number of blocks",
            changed(block_of=lambda block, sizes: max(1, -(-max(sizes) // block))),
            "You took `block` for the number of blocks. It is the length of a block's side.",
        ),
        Misconception(
            "one number at a time",
            changed(block_of=lambda block, sizes: 1),
            "The product is right, but your blocks have one number each, whatever `block` says.",
        ),
        Misconception(
            "entry by entry inside",
            by_multiplication,
            "You multiplied the blocks entry by entry. `@` multiplies matrices.",
            seen=lambda source: "*" in source and "@" not in source,
        ),
        *ways(
            "b's ranges exchanged",
            "The two ranges of your block of b are exchanged: its rows go with the inner axis, its columns with those of the result.",
            "",
            exchanged(turned=True),
            exchanged(turned=False),
        ),
        Misconception(
            "the whole of copies",
            of_copies,
            "The product is right, but its sums are not put together from products of blocks.",
            "what are the shapes of the two pieces that you multiply?",
        ),
    ],
)
