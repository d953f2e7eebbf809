"""gpt_block and gpt: a transformer of pieces that are there already."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from revgraph.checks.chapters.ch13_normalization.layer_norm import normalize as layer_norm
from revgraph.checks.chapters.ch14_attention.multi_head_attention import reference as multi_head_attention
from revgraph.checks.chapters.ch15_language_models.gelu import forward as gelu
from revgraph.checks.chapters.ch16_gpt import torch_values as torch
from revgraph.checks.chapters.common import Array, Rng, ways
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case

Weights = Mapping[str, Any]
PIECES = (
    *("layer_norm", "multi_head_attention", "attention", "softmax", "split_heads", "merge_heads"),
    *("causal_mask", "dense", "gelu", "embedding"),
)


def dense(x: Array, w: Array, b: Array) -> Array:
    return x @ w + b


def causal_mask(n: int) -> Array:
    return np.tril(np.ones((n, n), bool))


def look(x: Array, weights: Weights, heads: int, mask: Array | None) -> Array:
    wq, wk, wv, wo = weights["attention"]
    return multi_head_attention(x, wq, wk, wv, wo, heads, mask)


def block(x: Array, weights: Weights, heads: int) -> Array:
    mask = causal_mask(x.shape[1])
    x = x + look(layer_norm(x, *weights["norm1"]), weights, heads, mask)
    w1, b1, w2, b2 = weights["mlp"]
    return x + dense(gelu(dense(layer_norm(x, *weights["norm2"]), w1, b1)), w2, b2)


def drawn_block(rng: Rng, d: int) -> dict[str, Any]:
    return {
        "norm1": (rng.uniform(0.5, 2, d), rng.normal(size=d)),
        "attention": tuple(rng.normal(size=(4, d, d)) / np.sqrt(d)),
        "norm2": (rng.uniform(0.5, 2, d), rng.normal(size=d)),
        "mlp": (
            rng.normal(size=(d, 4 * d)) / np.sqrt(d),
            rng.normal(size=4 * d),
            rng.normal(size=(4 * d, d)) / np.sqrt(4 * d),
            rng.normal(size=d),
        ),
    }


def block_cases(rng: Rng) -> Iterator[Case]:
    fixed = np.random.default_rng(16)
    for draw, b, n, d, heads in (
        (fixed, 1, 2, 2, 1),
        (fixed, 2, 4, 6, 3),
        (rng, 2, 3, 4, 2),
        (rng, 1, 5, 8, 4),
    ):
        yield case(2 * draw.normal(size=(b, n, d)) + 1, drawn_block(draw, d), heads)


def changed(
    look_at: Callable[[Array, Weights], Array] = lambda x, w: layer_norm(x, *w["norm1"]),
    first: Callable[[Array, Array], Array] = lambda x, seen: x + seen,
    think_of: Callable[[Array, Array, Weights], Array] = lambda x, before, w: layer_norm(x, *w["norm2"]),
    second: Callable[[Array, Array], Array] = lambda x, thought: x + thought,
    bend: Callable[[Array], Array] = gelu,
    mask: Callable[[int], Array | None] = causal_mask,
    heads_of: Callable[[int], int] = int,
) -> Callable[..., Array]:
    """A block with one part replaced."""

    def candidate(x: Array, weights: Weights, heads: int) -> Array:
        before = x
        x = first(x, look(look_at(x, weights), weights, heads_of(heads), mask(x.shape[1])))
        w1, b1, w2, b2 = weights["mlp"]
        return second(x, dense(bend(dense(think_of(x, before, weights), w1, b1)), w2, b2))

    return candidate


def norm_behind(x: Array, weights: Weights, heads: int) -> Array:
    mask = causal_mask(x.shape[1])
    x = layer_norm(x + look(x, weights, heads, mask), *weights["norm1"])
    w1, b1, w2, b2 = weights["mlp"]
    return layer_norm(x + dense(gelu(dense(x, w1, b1)), w2, b2), *weights["norm2"])


def road_of_the_normalized(x: Array, weights: Weights, heads: int) -> Array:
    normal = layer_norm(x, *weights["norm1"])
    x = normal + look(normal, weights, heads, causal_mask(x.shape[1]))
    w1, b1, w2, b2 = weights["mlp"]
    normal = layer_norm(x, *weights["norm2"])
    return normal + dense(gelu(dense(normal, w1, b1)), w2, b2)


def keys_and_values_exchanged(x: Array, weights: Weights, heads: int) -> Array:
    wq, wk, wv, wo = weights["attention"]
    return block(x, {**weights, "attention": (wq, wv, wk, wo)}, heads)


GPT_BLOCK = Exercise(
    name="gpt_block",
    points=30,
    reference=block,
    why="Two roads around: each part reads a normalized x, and adds what it has found to x itself.",
    uses=PIECES,
    cases=block_cases,
    recorded=[
        Recorded(
            case(torch.X, torch.BLOCKS[0], 2),
            torch.AFTER_BLOCK,
            "PyTorch 2.13.0: layer_norm, MultiheadAttention, gelu(approximate='tanh'), linear",
        )
    ],
    next="two lines, each `x = x + something(layer_norm(x, ...))`. Which weights belong to which line?",
    misconceptions=[
        Misconception(
            "norm behind",
            norm_behind,
            "You normalized after each addition: that is the block of 2017. Here the norm stands before each part, and the road around stays free.",
        ),
        Misconception(
            "no road around the attention",
            changed(first=lambda x, seen: seen),
            "What the attention found has taken the place of x. It should be added to x.",
        ),
        Misconception(
            "no road around the mlp",
            changed(second=lambda x, thought: thought),
            "What the two dense layers give has taken the place of x. It should be added to x.",
        ),
        Misconception(
            "looks ahead",
            changed(mask=lambda n: None),
            "Your tokens see those after them: the causal mask is missing.",
            "what does `causal_mask(n)` give, and to whom must it be handed?",
        ),
        Misconception(
            "road of the normalized",
            road_of_the_normalized,
            "What runs around each part is the normalized x. It should be x itself: only the part reads the normalized one.",
            "in `x = x + part(layer_norm(x, ...))`, which x stands first?",
        ),
        Misconception(
            "bends twice",
            changed(second=lambda x, thought: x + gelu(thought)),
            "You bend after the second dense layer too. gelu stands between the two.",
        ),
        Misconception(
            "keys and values exchanged",
            keys_and_values_exchanged,
            "The four matrices of `weights['attention']` are wq, wk, wv, wo, in this order. Yours has wk and wv exchanged.",
        ),
        Misconception(
            "first norm missing",
            changed(look_at=lambda x, w: x),
            "Your attention reads x itself. It should read the normalized x.",
        ),
        Misconception(
            "second norm missing",
            changed(think_of=lambda x, before, w: x),
            "Your dense layers read x itself. They should read the normalized x.",
        ),
        Misconception(
            "one norm for both",
            changed(think_of=lambda x, before, w: layer_norm(x, *w["norm1"])),
            "You used norm1 twice. The dense layers have their own: norm2.",
        ),
        Misconception(
            "side by side",
            changed(think_of=lambda x, before, w: layer_norm(before, *w["norm2"])),
            "Your dense layers read what came into the block. They should read what the attention has made of it.",
        ),
        Misconception(
            "the other norm",
            changed(look_at=lambda x, w: layer_norm(x, *w["norm2"])),
            "Your attention uses norm2. Its own is norm1.",
        ),
        Misconception(
            "no bend",
            changed(bend=lambda u: u),
            "Nothing bends between your two dense layers, so they are a single one: gelu is missing.",
        ),
        Misconception(
            "relu",
            changed(bend=lambda u: np.maximum(u, 0)),
            "You bend with relu. This block bends with gelu.",
        ),
        Misconception(
            "one head",
            changed(heads_of=lambda heads: 1),
            "The number of heads changes nothing in your block.",
        ),
    ],
)


def model(tokens: Array, weights: Weights, heads: int) -> Array:
    x = weights["tokens"][tokens] + weights["positions"][: tokens.shape[1]]
    for one in weights["blocks"]:
        x = block(x, one, heads)
    return dense(layer_norm(x, *weights["norm"]), *weights["out"])


def drawn_gpt(rng: Rng, vocabulary: int, context: int, d: int, depth: int) -> dict[str, Any]:
    return {
        "tokens": rng.normal(size=(vocabulary, d)),
        "positions": rng.normal(size=(context, d)),
        "blocks": [drawn_block(rng, d) for _ in range(depth)],
        "norm": (rng.uniform(0.5, 2, d), rng.normal(size=d)),
        "out": (rng.normal(size=(d, vocabulary)) / np.sqrt(d), rng.normal(size=vocabulary)),
    }


def model_cases(rng: Rng) -> Iterator[Case]:
    fixed = np.random.default_rng(61)
    for draw, b, n, context, d, heads, depth, vocabulary in (
        (fixed, 1, 3, 5, 4, 2, 2, 4),
        (fixed, 2, 4, 6, 6, 3, 3, 7),
        (rng, 2, 4, 4, 4, 2, 2, 5),
        (rng, 3, 2, 6, 6, 2, 3, 8),
        (rng, 1, 5, 8, 4, 1, 1, 6),
    ):
        yield case(
            draw.integers(vocabulary, size=(b, n)), drawn_gpt(draw, vocabulary, context, d, depth), heads
        )


def model_with(
    begin: Callable[[Array, Weights], Array] = lambda t, w: w["tokens"][t] + w["positions"][: t.shape[1]],
    blocks: Callable[[list[Weights]], list[Weights]] = list,
    through: Callable[[Array, Weights, Weights, int], Array] = lambda x, one, w, heads: block(x, one, heads),
    end: Callable[[Array, Weights], Array] = lambda x, w: dense(layer_norm(x, *w["norm"]), *w["out"]),
) -> Callable[..., Array]:
    def candidate(tokens: Array, weights: Weights, heads: int) -> Array:
        x = begin(tokens, weights)
        for one in blocks(weights["blocks"]):
            x = through(x, one, weights, heads)
        return end(x, weights)

    return candidate


def softmax(scores: Array) -> Array:
    exp = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exp / exp.sum(axis=-1, keepdims=True)


def forgets_what_came(tokens: Array, weights: Weights, heads: int) -> Array:
    first = x = weights["tokens"][tokens] + weights["positions"][: tokens.shape[1]]
    for one in weights["blocks"]:
        x = block(first, one, heads)
    return dense(layer_norm(x, *weights["norm"]), *weights["out"])


GPT = Exercise(
    name="gpt",
    points=20,
    reference=model,
    why="Tokens and places become vectors, each block hands its x on, and a last layer turns x into scores.",
    uses=("gpt_block", *PIECES),
    cases=model_cases,
    recorded=[
        Recorded(
            case(torch.TOKENS, torch.WEIGHTS, 2),
            torch.LOGITS,
            "PyTorch 2.13.0: embedding, layer_norm, MultiheadAttention, gelu(approximate='tanh'), linear",
        )
    ],
    next="four things in a row: vectors of tokens and places, the blocks, the last norm, the scores. What is the shape after each?",
    misconceptions=[
        Misconception(
            "no positions",
            model_with(begin=lambda t, w: w["tokens"][t]),
            "Your GPT does not know where a token stands: the positions are not added.",
        ),
        Misconception(
            "positions from the end",
            model_with(begin=lambda t, w: w["tokens"][t] + w["positions"][-t.shape[1] :]),
            "You took the last rows of the positions. The first token stands at position 0.",
        ),
        Misconception(
            "one position for all",
            model_with(begin=lambda t, w: w["tokens"][t] + w["positions"][t.shape[1] - 1]),
            "Every token got the same position. Token i gets row i.",
        ),
        *ways(
            "position of the token's number",
            "You picked positions by the tokens' numbers. A position says where a token stands, not which one it is: the first gets row 0.",
            "",
            model_with(begin=lambda t, w: w["tokens"][t] + w["positions"][t]),
            model_with(begin=lambda t, w: w["tokens"][t] + w["positions"][t % len(w["positions"])]),
        ),
        Misconception(
            "times the positions",
            model_with(begin=lambda t, w: w["tokens"][t] * w["positions"][: t.shape[1]]),
            "You multiplied the tokens' vectors by those of their places. The two are added.",
        ),
        Misconception(
            "a position for each text",
            model_with(
                begin=lambda t, w: (
                    w["tokens"][t] + w["positions"][np.arange(len(t)) % len(w["positions"])][:, None]
                )
            ),
            "You gave every text of the batch its own position. The tokens of a text stand at 0, 1, 2 and so on, in each text alike.",
        ),
        Misconception(
            "first block alone",
            model_with(blocks=lambda blocks: blocks[:1]),
            "Only the first block is used. x goes through all of them.",
        ),
        Misconception(
            "first block left out",
            model_with(blocks=lambda blocks: blocks[1:]),
            "The first block is left out. x goes through all of them.",
            "at which number does your loop over the blocks begin?",
        ),
        Misconception(
            "x added again",
            model_with(through=lambda x, one, w, heads: x + block(x, one, heads)),
            "You added x to what each block gives. A block does that by itself.",
            "which lines of `gpt_block` begin with `x +`?",
        ),
        Misconception(
            "last norm in the loop",
            model_with(
                through=lambda x, one, w, heads: layer_norm(block(x, one, heads), *w["norm"]),
                end=lambda x, w: dense(x, *w["out"]),
            ),
            "The last norm follows each of your blocks. It comes once, after all of them.",
            "how far is the line with `layer_norm` indented?",
        ),
        Misconception(
            "last block alone",
            forgets_what_came,
            "Each of your blocks starts from the embeddings again, so only the last one counts. Hand x on from block to block.",
        ),
        Misconception(
            "blocks backwards",
            model_with(blocks=lambda blocks: blocks[::-1]),
            "You went through the blocks from the last to the first.",
        ),
        Misconception(
            "last norm missing",
            model_with(end=lambda x, w: dense(x, *w["out"])),
            "The last norm is missing, after the blocks and before the scores.",
        ),
        *ways(
            "the tokens' table for the scores",
            "Your scores are products with the tokens' table. Here the last layer has weights of its own.",
            "which entry of `weights` have you not used?",
            model_with(end=lambda x, w: layer_norm(x, *w["norm"]) @ w["tokens"].T),
            model_with(end=lambda x, w: x @ w["tokens"].T),
        ),
        Misconception(
            "probabilities",
            model_with(end=lambda x, w: softmax(dense(layer_norm(x, *w["norm"]), *w["out"]))),
            "You returned probabilities. The exercise asks for the scores before softmax: cross-entropy and sampling take those.",
        ),
        Misconception(
            "last place alone",
            lambda tokens, weights, heads: model(tokens, weights, heads)[:, -1],
            "You returned the scores of the last place. While it learns, every place guesses its next token: (b, n, v).",
        ),
    ],
)
