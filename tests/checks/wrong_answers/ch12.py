"""Wrong answers that learners gave to chapter 12."""

import numpy as np

from revgraph.checks import exercises
from revgraph.checks.chapters.ch12_capstone.graph import Node, ours

SOBEL = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
BOTH = np.stack([SOBEL, SOBEL.T], axis=-1)[:, :, np.newaxis]


def piece(name):
    return exercises()[name].reference


def responses(images, kernels=BOTH, *how):
    return piece("conv2d")(images[..., np.newaxis], kernels, *how)


def summed_over_everything(images):
    return np.sqrt(np.sum(responses(images) ** 2))


def bare_responses(images):
    return responses(images)


def channel_axis_forgotten(images):
    return np.sqrt(np.sum(piece("conv2d")(images, BOTH) ** 2, axis=-1))


def padded(images):
    return np.sqrt(np.sum(responses(images, BOTH, (1, 1), "SAME") ** 2, axis=-1))


def not_transposed(images):
    return np.sqrt(
        np.sum(responses(images, np.stack([SOBEL, SOBEL], axis=-1)[:, :, np.newaxis]) ** 2, axis=-1)
    )


def reshaped_kernels(images):
    return np.sqrt(np.sum(responses(images, np.stack([SOBEL, SOBEL.T]).reshape(3, 3, 1, 2)) ** 2, axis=-1))


def softmax_before(net, x, labels):
    return piece("cross_entropy")(piece("softmax")(net(x)), labels), np.log(net(x).shape[1])


def ten_classes_always(net, x, labels):
    return piece("cross_entropy")(net(x), labels), np.log(10)


def classes_in_the_batch(net, x, labels):
    return piece("cross_entropy")(net(x), labels), np.log(len(set(labels.tolist())))


def every_number(net, x, labels):
    return piece("cross_entropy")(net(x), labels), np.log(net(x).size)


def at_the_goal(step, x, labels, n, goal, at_most):
    losses = []
    for _ in range(at_most):
        losses.append(step(x[:n], labels[:n]))
        if losses[-1] <= goal:
            break
    return losses


def decides_before_noting(step, x, labels, n, goal, at_most):
    losses = []
    for _ in range(at_most):
        loss = step(x[:n], labels[:n])
        if loss < goal:
            break
        losses.append(loss)
    return losses


def no_limit(step, x, labels, n, goal, at_most):
    losses = [step(x[:n], labels[:n])]
    while losses[-1] >= goal:
        losses.append(step(x[:n], labels[:n]))
    return losses


def all_the_labels(step, x, labels, n, goal, at_most):
    losses = []
    for _ in range(at_most):
        losses.append(step(x[:n], labels))
        if losses[-1] < goal:
            break
    return losses


def a_moving_window(step, x, labels, n, goal, at_most):
    losses = []
    for i in range(at_most):
        losses.append(step(x[i : i + n], labels[i : i + n]))
        if losses[-1] < goal:
            break
    return losses


def first_bias_forgotten(x, weights, ops):
    k1, _, k2, b2, w3, b3, w4, b4 = weights
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k1)))
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k2) + b2))
    return ops.dense(ops.activation(ops.dense(ops.flatten(x), w3, b3)), w4, b4)


def kernel_used_twice(x, weights, ops):
    k1, b1, _, b2, w3, b3, w4, b4 = weights
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k1) + b1))
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k1) + b2))
    return ops.dense(ops.activation(ops.dense(ops.flatten(x), w3, b3)), w4, b4)


def bias_as_third_argument(x, weights, ops):
    k1, b1, k2, b2, w3, b3, w4, b4 = weights
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k1, b1)))
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k2, b2)))
    return ops.dense(ops.activation(ops.dense(ops.flatten(x), w3, b3)), w4, b4)


def mean_of_means(weights, pictures, labels, rates, batch_size, rng):
    nodes, x, y = [Node(value=weight) for weight in weights], Node(), Node()
    loss = ours().cross_entropy(piece("cnn")(x, nodes, ours()), y)
    memories = [{} for _ in nodes]
    for lr in rates:
        losses = []
        for xb, yb in piece("batches")(pictures, labels, batch_size, rng):
            x.value, y.value = xb[..., np.newaxis], yb
            for node, gradient, memory in zip(nodes, piece("gradients")(loss, nodes), memories, strict=True):
                piece("adam")(node.value, gradient, memory, lr, 0.9, 0.999, 1e-8)
            losses.append(float(loss.value))
        yield np.mean(losses)


def rule_without_g():
    return lambda x: x**2, lambda g, ans, x: 2 * x


def factor_forgotten():
    return lambda x: x**2, lambda g, ans, x: g * x


def slope_of_size_by_division():
    return np.abs, lambda g, ans, x: g * x / np.abs(x)


def only_for_positive_numbers():
    return np.sqrt, lambda g, ans, x: g / (2 * ans)


def python_max():
    return lambda x: max(x, 0), lambda g, ans, x: g * (x > 0)


WRONG = {
    "edge_filter": [
        summed_over_everything,
        bare_responses,
        channel_axis_forgotten,
        padded,
        not_transposed,
        reshaped_kernels,
    ],
    "initial_loss": [softmax_before, ten_classes_always, classes_in_the_batch, every_number],
    "overfit": [at_the_goal, decides_before_noting, no_limit, all_the_labels, a_moving_window],
    "cnn": [first_bias_forgotten, kernel_used_twice, bias_as_third_argument],
    "train": [mean_of_means],
    "your_own_op": [
        rule_without_g,
        factor_forgotten,
        slope_of_size_by_division,
        only_for_positive_numbers,
        python_max,
    ],
}
