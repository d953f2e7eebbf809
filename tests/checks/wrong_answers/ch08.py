"""Wrong answers that learners gave to chapter 08, or would."""

import numpy as np


def probabilities(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def picked(x, labels):
    return x[np.arange(len(labels)), labels]


def by_the_formula(x):
    return 1.0 / (1.0 + np.exp(-x))


def maximum_of_all(x, axis=-1):
    e = np.exp(x - x.max())
    return e / e.sum(axis=axis, keepdims=True)


def maximum_without_keepdims(x, axis=-1):
    top = x.max(axis=axis)
    return top + np.log(np.sum(np.exp(x - top), axis=axis))


def of_the_loss(g, ans, x, axis=-1):
    return ans - g


def without_its_own_class(logits, labels):
    e = np.exp(logits)
    e[np.arange(len(labels)), labels] = 0
    return float(np.mean(np.log(e.sum(axis=1)) - picked(logits, labels)))


def softmax_twice(logits, labels):
    return float(-np.mean(np.log(picked(probabilities(probabilities(logits)), labels))))


def without_a_shift(logits, labels):
    e = np.exp(logits)
    return float(-np.mean(np.log(picked(e, labels) / e.sum(axis=1))))


def sum_over_the_batch(logits, labels):
    return float(-np.sum(np.log(picked(probabilities(logits), labels))))


def minus_one(logits, columns):
    p = probabilities(logits)
    p[columns] -= 1
    return p


def twice(g, ans, logits, labels):
    return 2 * g * minus_one(logits, (np.arange(len(labels)), labels)) / len(labels)


def whole_columns(g, ans, logits, labels):
    return g * minus_one(logits, (slice(None), labels)) / len(labels)


def divided_twice(g, ans, logits, labels):
    return g * minus_one(logits, (np.arange(len(labels)), labels)) / len(labels) / len(labels)


def to_the_probabilities(g, ans, logits, labels):
    out = np.zeros(logits.shape)
    out[np.arange(len(labels)), labels] = -1 / picked(probabilities(logits), labels)
    return g * out / len(labels)


def one_for_each_miss(g, ans, scores, labels):
    return g * (labels * scores < 1) / np.size(scores)


def sigmoid_as_it_stands(x):
    return 1 / (1 + np.exp(-x))


def sigmoid_precedence(x):
    return 1 / 1 + np.exp(-x)


def sigmoid_silenced(x):
    with np.errstate(all="ignore"):
        return 1 / (1 + np.exp(-x))


def sigmoid_by_where(x):
    return np.where(x > 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)))


def sigmoid_nan_to_one(x):
    return np.nan_to_num(np.exp(x) / (1 + np.exp(x)), nan=1.0)


def sigmoid_by_if(x):
    if x > 0:
        return 1 / (1 + np.exp(-x))
    else:
        return np.exp(x) / (1 + np.exp(x))


def sigmoid_large_only(x):
    return np.exp(x) / (1 + np.exp(x))


def logsumexp_as_it_stands(x, axis=-1):
    return np.log(np.sum(np.exp(x), axis=axis))


def logsumexp_without_keepdims(x, axis=-1):
    m = np.max(x, axis=axis)
    return m + np.log(np.sum(np.exp(x - m), axis=axis))


def logsumexp_with_global_max(x, axis=-1):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m), axis=axis))


def logsumexp_not_squeezed(x, axis=-1):
    m = np.max(x, axis=axis, keepdims=True)
    return m + np.log(np.sum(np.exp(x - m), axis=axis, keepdims=True))


def logsumexp_minus(x, axis=-1):
    m = np.max(x, axis=axis, keepdims=True)
    return np.log(np.sum(np.exp(x - m), axis=axis)) - np.squeeze(m, axis)


def softmax_as_it_stands(x, axis=-1):
    return np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True)


def softmax_without_keepdims(x, axis=-1):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis)


def softmax_of_all(x, axis=-1):
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


def softmax_last_axis(x, axis=-1):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def softmax_vjp_diagonal(g, ans, x, axis=-1):
    return g * ans * (1 - ans)


def softmax_vjp_np_mean(g, ans, x, axis=-1):
    return ans * (g - np.mean(g * ans, axis=axis, keepdims=True))


def softmax_vjp_without_keepdims(g, ans, x, axis=-1):
    return ans * (g - np.sum(g * ans, axis=axis))


def softmax_vjp_precedence(g, ans, x, axis=-1):
    return ans * g - np.sum(g * ans, axis=axis, keepdims=True)


def _log_softmax(x, axis=-1):
    m = np.max(x, axis=axis, keepdims=True)
    return x - m - np.log(np.sum(np.exp(x - m), axis=axis, keepdims=True))


def log_softmax_by_log(x, axis=-1):
    return np.log(np.exp(_log_softmax(x, axis)))


def log_softmax_lost_axis(x, axis=-1):
    m = np.max(x, axis=axis, keepdims=True)
    return x - (np.squeeze(m, axis) + np.log(np.sum(np.exp(x - m), axis=axis)))


def log_softmax_unshifted(x, axis=-1):
    return x - np.log(np.sum(np.exp(x), axis=axis, keepdims=True))


def cross_entropy_of_n_minus_one(logits, labels):
    picked = _log_softmax(logits)[np.arange(len(labels)), labels]
    return -np.sum(picked) / max(len(labels) - 1, 1)


def cross_entropy_sum(logits, labels):
    return -np.sum(_log_softmax(logits)[np.arange(len(labels)), labels])


def cross_entropy_columns(logits, labels):
    return -np.mean(_log_softmax(logits)[:, labels])


def cross_entropy_of_all(logits, labels):
    y = np.eye(logits.shape[1])[labels]
    return -np.mean(y * _log_softmax(logits))


def cross_entropy_positive(logits, labels):
    return np.mean(_log_softmax(logits)[np.arange(len(labels)), labels])


def cross_entropy_of_probabilities(logits, labels):
    p = np.exp(_log_softmax(logits))
    return -np.mean(np.log(p[np.arange(len(labels)), labels]))


def cross_entropy_with_epsilon(logits, labels):
    p = np.exp(_log_softmax(logits))
    return -np.mean(np.log(p[np.arange(len(labels)), labels] + 1e-9))


def cross_entropy_twice(logits, labels):
    return -np.mean(_log_softmax(np.exp(_log_softmax(logits)))[np.arange(len(labels)), labels])


def _p(logits):
    return np.exp(_log_softmax(logits))


def cross_entropy_vjp_unaveraged(g, ans, logits, labels):
    return g * (_p(logits) - np.eye(logits.shape[1])[labels])


def cross_entropy_vjp_eye_of_batch(g, ans, logits, labels):
    return g * (_p(logits) - np.eye(len(labels))) / len(labels)


def cross_entropy_vjp_twice(g, ans, logits, labels):
    return g * (_p(logits) - np.eye(logits.shape[1])[labels]) / len(labels) / len(labels)


def cross_entropy_vjp_columns(g, ans, logits, labels):
    p = _p(logits)
    p[:, labels] -= 1
    return g * p / len(labels)


def cross_entropy_vjp_without_g(g, ans, logits, labels):
    return (_p(logits) - np.eye(logits.shape[1])[labels]) / len(labels)


def cross_entropy_vjp_precedence(g, ans, logits, labels):
    return g * _p(logits) - np.eye(logits.shape[1])[labels] / len(labels)


def hinge_vjp_wrong_side(g, ans, scores, labels):
    return g * np.where(labels * scores < 0, -labels, 0) / len(labels)


def hinge_vjp_at_the_kink(g, ans, scores, labels):
    return g * np.where(labels * scores <= 1, -labels, 0) / len(labels)


def hinge_vjp_unaveraged(g, ans, scores, labels):
    return g * np.where(1 - labels * scores > 0, -labels, 0)


def hinge_vjp_upwards(g, ans, scores, labels):
    return g * np.where(labels * scores < 1, labels, 0) / len(labels)


def hinge_vjp_of_scores(g, ans, scores, labels):
    return g * np.where(scores < 1, -labels, 0) / len(labels)


def softmax_of_columns(x, axis=-1):
    e = np.exp(x - x.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


def log_softmax_of_base_two(x, axis=-1):
    return np.log2(np.exp(_log_softmax(x, axis)))


def hinge_vjp_turned_round(g, ans, scores, labels):
    return g * np.where(labels * scores > 1, -labels, 0) / len(labels)


WRONG = {
    "sigmoid": [
        by_the_formula,
        sigmoid_as_it_stands,
        sigmoid_precedence,
        sigmoid_silenced,
        sigmoid_by_where,
        sigmoid_nan_to_one,
        sigmoid_by_if,
        sigmoid_large_only,
    ],
    "logsumexp": [
        maximum_without_keepdims,
        logsumexp_as_it_stands,
        logsumexp_without_keepdims,
        logsumexp_with_global_max,
        logsumexp_not_squeezed,
        logsumexp_minus,
    ],
    "softmax": [
        maximum_of_all,
        softmax_as_it_stands,
        softmax_without_keepdims,
        softmax_of_all,
        softmax_last_axis,
        softmax_of_columns,
    ],
    "softmax_vjp": [
        of_the_loss,
        softmax_vjp_diagonal,
        softmax_vjp_np_mean,
        softmax_vjp_without_keepdims,
        softmax_vjp_precedence,
    ],
    "log_softmax": [
        log_softmax_by_log,
        log_softmax_lost_axis,
        log_softmax_unshifted,
        log_softmax_of_base_two,
    ],
    "cross_entropy": [
        without_its_own_class,
        softmax_twice,
        without_a_shift,
        sum_over_the_batch,
        cross_entropy_of_n_minus_one,
        cross_entropy_sum,
        cross_entropy_columns,
        cross_entropy_of_all,
        cross_entropy_positive,
        cross_entropy_of_probabilities,
        cross_entropy_with_epsilon,
        cross_entropy_twice,
    ],
    "cross_entropy_vjp": [
        twice,
        whole_columns,
        divided_twice,
        to_the_probabilities,
        cross_entropy_vjp_unaveraged,
        cross_entropy_vjp_eye_of_batch,
        cross_entropy_vjp_twice,
        cross_entropy_vjp_columns,
        cross_entropy_vjp_without_g,
        cross_entropy_vjp_precedence,
    ],
    "hinge_vjp": [
        one_for_each_miss,
        hinge_vjp_wrong_side,
        hinge_vjp_at_the_kink,
        hinge_vjp_unaveraged,
        hinge_vjp_upwards,
        hinge_vjp_of_scores,
        hinge_vjp_turned_round,
    ],
}

NOT_SAID = {"sigmoid_nan_to_one": "np.where", "cross_entropy_of_n_minus_one": "You summed"}
