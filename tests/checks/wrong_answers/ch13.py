"""Wrong answers that learners gave to chapter 13."""

import math

import numpy as np


def he_of_all_entries(shape, rng):
    return rng.normal(size=shape) * np.sqrt(2 / np.prod(shape))


def he_by_deviation(shape, rng):
    fan_in = np.prod(shape[:-1])
    return rng.normal(0, 2 / fan_in, shape)


def he_of_the_first(shape, rng):
    return rng.normal(loc=0.0, scale=math.sqrt(2.0 / shape[0]), size=shape)


def he_of_its_own(shape, rng):
    weights = np.random.randn(*shape)
    return weights * np.sqrt(2 / np.prod(shape[:-1]))


def he_uniform(shape, rng):
    limit = np.sqrt(6 / np.prod(shape[:-1]))
    return rng.uniform(-limit, limit, shape)


def norm_of_everything(x, gamma, beta, epsilon=1e-5):
    x_hat = (x - np.mean(x)) / np.sqrt(np.var(x) + epsilon)
    return gamma * x_hat + beta


def norm_of_columns(x, gamma, beta, epsilon=1e-5):
    mu = x.mean(axis=0)
    sigma = x.var(axis=0)
    return gamma * (x - mu) / np.sqrt(sigma + epsilon) + beta


def norm_by_bessel(x, gamma, beta, epsilon=1e-5):
    mu = x.mean(axis=-1, keepdims=True)
    var = x.var(axis=-1, keepdims=True, ddof=1)
    return gamma * (x - mu) / np.sqrt(var + epsilon) + beta


def norm_row_by_row(x, gamma, beta, epsilon=1e-5):
    """Enough for two axes; epsilon stands beside the deviation."""
    rows = x.reshape(-1, x.shape[-1])
    out = []
    for row in rows:
        out.append((row - row.mean()) / (row.std() + epsilon) * gamma + beta)
    return np.array(out).reshape(x.shape)


def norm_vjp_of_a_constant(g, ans, x, gamma, beta, epsilon=1e-5):
    mean = x.mean(axis=-1, keepdims=True)
    std = np.sqrt(x.var(axis=-1, keepdims=True) + epsilon)
    x_hat = (x - mean) / std
    axes = tuple(range(x.ndim - 1))
    return g * gamma / std, (g * x_hat).sum(axes), g.sum(axes)


def norm_vjp_first_axis(g, ans, x, gamma, beta, epsilon=1e-5):
    std = np.sqrt(x.var(axis=-1, keepdims=True) + epsilon)
    x_hat = (x - x.mean(axis=-1, keepdims=True)) / std
    u = g * gamma
    mean_u = u.mean(axis=-1, keepdims=True)
    mean_ux = (u * x_hat).mean(axis=-1, keepdims=True)
    return (u - mean_u - x_hat * mean_ux) / std, (g * x_hat).sum(axis=0), g.sum(axis=0)


def norm_vjp_gamma_later(g, ans, x, gamma, beta, epsilon=1e-5):
    std = np.sqrt(x.var(axis=-1, keepdims=True) + epsilon)
    x_hat = (x - x.mean(axis=-1, keepdims=True)) / std
    m = lambda a: a.mean(axis=-1, keepdims=True)  # noqa: E731
    dx = gamma * (g - m(g) - x_hat * m(g * x_hat)) / std
    axes = tuple(range(x.ndim - 1))
    return dx, (g * x_hat).sum(axes), g.sum(axes)


def norm_vjp_with_x(g, ans, x, gamma, beta, epsilon=1e-5):
    std = np.sqrt(x.var(axis=-1, keepdims=True) + epsilon)
    x_hat = (x - x.mean(axis=-1, keepdims=True)) / std
    u = g * gamma
    dx = (u - u.mean(-1, keepdims=True) - x_hat * (u * x_hat).mean(-1, keepdims=True)) / std
    axes = tuple(range(x.ndim - 1))
    return dx, (g * x).sum(axes), g.sum(axes)


def _statistics(x, running, training):
    if training:
        return x.mean(axis=0), x.var(axis=0)
    return running["mean"], running["variance"]


def batch_momentum_swapped(x, gamma, beta, running, training, momentum=0.9, epsilon=1e-5):
    mean, var = _statistics(x, running, training)
    if training:
        running["mean"] = (1 - momentum) * running["mean"] + momentum * mean
        running["variance"] = (1 - momentum) * running["variance"] + momentum * var
    return gamma * (x - mean) / np.sqrt(var + epsilon) + beta


def batch_keeps_nothing(x, gamma, beta, running, training, momentum=0.9, epsilon=1e-5):
    mean, var = _statistics(x, running, training)
    if training:
        running = {
            "mean": momentum * running["mean"] + (1 - momentum) * mean,
            "variance": momentum * running["variance"] + (1 - momentum) * var,
        }
    return gamma * (x - mean) / np.sqrt(var + epsilon) + beta


def batch_always_its_own(x, gamma, beta, running, training, momentum=0.9, epsilon=1e-5):
    mean, var = x.mean(axis=0), x.var(axis=0)
    if training:
        for name, new in (("mean", mean), ("variance", var)):
            running[name] = momentum * running[name] + (1 - momentum) * new
    return gamma * (x - mean) / np.sqrt(var + epsilon) + beta


def batch_uses_the_running(x, gamma, beta, running, training, momentum=0.9, epsilon=1e-5):
    if training:
        running["mean"] = momentum * running["mean"] + (1 - momentum) * x.mean(axis=0)
        running["variance"] = momentum * running["variance"] + (1 - momentum) * x.var(axis=0)
    return gamma * (x - running["mean"]) / np.sqrt(running["variance"] + epsilon) + beta


def batch_vjp_by_rows(g, ans, x, gamma, beta, epsilon=1e-5):
    std = np.sqrt(x.var(axis=0) + epsilon)
    x_hat = (x - x.mean(axis=0)) / std
    u = g * gamma
    dx = (u - u.mean(axis=1, keepdims=True) - x_hat * (u * x_hat).mean(axis=1, keepdims=True)) / std
    return dx, (g * x_hat).sum(axis=0), g.sum(axis=0)


def batch_vjp_means(g, ans, x, gamma, beta, epsilon=1e-5):
    std = np.sqrt(x.var(axis=0) + epsilon)
    x_hat = (x - x.mean(axis=0)) / std
    u = g * gamma
    dx = (u - u.mean(axis=0) - x_hat * (u * x_hat).mean(axis=0)) / std
    return dx, (g * x_hat).mean(axis=0), g.mean(axis=0)


def clip_each(gradients, limit):
    return [g * min(1.0, limit / np.linalg.norm(g)) if np.any(g) else g for g in gradients]


def clip_entries(gradients, limit):
    return [np.clip(g, -limit, limit) for g in gradients]


def clip_sum_of_norms(gradients, limit):
    total = sum(np.sqrt((g**2).sum()) for g in gradients)
    return [g * limit / total for g in gradients] if total > limit else list(gradients)


def clip_always(gradients, limit):
    total = math.sqrt(sum(float((g**2).sum()) for g in gradients))
    return [g * (limit / total if total else 1.0) for g in gradients]


def clip_in_place(gradients, limit):
    total = math.sqrt(sum(float((g**2).sum()) for g in gradients))
    if total > limit:
        for g in gradients:
            g *= limit / total
    return gradients


def warmup_one_late(step, peak, warmup, total):
    if step <= warmup:
        return peak * (step + 1) / warmup if warmup else peak
    return 0.5 * peak * (1 + math.cos(math.pi * (step - warmup) / (total - warmup)))


def warmup_degrees(step, peak, warmup, total):
    if step < warmup:
        return peak * (step + 1) / warmup
    return 0.5 * peak * (1 + math.cos(180 * (step - warmup) / (total - warmup)))


def warmup_whole_numbers(step, peak, warmup, total):
    if step < warmup:
        return peak * ((step + 1) // warmup)
    return 0.5 * peak * (1 + math.cos(math.pi * (step - warmup) / (total - warmup)))


def _adam(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    t = memory["t"] = memory.get("t", 0) + 1
    m = memory["m"] = beta1 * memory.get("m", 0) + (1 - beta1) * gradient
    v = memory["v"] = beta2 * memory.get("v", 0) + (1 - beta2) * gradient**2
    parameter -= lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)


def adamw_as_l2(parameter, gradient, memory, lr, beta1, beta2, epsilon, weight_decay):
    gradient = gradient + weight_decay * parameter
    _adam(parameter, gradient, memory, lr, beta1, beta2, epsilon)


def adamw_without_lr(parameter, gradient, memory, lr, beta1, beta2, epsilon, weight_decay):
    parameter *= 1 - weight_decay
    _adam(parameter, gradient, memory, lr, beta1, beta2, epsilon)


def adamw_afterwards(parameter, gradient, memory, lr, beta1, beta2, epsilon, weight_decay):
    _adam(parameter, gradient, memory, lr, beta1, beta2, epsilon)
    parameter -= lr * weight_decay * parameter


def adamw_grows(parameter, gradient, memory, lr, beta1, beta2, epsilon, weight_decay):
    parameter += lr * weight_decay * parameter
    _adam(parameter, gradient, memory, lr, beta1, beta2, epsilon)


def clip_by_the_longest(gradients, limit):
    norm = max(np.sqrt(np.sum(g**2)) for g in gradients)
    factor = limit / norm if norm > limit else 1.0
    return [g * factor for g in gradients]


def layer_norm_vjp_sums_the_last_axis(g, ans, x, gamma, beta, epsilon=1e-5):
    root = np.sqrt(x.var(axis=-1, keepdims=True) + epsilon)
    normal = (x - x.mean(axis=-1, keepdims=True)) / root
    h = g * gamma
    dx = (h - h.mean(axis=-1, keepdims=True) - normal * (h * normal).mean(axis=-1, keepdims=True)) / root
    return dx, (g * normal).sum(axis=-1), g.sum(axis=-1)


WRONG = {
    "he_normal": [he_of_all_entries, he_by_deviation, he_of_the_first, he_of_its_own, he_uniform],
    "layer_norm": [norm_of_everything, norm_of_columns, norm_by_bessel, norm_row_by_row],
    "layer_norm_vjp": [
        layer_norm_vjp_sums_the_last_axis,
        norm_vjp_of_a_constant,
        norm_vjp_first_axis,
        norm_vjp_gamma_later,
        norm_vjp_with_x,
    ],
    "batch_norm": [
        batch_momentum_swapped,
        batch_keeps_nothing,
        batch_always_its_own,
        batch_uses_the_running,
    ],
    "batch_norm_vjp": [batch_vjp_by_rows, batch_vjp_means],
    "clip_by_norm": [
        clip_by_the_longest,
        clip_each,
        clip_entries,
        clip_sum_of_norms,
        clip_always,
        clip_in_place,
    ],
    "warmup_cosine": [warmup_one_late, warmup_degrees, warmup_whole_numbers],
    "adamw": [adamw_as_l2, adamw_without_lr, adamw_afterwards, adamw_grows],
}
