"""More wrong answers to chapter 16, and words that messages have to hold."""

import math

import numpy as np

from revgraph.checks import mine

softmax = mine("softmax", own=False)


def kept(scores, top_k):
    return scores if top_k is None else np.where(scores >= np.sort(scores)[-top_k], scores, -np.inf)


def sample_alike_among_the_k(logits, temperature, top_k, rng):
    scores = logits / temperature
    if top_k is not None:
        return int(rng.choice(np.argsort(scores)[-top_k:]))
    return int(rng.choice(len(scores), p=softmax(scores)))


def sample_temperature_twice(logits, temperature, top_k, rng):
    scores = kept(logits / temperature, top_k)
    return int(rng.choice(len(scores), p=softmax(scores / temperature)))


def sample_root_of_the_temperature(logits, temperature, top_k, rng):
    scores = kept(logits / math.sqrt(temperature), top_k)
    return int(rng.choice(len(scores), p=softmax(scores)))


def sample_base_two(logits, temperature, top_k, rng):
    scores = kept(logits / temperature, top_k)
    p = 2.0 ** (scores - scores.max())
    return int(rng.choice(len(scores), p=p / p.sum()))


def sample_normal_noise(logits, temperature, top_k, rng):
    scores = kept(logits / temperature, top_k)
    return int(np.argmax(scores + rng.normal(size=len(scores))))


def sample_temperature_with_top_k_alone(logits, temperature, top_k, rng):
    scores = logits if top_k is None else kept(logits / temperature, top_k)
    return int(rng.choice(len(scores), p=softmax(scores)))


def sample_temperature_without_top_k_alone(logits, temperature, top_k, rng):
    scores = logits / temperature if top_k is None else kept(logits, top_k)
    return int(rng.choice(len(scores), p=softmax(scores)))


def sample_writes_into_the_logits(logits, temperature, top_k, rng):
    logits /= temperature
    if top_k is not None:
        logits[logits < np.sort(logits)[-top_k]] = -np.inf
    return int(rng.choice(len(logits), p=softmax(logits)))


def sample_hides_in_the_logits(logits, temperature, top_k, rng):
    if top_k is not None:
        logits[logits < np.sort(logits)[-top_k]] = -np.inf
    return int(rng.choice(len(logits), p=softmax(logits / temperature)))


def sample_of_numpy(logits, temperature, top_k, rng):
    scores = kept(logits / temperature, top_k)
    return int(np.random.choice(len(scores), p=softmax(scores)))


def sample_one_hot(logits, temperature, top_k, rng):
    return rng.multinomial(1, softmax(kept(logits / temperature, top_k)))


def cached_scales_in_place(q, k, v, cache):
    q *= 1 / math.sqrt(q.shape[-1])
    cache["k"] = np.concatenate([cache["k"], k], -2) if "k" in cache else k
    cache["v"] = np.concatenate([cache["v"], v], -2) if "v" in cache else v
    return softmax(q @ cache["k"].swapaxes(-1, -2)) @ cache["v"]


WRONG = {
    "sample": [
        sample_alike_among_the_k,
        sample_temperature_twice,
        sample_root_of_the_temperature,
        sample_base_two,
        sample_normal_noise,
        sample_temperature_with_top_k_alone,
        sample_temperature_without_top_k_alone,
        sample_writes_into_the_logits,
        sample_hides_in_the_logits,
        sample_of_numpy,
        sample_one_hot,
    ],
    "cached_attention": [cached_scales_in_place],
}
SAID = {
    "sample_alike_among_the_k": "Without top_k all is right.",
    "sample_temperature_twice": "The temperature counts twice",
    "sample_root_of_the_temperature": "The root of the temperature",
    "sample_temperature_with_top_k_alone": "With top_k all is right.",
    "sample_temperature_without_top_k_alone": "Without top_k all is right.",
    "sample_writes_into_the_logits": "your code changed its input logits",
    "sample_hides_in_the_logits": "your code changed its input logits",
    "sample_of_numpy": "do not come from the `rng` you are given",
    "sample_one_hot": "What comes back is an array with axes.",
    "cached_scales_in_place": "your code changed its input q",
}
