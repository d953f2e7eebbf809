"""More wrong answers to chapter 14, and words that messages have to hold."""

import numpy as np

from revgraph.checks import mine

softmax = mine("softmax", own=False)


def attention_turned_round(q, k, v, mask=None):
    scores = q @ k.T / np.sqrt(q.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    return softmax(scores) @ v


def attention_vjp_turned_round(g, ans, q, k, v, mask=None):
    scale = 1 / np.sqrt(q.shape[-1])
    scores = q @ k.swapaxes(-1, -2) * scale
    w = softmax(scores if mask is None else np.where(mask, scores, -np.inf))
    g_w = g @ v.swapaxes(-1, -2)
    g_scores = w * (g_w - (g_w * w).sum(-1, keepdims=True)) * scale
    return g_scores @ k, g_scores.T @ q, w.T @ g


def attention_vjp_root_for_dq_alone(g, ans, q, k, v, mask=None):
    root = np.sqrt(q.shape[-1])
    scores = q @ k.swapaxes(-1, -2) / root
    w = softmax(scores if mask is None else np.where(mask, scores, -np.inf))
    g_w = g @ v.swapaxes(-1, -2)
    g_scores = w * (g_w - (g_w * w).sum(-1, keepdims=True))
    return g_scores @ k / root, g_scores.swapaxes(-1, -2) @ q, w.swapaxes(-1, -2) @ g


WRONG = {
    "attention": [attention_turned_round],
    "attention_vjp": [attention_vjp_turned_round, attention_vjp_root_for_dq_alone],
}
SAID = {
    "attention_turned_round": "`.T` turns all axes round",
    "attention_vjp_turned_round": "`.T` turns all axes round",
}
NOT_SAID = {"attention_vjp_root_for_dq_alone": "dq and dk"}
