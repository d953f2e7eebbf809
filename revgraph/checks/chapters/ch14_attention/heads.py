"""split_heads and merge_heads: the entries of a vector shared out among heads, and brought together again."""

from collections.abc import Iterator

import numpy as np

from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case, edge


def split(x: Array, heads: int) -> Array:
    b, n, d = x.shape
    return x.reshape(b, n, heads, d // heads).transpose(0, 2, 1, 3)


TWO_ROWS = np.array([[[0.0, 1.0, 2.0, 3.0], [10.0, 11.0, 12.0, 13.0]]])


def split_cases(rng: Rng) -> Iterator[Case]:
    yield case(TWO_ROWS, 2)
    yield case(np.arange(18.0).reshape(1, 3, 6), 2)
    yield case(np.arange(24.0).reshape(2, 2, 6), 3)
    yield case(np.arange(16.0).reshape(1, 2, 8), 2)
    for b, n, heads, e in ((2, 3, 2, 4), (3, 2, 4, 3), (2, 5, 1, 4), (1, 4, 3, 1)):
        yield case(rng.normal(size=(b, n, heads * e)), heads)
    yield edge("a batch of nothing", np.zeros((0, 3, 4)), 2)


SPLIT_HEADS = Exercise(
    name="split_heads",
    points=5,
    reference=split,
    why="A reshape cuts each vector into pieces; moving the axis of heads to the front is a second step.",
    cases=split_cases,
    recorded=[
        Recorded(
            case(TWO_ROWS, 2),
            np.array([[[[0.0, 1.0], [10.0, 11.0]], [[2.0, 3.0], [12.0, 13.0]]]]),
            "by hand: head 0 has the first two entries of each token",
        )
    ],
    next="first reshape (b, n, d) to (b, n, heads, d // heads). Which two axes then change places?",
    misconceptions=[
        Misconception(
            "reshape alone",
            lambda x, heads: x.reshape(x.shape[0], heads, x.shape[1], x.shape[2] // heads),
            "The shape is right, but a reshape straight to it mixes the tokens: head 0 got whole tokens from the beginning. Cut each token's vector first, then move the axis.",
        ),
        Misconception(
            "not moved",
            lambda x, heads: x.reshape(x.shape[0], x.shape[1], heads, x.shape[2] // heads),
            "Each vector is cut right. The axis of heads still stands behind that of tokens.",
            "what does `np.swapaxes(x, 1, 2)` do?",
        ),
        Misconception(
            "every second entry",
            lambda x, heads: x.reshape(x.shape[0], x.shape[1], x.shape[2] // heads, heads).transpose(
                0, 3, 1, 2
            ),
            "Your heads take turns: head 0 has every second entry or so. Head 0 should have the first d / heads entries.",
        ),
        Misconception(
            "heads first",
            lambda x, heads: split(x, heads).transpose(1, 0, 2, 3),
            "The heads stand before the batch. The batch stays the first axis.",
        ),
        Misconception(
            "tokens last",
            lambda x, heads: np.swapaxes(split(x, heads), 2, 3),
            "The last two axes are exchanged: a head's entries come last.",
        ),
    ],
)


def merge(x: Array) -> Array:
    b, heads, n, e = x.shape
    return x.transpose(0, 2, 1, 3).reshape(b, n, heads * e)


def merge_cases(rng: Rng) -> Iterator[Case]:
    yield case(split(TWO_ROWS, 2))
    yield case(np.arange(12.0).reshape(1, 2, 3, 2))
    for shape in ((2, 2, 3, 4), (3, 4, 2, 3), (2, 1, 5, 4), (1, 3, 4, 2)):
        yield case(rng.normal(size=shape))
    yield edge("a batch of nothing", np.zeros((0, 2, 3, 4)))


MERGE_HEADS = Exercise(
    name="merge_heads",
    points=5,
    reference=merge,
    why="The steps of split_heads, backwards: first the axis of heads goes back behind the tokens, then the reshape.",
    cases=merge_cases,
    recorded=[
        Recorded(
            case(np.array([[[[0.0, 1.0], [10.0, 11.0]], [[2.0, 3.0], [12.0, 13.0]]]])),
            TWO_ROWS,
            "by hand: the inverse of split_heads",
        )
    ],
    next="undo the two steps of split_heads in reverse order. Which was the last one?",
    misconceptions=[
        Misconception(
            "reshape alone",
            lambda x: x.reshape(x.shape[0], x.shape[2], -1),
            "The shape is right, but the tokens are mixed. Move the axis of heads back behind that of tokens before the reshape.",
        ),
        Misconception(
            "not joined",
            lambda x: x.transpose(0, 2, 1, 3),
            "The axis of heads is back in its place. It is still to be joined with the last one.",
        ),
        Misconception(
            "taking turns",
            lambda x: x.transpose(0, 2, 3, 1).reshape(x.shape[0], x.shape[2], -1),
            "In your vectors the heads take turns. First come all entries of head 0, then those of head 1.",
        ),
        Misconception(
            "averages",
            lambda x: x.mean(axis=1),
            "You averaged the heads. Their entries stand side by side.",
        ),
        Misconception(
            "added up",
            lambda x: x.sum(axis=1),
            "You added the heads up. Their entries stand side by side.",
        ),
    ],
)
