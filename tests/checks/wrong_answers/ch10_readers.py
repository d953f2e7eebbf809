"""More wrong answers to chapter 10, as learners write them."""

import numpy as np


def glorot_of_the_sum(shape, rng):
    limit = np.sqrt(6 / sum(shape))
    return rng.uniform(-limit, limit, shape)


def glorot_without_root(shape, rng):
    field = int(np.prod(shape[:-2]))
    limit = 6 / (field * (shape[-2] + shape[-1]))
    return rng.uniform(-limit, limit, shape)


def glorot_normal(shape, rng):
    field = int(np.prod(shape[:-2]))
    return rng.normal(0, np.sqrt(2 / (field * (shape[-2] + shape[-1]))), shape)


def glorot_he(shape, rng):
    limit = np.sqrt(6 / np.prod(shape[:-1]))
    return rng.uniform(-limit, limit, shape)


def glorot_half_the_field(shape, rng):
    field = int(np.prod(shape[:-2]))
    limit = np.sqrt(6 / (field * shape[-2] + shape[-1]))
    return rng.uniform(-limit, limit, shape)


def dense_turned(x, w, b):
    return w @ x + b


def dense_star(x, w, b):
    return x * w + b


def dense_bias_inside(x, w, b):
    return (x + b) @ w


def dense_with_relu(x, w, b):
    return np.maximum(x @ w + b, 0)


def dense_bias_as_column(x, w, b):
    return x @ w + b.reshape(-1, 1)


def dense_vjp_swapped(g, ans, x, w, b):
    return x.T @ g, g @ w.T, g.sum(axis=0)


def dense_vjp_mean(g, ans, x, w, b):
    return g @ w.T, x.T @ g / len(x), g.mean(axis=0)


def dense_vjp_bias_of_one(g, ans, x, w, b):
    return g @ w.T, x.T @ g, np.ones_like(b)


def dense_vjp_rows_summed(g, ans, x, w, b):
    return g @ w.T, x.T @ g, g.sum(axis=1)


def dense_vjp_sum_of_all(g, ans, x, w, b):
    return g @ w.T, x.T @ g, g.sum()


def l1_l2_without_abs(w, l1, l2):
    return l1 * np.sum(w) + l2 * np.sum(w**2)


def l1_l2_halved(w, l1, l2):
    return l1 * np.sum(np.abs(w)) + l2 * np.sum(w**2) / 2


def l1_l2_mean(w, l1, l2):
    return l1 * np.mean(np.abs(w)) + l2 * np.mean(w**2)


def l1_l2_norm(w, l1, l2):
    return l1 * np.sum(np.abs(w)) + l2 * np.sqrt(np.sum(w**2))


def l1_l2_swapped(w, l1, l2):
    return l2 * np.sum(np.abs(w)) + l1 * np.sum(w**2)


def l1_l2_by_entries(w, l1, l2):
    return l1 * np.abs(w) + l2 * w**2


def l1_l2_only_the_norm_of_a_matrix(w, l1, l2):
    return l1 * np.linalg.norm(w, 1) + l2 * np.linalg.norm(w) ** 2


def dropout_one_number(x, rate, rng, training):
    return x * (rng.random() >= rate) / (1 - rate) if training else x


def dropout_unscaled(x, rate, rng, training):
    return x * (rng.random(x.shape) >= rate) if training else x


def dropout_by_numpy(x, rate, rng, training):
    return x * (np.random.random(x.shape) >= rate) / (1 - rate) if training else x


def dropout_always(x, rate, rng, training):
    return x * (rng.random(x.shape) >= rate) / (1 - rate)


def dropout_never(x, rate, rng, training):
    return x


def dropout_exactly(x, rate, rng, training):
    if not training:
        return x
    mask = np.ones(x.size)
    mask[rng.choice(x.size, int(rate * x.size), replace=False)] = 0
    return x * mask.reshape(x.shape) / (1 - rate)


def dropout_in_place(x, rate, rng, training):
    if training:
        x[rng.random(x.shape) < rate] = 0
        x /= 1 - rate
    return x


def batches_twice_shuffled(x, y, batch_size, rng):
    x, y = rng.permutation(x), rng.permutation(y)
    for i in range(0, len(x), batch_size):
        yield x[i : i + batch_size], y[i : i + batch_size]


def batches_without_tail(x, y, batch_size, rng):
    order = rng.permutation(len(x))
    for i in range(len(x) // batch_size):
        part = order[i * batch_size : (i + 1) * batch_size]
        yield x[part], y[part]


def batches_one_by_one(x, y, batch_size, rng):
    order = rng.permutation(len(x))
    for i in range(0, len(x)):
        yield x[order[i : i + batch_size]], y[order[i : i + batch_size]]


def batches_as_drawn(x, y, batch_size, rng):
    for _ in range(0, len(x), batch_size):
        part = rng.integers(0, len(x), batch_size)
        yield x[part], y[part]


def batches_returned(x, y, batch_size, rng):
    order = rng.permutation(len(x))
    for i in range(0, len(x), batch_size):
        return x[order[i : i + batch_size]], y[order[i : i + batch_size]]


def batches_unshuffled(x, y, batch_size, rng):
    for i in range(0, len(x), batch_size):
        yield x[i : i + batch_size], y[i : i + batch_size]


def batches_shuffle_in_place(x, y, batch_size, rng):
    state = rng.bit_generator.state
    rng.shuffle(x)
    rng.bit_generator.state = state
    rng.shuffle(y)
    for i in range(0, len(x), batch_size):
        yield x[i : i + batch_size], y[i : i + batch_size]


def batches_of_numpys_own(x, y, batch_size, rng):
    order = np.random.permutation(len(x))
    for i in range(0, len(x), batch_size):
        yield x[order[i : i + batch_size]], y[order[i : i + batch_size]]


def accuracy_of_equal_arrays(y_true, y_pred):
    return float(np.mean(y_true == y_pred))


def accuracy_by_rounding(y_true, y_pred):
    return float(np.mean(np.round(y_pred) == y_true))


def accuracy_without_axis(y_true, y_pred):
    return float(np.argmax(y_true) == np.argmax(y_pred))


def accuracy_of_columns(y_true, y_pred):
    return float(np.mean(np.argmax(y_true, axis=0) == np.argmax(y_pred, axis=0)))


def accuracy_as_a_count(y_true, y_pred):
    return float(np.sum(np.argmax(y_true, axis=1) == np.argmax(y_pred, axis=1)))


def accuracy_of_labels(y_true, y_pred):
    return float(np.mean(y_true == np.argmax(y_pred, axis=1)))


def accuracy_in_percent(y_true, y_pred):
    return 100 * float(np.mean(np.argmax(y_true, axis=1) == np.argmax(y_pred, axis=1)))


def accuracy_of_errors(y_true, y_pred):
    return float(np.mean(np.argmax(y_true, axis=1) != np.argmax(y_pred, axis=1)))


def _batches(x, y, size, rng):
    order = rng.permutation(len(x))
    for i in range(0, len(x), size):
        yield x[order[i : i + size]], y[order[i : i + size]]


def fit_mean_of_means(step, x, y, epochs, batch_size, rng):
    return [float(np.mean([step(a, b) for a, b in _batches(x, y, batch_size, rng)])) for _ in range(epochs)]


def fit_last_batch(step, x, y, epochs, batch_size, rng):
    losses = []
    for _ in range(epochs):
        for a, b in _batches(x, y, batch_size, rng):
            loss = step(a, b)
        losses.append(loss)
    return losses


def fit_every_batch(step, x, y, epochs, batch_size, rng):
    losses = []
    for _ in range(epochs):
        for a, b in _batches(x, y, batch_size, rng):
            losses.append(step(a, b))
    return losses


def fit_sum(step, x, y, epochs, batch_size, rng):
    return [sum(step(a, b) * len(a) for a, b in _batches(x, y, batch_size, rng)) for _ in range(epochs)]


def fit_total_not_reset(step, x, y, epochs, batch_size, rng):
    losses, total = [], 0.0
    for _ in range(epochs):
        for a, b in _batches(x, y, batch_size, rng):
            total += step(a, b) * len(a)
        losses.append(total / len(x))
    return losses


def fit_one_generator(step, x, y, epochs, batch_size, rng):
    losses, coming = [], _batches(x, y, batch_size, rng)
    for _ in range(epochs):
        losses.append(sum(step(a, b) * len(a) for a, b in coming) / len(x))
    return losses


def fit_same_batches_each_epoch(step, x, y, epochs, batch_size, rng):
    parts = list(_batches(x, y, batch_size, rng))
    return [sum(step(a, b) * len(a) for a, b in parts) / len(x) for _ in range(epochs)]


def fit_returns_early(step, x, y, epochs, batch_size, rng):
    losses = []
    for _ in range(epochs):
        losses.append(sum(step(a, b) * len(a) for a, b in _batches(x, y, batch_size, rng)) / len(x))
        return losses


WRONG = {
    "glorot_uniform": [
        glorot_of_the_sum,
        glorot_without_root,
        glorot_normal,
        glorot_he,
        glorot_half_the_field,
    ],
    "dense": [dense_turned, dense_star, dense_bias_inside, dense_with_relu, dense_bias_as_column],
    "dense_vjp": [
        dense_vjp_swapped,
        dense_vjp_mean,
        dense_vjp_bias_of_one,
        dense_vjp_rows_summed,
        dense_vjp_sum_of_all,
    ],
    "l1_l2": [
        l1_l2_without_abs,
        l1_l2_halved,
        l1_l2_mean,
        l1_l2_norm,
        l1_l2_swapped,
        l1_l2_by_entries,
        l1_l2_only_the_norm_of_a_matrix,
    ],
    "dropout": [
        dropout_one_number,
        dropout_unscaled,
        dropout_by_numpy,
        dropout_always,
        dropout_never,
        dropout_exactly,
        dropout_in_place,
    ],
    "batches": [
        batches_twice_shuffled,
        batches_without_tail,
        batches_one_by_one,
        batches_as_drawn,
        batches_returned,
        batches_unshuffled,
        batches_shuffle_in_place,
        batches_of_numpys_own,
    ],
    "categorical_accuracy": [
        accuracy_of_equal_arrays,
        accuracy_by_rounding,
        accuracy_without_axis,
        accuracy_of_columns,
        accuracy_as_a_count,
        accuracy_of_labels,
        accuracy_in_percent,
        accuracy_of_errors,
    ],
    "fit": [
        fit_mean_of_means,
        fit_last_batch,
        fit_every_batch,
        fit_sum,
        fit_total_not_reset,
        fit_one_generator,
        fit_same_batches_each_epoch,
        fit_returns_early,
    ],
}
