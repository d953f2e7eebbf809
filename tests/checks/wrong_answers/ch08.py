"""Wrong answers that learners gave to chapter 08."""

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


WRONG = {
    "sigmoid": [by_the_formula],
    "softmax": [maximum_of_all],
    "logsumexp": [maximum_without_keepdims],
    "softmax_vjp": [of_the_loss],
    "cross_entropy": [without_its_own_class, softmax_twice, without_a_shift, sum_over_the_batch],
    "cross_entropy_vjp": [twice, whole_columns, divided_twice, to_the_probabilities],
    "hinge_vjp": [one_for_each_miss],
}
