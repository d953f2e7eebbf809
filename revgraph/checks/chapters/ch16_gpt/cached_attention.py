"""cached_attention: while a text is written, keys and values of earlier tokens are kept."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from revgraph.checks.chapters.ch14_attention.attention import attend
from revgraph.checks.chapters.ch16_gpt import torch_values as torch
from revgraph.checks.chapters.common import Array, Rng
from revgraph.checks.exercise import Case, Exercise, Misconception, Recorded, case

Cache = dict[str, Array]


def reference(q: Array, k: Array, v: Array, cache: Cache) -> Array:
    if cache:
        k = np.concatenate([cache["k"], k], axis=-2)
        v = np.concatenate([cache["v"], v], axis=-2)
    cache.update(k=k, v=v)
    return attend(q, k, v)


def token_by_token(candidate: Callable[..., Array], q: Array, k: Array, v: Array) -> dict[str, Any]:
    """What comes back for each token, handed over one after another, and for another text beside it."""
    cache: Cache = {}
    other: Cache = {}
    found = []
    for i in range(q.shape[-2]):
        one = slice(i, i + 1)
        found.append(candidate(q[..., one, :], k[..., one, :], v[..., one, :], cache))
        candidate(-q[..., one, :], -k[..., one, :], -v[..., one, :], other)
    return {f"token {i}": value for i, value in enumerate(found)}


def cases(rng: Rng) -> Iterator[Case]:
    fixed = np.random.default_rng(7)
    for draw, leading, n, d, e in (
        (fixed, (1, 1), 2, 2, 2),
        (fixed, (2, 3), 4, 3, 2),
        (fixed, (1, 2), 3, 2, 2),
        (fixed, (2, 1), 3, 2, 3),
        (rng, (1, 2), 3, 4, 4),
        (rng, (2, 2), 5, 2, 3),
        (rng, (3, 1), 4, 3, 3),
    ):
        yield case(
            draw.normal(size=(*leading, n, d)),
            draw.normal(size=(*leading, n, d)),
            draw.normal(size=(*leading, n, e)),
        )


def newest_alone(q: Array, k: Array, v: Array, cache: Cache) -> Array:
    return attend(q, k, v)


def not_kept(q: Array, k: Array, v: Array, cache: Cache) -> Array:
    if not cache:
        cache.update(k=k, v=v)
        return attend(q, k, v)
    return attend(q, np.concatenate([cache["k"], k], axis=-2), np.concatenate([cache["v"], v], axis=-2))


def one_before(q: Array, k: Array, v: Array, cache: Cache) -> Array:
    both = dict(cache)
    cache.update(k=k, v=v)
    if not both:
        return attend(q, k, v)
    return attend(q, np.concatenate([both["k"], k], axis=-2), np.concatenate([both["v"], v], axis=-2))


def without_itself(q: Array, k: Array, v: Array, cache: Cache) -> Array:
    seen = dict(cache) or {"k": k, "v": v}
    reference(q, k, v, cache)
    return attend(q, seen["k"], seen["v"])


def wrong_axis(q: Array, k: Array, v: Array, cache: Cache) -> Array:
    if cache:
        k = np.concatenate([cache["k"], k], axis=-1)
        v = np.concatenate([cache["v"], v], axis=-1)
    cache.update(k=k, v=v)
    return attend(q, k[..., : q.shape[-1]], v)


def newest_key_first(q: Array, k: Array, v: Array, cache: Cache) -> Array:
    if cache:
        k = np.concatenate([k, cache["k"]], axis=-2)
        v = np.concatenate([cache["v"], v], axis=-2)
    cache.update(k=k, v=v)
    return attend(q, k, v)


def first_axis(q: Array, k: Array, v: Array, cache: Cache) -> Array:
    if cache:
        k, v = np.concatenate([cache["k"], k]), np.concatenate([cache["v"], v])
    cache.update(k=k, v=v)
    return attend(q, k, v)


def keys_for_values(q: Array, k: Array, v: Array, cache: Cache) -> Array:
    reference(q, k, k, cache)
    return attend(q, cache["k"], cache["v"])


def not_scaled(q: Array, k: Array, v: Array, cache: Cache) -> Array:
    return reference(q * np.sqrt(q.shape[-1]), k, v, cache)


def outside_of_the_cache(q: Array, k: Array, v: Array, cache: Cache) -> Array:
    if not cache:
        cache["begun"] = np.array(True)
        kept.append({})
    return reference(q, k, v, kept[-1])


kept: list[Cache] = []

CACHED_ATTENTION = Exercise(
    name="cached_attention",
    points=15,
    reference=reference,
    probe=token_by_token,
    cases=cases,
    uses=("attention", "softmax"),
    why="The newest token may see everything that is there, so no mask is needed.",
    recorded=[
        Recorded(
            case(torch.Q, torch.K, torch.V),
            {f"token {i}": torch.CAUSAL[..., i : i + 1, :] for i in range(3)},
            "PyTorch 2.13.0, scaled_dot_product_attention(is_causal=True)",
        )
    ],
    next="after the third token, what are the shapes of `cache['k']` and `cache['v']`?",
    misconceptions=[
        Misconception(
            "newest alone",
            newest_alone,
            "Each of your tokens sees itself alone. It should see all keys and values before it, too.",
        ),
        Misconception(
            "not kept",
            not_kept,
            "The first token is kept, the later ones are not: after each call the cache should hold one more.",
            "what do you write back into `cache`?",
        ),
        Misconception(
            "one before",
            one_before,
            "Your cache holds the newest token alone, so each token sees itself and the one before. Keep all of them.",
        ),
        Misconception(
            "without itself",
            without_itself,
            "Your newest token does not see itself: add its key and value first, then attend.",
        ),
        Misconception(
            "wrong axis",
            wrong_axis,
            "You joined along the last axis, so vectors grow longer. Tokens stand on the last axis but one.",
        ),
        Misconception(
            "newest key first",
            newest_key_first,
            "You put new keys in front of the old ones, and new values behind: the weight of one token meets the value of another.",
        ),
        Misconception(
            "first axis",
            first_axis,
            "You joined along the first axis, which counts texts. Tokens stand on the last axis but one.",
            "what does `np.concatenate` do without `axis`?",
        ),
        Misconception(
            "keys for values",
            keys_for_values,
            "You kept the keys in the place of the values.",
        ),
        Misconception(
            "not divided",
            not_scaled,
            "Your scores are not divided by √d.",
        ),
        Misconception(
            "outside of the cache",
            outside_of_the_cache,
            "You kept keys and values outside of `cache`. Two texts that are written side by side then see each other's.",
        ),
    ],
)
