"""Wrong answers that learners gave to chapter 15."""

import itertools
from collections import Counter

import numpy as np


def batches_once(tokens, context, batch_size, rng):
    starts = rng.integers(0, len(tokens) - context, batch_size)
    x = np.array([tokens[s : s + context] for s in starts])
    y = np.array([tokens[s + 1 : s + context + 1] for s in starts])
    yield x, y


def batches_one_start_too_few(tokens, context, batch_size, rng):
    while True:
        starts = rng.integers(0, len(tokens) - context - 1, size=batch_size)
        index = starts[:, None] + np.arange(context)
        yield tokens[index], tokens[index + 1]


def batches_same_place(tokens, context, batch_size, rng):
    while True:
        index = rng.integers(0, len(tokens) - context, batch_size)[:, None] + np.arange(context)
        yield tokens[index], tokens[index]


def batches_last_token_only(tokens, context, batch_size, rng):
    while True:
        starts = rng.integers(0, len(tokens) - context, batch_size)
        x = np.stack([tokens[s : s + context] for s in starts])
        yield x, tokens[starts + context]


def batches_in_order(tokens, context, batch_size, rng):
    start = 0
    while True:
        if start + batch_size + context >= len(tokens):
            start = 0
        index = np.arange(start, start + batch_size)[:, None] + np.arange(context)
        yield tokens[index], tokens[index + 1]
        start += batch_size


def batches_own_luck(tokens, context, batch_size, rng):
    while True:
        index = np.random.randint(0, len(tokens) - context, batch_size)[:, None] + np.arange(context)
        yield tokens[index], tokens[index + 1]


def _tables(train, n):
    grams = Counter(tuple(map(int, train[i : i + n])) for i in range(len(train) - n + 1))
    contexts = Counter(tuple(map(int, train[i : i + n - 1])) for i in range(len(train) - n + 1))
    return grams, contexts


def ngram_alpha_once(train, test, n, vocabulary_size, alpha=1.0):
    grams, contexts = _tables(train, n)
    total = 0.0
    for i in range(len(test) - n + 1):
        gram = tuple(map(int, test[i : i + n]))
        total -= np.log((grams[gram] + alpha) / (contexts[gram[:-1]] + alpha))
    return total / (len(test) - n + 1)


def ngram_size_without_alpha(train, test, n, vocabulary_size, alpha=1.0):
    grams, contexts = _tables(train, n)
    losses = []
    for i in range(len(test) - n + 1):
        gram = tuple(map(int, test[i : i + n]))
        losses.append(-np.log((grams[gram] + alpha) / (contexts[gram[:-1]] + vocabulary_size)))
    return float(np.mean(losses))


def ngram_precedence(train, test, n, vocabulary_size, alpha=1.0):
    grams, contexts = _tables(train, n)
    losses = []
    for i in range(len(test) - n + 1):
        gram = tuple(map(int, test[i : i + n]))
        losses.append(-np.log(grams[gram] + alpha / (contexts[gram[:-1]] + alpha * vocabulary_size)))
    return float(np.mean(losses))


def ngram_one_too_few(train, test, n, vocabulary_size, alpha=1.0):
    grams, contexts = _tables(train, n)
    losses = []
    for i in range(len(test) - n):
        gram = tuple(map(int, test[i : i + n]))
        losses.append(-np.log((grams[gram] + alpha) / (contexts[gram[:-1]] + alpha * vocabulary_size)))
    return float(np.mean(losses)) if losses else 0.0


def ngram_alone(train, test, n, vocabulary_size, alpha=1.0):
    counts = np.bincount(train, minlength=vocabulary_size) + alpha
    return float(-np.log(counts / counts.sum())[test[n - 1 :]].mean())


def pair_first_seen(tokens):
    pairs = Counter(itertools.pairwise(tokens))
    return pairs.most_common(1)[0][0]


def pair_largest(tokens):
    pairs = Counter(itertools.pairwise(tokens))
    return max(pairs, key=lambda p: (pairs[p], p))


def pair_in_steps_of_two(tokens):
    pairs = Counter(zip(tokens[::2], tokens[1::2]))
    return min(pairs, key=lambda p: (-pairs[p], p))


def pair_with_its_count(tokens):
    pairs = Counter(itertools.pairwise(tokens))
    best = min(pairs, key=lambda p: (-pairs[p], p))
    return best, pairs[best]


def merge_overlapping(tokens, pair, new):
    out, i = [], 0
    while i < len(tokens):
        if i + 1 < len(tokens) and (tokens[i], tokens[i + 1]) == tuple(pair):
            out.append(new)
        else:
            out.append(tokens[i])
        i += 1
    return out


def merge_drops_the_last(tokens, pair, new):
    out, i = [], 0
    while i < len(tokens) - 1:
        if (tokens[i], tokens[i + 1]) == tuple(pair):
            out.append(new)
            i += 2
        else:
            out.append(tokens[i])
            i += 1
    return out


def merge_the_first_only(tokens, pair, new):
    tokens = list(tokens)
    for i in range(len(tokens) - 1):
        if (tokens[i], tokens[i + 1]) == tuple(pair):
            return [*tokens[:i], new, *tokens[i + 2 :]]
    return tokens


def merge_in_place(tokens, pair, new):
    i = 0
    while i < len(tokens) - 1:
        if tokens[i] == pair[0] and tokens[i + 1] == pair[1]:
            tokens[i : i + 2] = [new]
        i += 1
    return tokens


def merge_from_the_right(tokens, pair, new):
    out = list(tokens)
    i = len(out) - 2
    while i >= 0:
        if (out[i], out[i + 1]) == tuple(pair):
            out[i : i + 2] = [new]
            i -= 1
        i -= 1
    return out


def merge_either_way(tokens, pair, new):
    out, i = [], 0
    while i < len(tokens):
        if i + 1 < len(tokens) and {tokens[i], tokens[i + 1]} == set(pair):
            out.append(new)
            i += 2
        else:
            out.append(tokens[i])
            i += 1
    return out


def _merge(tokens, pair, new):
    out, i = [], 0
    while i < len(tokens):
        hit = tuple(tokens[i : i + 2]) == tuple(pair)
        out.append(new if hit else tokens[i])
        i += 2 if hit else 1
    return out


def encode_returns_early(tokens, merges):
    for pair, new in merges:
        return _merge(tokens, pair, new)
    return tokens


def encode_each_from_the_start(tokens, merges):
    out = tokens
    for pair, new in merges:
        out = _merge(tokens, pair, new)
    return out


def encode_backwards(tokens, merges):
    for pair, new in reversed(merges):
        tokens = _merge(tokens, pair, new)
    return tokens


def encode_forgets_the_result(tokens, merges):
    for pair, new in merges:
        _merge(tokens, pair, new)
    return tokens


C = np.sqrt(2 / np.pi)


def gelu_without_half(x):
    return x * (1 + np.tanh(C * (x + 0.044715 * x**3)))


def gelu_square(x):
    return 0.5 * x * (1 + np.tanh(C * (x + 0.044715 * x**2)))


def gelu_by_sigmoid(x):
    return x / (1 + np.exp(-1.702 * x))


def gelu_bracket(x):
    return 0.5 * x * (1 + np.tanh(C * x + 0.044715 * x**3))


def gelu_vjp_of_tanh_alone(g, ans, x):
    t = np.tanh(C * (x + 0.044715 * x**3))
    return g * (0.5 * (1 + t) + 0.5 * x * (1 - t**2))


def gelu_vjp_first_term(g, ans, x):
    t = np.tanh(C * (x + 0.044715 * x**3))
    return g * 0.5 * (1 + t)


def gelu_vjp_cubic(g, ans, x):
    t = np.tanh(C * (x + 0.044715 * x**3))
    return g * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * C * (1 + 0.044715 * x**2))


def gelu_vjp_without_g(g, ans, x):
    t = np.tanh(C * (x + 0.044715 * x**3))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t**2) * C * (1 + 3 * 0.044715 * x**2)


def perplexity_of_minus(loss):
    return np.exp(-loss)


def perplexity_two(loss):
    return 2**loss


WRONG = {
    "next_token_batches": [
        batches_once,
        batches_one_start_too_few,
        batches_same_place,
        batches_last_token_only,
        batches_in_order,
        batches_own_luck,
    ],
    "ngram_loss": [
        ngram_alpha_once,
        ngram_size_without_alpha,
        ngram_precedence,
        ngram_one_too_few,
        ngram_alone,
    ],
    "most_frequent_pair": [pair_first_seen, pair_largest, pair_in_steps_of_two, pair_with_its_count],
    "merge_pair": [
        merge_overlapping,
        merge_drops_the_last,
        merge_the_first_only,
        merge_in_place,
        merge_from_the_right,
        merge_either_way,
    ],
    "bpe_encode": [
        encode_returns_early,
        encode_each_from_the_start,
        encode_backwards,
        encode_forgets_the_result,
    ],
    "gelu": [gelu_without_half, gelu_square, gelu_by_sigmoid, gelu_bracket],
    "gelu_vjp": [gelu_vjp_of_tanh_alone, gelu_vjp_first_term, gelu_vjp_cubic, gelu_vjp_without_g],
    "perplexity": [perplexity_of_minus, perplexity_two],
}
