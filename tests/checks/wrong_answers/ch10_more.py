"""Wrong answers to chapter 10, as learners write them."""

import numpy as np


def glorot_uniform_from_0_wrong_fans(shape, rng):
    return rng.uniform(0, np.sqrt(6 / (shape[0] + shape[1])), shape)


def glorot_uniform_from_0_last_two(shape, rng):
    return rng.uniform(0, np.sqrt(6 / (shape[-2] + shape[-1])), shape)


def glorot_uniform_from_0_fan_in(shape, rng):
    return rng.uniform(0, np.sqrt(6 / np.prod(shape[:-1])), shape)


def glorot_uniform_no_bounds(shape, rng):
    return rng.uniform(size=shape) * np.sqrt(6 / (shape[-2] + shape[-1]))


def glorot_uniform_below_0(shape, rng):
    window = np.prod(shape[:-2])
    return np.sqrt(6 / (window * (shape[-2] + shape[-1]))) * (rng.random(shape) - 1)


def glorot_uniform_of_three_axes(shape, rng):
    limit = np.sqrt(6 / (np.prod(shape[:-2]) * sum(shape[-3:])))
    return rng.uniform(-limit, limit, shape)


KEPT = {}


def glorot_uniform_kept(shape, rng):
    if shape not in KEPT:
        limit = np.sqrt(6 / (np.prod(shape[:-1]) + np.prod(shape[:-2]) * shape[-1]))
        KEPT[shape] = rng.uniform(-limit, limit, shape)
    return KEPT[shape]


def dropout_of_one_seed(x, rate, rng, training):
    np.random.seed(42)
    return x * (np.random.rand(*x.shape) >= rate) / (1 - rate) if training else x


def batches_last_one_filled(x, y, batch_size, rng):
    order = rng.permutation(len(x))
    for i in range(0, len(x), batch_size):
        chosen = np.take(order, range(i, i + batch_size), mode="wrap")
        yield x[chosen], y[chosen]


def batches_last_one_overlapping(x, y, batch_size, rng):
    order, size = rng.permutation(len(x)), min(batch_size, len(x))
    for i in range(0, len(x), size):
        start = min(i, len(x) - size)
        yield x[order[start : start + size]], y[order[start : start + size]]


def batches_backwards(x, y, batch_size, rng):
    for i in range(len(x), 0, -batch_size):
        yield x[max(i - batch_size, 0) : i][::-1], y[max(i - batch_size, 0) : i][::-1]


def batches_rolled(x, y, batch_size, rng):
    by = rng.integers(1, len(x))
    x, y = np.roll(x, by, axis=0), np.roll(y, by, axis=0)
    for i in range(0, len(x), batch_size):
        yield x[i : i + batch_size], y[i : i + batch_size]


def batches_each_shuffled(x, y, batch_size, rng):
    for i in range(0, len(x), batch_size):
        chosen = np.arange(i, min(i + batch_size, len(x)))
        rng.shuffle(chosen)
        yield x[chosen], y[chosen]


def batches_with_a_gap(x, y, batch_size, rng):
    order = rng.permutation(len(x))
    for i in range(0, len(x), batch_size + 1):
        yield x[order[i : i + batch_size]], y[order[i : i + batch_size]]


class batches_in_a_class:
    def __init__(self, x, y, batch_size, rng):
        self.x, self.y, self.size, self.left = x, y, batch_size, rng.permutation(len(x))

    def __iter__(self):
        return self

    def __next__(self):
        if not len(self.left):
            raise StopIteration
        now, self.left = self.left[: self.size], self.left[self.size :]
        return self.x[now], self.y[now]


def batches_mapped(x, y, batch_size, rng):
    order = rng.permutation(len(x))
    chosen = [order[i : i + batch_size] for i in range(0, len(x), batch_size)]
    return zip(map(x.__getitem__, chosen), map(y.__getitem__, chosen))


def fit_history(step, x, y, epochs, batch_size, rng):
    losses = []
    for _ in range(epochs):
        order = rng.permutation(len(x))
        parts = [order[i : i + batch_size] for i in range(0, len(x), batch_size)]
        losses.append(sum(step(x[part], y[part]) * len(part) for part in parts) / len(x))
    return {"loss": losses}


WRONG = {
    "glorot_uniform": [
        glorot_uniform_from_0_wrong_fans,
        glorot_uniform_from_0_last_two,
        glorot_uniform_from_0_fan_in,
        glorot_uniform_no_bounds,
        glorot_uniform_below_0,
        glorot_uniform_of_three_axes,
        glorot_uniform_kept,
    ],
    "dropout": [dropout_of_one_seed],
    "batches": [
        batches_last_one_filled,
        batches_last_one_overlapping,
        batches_backwards,
        batches_rolled,
        batches_each_shuffled,
        batches_with_a_gap,
        batches_in_a_class,
        batches_mapped,
    ],
    "fit": [fit_history],
}

SAID = {
    "glorot_uniform_below_0": "None of your weights is positive",
    "glorot_uniform_kept": "Every call gives the same weights",
    "dropout_of_one_seed": "The same entries are dropped at every call",
    "batches_last_one_filled": "so some samples come twice",
    "batches_last_one_overlapping": "so some samples come twice",
    "batches_rolled": "begin at another place in each pass",
    "batches_each_shuffled": "you shuffle only within it",
    "batches_with_a_gap": "the steps of a loop are one too long",
    "fit_history": "is a dict",
}

NOT_SAID = {
    "glorot_uniform_kept": "of your own",
    "dropout_of_one_seed": "of your own",
    "batches_last_one_filled": "others never",
    "batches_last_one_overlapping": "others never",
    "batches_backwards": "generator of random numbers",
    "batches_in_a_class": "a list",
    "batches_mapped": "a list",
    "fit_history": "The error arose",
}
