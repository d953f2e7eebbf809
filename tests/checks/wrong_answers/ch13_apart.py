"""Wrong answers to chapter 13: numbers used again, inputs written into."""

import math

import numpy as np


def he_spread(shape):
    return math.sqrt(2 / math.prod(shape[:-1]))


def he_for_the_last_axes(shape, rng):
    return np.zeros(shape) + rng.normal(0, he_spread(shape), shape[-2:])


def he_of_one_filter(shape, rng):
    return np.repeat(rng.normal(0, he_spread(shape), shape[:-1])[..., None], shape[-1], -1)


def he_in_float32(shape, rng):
    return rng.normal(0, he_spread(shape), shape).astype("float32")


def he_as_a_list(shape, rng):
    return rng.normal(0, he_spread(shape), shape).tolist()


def batch_norm_in_place(x, gamma, beta, running, training, momentum=0.9, epsilon=1e-5):
    if training:
        mean, var = x.mean(0), x.var(0)
        running["mean"] = momentum * running["mean"] + (1 - momentum) * mean
        running["variance"] = momentum * running["variance"] + (1 - momentum) * var
    else:
        mean, var = running["mean"], running["variance"]
    x -= mean
    x /= np.sqrt(var + epsilon)
    return gamma * x + beta


def batch_norm_always_keeps_the_variance(x, gamma, beta, running, training, momentum=0.9, epsilon=1e-5):
    mean, var = x.mean(0), x.var(0)
    if training:
        out = gamma * (x - mean) / np.sqrt(var + epsilon) + beta
        running["mean"] = momentum * running["mean"] + (1 - momentum) * mean
    else:
        out = gamma * (x - running["mean"]) / np.sqrt(running["variance"] + epsilon) + beta
    running["variance"] = momentum * running["variance"] + (1 - momentum) * var
    return out


def clip_entries_of_the_list(gradients, limit):
    norm = math.sqrt(sum(np.vdot(g, g) for g in gradients))
    if norm > limit:
        for i in range(len(gradients)):
            gradients[i] = gradients[i] * limit / norm
    return gradients


def clip_returns_its_list(gradients, limit):
    norm = math.sqrt(sum(np.vdot(g, g) for g in gradients))
    return gradients if norm <= limit else [g * limit / norm for g in gradients]


KEPT = {}


def adamw_by_id(parameter, gradient, memory, lr, beta1, beta2, epsilon, weight_decay):
    kept = KEPT.setdefault(id(memory), {})
    if not memory:
        kept.clear()
    memory["begun"] = True
    parameter *= 1 - lr * weight_decay
    t = kept["t"] = kept.get("t", 0) + 1
    m = kept["m"] = beta1 * kept.get("m", 0.0) + (1 - beta1) * gradient
    v = kept["v"] = beta2 * kept.get("v", 0.0) + (1 - beta2) * gradient**2
    parameter -= lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)


WRONG = {
    "adamw": [adamw_by_id],
    "batch_norm": [batch_norm_in_place, batch_norm_always_keeps_the_variance],
    "clip_by_norm": [clip_entries_of_the_list, clip_returns_its_list],
    "he_normal": [he_for_the_last_axes, he_of_one_filter, he_in_float32, he_as_a_list],
}
