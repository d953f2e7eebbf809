"""Wrong answers to chapter 15: starts drawn beyond the end, and of equally frequent pairs another one."""

from collections import Counter
from itertools import pairwise
from math import log

import numpy as np


def windows(tokens, starts, context):
    places = starts[:, None] + np.arange(context)
    return tokens[places], tokens[places + 1]


def batches_one_start_too_many(tokens, context, batch_size, rng):
    while True:
        starts = rng.integers(0, len(tokens) - context + 1, batch_size)
        yield windows(tokens, starts, context)


def batches_end_at_some_time(tokens, context, batch_size, rng):
    for _ in range(len(tokens) // context):
        yield windows(tokens, rng.integers(0, len(tokens) - context, batch_size), context)


def batches_pushed_back(tokens, context, batch_size, rng):
    while True:
        starts = [min(rng.integers(len(tokens)), len(tokens) - context - 1) for _ in range(batch_size)]
        yield windows(tokens, np.array(starts), context)


def batches_y_plus_one(tokens, context, batch_size, rng):
    while True:
        x, _ = windows(tokens, rng.integers(0, len(tokens) - context, batch_size), context)
        yield x, x + 1


def batches_y_rolled(tokens, context, batch_size, rng):
    while True:
        x, _ = windows(tokens, rng.integers(0, len(tokens) - context, batch_size), context)
        yield x, np.roll(x, -1, axis=1)


def batches_of_one_row(tokens, context, batch_size, rng):
    while True:
        s = rng.integers(0, len(tokens) - context)
        yield tokens[s : s + context], tokens[s + 1 : s + context + 1]


def pair_by_the_first_alone(tokens):
    counts = Counter(pairwise(tokens))
    return max(counts, key=lambda p: (counts[p], -p[0]))


def pair_with_the_largest_second(tokens):
    counts = Counter(pairwise(tokens))
    return max(counts, key=lambda p: (counts[p], -p[0], p[1]))


def pair_of_two_different(tokens):
    counts = Counter((a, b) for a, b in pairwise(tokens) if a != b)
    return min(counts, key=lambda p: (-counts[p], p))


def ngram_of_the_tokens_seen(train, test, n, vocabulary_size, alpha=1.0):
    grams = [tuple(train[i : i + n].tolist()) for i in range(len(train) - n + 1)]
    seen, before = Counter(grams), Counter(gram[:-1] for gram in grams)
    size, total = len(np.unique(train)), 0.0
    for i in range(len(test) - n + 1):
        gram = tuple(test[i : i + n].tolist())
        total -= log((seen[gram] + alpha) / (before[gram[:-1]] + alpha * size))
    return total / (len(test) - n + 1)


WRONG = {
    "next_token_batches": [
        batches_one_start_too_many,
        batches_end_at_some_time,
        batches_pushed_back,
        batches_y_plus_one,
        batches_y_rolled,
        batches_of_one_row,
    ],
    "most_frequent_pair": [
        pair_by_the_first_alone,
        pair_with_the_largest_second,
        pair_of_two_different,
    ],
    "ngram_loss": [ngram_of_the_tokens_seen],
}
SAID = {
    "batches_one_start_too_many": "points beyond the end",
    "batches_pushed_back": "comes far too often",
    "batches_of_one_row": "one window each",
    "pair_by_the_first_alone": "the first tokens alone",
    "ngram_of_the_tokens_seen": "`vocabulary_size` says how many there are",
}
NOT_SAID = {
    "batches_one_start_too_many": "ends after one batch",
    "batches_end_at_some_time": "IndexError",
    "batches_y_plus_one": "Your y is x itself.",
    "batches_y_rolled": "Your y is x itself.",
    "batches_of_one_row": "a summand is left out",
    "pair_of_two_different": "In 7 7 7 you counted one pair.",
}
