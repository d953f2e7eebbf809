"""Right answers to chapter 08 in other words than the reference's."""

import numpy as np

from revgraph.checks import exercises


def sigmoid_by_tanh(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def sigmoid_by_masks(x):
    out = np.empty_like(x)
    out[x >= 0] = 1 / (1 + np.exp(-x[x >= 0]))
    out[x < 0] = np.exp(x[x < 0]) / (1 + np.exp(x[x < 0]))
    return out


def sigmoid_in_place(x):
    y = -np.abs(x)
    np.exp(y, out=y)
    return np.where(x >= 0, 1 / (1 + y), y / (1 + y))


def sigmoid_number_by_number(x):
    def one(score):
        return 1 / (1 + np.exp(-score)) if score >= 0 else np.exp(score) / (1 + np.exp(score))

    return np.vectorize(one, otypes=[float])(x)


def sigmoid_by_pieces(x):
    return np.piecewise(x, [x >= 0], [lambda t: 1 / (1 + np.exp(-t)), lambda t: np.exp(t) / (1 + np.exp(t))])


def sigmoid_by_logaddexp(x):
    return np.exp(-np.logaddexp(0, -x))


def logsumexp_by_numpy(x, axis=-1):
    return np.logaddexp.reduce(x, axis=axis)


def logsumexp_with_kept_axis(x, axis=-1):
    m = x.max(axis=axis, keepdims=True)
    kept = m + np.log(np.exp(x - m).sum(axis=axis, keepdims=True))
    return kept.squeeze(axis)


def softmax_by_logs(x, axis=-1):
    return np.exp(x - np.logaddexp.reduce(x, axis=axis, keepdims=True))


def softmax_on_last_axis(x, axis=-1):
    moved = np.moveaxis(x, axis, -1)
    e = np.exp(moved - np.amax(moved, axis=-1)[..., None])
    return np.moveaxis(e / e.sum(axis=-1)[..., None], -1, axis)


def softmax_vjp_in_two_terms(g, ans, x, axis=-1):
    return g * ans - ans * np.expand_dims((ans * g).sum(axis), axis)


def softmax_vjp_by_jacobian(g, ans, x, axis=-1):
    p, g = np.moveaxis(ans, axis, -1), np.moveaxis(g, axis, -1)
    jacobian = p[..., None] * np.eye(p.shape[-1]) - p[..., :, None] * p[..., None, :]
    return np.moveaxis(np.einsum("...ij,...i->...j", jacobian, g), -1, axis)


def log_softmax_by_shifting(x, axis=-1):
    shifted = x - x.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def log_softmax_by_numpy(x, axis=-1):
    return x - np.logaddexp.reduce(x, axis=axis, keepdims=True)


def cross_entropy_by_one_hot(logits, labels):
    one_hot = np.eye(logits.shape[1])[labels]
    return -np.sum(one_hot * log_softmax_by_shifting(logits)) / len(logits)


def cross_entropy_by_loop(logits, labels):
    total = 0.0
    for row, label in zip(logits, labels):
        total += np.logaddexp.reduce(row) - row[label]
    return total / len(labels)


def cross_entropy_by_difference(logits, labels):
    right = np.take_along_axis(logits, labels[:, None], axis=1)[:, 0]
    return np.mean(np.logaddexp.reduce(logits, axis=1) - right)


def cross_entropy_vjp_in_place(g, ans, logits, labels):
    p = softmax_by_logs(logits)
    p[range(len(labels)), labels] -= 1
    return p * (g / len(labels))


def cross_entropy_vjp_by_comparing(g, ans, logits, labels):
    y = np.arange(logits.shape[1]) == labels[:, None]
    return g / logits.shape[0] * (softmax_on_last_axis(logits) - y)


def hinge_vjp_by_mask(g, ans, scores, labels):
    return -labels * (1 - labels * scores > 0) * g / scores.size


def hinge_vjp_by_loop(g, ans, scores, labels):
    out = np.zeros_like(scores)
    for i, (s, y) in enumerate(zip(scores, labels)):
        if y * s < 1:
            out[i] = -y * g / len(scores)
    return out


def piece(name):
    return exercises()[name].reference


def sigmoid_logaddexp(x):
    return np.exp(-np.logaddexp(0, -x))


def sigmoid_minimum(x):
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


def sigmoid_where_it_is_safe(x):
    below, above = np.zeros_like(x), np.zeros_like(x)
    np.exp(x, out=below, where=x < 0)
    np.exp(-x, out=above, where=x >= 0)
    return np.where(x < 0, below / (1 + below), 1 / (1 + above))


def logsumexp_logaddexp_reduce(x, axis=-1):
    return np.logaddexp.reduce(x, axis=axis)


def softmax_by_logsumexp(x, axis=-1):
    return np.exp(x - np.expand_dims(piece("logsumexp")(x, axis), axis))


def softmax_moveaxis(x, axis=-1):
    t = np.moveaxis(x, axis, 0)
    e = np.exp(t - t.max(0)) if len(t) else t
    return np.moveaxis(e / e.sum(0), 0, axis)


def softmax_vjp_by_einsum_loops(g, ans, x, axis=-1):
    a = np.moveaxis(ans, axis, -1)
    gg = np.moveaxis(g, axis, -1)
    out = gg * a - a * np.einsum("...i,...i->...", gg, a)[..., None]
    return np.moveaxis(out, -1, axis)


def softmax_vjp_jacobian_stack(g, ans, x, axis=-1):
    a = np.moveaxis(ans, axis, -1)
    gg = np.moveaxis(g, axis, -1)
    J = a[..., None] * np.eye(a.shape[-1]) - a[..., None] * a[..., None, :]
    return np.moveaxis((J @ gg[..., None])[..., 0], -1, axis)


def cross_entropy_by_take_along_axis(logits, labels):
    return -np.take_along_axis(piece("log_softmax")(logits), labels[:, None], axis=1).mean()


def hinge_vjp_sign_of_margin(g, ans, scores, labels):
    return -g * labels * np.heaviside(1 - labels * scores, 0) / len(scores)


ALTERNATIVES = {
    "sigmoid": [
        sigmoid_by_tanh,
        sigmoid_by_masks,
        sigmoid_in_place,
        sigmoid_number_by_number,
        sigmoid_by_pieces,
        sigmoid_by_logaddexp,
        sigmoid_logaddexp,
        sigmoid_minimum,
        sigmoid_where_it_is_safe,
    ],
    "logsumexp": [logsumexp_by_numpy, logsumexp_with_kept_axis, logsumexp_logaddexp_reduce],
    "softmax": [softmax_by_logs, softmax_on_last_axis, softmax_by_logsumexp, softmax_moveaxis],
    "softmax_vjp": [
        softmax_vjp_in_two_terms,
        softmax_vjp_by_jacobian,
        softmax_vjp_by_einsum_loops,
        softmax_vjp_jacobian_stack,
    ],
    "log_softmax": [log_softmax_by_shifting, log_softmax_by_numpy],
    "cross_entropy": [
        cross_entropy_by_one_hot,
        cross_entropy_by_loop,
        cross_entropy_by_difference,
        cross_entropy_by_take_along_axis,
    ],
    "cross_entropy_vjp": [cross_entropy_vjp_in_place, cross_entropy_vjp_by_comparing],
    "hinge_vjp": [hinge_vjp_by_mask, hinge_vjp_by_loop, hinge_vjp_sign_of_margin],
}
