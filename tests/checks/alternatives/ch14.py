"""Right answers to chapter 14 in other words than the reference's."""

import math

import numpy as np


def embedding_take(table, tokens):
    return np.take(table, tokens, axis=0)


def embedding_one_hot(table, tokens):
    return np.eye(len(table))[tokens] @ table


def embedding_vjp_loop(g, ans, table, tokens):
    out = np.zeros(table.shape)
    for token, row in zip(np.ravel(tokens), g.reshape(-1, table.shape[1])):
        out[token] += row
    return out


def embedding_vjp_one_hot(g, ans, table, tokens):
    marks = np.eye(len(table))[np.ravel(tokens)]
    return marks.T @ g.reshape(-1, table.shape[1])


def mask_compare(n):
    i = np.arange(n)
    return i[None, :] <= i[:, None]


def mask_loop(n):
    out = np.zeros((n, n), dtype=bool)
    for i in range(n):
        out[i, : i + 1] = True
    return out


def attention_einsum(q, k, v, mask=None):
    scores = np.einsum("...nd,...md->...nm", q, k) * q.shape[-1] ** -0.5
    if mask is not None:
        scores = scores + np.where(mask, 0.0, -1e30)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return np.einsum("...nm,...me->...ne", weights, v) / weights.sum(-1)[..., None]


def attention_zeros(q, k, v, mask=None):
    weights = np.exp(q @ k.swapaxes(-2, -1) / math.sqrt(q.shape[-1]))
    if mask is not None:
        weights = weights * mask
    return weights / weights.sum(axis=-1, keepdims=True) @ v


def attention_vjp_einsum(g, ans, q, k, v, mask=None):
    d = q.shape[-1]
    scores = np.einsum("...nd,...md->...nm", q, k) / np.sqrt(d)
    if mask is not None:
        scores[..., ~mask] = -np.inf
    p = np.exp(scores - scores.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    dv = np.einsum("...nm,...ne->...me", p, g)
    dp = np.einsum("...ne,...me->...nm", g, v)
    ds = p * (dp - np.einsum("...nm,...nm->...n", dp, p)[..., None]) / np.sqrt(d)
    return np.einsum("...nm,...md->...nd", ds, k), np.einsum("...nm,...nd->...md", ds, q), dv


def attention_vjp_by_ans(g, ans, q, k, v, mask=None):
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    p = np.exp(scores) if mask is None else np.exp(scores) * mask
    p = p / p.sum(-1, keepdims=True)
    along = (g * ans).sum(-1, keepdims=True)  # the weights' sum of g · weights is g · ans
    ds = p * (g @ v.swapaxes(-1, -2) - along)
    return [
        ds @ k / np.sqrt(q.shape[-1]),
        ds.swapaxes(-1, -2) @ q / np.sqrt(q.shape[-1]),
        p.swapaxes(-1, -2) @ g,
    ]


def split_by_pieces(x, heads):
    return np.stack(np.split(x, heads, axis=-1), axis=1)


def split_move(x, heads):
    b, n, d = x.shape
    return np.moveaxis(x.reshape(b, n, heads, d // heads), 2, 1)


def merge_by_pieces(x):
    return np.concatenate([x[:, i] for i in range(x.shape[1])], axis=-1)


def merge_swap(x):
    y = np.swapaxes(x, 1, 2)
    return y.reshape(y.shape[0], y.shape[1], y.shape[2] * y.shape[3])


def positions_loop(n, d):
    out = np.empty((n, d))
    for p in range(n):
        for j in range(d):
            angle = p / 10000 ** ((j - j % 2) / d)
            out[p, j] = math.cos(angle) if j % 2 else math.sin(angle)
    return out


def positions_exp(n, d):
    rates = np.exp(-np.log(10000.0) * np.arange(0, d, 2) / d)
    angles = np.outer(np.arange(n), rates)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(n, -1)[:, :d]


def multi_head_loop(x, wq, wk, wv, wo, heads, mask=None):
    size = x.shape[-1] // heads
    parts = []
    for h in range(heads):
        own = slice(h * size, (h + 1) * size)
        parts.append(attention_einsum(x @ wq[:, own], x @ wk[:, own], x @ wv[:, own], mask))
    return np.concatenate(parts, axis=-1) @ wo


def multi_head_sum(x, wq, wk, wv, wo, heads, mask=None):
    q, k, v = split_by_pieces(x @ wq, heads), split_by_pieces(x @ wk, heads), split_by_pieces(x @ wv, heads)
    out = attention_zeros(q, k, v, mask)
    return sum(out[:, h] @ rows for h, rows in enumerate(np.split(wo, heads)))


ALTERNATIVES = {
    "embedding": [embedding_take, embedding_one_hot],
    "embedding_vjp": [embedding_vjp_loop, embedding_vjp_one_hot],
    "causal_mask": [mask_compare, mask_loop],
    "attention": [attention_einsum, attention_zeros],
    "attention_vjp": [attention_vjp_einsum, attention_vjp_by_ans],
    "split_heads": [split_by_pieces, split_move],
    "merge_heads": [merge_by_pieces, merge_swap],
    "sinusoidal_positions": [positions_loop, positions_exp],
    "multi_head_attention": [multi_head_loop, multi_head_sum],
}
