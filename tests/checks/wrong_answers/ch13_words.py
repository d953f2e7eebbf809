"""Wrong answers to chapter 13 whose messages have to hold some words, and others not."""

import math

import numpy as np


def common_norm(gradients):
    return math.sqrt(sum(float(np.sum(g**2)) for g in gradients))


def clip_gives_new_names(gradients, limit):
    norm = common_norm(gradients)
    if norm > limit:
        for g in gradients:
            g = g * limit / norm
    return gradients


def clip_by_the_first(gradients, limit):
    norm = common_norm(gradients[:1])
    return [g * (limit / norm if norm > limit else 1.0) for g in gradients]


def warmup_stays_at_the_peak(step, peak, warmup, total):
    return peak * (step + 1) / warmup if step < warmup else peak


def batch_norm_by_nine_tenths(x, gamma, beta, running, training, momentum=0.9, epsilon=1e-5):
    mean, variance = (x.mean(0), x.var(0)) if training else (running["mean"], running["variance"])
    if training:
        running["mean"] = 0.9 * running["mean"] + 0.1 * mean
        running["variance"] = 0.9 * running["variance"] + 0.1 * variance
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def batch_norm_keeps_the_axis(x, gamma, beta, running, training, momentum=0.9, epsilon=1e-5):
    mean, variance = running["mean"], running["variance"]
    if training:
        mean, variance = x.mean(axis=0, keepdims=True), x.var(axis=0, keepdims=True)
        running["mean"] = momentum * running["mean"] + (1 - momentum) * mean
        running["variance"] = momentum * running["variance"] + (1 - momentum) * variance
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def batch_norm_vjp_of_one_epsilon(g, ans, x, gamma, beta, epsilon=1e-5):
    root = np.sqrt(x.var(axis=0) + 1e-5)
    normal, h = (x - x.mean(axis=0)) / root, g * gamma
    dx = (h - h.mean(axis=0) - normal * (h * normal).mean(axis=0)) / root
    return dx, (g * normal).sum(axis=0), g.sum(axis=0)


def layer_norm_loses_the_axis(x, gamma, beta, epsilon=1e-5):
    mean, variance = x.mean(axis=-1), x.var(axis=-1)
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


def layer_norm_vjp_keeps_axes(g, ans, x, gamma, beta, epsilon=1e-5):
    root = np.sqrt(x.var(axis=-1, keepdims=True) + epsilon)
    normal, h = (x - x.mean(axis=-1, keepdims=True)) / root, g * gamma
    dx = (h - h.mean(axis=-1, keepdims=True) - normal * (h * normal).mean(axis=-1, keepdims=True)) / root
    axes = tuple(range(x.ndim - 1))
    return dx, (g * normal).sum(axis=axes, keepdims=True), g.sum(axis=axes, keepdims=True)


def clip_the_short_ones(gradients, limit):
    norm = np.sqrt(sum(np.sum(g**2) for g in gradients))
    return [g * limit / norm if norm < limit else g for g in gradients]


def clip_compares_the_squares(gradients, limit):
    squares = sum(np.sum(g**2) for g in gradients)
    return [g * limit / np.sqrt(squares) if squares > limit else g for g in gradients]


def clip_as_a_generator(gradients, limit):
    norm = common_norm(gradients)
    return (g * limit / norm if norm > limit else g for g in gradients)


def clip_with_its_norm(gradients, limit):
    norm = common_norm(gradients)
    return [g * limit / norm if norm > limit else g for g in gradients], norm


def layer_norm_with_a_tiny_number(x, gamma, beta, epsilon=1e-5):
    mean, variance = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(variance + 1e-12) + beta


def he_around_its_spread(shape, rng):
    spread = np.sqrt(2 / np.prod(shape[:-1]))
    return rng.normal(spread, spread, shape)


def he_of_tables_alone(shape, rng):
    if len(shape) == 2:
        return rng.normal(0, np.sqrt(2 / shape[0]), shape)


WRONG = {
    "he_normal": [he_around_its_spread, he_of_tables_alone],
    "clip_by_norm": [
        clip_gives_new_names,
        clip_by_the_first,
        clip_the_short_ones,
        clip_compares_the_squares,
        clip_as_a_generator,
        clip_with_its_norm,
    ],
    "warmup_cosine": [warmup_stays_at_the_peak],
    "batch_norm": [batch_norm_by_nine_tenths, batch_norm_keeps_the_axis],
    "batch_norm_vjp": [batch_norm_vjp_of_one_epsilon],
    "layer_norm": [layer_norm_loses_the_axis, layer_norm_with_a_tiny_number],
    "layer_norm_vjp": [layer_norm_vjp_keeps_axes],
}
SAID = {
    "clip_gives_new_names": "Your arrays come back as they were",
    "batch_norm_by_nine_tenths": "whatever `momentum` says",
    "layer_norm_loses_the_axis": "have lost their last axis",
    "layer_norm_with_a_tiny_number": "a smaller number than `epsilon`",
    "clip_compares_the_squares": "You compared the sum of squares with the limit.",
    "clip_as_a_generator": "What came back: no list, but of type generator.",
    "clip_with_its_norm": "In “its arrays”, the first result is a list",
    "he_around_its_spread": "mean, in standard deviations",
    "he_of_tables_alone": "It returned None.",
}
NOT_SAID = {
    "clip_gives_new_names": "a str",
    "clip_by_the_first": "by its own norm",
    "clip_the_short_ones": "however long they are",
    "clip_as_a_generator": "expected is a dict",
    "warmup_stays_at_the_peak": "multiplies where it should divide",
    "batch_norm_keeps_the_axis": "the shape is (2, 2) instead of (2, 2)",
    "layer_norm_vjp_keeps_axes": "the shape is (2, 2) instead of (2, 2)",
}
