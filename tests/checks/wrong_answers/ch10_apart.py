"""Wrong answers to chapter 10: samples and targets apart, other forms, numbers used again."""

import math

import numpy as np


def fit_targets_shuffled(step, x, y, epochs, batch_size, rng):
    losses = []
    for _ in range(epochs):
        order, total = rng.permutation(len(x)), 0.0
        for i in range(0, len(x), batch_size):
            xb, yb = x[i : i + batch_size], y[order[i : i + batch_size]]
            total += step(xb, yb) * len(xb)
        losses.append(total / len(x))
    return losses


def fit_two_orders(step, x, y, epochs, batch_size, rng):
    losses = []
    for _ in range(epochs):
        xs, ys, total = rng.permutation(x), rng.permutation(y), 0.0
        for i in range(0, len(x), batch_size):
            yb = ys[i : i + batch_size]
            total += step(xs[i : i + batch_size], yb) * len(yb)
        losses.append(total / len(x))
    return losses


def fit_targets_first(step, x, y, epochs, batch_size, rng):
    losses = []
    for _ in range(epochs):
        order, total = rng.permutation(len(x)), 0.0
        for i in range(0, len(x), batch_size):
            chosen = order[i : i + batch_size]
            total += step(y[chosen], x[chosen]) * len(chosen)
        losses.append(total / len(x))
    return losses


def batches_stacked(x, y, batch_size, rng):
    data = np.column_stack([x, y])
    rng.shuffle(data)
    for i in range(0, len(data), batch_size):
        yield data[i : i + batch_size, :-1], data[i : i + batch_size, -1]


def batches_of_lists(x, y, batch_size, rng):
    order = rng.permutation(len(x))
    for i in range(0, len(x), batch_size):
        yield [x[j] for j in order[i : i + batch_size]], [y[j] for j in order[i : i + batch_size]]


def batches_of_floats(x, y, batch_size, rng):
    order = rng.permutation(len(x))
    for i in range(0, len(x), batch_size):
        chosen = order[i : i + batch_size]
        yield x[chosen].astype(float), y[chosen].astype(float)


def batches_with_columns(x, y, batch_size, rng):
    order = rng.permutation(len(x))
    for i in range(0, len(x), batch_size):
        yield x[order[i : i + batch_size]], y[order[i : i + batch_size]].reshape(-1, 1)


def batches_labels_first(x, y, batch_size, rng):
    order = rng.permutation(len(x))
    for i in range(0, len(x), batch_size):
        yield y[order[i : i + batch_size]], x[order[i : i + batch_size]]


def batches_split_evenly(x, y, batch_size, rng):
    for part in np.array_split(rng.permutation(len(x)), math.ceil(len(x) / batch_size)):
        yield x[part], y[part]


def batches_forever(x, y, batch_size, rng):
    while True:
        order = rng.permutation(len(x))
        for i in range(0, len(x), batch_size):
            yield x[order[i : i + batch_size]], y[order[i : i + batch_size]]


def dropout_of_positive_numbers(x, rate, rng, training):
    if not training:
        return x
    mask = rng.random(x.shape) >= rate
    return np.where(x * mask > 0, x / (1 - rate), 0.0)


def dropout_with_relu(x, rate, rng, training):
    if not training:
        return np.maximum(x, 0)
    return np.maximum(x, 0) * (rng.random(x.shape) >= rate) / (1 - rate)


def dropout_by_the_mean_of_the_mask(x, rate, rng, training):
    if not training:
        return x
    mask = rng.random(x.shape) >= rate
    return x * mask / mask.mean()


def glorot_limit(shape):
    return math.sqrt(6 / (math.prod(shape[:-2]) * (shape[-1] + shape[-2])))


def glorot_for_the_last_axes(shape, rng):
    return np.zeros(shape) + rng.uniform(-glorot_limit(shape), glorot_limit(shape), shape[-2:])


def glorot_of_one_filter(shape, rng):
    one = rng.uniform(-glorot_limit(shape), glorot_limit(shape), shape[:-1])
    return np.repeat(one[..., None], shape[-1], -1)


def glorot_in_float32(shape, rng):
    return rng.uniform(-glorot_limit(shape), glorot_limit(shape), shape).astype(np.float32)


def glorot_as_a_list(shape, rng):
    return rng.uniform(-glorot_limit(shape), glorot_limit(shape), shape).tolist()


def glorot_of_tables_alone(shape, rng):
    if len(shape) == 2:
        return rng.uniform(-glorot_limit(shape), glorot_limit(shape), shape)


def dropout_of_sizes(x, rate, rng, training):
    return np.abs(x) * (rng.random(x.shape) >= rate) / (1 - rate) if training else x


def dropout_in_tenths(x, rate, rng, training):
    return x * (rng.integers(0, 10, x.shape) >= int(10 * rate)) / (1 - rate) if training else x


WRONG = {
    "glorot_uniform": [
        glorot_of_tables_alone,
        glorot_for_the_last_axes,
        glorot_of_one_filter,
        glorot_in_float32,
        glorot_as_a_list,
    ],
    "dropout": [
        dropout_of_positive_numbers,
        dropout_with_relu,
        dropout_by_the_mean_of_the_mask,
        dropout_of_sizes,
        dropout_in_tenths,
    ],
    "fit": [fit_targets_shuffled, fit_two_orders, fit_targets_first],
    "batches": [
        batches_stacked,
        batches_of_lists,
        batches_of_floats,
        batches_with_columns,
        batches_labels_first,
        batches_split_evenly,
        batches_forever,
    ],
}
SAID = {"glorot_of_tables_alone": "It returned None.", "dropout_of_sizes": "keep their sign"}
NOT_SAID = {"dropout_of_sizes": "You returned the mask"}
