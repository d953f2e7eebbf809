"""Wrong answers that learners gave to chapter 16."""

import numpy as np

from revgraph.checks import mine

embedding, layer_norm, multi_head_attention, causal_mask, dense, gelu, attention, softmax, warmup_cosine = (
    mine(
        *("embedding", "layer_norm", "multi_head_attention", "causal_mask", "dense", "gelu"),
        *("attention", "softmax", "warmup_cosine"),
        own=False,
    )
)


def block_returns_the_part(x, weights, heads):
    mask = causal_mask(x.shape[1])
    x = x + multi_head_attention(layer_norm(x, *weights["norm1"]), *weights["attention"], heads, mask)
    w1, b1, w2, b2 = weights["mlp"]
    return dense(gelu(dense(layer_norm(x, *weights["norm2"]), w1, b1)), w2, b2)


def block_adds_the_normalized(x, weights, heads):
    mask = causal_mask(x.shape[1])
    normed = layer_norm(x, *weights["norm1"])
    x = normed + multi_head_attention(normed, *weights["attention"], heads, mask)
    w1, b1, w2, b2 = weights["mlp"]
    normed = layer_norm(x, *weights["norm2"])
    return normed + dense(gelu(dense(normed, w1, b1)), w2, b2)


def block_without_a_mask(x, weights, heads):
    wq, wk, wv, wo = weights["attention"]
    x = x + multi_head_attention(layer_norm(x, *weights["norm1"]), wq, wk, wv, wo, heads)
    w1, b1, w2, b2 = weights["mlp"]
    return x + dense(gelu(dense(layer_norm(x, *weights["norm2"]), w1, b1)), w2, b2)


def block_bends_at_the_end(x, weights, heads):
    mask = causal_mask(x.shape[1])
    x = x + multi_head_attention(layer_norm(x, *weights["norm1"]), *weights["attention"], heads, mask)
    w1, b1, w2, b2 = weights["mlp"]
    return x + gelu(dense(gelu(dense(layer_norm(x, *weights["norm2"]), w1, b1)), w2, b2))


def block_in_place(x, weights, heads):
    mask = causal_mask(x.shape[1])
    x += multi_head_attention(layer_norm(x, *weights["norm1"]), *weights["attention"], heads, mask)
    w1, b1, w2, b2 = weights["mlp"]
    x += dense(gelu(dense(layer_norm(x, *weights["norm2"]), w1, b1)), w2, b2)
    return x


def block_values_for_keys(x, weights, heads):
    mask = causal_mask(x.shape[1])
    wq, wv, wk, wo = weights["attention"]
    x = x + multi_head_attention(layer_norm(x, *weights["norm1"]), wq, wk, wv, wo, heads, mask)
    w1, b1, w2, b2 = weights["mlp"]
    return x + dense(gelu(dense(layer_norm(x, *weights["norm2"]), w1, b1)), w2, b2)


def block(x, weights, heads):
    mask = causal_mask(x.shape[1])
    x = x + multi_head_attention(layer_norm(x, *weights["norm1"]), *weights["attention"], heads, mask)
    w1, b1, w2, b2 = weights["mlp"]
    return x + dense(gelu(dense(layer_norm(x, *weights["norm2"]), w1, b1)), w2, b2)


def gpt_returns_in_the_loop(tokens, weights, heads):
    x = embedding(weights["tokens"], tokens) + weights["positions"][: tokens.shape[1]]
    for one in weights["blocks"]:
        x = block(x, one, heads)
        return dense(layer_norm(x, *weights["norm"]), *weights["out"])


def gpt_with_probabilities(tokens, weights, heads):
    x = embedding(weights["tokens"], tokens) + weights["positions"][: tokens.shape[1]]
    for one in weights["blocks"]:
        x = block(x, one, heads)
    return softmax(dense(layer_norm(x, *weights["norm"]), *weights["out"]))


def gpt_last_place_alone(tokens, weights, heads):
    x = embedding(weights["tokens"], tokens) + weights["positions"][: tokens.shape[1]]
    for one in weights["blocks"]:
        x = block(x, one, heads)
    return dense(layer_norm(x, *weights["norm"]), *weights["out"])[:, -1]


def gpt_positions_of_tokens(tokens, weights, heads):
    x = embedding(weights["tokens"], tokens) + weights["positions"][tokens % len(weights["positions"])]
    for one in weights["blocks"]:
        x = block(x, one, heads)
    return dense(layer_norm(x, *weights["norm"]), *weights["out"])


def gpt_without_the_bias(tokens, weights, heads):
    x = embedding(weights["tokens"], tokens) + weights["positions"][: tokens.shape[1]]
    for one in weights["blocks"]:
        x = block(x, one, heads)
    return layer_norm(x, *weights["norm"]) @ weights["out"][0]


def sample_the_best(logits, temperature, top_k, rng):
    return int(np.argmax(logits / temperature))


def sample_cuts_the_chances(logits, temperature, top_k, rng):
    p = softmax(logits / temperature)
    if top_k is not None:
        p[np.argsort(p)[:-top_k]] = 0
    return int(rng.choice(np.arange(len(p)), p=p))


def sample_zero_for_the_rest(logits, temperature, top_k, rng):
    scores = logits / temperature
    if top_k is not None:
        scores[scores < np.sort(scores)[-top_k]] = 0
    return int(rng.choice(len(scores), p=softmax(scores)))


def sample_position_in_the_list(logits, temperature, top_k, rng):
    scores = logits / temperature
    if top_k is not None:
        scores = np.sort(scores)[-top_k:]
    return int(rng.choice(len(scores), p=softmax(scores)))


def sample_with_a_float(logits, temperature, top_k, rng):
    scores = logits / temperature
    if top_k is not None:
        scores = np.where(scores >= np.sort(scores)[-top_k], scores, -np.inf)
    return float(rng.choice(len(scores), p=softmax(scores)))


def cached_never_joined(q, k, v, cache):
    cache["k"], cache["v"] = k, v
    return attention(q, cache["k"], cache["v"])


def cached_new_in_front(q, k, v, cache):
    if "k" in cache:
        k = np.concatenate([k, cache["k"]], axis=-2)
        v = np.concatenate([cache["v"], v], axis=-2)
    cache["k"], cache["v"] = k, v
    return attention(q, k, v)


def cached_rebound(q, k, v, cache):
    if cache:
        k = np.concatenate([cache["k"], k], axis=-2)
        v = np.concatenate([cache["v"], v], axis=-2)
    cache = {"k": k, "v": v}
    return attention(q, k, v)


def cached_first_axis(q, k, v, cache):
    if cache:
        k = np.concatenate([cache["k"], k])
        v = np.concatenate([cache["v"], v])
    cache.update(k=k, v=v)
    return attention(q, k, v)


def train_keeps_the_peak(step, batches, steps, peak, warmup):
    losses = []
    for _ in range(steps):
        x, y = next(batches)
        losses.append(step(x, y, peak))
    return losses


def train_returns_early(step, batches, steps, peak, warmup):
    losses = []
    for i in range(steps):
        x, y = next(batches)
        losses.append(step(x, y, warmup_cosine(i, peak, warmup, steps)))
        return losses


def train_over_all(step, batches, steps, peak, warmup):
    losses = []
    for i, (x, y) in enumerate(batches):
        if i > steps:
            break
        losses.append(step(x, y, warmup_cosine(i, peak, warmup, steps)))
    return losses


def train_prints(step, batches, steps, peak, warmup):
    for i in range(steps):
        x, y = next(batches)
        print(step(x, y, warmup_cosine(i, peak, warmup, steps)))


def train_takes_one_apart(step, batches, steps, peak, warmup):
    losses = []
    for i in range(steps):
        x, y = next(batches)[0], next(batches)[1]
        losses.append(step(x, y, warmup_cosine(i, peak, warmup, steps)))
    return losses


WRONG = {
    "gpt_block": [
        block_returns_the_part,
        block_adds_the_normalized,
        block_without_a_mask,
        block_bends_at_the_end,
        block_in_place,
        block_values_for_keys,
    ],
    "gpt": [
        gpt_returns_in_the_loop,
        gpt_with_probabilities,
        gpt_last_place_alone,
        gpt_positions_of_tokens,
        gpt_without_the_bias,
    ],
    "sample": [
        sample_the_best,
        sample_cuts_the_chances,
        sample_zero_for_the_rest,
        sample_position_in_the_list,
        sample_with_a_float,
    ],
    "cached_attention": [cached_never_joined, cached_new_in_front, cached_rebound, cached_first_axis],
    "train_gpt": [
        train_keeps_the_peak,
        train_returns_early,
        train_over_all,
        train_prints,
        train_takes_one_apart,
    ],
}
NOT_SAID = {"sample_cuts_the_chances": "which calls"}  # NumPy's own function, compiled
