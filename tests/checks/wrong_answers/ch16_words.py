"""Wrong answers to chapter 16 whose messages have to hold some words, and others not."""

import numpy as np

from revgraph.checks import mine

softmax, attention, warmup_cosine = mine("softmax", "attention", "warmup_cosine", own=False)


def drawn(scores, top_k, rng):
    if top_k is not None:
        scores = np.where(scores >= np.sort(scores)[-top_k], scores, -np.inf)
    return int(rng.choice(len(scores), p=softmax(scores)))


def sample_of_three_by_default(logits, temperature, top_k, rng):
    return drawn(logits / temperature, top_k or 3, rng)


def sample_evenly(logits, temperature, top_k, rng):
    return int(rng.integers(len(logits)))


def sample_the_best_of_the_k(logits, temperature, top_k, rng):
    return drawn(logits / temperature, top_k, rng) if top_k is None else int(np.argmax(logits))


def sample_counts_back(logits, temperature, top_k, rng):
    return drawn(logits / temperature, top_k, rng) - len(logits)


def sample_with_its_chance(logits, temperature, top_k, rng):
    return drawn(logits / temperature, top_k, rng), softmax(logits)


def sample_without_a_token_now_and_then(logits, temperature, top_k, rng):
    """The chances that are left do not sum to 1, so some numbers are above all sums."""
    chances = softmax(logits / temperature)
    if top_k is not None:
        chances = np.where(chances >= np.sort(chances)[-top_k], chances, 0)
    drawn = rng.random()
    for token, border in enumerate(np.cumsum(chances)):
        if drawn < border:
            return token


def sample_gives_half_a_token(logits, temperature, top_k, rng):
    token = drawn(logits / temperature, top_k, rng)
    return token / 2 if token == 0 else token


def cached_with_its_cache(q, k, v, cache):
    if cache:
        k = np.concatenate([cache["k"], k], axis=-2)
        v = np.concatenate([cache["v"], v], axis=-2)
    cache.update(k=k, v=v)
    return attention(q, k, v), cache


def train_yields(step, batches, steps, peak, warmup):
    for i in range(steps):
        yield step(*next(batches), warmup_cosine(i, peak, warmup, steps))


def train_takes_all_batches(step, batches, steps, peak, warmup):
    return [step(x, y, warmup_cosine(i, peak, warmup, steps)) for i, (x, y) in enumerate(list(batches))]


WRONG = {
    "sample": [
        sample_of_three_by_default,
        sample_evenly,
        sample_the_best_of_the_k,
        sample_counts_back,
        sample_with_its_chance,
        sample_without_a_token_now_and_then,
        sample_gives_half_a_token,
    ],
    "cached_attention": [cached_with_its_cache],
    "train_gpt": [train_yields, train_takes_all_batches],
}
SAID = {
    "sample_evenly": "All your tokens come equally often.",
    "sample_the_best_of_the_k": "Without top_k all is right.",
    "sample_counts_back": "of 3 tokens",
    "sample_without_a_token_now_and_then": "It returned None.",
    "sample_gives_half_a_token": "'float'",
    "cached_with_its_cache": "is a tuple",
    "train_yields": "your function makes a generator",
    "train_takes_all_batches": "more than three times as many batches",
}
NOT_SAID = {
    "sample_evenly": "a `return` is left out",
    "sample_the_best_of_the_k": "You always take the likeliest",
    "sample_counts_back": "'list' argument",
    "sample_with_its_chance": "inhomogeneous",
    "cached_with_its_cache": "inhomogeneous",
}
