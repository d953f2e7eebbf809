"""What a transformer is made of: embedding, attention, the block, and a GPT.

Tokens are whole numbers from 0 on, (n, t); vectors are (n, t, d). All sizes but the vectors' may be unknown.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

import revgraph.core as rc
from revgraph.core.ops.op import Op, first_dtype, op
from revgraph.core.tensor import Dims
from revgraph.dl.activations import activation_by
from revgraph.dl.initializers import initializer_by, random_normal
from revgraph.dl.layers.base import Layer, Pass, Tensor, known_size, takes
from revgraph.dl.layers.basic import dense, dropout, whole_number
from revgraph.dl.layers.normalization import layer_norm

RARE = 16  # times that a token occurs at most
FEW = 1 << 16  # entries of a matrix that says of each token and each row whether it is its own

# Rows of a table: taking them and adding up what comes back are each other's rule.


def take_rows_forward(table: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    return table.take(as_rows(table, tokens, np.intp), 0)


def as_rows(table: np.ndarray, tokens: np.ndarray, dtype: type) -> np.ndarray:
    """The tokens as integers of the dtype, each of which names a row of the table."""
    with np.errstate(invalid="ignore"):  # nan, which is no token either
        rows: np.ndarray = tokens.astype(dtype)
    wrong = (rows != tokens) | (rows < 0) | (rows >= len(table))
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(
            f"the token {tokens[place]:g} at {place} is none: the {len(table)} tokens are the numbers from 0 "
            f"to {len(table) - 1}"
        )
    return rows


def add_rows_forward(rows: np.ndarray, table: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """For each token of the table the sum of its rows: sorted by token, a token's rows are neighbours.

    Few rows of a small table are added up by a product with zeros and ones. Where tokens are rare, all their
    first rows are taken at once, then all second ones are added, and so on; sorted by how often they occur,
    those of which there are more always come first.
    """
    if not tokens.size:
        return np.zeros(table.shape, rows.dtype)
    short = np.uint16 if len(table) <= 1 << 16 else np.intp  # short ones sort faster
    flat = as_rows(table, tokens, short).ravel()
    rows = rows.reshape(flat.size, -1)
    if len(table) * flat.size <= FEW:
        own = np.equal.outer(np.arange(len(table)).astype(short), flat)
        sums: np.ndarray = own.astype(rows.dtype) @ rows
        if np.isfinite(sums).all():  # otherwise 0 times infinity has reached the other tokens
            return sums
    order, counts = np.argsort(flat, kind="stable"), np.bincount(flat, minlength=len(table))
    starts = np.cumsum(counts) - counts
    if counts.max() > RARE:
        result, present = np.zeros(table.shape, rows.dtype), np.flatnonzero(counts)
        result[present] = np.add.reduceat(rows.take(order, 0), starts.take(present))
        return result
    often = np.argsort((RARE - counts).astype(np.uint8), kind="stable")  # all tokens, the most frequent first
    starts, found = starts.take(often), np.count_nonzero(counts)
    sums = np.empty((found + 1, rows.shape[1]), rows.dtype)
    sums[found] = 0  # which is that of tokens that do not occur
    rows.take(order.take(starts[:found]), 0, out=sums[:found], mode="clip")
    for turn in range(1, counts.max()):
        more = np.count_nonzero(counts > turn)
        sums[:more] += rows.take(order.take(starts[:more] + turn), 0)
    place = np.full(len(table), found)
    place[often[:found]] = np.arange(found)
    return sums.take(place, 0)


def take_rows_dims(table: Dims, tokens: Dims) -> Dims:
    return None if table is None or tokens is None else (*tokens, table[-1])


take_rows: Op = op(
    "take_rows",
    take_rows_forward,
    lambda g, ans, table, tokens: (add_rows(g, table, tokens), None),
    dims=take_rows_dims,
    dtype=first_dtype,
)

add_rows: Op = op(
    "add_rows",
    add_rows_forward,
    lambda u, ans, rows, table, tokens: (take_rows(u, tokens), None, None),
    dims=lambda rows, table, tokens: table,
    dtype=first_dtype,
    shape_only=(1,),
)


# Heads: (n, t, heads·size) and (n, heads, t, size) are turned into each other, whatever n and t are.


def split_heads_forward(x: np.ndarray, heads: int) -> np.ndarray:
    n, t, d = x.shape
    return x.reshape(n, t, heads, d // heads).transpose(0, 2, 1, 3)


def merge_heads_forward(x: np.ndarray) -> np.ndarray:
    n, heads, t, size = x.shape
    return x.transpose(0, 2, 1, 3).reshape(n, t, heads * size)


split_heads: Op = op(
    "split_heads",
    split_heads_forward,
    lambda g, ans, x, heads: merge_heads(g),
    dims=lambda x, heads: x and (x[0], heads, x[1], x[2] // heads),
    view=True,
)

merge_heads: Op = op(
    "merge_heads",
    merge_heads_forward,
    lambda g, ans, x: split_heads(g, heads=x.shape[1]),
    dims=lambda x: x and (x[0], x[2], x[1] * x[3]),
    view=True,
)


def causal_mask_forward(q: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Where row i may look at column j: j is at most i, counted from the end if there are more columns."""
    rows, columns = q.shape[-2], k.shape[-2]
    return np.tri(rows, columns, k=max(0, columns - rows), dtype=bool)


causal_mask = op(
    "causal_mask",
    causal_mask_forward,
    lambda g, ans, q, k: (None, None),
    dims=lambda q, k: q and k and (q[-2], k[-2]),
    dtype=lambda q, k: np.dtype(bool),
    shape_only=(0, 1),
)


def positions_forward(tokens: np.ndarray, context: int) -> np.ndarray:
    """For each token the number of its place; there are at most ``context`` places."""
    places = tokens.shape[-1]
    if places > context:
        raise ValueError(f"this network sees {context} tokens, and was given {places}")
    return np.broadcast_to(np.arange(places, dtype=tokens.dtype), tokens.shape)


def positions_dims(tokens: Dims, context: int) -> Dims:
    if tokens and tokens[-1] > context:
        raise ValueError(f"a network that sees {context} tokens cannot take {tokens[-1]}")
    return tokens


positions_of = op(
    "positions_of",
    positions_forward,
    lambda g, ans, tokens, context: None,
    dims=positions_dims,
    dtype=first_dtype,
    shape_only=(0,),
)


class embedding(Layer):
    """The vector of each token: a row of a table. Tokens of any shape (...) → (..., units).

    vocabulary_size  how many tokens there are, and rows of the table
    units            the size of a vector
    initializer      of the table, (vocabulary_size, units): a name or a function of a shape
    name             by default "embedding_1" and so on

    Raises ValueError for a token that is no whole number from 0 to vocabulary_size - 1, and names its place.
    """

    def __init__(
        self, vocabulary_size: int, units: int, initializer: Any = "random_normal", name: str | None = None
    ) -> None:
        super().__init__(name)
        self.vocabulary_size = whole_number(vocabulary_size, "embedding's vocabulary_size")
        self.units = whole_number(units, "embedding's number of units")
        self.initializer = initializer_by(initializer)

    def build(self, *inputs: Tensor) -> None:
        shape = self.vocabulary_size, self.units
        self.draw_weight("table", self.initializer, shape, inputs[0].dtype)

    @takes(1)
    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        return take_rows(self.weights["table"], inputs[0])


class multi_head_attention(Layer):
    """Each row gathers from the others what its query asks for: (n, t, d) → (n, t, d).

    In each of ``heads`` parts of the vectors, softmax(q·kᵀ / √(d / heads))·v, where q, k and v are dense
    layers of the input; a dense layer of all heads together is the output (Vaswani et al. 2017). Called on
    two nodes, (n, t, d) and (n, s, e), the first asks and the second is what is gathered from.

    heads               how many parts; d is a multiple of it
    causal              whether a row sees only itself and what stands before it
    use_bias            whether the four dense layers have biases
    dropout             the share of attention that is dropped while training
    kernel_initializer  of the four kernels, (d, d): a name or a function of a shape
    bias_initializer    of the four biases
    name                by default "multi_head_attention_1" and so on

    Raises ValueError where d is no multiple of ``heads``.
    """

    def __init__(
        self,
        heads: int,
        causal: bool = False,
        use_bias: bool = True,
        dropout: float = 0.0,
        kernel_initializer: Any = "glorot_normal",
        bias_initializer: Any = "zeros",
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        self.heads, self.causal = whole_number(heads, "the number of heads"), causal
        self.options = {
            "use_bias": use_bias,
            "kernel_initializer": kernel_initializer,
            "bias_initializer": bias_initializer,
        }
        self.drop = dropping(dropout)

    def build(self, *inputs: Tensor) -> None:
        for node in inputs:
            if node.ndim != 3:
                raise ValueError(
                    f"{self.name} takes vectors in rows, (n, t, d), and its input has shape {node.shape}. "
                    "Next: rc.expand_dims for a single one, or dl.embedding for tokens."
                )
        d = known_size(inputs[0], -1, self)
        if d % self.heads:
            raise ValueError(f"{self.name}: vectors of {d} numbers cannot be split into {self.heads} heads")
        self.query, self.key, self.value, self.output = (
            dense(d, name=self.part_name(part), **self.options)
            for part in ("query", "key", "value", "output")
        )

    @takes(2)
    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        x, memory = inputs[0], inputs[-1]
        q, k, v = (
            split_heads(part(node), heads=self.heads)
            for part, node in ((self.query, x), (self.key, memory), (self.value, memory))
        )
        scores = q / sqrt(known_size(q, -1, self)) @ rc.transpose(k, (0, 1, 3, 2))
        if self.causal:
            scores = rc.where(causal_mask(q, k), scores, -np.inf)
        return self.output(merge_heads(self.drop(rc.softmax(scores)) @ v))


class transformer_block(Layer):
    """Attention, then two dense layers row by row, each added to its input: (n, t, d) → (n, t, d).

    x ← x + attention(norm(x)), then x ← x + dense(activation(dense(norm(x)))): the norms stand first
    (Vaswani et al. 2017, Radford et al. 2019).

    heads, causal  as for multi_head_attention
    hidden         units of the dense layer within, by default 4·d
    activation     of that layer, a name or a function of a node
    dropout        the share that is dropped of attention and of both additions while training
    epsilon        of the norms
    kernel_initializer
                   of all kernels: a name or a function of a shape
    name           by default "transformer_block_1" and so on
    """

    def __init__(
        self,
        heads: int,
        causal: bool = False,
        hidden: int | None = None,
        activation: Any = "gelu",
        dropout: float = 0.0,
        epsilon: float = 1e-5,
        kernel_initializer: Any = "glorot_normal",
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        self.hidden = None if hidden is None else whole_number(hidden, "the number of hidden units")
        self.activation = activation_by(activation)
        self.kernel_initializer = initializer_by(kernel_initializer)
        self.attention = multi_head_attention(
            heads,
            causal,
            dropout=dropout,
            kernel_initializer=kernel_initializer,
            name=self.part_name("attention"),
        )
        self.attention_norm = layer_norm(epsilon, name=self.part_name("attention_norm"))
        self.norm = layer_norm(epsilon, name=self.part_name("norm"))
        self.drop = dropping(dropout)

    def build(self, *inputs: Tensor) -> None:
        d = known_size(inputs[0], -1, self)
        self.expand, self.contract = (
            dense(units, activation=function, kernel_initializer=self.kernel_initializer,
                  bias_initializer="zeros", name=self.part_name(part))
            for part, units, function in (
                ("expand", self.hidden or 4 * d, self.activation),
                ("contract", d, None),
            )
        )  # fmt: skip

    @takes(1)
    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        (x,) = inputs
        x = x + self.drop(self.attention(self.attention_norm(x)))
        return x + self.drop(self.contract(self.expand(self.norm(x))))


class gpt(Layer):
    """A small GPT: tokens (n, t) → the scores of the token that follows each, (n, t, vocabulary_size).

    Token and position vectors are added; causal transformer blocks follow, a norm, and the scores are
    products with the tokens' vectors (Radford et al. 2018 and 2019; one table for both: Press and Wolf 2017).
    Kernels and tables are drawn with a standard deviation of 0.02.

    vocabulary_size  how many tokens there are
    context          how many of them it can see; t is at most that
    units            the size of the vectors
    heads            of attention; ``units`` is a multiple of it
    blocks           how many transformer blocks
    dropout          the share that is dropped while training, of the vectors too
    name             by default "gpt_1" and so on

        dl.Model(
            dl.sequential(dl.inputs((None,)), dl.gpt(vocabulary_size=65, context=32)),
            loss=dl.sparse_categorical_cross_entropy(fold="mean", from_logits=True),
            optimizer=dl.clip_by_norm(dl.adamw(lr=dl.warmup_cosine(3e-3, 50, 1000)), 1.0),
        )

    Raises ValueError for a token that is none, and for more tokens than ``context``.
    """

    def __init__(
        self,
        vocabulary_size: int,
        context: int,
        units: int = 64,
        heads: int = 4,
        blocks: int = 2,
        dropout: float = 0.0,
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        small = random_normal(stddev=0.02)
        self.context = whole_number(context, "gpt's context")
        self.tokens = embedding(vocabulary_size, units, small, name=self.part_name("tokens"))
        self.positions = embedding(context, units, small, name=self.part_name("positions"))
        self.blocks = [
            transformer_block(
                heads, True, dropout=dropout, kernel_initializer=small, name=self.part_name(f"block_{i + 1}")
            )
            for i in range(whole_number(blocks, "gpt's number of blocks"))
        ]
        self.norm = layer_norm(name=self.part_name("norm"))
        self.drop = dropping(dropout)

    @takes(1)
    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        (tokens,) = inputs
        positions = positions_of(tokens, context=self.context)
        x = self.drop(self.tokens(tokens) + self.positions(positions))
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ rc.transpose(self.tokens.weights["table"])


def dropping(rate: float) -> Any:
    """A layer that drops this share, or for a share of 0 one that does nothing."""
    return dropout(rate) if rate else lambda x: x
