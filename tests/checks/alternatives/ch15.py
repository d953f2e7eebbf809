"""Right answers to chapter 15 in other words than the reference's."""

import math
from collections import defaultdict

import numpy as np


def batches_stack(tokens, context, batch_size, rng):
    while True:
        starts = rng.integers(len(tokens) - context, size=batch_size)
        yield (
            np.stack([tokens[s : s + context] for s in starts]),
            np.stack([tokens[s + 1 : s + context + 1] for s in starts]),
        )


def batches_wide(tokens, context, batch_size, rng):
    windows = np.lib.stride_tricks.sliding_window_view(tokens, context + 1)
    while True:
        rows = windows[rng.choice(len(windows), batch_size)]
        yield rows[:, :-1], rows[:, 1:]


def ngram_dict(train, test, n, vocabulary_size, alpha=1.0):
    table = defaultdict(lambda: np.zeros(vocabulary_size))
    for i in range(n - 1, len(train)):
        table[tuple(train[i - n + 1 : i])][train[i]] += 1
    total, places = 0.0, 0
    for i in range(n - 1, len(test)):
        counts = table[tuple(test[i - n + 1 : i])] + alpha
        total -= math.log(counts[test[i]] / counts.sum())
        places += 1
    return total / places


def ngram_table(train, test, n, vocabulary_size, alpha=1.0):
    counts = np.full((vocabulary_size,) * n, float(alpha))
    columns = lambda t: tuple(t[i : len(t) - n + 1 + i] for i in range(n))  # noqa: E731
    np.add.at(counts, columns(train), 1)
    p = counts / counts.sum(axis=-1, keepdims=True)
    return np.mean(-np.log(p[columns(test)]))


def pair_loop(tokens):
    counts = {}
    for i in range(len(tokens) - 1):
        pair = (tokens[i], tokens[i + 1])
        counts[pair] = counts.get(pair, 0) + 1
    most = max(counts.values())
    return min(pair for pair, count in counts.items() if count == most)


def pair_sorted(tokens):
    pairs = [(tokens[i], tokens[i + 1]) for i in range(len(tokens) - 1)]
    return max(sorted(set(pairs)), key=pairs.count)


def merge_stack(tokens, pair, new):
    out, i = [], 0
    while i < len(tokens):
        if i + 1 < len(tokens) and tokens[i] == pair[0] and tokens[i + 1] == pair[1]:
            out.append(new)
            i = i + 2
        else:
            out.append(tokens[i])
            i = i + 1
    return out


def merge_skip(tokens, pair, new):
    out, skip = [], False
    for a, b in zip(tokens, [*tokens[1:], None]):
        if skip:
            skip = False
        elif (a, b) == tuple(pair):
            out.append(new)
            skip = True
        else:
            out.append(a)
    return np.array(out, dtype=int)


def encode_while(tokens, merges):
    out = tokens
    for (a, b), new in merges:
        out = merge_stack(out, (a, b), new)
    return out


def encode_recursive(tokens, merges):
    if not merges:
        return tokens
    (pair, new), *others = merges
    return encode_recursive(merge_stack(tokens, pair, new), others)


def gelu_steps(x):
    inside = np.sqrt(2 / np.pi) * (x + 0.044715 * x * x * x)
    return x * (np.tanh(inside) + 1) / 2


def gelu_by_sigmoid(x):
    return x / (1 + np.exp(-2 * math.sqrt(2 / math.pi) * (x + 0.044715 * np.power(x, 3))))


def gelu_vjp_steps(g, ans, x):
    t = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))
    g_t = g * 0.5 * x
    g_inside = g_t * (1 - t * t)
    return g * 0.5 * (1 + t) + g_inside * np.sqrt(2 / np.pi) * (1 + 0.134145 * x**2)


def gelu_vjp_cosh(g, ans, x):
    u = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    slope = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x**2)
    return g * ((1 + np.tanh(u)) / 2 + x / 2 * slope / np.cosh(u) ** 2)


ALTERNATIVES = {
    "next_token_batches": [batches_stack, batches_wide],
    "ngram_loss": [ngram_dict, ngram_table],
    "most_frequent_pair": [pair_loop, pair_sorted],
    "merge_pair": [merge_stack, merge_skip],
    "bpe_encode": [encode_while, encode_recursive],
    "gelu": [gelu_steps, gelu_by_sigmoid],
    "gelu_vjp": [gelu_vjp_steps, gelu_vjp_cosh],
    "perplexity": [math.exp, lambda loss: math.e**loss],
}
