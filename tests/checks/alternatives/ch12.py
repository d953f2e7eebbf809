"""Right answers to chapter 12 in other words than the reference's."""

import numpy as np

from revgraph.checks import exercises
from revgraph.checks.chapters.ch12_capstone.graph import Node, ours

ACROSS = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])


def edges_by_differences(images):
    """Sobel's kernel is a smoothing along the edge of a difference across it."""
    down = images[:, :-2] + 2 * images[:, 1:-1] + images[:, 2:]
    across = images[:, :, :-2] + 2 * images[:, :, 1:-1] + images[:, :, 2:]
    return np.hypot(down[:, :, 2:] - down[:, :, :-2], across[:, 2:] - across[:, :-2])


def edges_window_by_window(images):
    n, h, w = images.shape
    out = np.zeros((n, h - 2, w - 2))
    for i, j in np.ndindex(h - 2, w - 2):
        window = images[:, i : i + 3, j : j + 3]
        squares = [np.sum(window * kernel, axis=(1, 2)) ** 2 for kernel in (ACROSS, -ACROSS.T)]
        out[:, i, j] = sum(squares) ** 0.5
    return out


def first_loss_by_hand(net, x, labels):
    logits = net(x)
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    chosen = odds[range(len(x)), labels] / odds.sum(axis=1)
    return -np.log(chosen).mean(), np.log(len(logits[0]))


def first_loss_of_one_hot(net, x, labels):
    logits = net(x)
    n, classes = logits.shape
    logs = logits - np.logaddexp.reduce(logits, axis=1)[:, None]
    return [-(np.eye(classes)[labels] * logs).sum() / n, -np.log(1 / classes)]


def overfit_for(step, x, labels, n, goal, at_most):
    losses = []
    for _ in range(at_most):
        loss = step(x[:n], labels[:n])
        losses.append(loss)
        if loss < goal:
            break
    return losses


def overfit_indices(step, x, labels, n, goal, at_most):
    few, losses, loss = np.arange(n), [], np.inf
    while loss >= goal and len(losses) < at_most:
        loss = step(x[few], labels[few])
        losses += [loss]
    return np.array(losses)


def cnn_step_by_step(x, weights, ops):
    for i in (0, 2):
        convolved = ops.conv2d(x, weights[i])
        bent = ops.activation(weights[i + 1] + convolved)
        x = ops.max_pool2d(bent)
    row = ops.flatten(x)
    hidden = ops.activation(ops.dense(row, weights[4], weights[5]))
    return ops.dense(hidden, *weights[6:])


def cnn_pools_first(x, weights, ops):
    """The largest of a window stays the largest under a rising activation, which then has less to do."""
    k1, b1, k2, b2, w3, b3, w4, b4 = weights
    x = ops.activation(ops.max_pool2d(ops.conv2d(x, k1) + b1))
    x = ops.activation(ops.max_pool2d(ops.conv2d(x, k2)) + b2)
    return ops.dense(ops.activation(ops.dense(ops.flatten(x), w3, b3)), w4, b4)


def piece(name):
    return exercises()[name].reference


def train_by_fit(weights, pictures, labels, rates, batch_size, rng):
    """Chapter 10's loop, for one pass at a time."""
    leaves, memories, ops = [Node(value=weight) for weight in weights], [{} for _ in weights], ours()

    for lr in rates:

        def step(xb, yb, lr=lr):
            loss = ops.cross_entropy(piece("cnn")(Node(value=xb[..., None]), leaves, ops), Node(value=yb))
            for i, gradient in enumerate(piece("gradients")(loss, leaves)):
                piece("adam")(leaves[i].value, gradient, memories[i], lr, 0.9, 0.999, 1e-8)
            return loss.value

        yield from piece("fit")(step, pictures, labels, 1, batch_size, rng)


def train_with_loops(weights, pictures, labels, rates, batch_size, rng):
    """The last batch's size, and everything else, by hand."""
    x, y, leaves = Node(), Node(), [Node(value=weight) for weight in weights]
    loss = ours().cross_entropy(piece("cnn")(x, leaves, ours()), y)
    memory = {i: {} for i in range(len(weights))}
    for lr in rates:
        order, losses, sizes = rng.permutation(len(labels)), [], []
        while len(order):
            chosen, order = order[:batch_size], order[batch_size:]
            x.value, y.value = np.expand_dims(pictures[chosen], -1), labels[chosen]
            slopes = piece("gradients")(loss, leaves)
            losses.append(float(loss.value))
            sizes.append(len(chosen))
            for i, leaf in enumerate(leaves):
                piece("adam")(leaf.value, slopes[i], memory[i], lr, 0.9, 0.999, 1e-8)
        yield np.average(losses, weights=sizes)


def own_softsign():
    return lambda x: x / (1 + abs(x)), lambda g, ans, x: g / (1 + abs(x)) ** 2


def own_leaky():
    return [lambda x: np.maximum(x, 0.1 * x), lambda g, ans, x: np.where(x > 0, g, 0.1 * g)]


def own_cube():
    return lambda x: x**3, lambda g, ans, x: 3 * g * x**2


def own_wave():
    return lambda x: x + np.sin(2 * x), lambda g, ans, x: g + 2 * g * np.cos(2 * x)


def own_exp():
    return np.exp, lambda g, ans, x: g * ans


def own_absolute():
    return np.abs, lambda g, ans, x: g * np.sign(x)


def own_bump():
    return lambda x: np.exp(-(x**2)), lambda g, ans, x: -2 * x * ans * g


def own_softmax():
    """Not entry by entry: all the numbers of the last axis together."""

    def softmax(x):
        odds = np.exp(x - x.max(axis=-1, keepdims=True))
        return odds / odds.sum(axis=-1, keepdims=True)

    def softmax_vjp(g, ans, x):
        return ans * (g - (g * ans).sum(axis=-1, keepdims=True))

    return softmax, softmax_vjp


def own_hard_tanh():
    return lambda x: np.clip(x, -1, 1), lambda g, ans, x: g * (abs(x) < 1)


SOBEL = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])


SOBEL = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])


def edge_filter_by_loop(images):
    out = []
    for image in images:
        h, w = image.shape
        rows = np.zeros((h - 2, w - 2))
        for i in range(h - 2):
            for j in range(w - 2):
                a = image[i : i + 3, j : j + 3]
                rows[i, j] = np.hypot(np.sum(a * SOBEL), np.sum(a * SOBEL.T))
        out.append(rows)
    return np.array(out)


def edge_filter_two_calls(images):
    x = images[..., None]
    a = piece("conv2d")(x, SOBEL.reshape(3, 3, 1, 1))[..., 0]
    b = piece("conv2d")(x, SOBEL.T.reshape(3, 3, 1, 1))[..., 0]
    return (a * a + b * b) ** 0.5


def initial_loss_of_zeros(net, x, labels):
    logits = net(x)
    return [piece("cross_entropy")(logits, labels), piece("cross_entropy")(np.zeros_like(logits), labels)]


def overfit_while(step, x, labels, n, goal, at_most):
    xb, yb, losses = x[:n], labels[:n], []
    while at_most:
        at_most -= 1
        losses += [step(xb, yb)]
        if losses[-1] < goal:
            return losses
    return losses


def cnn_pool_before_activation(x, weights, ops):
    it = iter(weights)
    for _ in range(2):
        x = ops.activation(ops.max_pool2d(ops.conv2d(x, next(it)) + next(it)))
    x = ops.flatten(x)
    x = ops.activation(ops.dense(x, next(it), next(it)))
    return ops.dense(x, next(it), next(it))


def your_own_op_leaky():
    def forward(x):
        return np.where(x > 0, x, 0.1 * x)

    def vjp(g, ans, x):
        return np.where(x > 0, g, 0.1 * g)

    return [forward, vjp]


def your_own_op_gauss():
    return (lambda x: np.exp(-(x**2))), (lambda g, ans, x: -2 * x * ans * g)


ALTERNATIVES = {
    "edge_filter": [edges_by_differences, edges_window_by_window, edge_filter_by_loop, edge_filter_two_calls],
    "initial_loss": [first_loss_by_hand, first_loss_of_one_hot, initial_loss_of_zeros],
    "overfit": [overfit_for, overfit_indices, overfit_while],
    "cnn": [cnn_step_by_step, cnn_pools_first, cnn_pool_before_activation],
    "train": [train_by_fit, train_with_loops],
    "your_own_op": [
        own_softsign,
        own_leaky,
        own_cube,
        own_wave,
        own_exp,
        own_absolute,
        own_bump,
        own_softmax,
        own_hard_tanh,
        your_own_op_leaky,
        your_own_op_gauss,
    ],
}
