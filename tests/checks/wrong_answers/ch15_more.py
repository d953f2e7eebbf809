"""More wrong answers to chapter 15, and words that messages have to hold."""

from collections import Counter
from itertools import combinations, pairwise

import numpy as np


def windows(tokens, starts, context):
    places = starts[:, None] + np.arange(context)
    return tokens[places], tokens[places + 1]


def batches_of_floats(tokens, context, batch_size, rng):
    while True:
        x, y = np.zeros((batch_size, context)), np.zeros((batch_size, context))
        for row in range(batch_size):
            s = rng.integers(0, len(tokens) - context)
            x[row], y[row] = tokens[s : s + context], tokens[s + 1 : s + context + 1]
        yield x, y


def batches_of_lists(tokens, context, batch_size, rng):
    while True:
        starts = rng.integers(0, len(tokens) - context, batch_size)
        yield [tokens[s : s + context] for s in starts], [tokens[s + 1 : s + context + 1] for s in starts]


def batches_returned(tokens, context, batch_size, rng):
    return windows(tokens, rng.integers(0, len(tokens) - context, batch_size), context)


def batches_filled_anew(tokens, context, batch_size, rng):
    x, y = np.empty((2, batch_size, context), int)
    while True:
        for row in range(batch_size):
            s = rng.integers(0, len(tokens) - context)
            x[row], y[row] = tokens[s : s + context], tokens[s + 1 : s + context + 1]
        yield x, y


def batches_side_by_side(tokens, context, batch_size, rng):
    while True:
        starts = rng.integers(0, (len(tokens) - 1) // context, batch_size) * context
        yield windows(tokens, starts, context)


def pair_most_common(tokens):
    return Counter(pairwise(tokens)).most_common(1)[0]


def pair_without_the_last(tokens):
    counts = Counter((tokens[i], tokens[i + 1]) for i in range(len(tokens) - 2))
    return min(counts, key=lambda p: (-counts[p], p), default=None)


def pair_by_the_second(tokens):
    counts = Counter(pairwise(tokens))
    return min(counts, key=lambda p: (-counts[p], p[::-1]))


def pair_by_the_sum(tokens):
    counts = Counter(pairwise(tokens))
    return min(counts, key=lambda p: (-counts[p], sum(p)))


def pair_at_any_distance(tokens):
    counts = Counter(combinations(tokens, 2))
    return min(counts, key=lambda p: (-counts[p], p))


def pair_counted_in_a_text(tokens):
    text = "".join(map(chr, tokens))
    return max(sorted(set(pairwise(tokens))), key=lambda p: text.count(chr(p[0]) + chr(p[1])))


def pair_as_text(tokens):
    counts = Counter(f"{a},{b}" for a, b in pairwise(tokens))
    return tuple(map(int, min(counts, key=lambda k: (-counts[k], k)).split(",")))


def pair_with_the_first_behind_the_last(tokens):
    counts = Counter(pairwise([*tokens, tokens[0]]))
    return min(counts, key=lambda p: (-counts[p], p))


def merge_as_text(tokens, pair, new):
    text = " ".join(map(str, tokens))
    return list(map(int, text.replace(f"{pair[0]} {pair[1]}", str(new)).split()))


def merge_into_tuples(tokens, pair, new):
    out, i = [], 0
    while i < len(tokens):
        if tuple(tokens[i : i + 2]) == tuple(pair):
            out.append((new,))
            i += 2
        else:
            out.append(tokens[i])
            i += 1
    return out


def encode_leftmost_first(tokens, merges):
    tokens, known, again = list(tokens), dict(merges), True
    while again:
        again = False
        for i in range(len(tokens) - 1):
            if (tokens[i], tokens[i + 1]) in known:
                tokens[i : i + 2] = [known[tokens[i], tokens[i + 1]]]
                again = True
                break
    return tokens


def encode_in_one_pass(tokens, merges):
    known, out, i = dict(merges), [], 0
    while i < len(tokens):
        if tuple(tokens[i : i + 2]) in known:
            out.append(known[tuple(tokens[i : i + 2])])
            i += 2
        else:
            out.append(tokens[i])
            i += 1
    return out


WRONG = {
    "next_token_batches": [
        batches_of_floats,
        batches_of_lists,
        batches_returned,
        batches_filled_anew,
        batches_side_by_side,
    ],
    "most_frequent_pair": [
        pair_most_common,
        pair_without_the_last,
        pair_by_the_second,
        pair_by_the_sum,
        pair_at_any_distance,
        pair_counted_in_a_text,
        pair_as_text,
        pair_with_the_first_behind_the_last,
    ],
    "merge_pair": [merge_as_text, merge_into_tuples],
    "bpe_encode": [encode_leftmost_first, encode_in_one_pass],
}
SAID = {
    "batches_of_floats": "hold floats",
    "batches_of_lists": "are lists",
    "batches_returned": "returns one pair and is over",
    "batches_filled_anew": "written into the same arrays",
    "batches_side_by_side": "multiples of `context`",
    "pair_most_common": "together with its count",
    "pair_without_the_last": "The last two tokens",
    "pair_by_the_second": "smallest second token",
    "pair_by_the_sum": "smallest sum",
    "pair_at_any_distance": "tokens that stand apart",
    "pair_counted_in_a_text": "In 7 7 7 you counted one pair.",
    "pair_as_text": "smallest as text",
    "merge_as_text": "not their digits",
    "merge_into_tuples": "in a tuple of its own",
    "encode_leftmost_first": "whatever known pair comes first",
    "encode_in_one_pass": "You went through the text once",
}
NOT_SAID = {"pair_with_the_first_behind_the_last": "fail, everything that came back"}
