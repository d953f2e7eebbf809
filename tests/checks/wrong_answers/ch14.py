"""Wrong answers that learners gave to chapter 14."""

import numpy as np


def soft(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def embedding_columns(table, tokens):
    return table[:, tokens]


def embedding_of_the_first(table, tokens):
    return np.array([table[t] for t in tokens.ravel()])


def embedding_summed(table, tokens):
    return table[tokens].sum(axis=-2)


def embedding_vjp_assigns(g, ans, table, tokens):
    out = np.zeros_like(table)
    out[tokens] = g
    return out


def embedding_vjp_plus(g, ans, table, tokens):
    out = np.zeros_like(table)
    out[tokens] += g
    return out


def embedding_vjp_loops_over_texts(g, ans, table, tokens):
    out = np.zeros_like(table)
    for row, index in zip(np.atleast_2d(g), np.atleast_1d(tokens)):
        out[index] += row
    return out


def embedding_vjp_counts(g, ans, table, tokens):
    out = np.zeros_like(table)
    np.add.at(out, tokens, 1.0)
    return out


def mask_of_the_future(n):
    return np.triu(np.ones((n, n), dtype=bool))


def mask_without_itself(n):
    return np.arange(n)[:, None] > np.arange(n)


def mask_of_numbers(n):
    return np.tril(np.ones((n, n)))


def mask_by_loops(n):
    mask = np.zeros((n, n), dtype=bool)
    for i in range(n):
        for j in range(i):
            mask[i, j] = True
    return mask


def attention_unscaled(q, k, v, mask=None):
    scores = q @ k.swapaxes(-1, -2)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    return soft(scores) @ v


def attention_scaled_by_d(q, k, v, mask=None):
    scores = q @ np.swapaxes(k, -1, -2) / q.shape[-1]
    if mask is not None:
        scores = np.where(mask, scores, -1e9)
    return soft(scores) @ v


def attention_over_queries(q, k, v, mask=None):
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -1e9)
    return soft(scores, axis=-2) @ v


def attention_masked_afterwards(q, k, v, mask=None):
    weights = soft(q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1]))
    if mask is not None:
        weights = weights * mask
    return weights @ v


def attention_zero_scores(q, k, v, mask=None):
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores * mask
    return soft(scores) @ v


def attention_transposed(q, k, v, mask=None):
    scores = q @ k.T / np.sqrt(k.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    return soft(scores) @ v


def attention_opposite_mask(q, k, v, mask=None):
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    if mask is not None:
        scores[mask] = -1e9
    return soft(scores) @ v


def _weights(q, k, mask):
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    return soft(scores if mask is None else np.where(mask, scores, -np.inf))


def _rule(dw, w):
    return w * (dw - (dw * w).sum(-1, keepdims=True))


def attention_vjp_without_softmax(g, ans, q, k, v, mask=None):
    w = _weights(q, k, mask)
    ds = (g @ v.swapaxes(-1, -2)) / np.sqrt(q.shape[-1])
    return ds @ k, ds.swapaxes(-1, -2) @ q, w.swapaxes(-1, -2) @ g


def attention_vjp_unscaled(g, ans, q, k, v, mask=None):
    w = _weights(q, k, mask)
    ds = _rule(g @ v.swapaxes(-1, -2), w)
    return ds @ k, ds.swapaxes(-1, -2) @ q, w.swapaxes(-1, -2) @ g


def attention_vjp_scaled_once(g, ans, q, k, v, mask=None):
    w = _weights(q, k, mask)
    ds = _rule(g @ v.swapaxes(-1, -2), w)
    return ds @ k / np.sqrt(q.shape[-1]), ds.swapaxes(-1, -2) @ q, w.swapaxes(-1, -2) @ g


def attention_vjp_not_turned(g, ans, q, k, v, mask=None):
    w = _weights(q, k, mask)
    ds = _rule(g @ v.swapaxes(-1, -2), w) / np.sqrt(q.shape[-1])
    return ds @ k, ds.swapaxes(-1, -2) @ q, w @ g


def split_by_reshape(x, heads):
    b, n, d = x.shape
    return x.reshape(b, heads, n, d // heads)


def split_interleaved(x, heads):
    b, n, d = x.shape
    return x.reshape(b, n, d // heads, heads).transpose(0, 3, 1, 2)


def split_in_a_list(x, heads):
    return list(np.split(x, heads, axis=-1))


def split_half_way(x, heads):
    b, n, d = x.shape
    return x.reshape(b, n, heads, d // heads)


def merge_by_reshape(x):
    b, heads, n, d = x.shape
    return x.reshape(b, n, heads * d)


def merge_interleaved(x):
    b, heads, n, d = x.shape
    return x.transpose(0, 2, 3, 1).reshape(b, n, heads * d)


def merge_summed(x):
    return x.sum(axis=1)


def positions_halves(n, d):
    rates = 1 / 10000 ** (np.arange(0, d, 2) / d)
    angles = np.outer(np.arange(n), rates)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)[:, :d]


def positions_own_rates(n, d):
    out = np.zeros((n, d))
    for i in range(n):
        for j in range(d):
            angle = i / 10000 ** (j / d)
            out[i, j] = np.sin(angle) if j % 2 == 0 else np.cos(angle)
    return out


def positions_from_one(n, d):
    angles = np.arange(1, n + 1)[:, None] / 10000.0 ** (np.arange(0, d, 2) / d)
    out = np.zeros((n, d))
    out[:, ::2] = np.sin(angles)
    out[:, 1::2] = np.cos(angles[:, : d // 2])
    return out


def _attend(q, k, v, mask):
    return _weights(q, k, mask) @ v


def _split(x, heads):
    b, n, d = x.shape
    return x.reshape(b, n, heads, d // heads).swapaxes(1, 2)


def _merge(x):
    return x.swapaxes(1, 2).reshape(x.shape[0], x.shape[2], -1)


def heads_without_the_end(x, wq, wk, wv, wo, heads, mask=None):
    q, k, v = (_split(x @ w, heads) for w in (wq, wk, wv))
    return _merge(_attend(q, k, v, mask))


def heads_one_alone(x, wq, wk, wv, wo, heads, mask=None):
    return _attend(x @ wq, x @ wk, x @ wv, mask) @ wo


def heads_mask_forgotten(x, wq, wk, wv, wo, heads, mask=None):
    q, k, v = (_split(x @ w, heads) for w in (wq, wk, wv))
    return _merge(_attend(q, k, v, None)) @ wo


def heads_split_before(x, wq, wk, wv, wo, heads, mask=None):
    """The weights of all heads meet the whole x; here each head sees its own part of x alone."""
    size = x.shape[-1] // heads
    outs = []
    for h in range(heads):
        own = slice(h * size, (h + 1) * size)
        part = x[..., own]
        q, k, v = (part @ w[own, own] for w in (wq, wk, wv))
        outs.append(_attend(q, k, v, mask))
    return np.concatenate(outs, axis=-1) @ wo


WRONG = {
    "embedding": [embedding_columns, embedding_of_the_first, embedding_summed],
    "embedding_vjp": [
        embedding_vjp_assigns,
        embedding_vjp_plus,
        embedding_vjp_loops_over_texts,
        embedding_vjp_counts,
    ],
    "causal_mask": [mask_of_the_future, mask_without_itself, mask_of_numbers, mask_by_loops],
    "attention": [
        attention_unscaled,
        attention_scaled_by_d,
        attention_over_queries,
        attention_masked_afterwards,
        attention_zero_scores,
        attention_transposed,
        attention_opposite_mask,
    ],
    "attention_vjp": [
        attention_vjp_without_softmax,
        attention_vjp_unscaled,
        attention_vjp_scaled_once,
        attention_vjp_not_turned,
    ],
    "split_heads": [split_by_reshape, split_interleaved, split_in_a_list, split_half_way],
    "merge_heads": [merge_by_reshape, merge_interleaved, merge_summed],
    "sinusoidal_positions": [positions_halves, positions_own_rates, positions_from_one],
    "multi_head_attention": [
        heads_without_the_end,
        heads_one_alone,
        heads_mask_forgotten,
        heads_split_before,
    ],
}
