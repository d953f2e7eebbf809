"""embedding and its rule: a token picks its row of a table, and its gradient comes back to that row."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from revgraph.checks.chapters.ch14_attention import torch_values as torch
from revgraph.checks.chapters.common import Array, Rng, ways
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case, edge


def lookup(table: Array, tokens: Array) -> Array:
    return table[tokens]


def cases(rng: Rng) -> Iterator[Case]:
    yield case(np.array([[0.0, 1.0], [10.0, 11.0], [20.0, 21.0]]), np.array([2, 0, 2, 2]))
    yield case(np.array([[1.0, -1.0, 0.5], [2.0, 0.0, 4.0]]), np.array([[1, 1], [0, 1]]))
    for shape in ((5,), (2, 6), (2, 2, 3)):
        yield case(
            rng.normal(size=(7, 4)), np.append(rng.integers(7, size=np.prod(shape) - 1), 6).reshape(shape)
        )
    yield case(rng.normal(size=(3, 5)), np.array([0, 0, 0, 0]))
    yield edge("no tokens", rng.normal(size=(3, 2)), np.zeros((0,), int))
    yield edge("a single token without an axis", rng.normal(size=(3, 2)), np.array(1))


EMBEDDING = Exercise(
    name="embedding",
    points=5,
    reference=lookup,
    why="An array of integers as an index picks a row for each of them, in the shape of the integers.",
    cases=cases,
    recorded=[Recorded(case(torch.TABLE, torch.TOKENS), torch.EMBEDDING, torch.SOURCE)],
    next="what does `table[np.array([2, 0, 2])]` give you, and in which shape?",
    misconceptions=[
        Misconception(
            "columns",
            lambda table, tokens: table[:, tokens],
            "You picked columns. A token's vector is a row of the table.",
        ),
        Misconception(
            "flattened",
            lambda table, tokens: table[np.ravel(tokens)],
            "The rows are right, but the tokens' own axes are gone. A batch of tokens of shape (b, n) becomes (b, n, d).",
        ),
        Misconception(
            "counts from 1",
            lambda table, tokens: table[tokens - 1],
            "Your rows stand one too high. Token 0 has row 0.",
        ),
        Misconception(
            "sorted rows",
            lambda table, tokens: table[np.sort(tokens, axis=-1)],
            "Each token's row is there, but not where the token stands: the order is lost.",
        ),
        Misconception(
            "one-hot",
            lambda table, tokens: np.eye(len(table))[tokens],
            "You returned one-hot rows. Multiplied by the table they would give the answer; picking the row does so at once.",
        ),
        Misconception(
            "added up",
            lambda table, tokens: table[tokens].sum(axis=-2),
            "You added the tokens' vectors up. Each token keeps its own.",
        ),
    ],
)


def vjp(g: Array, ans: Array, table: Array, tokens: Array) -> Array:
    dtable = np.zeros_like(table)
    np.add.at(dtable, tokens, g)
    return dtable


def vjp_cases(rng: Rng) -> Iterator[Case]:
    yield case(
        np.array([[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]]),
        np.ones((3, 2)),
        np.ones((4, 2)),
        np.array([1, 3, 1]),
    )
    yield case(
        np.arange(12.0).reshape(2, 3, 2) + 1,
        np.ones((2, 3, 2)),
        np.ones((4, 2)),
        np.array([[2, 0, 2], [1, 1, 1]]),
    )
    for forward in cases(rng):
        ans = lookup(*forward.args)
        yield replace(forward, args=(np.array(rng.normal(size=ans.shape)), ans, *forward.args))


def repeats_lost(g: Array, ans: Array, table: Array, tokens: Array) -> Array:
    dtable = np.zeros_like(table)
    dtable[tokens] += g
    return dtable


def repeats_in_a_row_lost(g: Array, ans: Array, table: Array, tokens: Array) -> Array:
    dtable = np.zeros_like(table)
    for row, one in zip(np.atleast_2d(g), np.atleast_1d(tokens), strict=True):
        dtable[one] += row
    return dtable


def first_of_repeats(g: Array, ans: Array, table: Array, tokens: Array) -> Array:
    dtable = np.zeros_like(table)
    dtable[np.ravel(tokens)[::-1]] = g.reshape(-1, table.shape[1])[::-1]
    return dtable


def averaged(g: Array, ans: Array, table: Array, tokens: Array) -> Array:
    counts = np.bincount(np.ravel(tokens), minlength=len(table))
    return vjp(g, ans, table, tokens) / np.maximum(counts, 1)[:, None]


def counted(g: Array, ans: Array, table: Array, tokens: Array) -> Array:
    counts = np.bincount(np.ravel(tokens), minlength=len(table))
    return np.repeat(counts[:, None], table.shape[1], axis=1).astype(float)


def into_the_table(g: Array, ans: Array, table: Array, tokens: Array) -> Array:
    np.add.at(table, tokens, g)
    return table


EMBEDDING_VJP = Exercise(
    name="embedding_vjp",
    points=10,
    reference=vjp,
    why="`np.add.at` adds once for every time an index occurs, where `+=` writes once.",
    cases=vjp_cases,
    recorded=[
        Recorded(case(torch.G, torch.EMBEDDING, torch.TABLE, torch.TOKENS), torch.EMBEDDING_VJP, torch.SOURCE)
    ],
    next="begin with zeros in the shape of the table. Which rows of it did the tokens use, and how often?",
    misconceptions=[
        Misconception(
            "repeats lost",
            repeats_lost,
            "Where a token occurs more than once, only its last gradient is left: with a list of indices, NumPy writes each place once.",
            "which function of `np.add` adds for every index, repeated ones too?",
        ),
        Misconception(
            "repeats in a row lost",
            repeats_in_a_row_lost,
            "Where a token occurs more than once in one text, only its last gradient is left: `+=` with a list of indices writes each place once.",
            "which function of `np.add` adds for every index, repeated ones too?",
        ),
        Misconception(
            "first of the repeats",
            first_of_repeats,
            "Where a token occurs more than once, only its first gradient is left. Each of them is a path, and paths add.",
        ),
        Misconception(
            "averages",
            averaged,
            "You averaged over a token's occurrences. Each is a path of its own, and paths add.",
        ),
        Misconception(
            "counts without g",
            counted,
            "You counted how often each row was used. What comes back to it is the sum of the g of those places.",
        ),
        Misconception(
            "g picked again",
            lambda g, ans, table, tokens: g,
            "You returned g itself. The gradient of the table has the table's shape, with zeros in the rows that no token used.",
        ),
        *ways(
            "on top of the table",
            "Your gradient starts from the table's own numbers. Start from zeros.",
            "",
            lambda g, ans, table, tokens: table + vjp(g, ans, table, tokens),
            into_the_table,
        ),
    ],
)
