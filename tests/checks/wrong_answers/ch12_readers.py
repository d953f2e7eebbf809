"""Wrong answers to chapter 12, as learners write them."""

import numpy as np

from revgraph.checks import exercises


def piece(name):
    return exercises()[name].reference


SOBEL = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])


def edge_filter_hypot_of_sums(images):
    k = np.stack([SOBEL, SOBEL.T], axis=-1)[:, :, np.newaxis]
    r = piece("conv2d")(images[..., np.newaxis], k)
    return np.sqrt(np.sum(r, axis=-1) ** 2)


def edge_filter_max_of_both(images):
    k = np.stack([SOBEL, SOBEL.T], axis=-1)[:, :, np.newaxis]
    r = piece("conv2d")(images[..., np.newaxis], k)
    return np.max(np.abs(r), axis=-1)


def edge_filter_keepdims(images):
    k = np.stack([SOBEL, SOBEL.T], axis=-1)[:, :, np.newaxis]
    r = piece("conv2d")(images[..., np.newaxis], k)
    return np.sqrt(np.sum(r**2, axis=-1, keepdims=True))


def edge_filter_sums_over_axis_0(images):
    k = np.stack([SOBEL, SOBEL.T], axis=-1)[:, :, np.newaxis]
    r = piece("conv2d")(images[..., np.newaxis], k)
    return np.sqrt(np.sum(r**2, axis=0))


def edge_filter_first_image(images):
    out = []
    for image in images:
        k = np.stack([SOBEL, SOBEL.T], axis=-1)[:, :, np.newaxis]
        r = piece("conv2d")(image[np.newaxis, ..., np.newaxis], k)
        out.append(np.sqrt(np.sum(r**2, axis=-1))[0])
        return np.array(out)


def edge_filter_divides_by_255(images):
    k = np.stack([SOBEL, SOBEL.T], axis=-1)[:, :, np.newaxis]
    r = piece("conv2d")(images[..., np.newaxis] / images.max(), k)
    return np.sqrt(np.sum(r**2, axis=-1))


def initial_loss_swapped(net, x, labels):
    logits = net(x)
    return np.log(logits.shape[1]), piece("cross_entropy")(logits, labels)


def initial_loss_minus_log(net, x, labels):
    logits = net(x)
    return piece("cross_entropy")(logits, labels), -np.log(logits.shape[1])


def initial_loss_log_of_n(net, x, labels):
    logits = net(x)
    return piece("cross_entropy")(logits, labels), np.log(len(labels))


def initial_loss_log2(net, x, labels):
    logits = net(x)
    return piece("cross_entropy")(logits, labels), np.log2(logits.shape[1])


def initial_loss_features(net, x, labels):
    return piece("cross_entropy")(net(x), labels), np.log(x.shape[1])


def initial_loss_x_not_net(net, x, labels):
    return piece("cross_entropy")(x, labels), np.log(net(x).shape[1])


def initial_loss_max_label_1(net, x, labels):
    return piece("cross_entropy")(net(x), labels), np.log(labels.max() + 1)


def initial_loss_prints(net, x, labels):
    print(piece("cross_entropy")(net(x), labels))


def overfit_all_x(step, x, labels, n, goal, at_most):
    losses = []
    for _ in range(at_most):
        loss = step(x, labels)
        losses.append(loss)
        if loss < goal:
            break
    return losses


def overfit_returns_last_loss(step, x, labels, n, goal, at_most):
    for _ in range(at_most):
        loss = step(x[:n], labels[:n])
        if loss < goal:
            break
    return loss


def overfit_goal_above(step, x, labels, n, goal, at_most):
    losses = []
    for _ in range(at_most):
        losses.append(step(x[:n], labels[:n]))
        if losses[-1] > goal:
            break
    return losses


def overfit_n_steps(step, x, labels, n, goal, at_most):
    losses = []
    for i in range(n):
        losses.append(step(x[:n], labels[:n]))
        if losses[-1] < goal:
            break
    return losses


def overfit_one_sample_at_a_time(step, x, labels, n, goal, at_most):
    losses = []
    for i in range(at_most):
        losses.append(step(x[i % n : i % n + 1], labels[i % n : i % n + 1]))
        if losses[-1] < goal:
            break
    return losses


def overfit_x_n(step, x, labels, n, goal, at_most):
    losses = []
    for i in range(at_most):
        losses.append(step(x[n], labels[n]))
        if losses[-1] < goal:
            break
    return losses


def overfit_two_steps_each_round(step, x, labels, n, goal, at_most):
    losses = []
    for i in range(at_most):
        if step(x[:n], labels[:n]) < goal:
            break
        losses.append(step(x[:n], labels[:n]))
    return losses


def overfit_random_n(step, x, labels, n, goal, at_most):
    losses = []
    for i in range(at_most):
        pick = np.random.default_rng(0).permutation(len(x))[:n]
        losses.append(step(x[pick], labels[pick]))
        if losses[-1] < goal:
            break
    return losses


def overfit_return_in_loop(step, x, labels, n, goal, at_most):
    losses = []
    for i in range(at_most):
        losses.append(step(x[:n], labels[:n]))
        if losses[-1] < goal:
            break
        return losses


def cnn_activation_before_pool_swapped(x, weights, ops):
    k1, b1, k2, b2, w3, b3, w4, b4 = weights
    x = ops.activation(ops.conv2d(x, k1) + b1)
    x = ops.activation(ops.conv2d(x, k2) + b2)
    x = ops.max_pool2d(x)
    x = ops.activation(ops.dense(ops.flatten(x), w3, b3))
    return ops.dense(x, w4, b4)


def cnn_activation_on_logits(x, weights, ops):
    k1, b1, k2, b2, w3, b3, w4, b4 = weights
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k1) + b1))
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k2) + b2))
    x = ops.activation(ops.dense(ops.flatten(x), w3, b3))
    return ops.activation(ops.dense(x, w4, b4))


def cnn_no_flatten(x, weights, ops):
    k1, b1, k2, b2, w3, b3, w4, b4 = weights
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k1) + b1))
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k2) + b2))
    x = ops.activation(ops.dense(x, w3, b3))
    return ops.dense(x, w4, b4)


def cnn_bias_after_activation(x, weights, ops):
    k1, b1, k2, b2, w3, b3, w4, b4 = weights
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k1)) + b1)
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k2)) + b2)
    x = ops.activation(ops.dense(ops.flatten(x), w3, b3))
    return ops.dense(x, w4, b4)


def cnn_w3_used_twice(x, weights, ops):
    k1, b1, k2, b2, w3, b3, w4, b4 = weights
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k1) + b1))
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k2) + b2))
    x = ops.dense(ops.flatten(x), w3, b3)
    return ops.dense(x, w4, b4)


def cnn_first_layer_twice(x, weights, ops):
    k1, b1, k2, b2, w3, b3, w4, b4 = weights
    h = ops.max_pool2d(ops.activation(ops.conv2d(x, k1) + b1))
    h = ops.max_pool2d(ops.activation(ops.conv2d(x, k2) + b2))
    h = ops.activation(ops.dense(ops.flatten(h), w3, b3))
    return ops.dense(h, w4, b4)


def cnn_forgets_b2(x, weights, ops):
    k1, b1, k2, _, w3, b3, w4, b4 = weights
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k1) + b1))
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k2)))
    x = ops.activation(ops.dense(ops.flatten(x), w3, b3))
    return ops.dense(x, w4, b4)


def cnn_np_maximum(x, weights, ops):
    k1, b1, k2, b2, w3, b3, w4, b4 = weights
    x = ops.max_pool2d(np.maximum(0, ops.conv2d(x, k1) + b1))
    x = ops.max_pool2d(np.maximum(0, ops.conv2d(x, k2) + b2))
    x = ops.activation(ops.dense(ops.flatten(x), w3, b3))
    return ops.dense(x, w4, b4)


def your_own_op_identity_slope():
    return lambda x: x + np.sin(2 * x), lambda g, ans, x: g * (1 + np.cos(2 * x))


def your_own_op_returns_forward_only():
    return lambda x: x**2


def your_own_op_swapped_pair():
    return lambda g, ans, x: 2 * g * x, lambda x: x**2


def your_own_op_cos_for_sin():
    return np.sin, lambda g, ans, x: -g * np.cos(x)


def your_own_op_exp_overflow():
    return lambda x: x / (1 + np.exp(-x)), lambda g, ans, x: g * np.exp(-x)


def your_own_op_straight():
    return lambda x: 3 * x + 1, lambda g, ans, x: 3 * g


def your_own_op_sign():
    return lambda x: np.sign(x), lambda g, ans, x: 0 * g


def your_own_op_if_on_array():
    def f(x):
        return x if x > 0 else 0.1 * x

    return f, lambda g, ans, x: g * (1 if x > 0 else 0.1)


def your_own_op_log():
    return lambda x: np.log(np.abs(x)), lambda g, ans, x: g / x


def your_own_op_tuple():
    return lambda x: x * np.tanh(x), lambda g, ans, x: (g * (np.tanh(x) + x * (1 - np.tanh(x) ** 2)),)


WRONG = {
    "edge_filter": [
        edge_filter_hypot_of_sums,
        edge_filter_max_of_both,
        edge_filter_keepdims,
        edge_filter_sums_over_axis_0,
        edge_filter_first_image,
        edge_filter_divides_by_255,
    ],
    "initial_loss": [
        initial_loss_swapped,
        initial_loss_minus_log,
        initial_loss_log_of_n,
        initial_loss_log2,
        initial_loss_features,
        initial_loss_x_not_net,
        initial_loss_max_label_1,
        initial_loss_prints,
    ],
    "overfit": [
        overfit_all_x,
        overfit_returns_last_loss,
        overfit_goal_above,
        overfit_n_steps,
        overfit_one_sample_at_a_time,
        overfit_x_n,
        overfit_two_steps_each_round,
        overfit_random_n,
        overfit_return_in_loop,
    ],
    "cnn": [
        cnn_activation_before_pool_swapped,
        cnn_activation_on_logits,
        cnn_no_flatten,
        cnn_bias_after_activation,
        cnn_w3_used_twice,
        cnn_first_layer_twice,
        cnn_forgets_b2,
        cnn_np_maximum,
    ],
    "your_own_op": [
        your_own_op_identity_slope,
        your_own_op_returns_forward_only,
        your_own_op_swapped_pair,
        your_own_op_cos_for_sin,
        your_own_op_exp_overflow,
        your_own_op_straight,
        your_own_op_sign,
        your_own_op_if_on_array,
        your_own_op_log,
        your_own_op_tuple,
    ],
}
