"""Right answers to chapter 13 in other words than the reference's."""

import math

import numpy as np


def he_standard(shape, rng):
    *window, fan_in, _ = shape
    return rng.standard_normal(shape) * (2 / (fan_in * math.prod(window))) ** 0.5


def he_by_size(shape, rng):
    return rng.normal(scale=np.sqrt(2 * shape[-1] / np.prod(shape)), size=shape)


def layer_norm_std(x, gamma, beta, epsilon=1e-5):
    centered = x - np.mean(x, axis=-1)[..., None]
    return centered / np.sqrt(np.mean(centered**2, axis=-1)[..., None] + epsilon) * gamma + beta


def layer_norm_rows(x, gamma, beta, epsilon=1e-5):
    rows = x.reshape(-1, x.shape[-1])
    out = [(row - row.mean()) * (row.var() + epsilon) ** -0.5 * gamma + beta for row in rows]
    return np.array(out).reshape(x.shape)


def layer_norm_vjp_steps(g, ans, x, gamma, beta, epsilon=1e-5):
    n = x.shape[-1]
    centered = x - x.mean(-1, keepdims=True)
    inverse = 1 / np.sqrt((centered**2).mean(-1, keepdims=True) + epsilon)
    normal = centered * inverse
    dnormal = g * gamma
    dvariance = (dnormal * centered).sum(-1, keepdims=True) * -0.5 * inverse**3
    dmean = (-dnormal * inverse).sum(-1, keepdims=True)
    dx = dnormal * inverse + dvariance * 2 * centered / n + dmean / n
    leading = tuple(range(x.ndim - 1))
    return dx, np.sum(g * normal, axis=leading), np.sum(g, axis=leading)


def layer_norm_vjp_list(g, ans, x, gamma, beta, epsilon=1e-5):
    n = x.shape[-1]
    s = np.sqrt(x.var(-1, keepdims=True) + epsilon)
    normal = (x - x.mean(-1, keepdims=True)) / s
    h = g * gamma
    dx = (n * h - h.sum(-1, keepdims=True) - normal * (h * normal).sum(-1, keepdims=True)) / (n * s)
    return [dx, (g * normal).reshape(-1, n).sum(0), g.reshape(-1, n).sum(0)]


def batch_norm_in_place(x, gamma, beta, running, training, momentum=0.9, epsilon=1e-5):
    if not training:
        return gamma * (x - running["mean"]) / (running["variance"] + epsilon) ** 0.5 + beta
    mean = x.sum(0) / len(x)
    variance = ((x - mean) ** 2).sum(0) / len(x)
    running["mean"] *= momentum
    running["mean"] += (1 - momentum) * mean
    running["variance"] += (1 - momentum) * (variance - running["variance"])
    return gamma * ((x - mean) / np.sqrt(variance + epsilon)) + beta


def batch_norm_update(x, gamma, beta, running, training, momentum=0.9, epsilon=1e-5):
    stats = {"mean": np.mean(x, axis=0), "variance": np.var(x, axis=0)} if training else running
    ans = gamma * (x - stats["mean"]) / np.sqrt(stats["variance"] + epsilon) + beta
    if training:
        running.update({k: momentum * running[k] + (1 - momentum) * stats[k] for k in stats})
    return ans


def batch_norm_vjp_steps(g, ans, x, gamma, beta, epsilon=1e-5):
    n = len(x)
    centered = x - x.mean(0)
    inverse = 1 / np.sqrt((centered**2).mean(0) + epsilon)
    dnormal = g * gamma
    dvariance = (dnormal * centered).sum(0) * -0.5 * inverse**3
    dmean = -(dnormal * inverse).sum(0)
    dx = dnormal * inverse + dvariance * 2 * centered / n + dmean / n
    return dx, (g * centered * inverse).sum(0), g.sum(0)


def batch_norm_vjp_turned(g, ans, x, gamma, beta, epsilon=1e-5):
    normal = (x - x.mean(0)) / np.sqrt(x.var(0) + epsilon)
    h = g - g.mean(0) - normal * np.mean(g * normal, axis=0)
    return h * gamma / np.sqrt(x.var(0) + epsilon), np.einsum("nd,nd->d", g, normal), np.ones(len(g)) @ g


def clip_by_vector(gradients, limit):
    norm = np.linalg.norm(np.concatenate([np.ravel(g) for g in gradients]))
    return [g / max(1.0, norm / limit) for g in gradients]


def clip_early(gradients, limit):
    total = 0.0
    for g in gradients:
        total += np.vdot(g, g)
    if total <= limit**2:
        return [g.copy() for g in gradients]
    return tuple(limit / np.sqrt(total) * g for g in gradients)


def warmup_numpy(step, peak, warmup, total):
    rising = step < warmup
    return (
        peak * (step + 1) / warmup
        if rising
        else peak * 0.5 * (1 + np.cos(np.pi * (step - warmup) / (total - warmup)))
    )


def warmup_squared(step, peak, warmup, total):
    if step < warmup:
        return peak / warmup * (1 + step)
    return peak * math.cos(math.pi / 2 * (step - warmup) / (total - warmup)) ** 2


def adamw_shrink(parameter, gradient, memory, lr, beta1, beta2, epsilon, weight_decay):
    if not memory:
        memory.update(t=0, m=np.zeros_like(parameter), v=np.zeros_like(parameter))
    memory["t"] += 1
    memory["m"] += (1 - beta1) * (gradient - memory["m"])
    memory["v"] += (1 - beta2) * (gradient * gradient - memory["v"])
    m = memory["m"] / (1 - beta1 ** memory["t"])
    v = memory["v"] / (1 - beta2 ** memory["t"])
    parameter *= 1 - lr * weight_decay
    parameter -= lr * m / (v**0.5 + epsilon)


def adamw_at_once(parameter, gradient, memory, lr, beta1, beta2, epsilon, weight_decay):
    t = memory["t"] = memory.setdefault("t", 0) + 1
    m = memory["m"] = beta1 * memory.get("m", 0) + (1 - beta1) * gradient
    v = memory["v"] = beta2 * memory.get("v", 0) + (1 - beta2) * gradient**2
    adam = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
    parameter[...] = parameter - lr * (adam + weight_decay * parameter)


ALTERNATIVES = {
    "he_normal": [he_standard, he_by_size],
    "layer_norm": [layer_norm_std, layer_norm_rows],
    "layer_norm_vjp": [layer_norm_vjp_steps, layer_norm_vjp_list],
    "batch_norm": [batch_norm_in_place, batch_norm_update],
    "batch_norm_vjp": [batch_norm_vjp_steps, batch_norm_vjp_turned],
    "clip_by_norm": [clip_by_vector, clip_early],
    "warmup_cosine": [warmup_numpy, warmup_squared],
    "adamw": [adamw_shrink, adamw_at_once],
}
