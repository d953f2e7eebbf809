"""multi_head_attention: several small attentions side by side."""

from collections.abc import Callable, Iterator

import numpy as np

from revgraph.checks.chapters.ch14_attention import torch_values as torch
from revgraph.checks.chapters.ch14_attention.attention import attend
from revgraph.checks.chapters.ch14_attention.heads import merge, split
from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case


def reference(
    x: Array, wq: Array, wk: Array, wv: Array, wo: Array, heads: int, mask: Array | None = None
) -> Array:
    q, k, v = (split(x @ w, heads) for w in (wq, wk, wv))
    return merge(attend(q, k, v, mask)) @ wo


def cases(rng: Rng) -> Iterator[Case]:
    fixed = np.random.default_rng(14)
    for draw, b, n, d, heads in (
        (fixed, 1, 3, 4, 2),
        (fixed, 2, 3, 6, 3),
        (rng, 2, 3, 6, 2),
        (rng, 3, 5, 4, 1),
        (rng, 2, 4, 8, 4),
    ):
        weights = draw.normal(size=(4, d, d)) / np.sqrt(d)
        yield case(draw.normal(size=(b, n, d)), *weights, heads)
        yield case(draw.normal(size=(b, n, d)), *weights, heads, np.tril(np.ones((n, n), bool)))


def changed(
    project: Callable[..., tuple[Array, Array, Array]] = lambda x, wq, wk, wv: (x @ wq, x @ wk, x @ wv),
    cut: Callable[[Array, int], Array] = split,
    join: Callable[[Array], Array] = merge,
    masked: bool = True,
    last: Callable[[Array, Array], Array] = lambda out, wo: out @ wo,
    factor: Callable[[int], float] = lambda heads: 1.0,
) -> Callable[..., Array]:
    """The whole with one part replaced."""

    def candidate(
        x: Array, wq: Array, wk: Array, wv: Array, wo: Array, heads: int, mask: Array | None = None
    ) -> Array:
        q, k, v = (cut(part, heads) for part in project(x, wq, wk, wv))
        return last(join(attend(factor(heads) * q, k, v, mask if masked else None)), wo)

    return candidate


def of_its_own_part(
    x: Array, wq: Array, wk: Array, wv: Array, wo: Array, heads: int, mask: Array | None = None
) -> Array:
    size = x.shape[-1] // heads
    blocks = np.kron(np.eye(heads), np.ones((size, size)))  # what leads from one part to another is dropped
    return reference(x, wq * blocks, wk * blocks, wv * blocks, wo, heads, mask)


MULTI_HEAD_ATTENTION = Exercise(
    name="multi_head_attention",
    points=10,
    reference=reference,
    why="Projected, cut, attended, joined, projected: five steps, each of them a function you have.",
    uses=("attention", "split_heads", "merge_heads", "softmax"),
    cases=cases,
    recorded=[
        Recorded(
            case(torch.X, *torch.WEIGHTS, 2, torch.CAUSAL),
            torch.MULTI_HEAD,
            torch.SOURCE + ", torch.nn.MultiheadAttention without biases",
        )
    ],
    next="what are the shapes of q after the projection, after split_heads, after attention, and after merge_heads?",
    misconceptions=[
        Misconception(
            "one head",
            changed(cut=lambda x, heads: split(x, 1)),
            "Your result is that of a single head over the whole width: the number of heads changes nothing.",
        ),
        Misconception(
            "each head its part of x",
            of_its_own_part,
            "Each of your heads sees a part of x alone. Every head's query, key and value is made of the whole x: project first, then cut.",
        ),
        Misconception(
            "last projection missing",
            changed(last=lambda out, wo: out),
            "The heads are right and joined. They are still to be mixed by wo.",
        ),
        Misconception(
            "adds x",
            lambda x, *how: x + reference(x, *how),
            "You added x to the result. What is asked for is the attention alone; who uses it adds x.",
        ),
        Misconception(
            "mask not passed on",
            changed(masked=False),
            "Without a mask all is right. Yours does not reach the attention.",
        ),
        Misconception(
            "keys and values exchanged",
            changed(project=lambda x, wq, wk, wv: (x @ wq, x @ wv, x @ wk)),
            "Keys and values are exchanged: scores are made of q and k, and v is averaged.",
        ),
        Misconception(
            "queries for keys",
            changed(project=lambda x, wq, wk, wv: (x @ wq, x @ wq, x @ wv)),
            "You compared the queries with themselves: the keys are x @ wk.",
        ),
        Misconception(
            "values not projected",
            changed(project=lambda x, wq, wk, wv: (x @ wq, x @ wk, x)),
            "You averaged x itself. The values are x @ wv.",
        ),
        Misconception(
            "joined by reshape",
            changed(join=lambda x: x.reshape(x.shape[0], x.shape[2], -1)),
            "With one head all is right. With more, a reshape alone mixes the tokens of different heads: merge_heads moves the axis first.",
        ),
        Misconception(
            "whole width in the root",
            changed(factor=lambda heads: 1 / np.sqrt(heads)),
            "You divided by the root of the whole width d. Within a head a query has d / heads entries.",
        ),
        Misconception(
            "transposed weights",
            lambda x, wq, wk, wv, wo, heads, mask=None: reference(x, wq.T, wk.T, wv.T, wo.T, heads, mask),
            "You multiplied by the transposed weights. A weight is (in, out), and x stands on the left of it.",
        ),
    ],
)
