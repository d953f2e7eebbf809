"""Wrong answers to chapter 12: what is begun anew in each pass, what is not, and words that messages hold."""

from types import SimpleNamespace

from revgraph.checks import exercises
from revgraph.checks.chapters.ch12_capstone.graph import Node, ours

EXERCISES = exercises()
PIECES = SimpleNamespace(
    **{name: EXERCISES[name].reference for name in ("cnn", "batches", "gradients", "adam")}
)


def made(weights):
    nodes, x, y, ops = [Node(value=w) for w in weights], Node(name="x"), Node(name="labels"), ours()
    return nodes, x, y, ops.cross_entropy(PIECES.cnn(x, nodes, ops), y)


def step(loss, nodes, memories, lr):
    for node, g, memory in zip(nodes, PIECES.gradients(loss, nodes), memories):
        PIECES.adam(node.value, g, memory, lr=lr, beta1=0.9, beta2=0.999, epsilon=1e-8)


def train_shuffles_once(weights, pictures, labels, rates, batch_size, rng):
    nodes, x, y, loss = made(weights)
    memories, data = [{} for _ in nodes], list(PIECES.batches(pictures, labels, batch_size, rng))
    for lr in rates:
        total = 0.0
        for xb, yb in data:
            x.value, y.value = xb[..., None], yb
            step(loss, nodes, memories, lr)
            total += float(loss.value) * len(xb)
        yield total / len(pictures)


def train_new_memories_each_pass(weights, pictures, labels, rates, batch_size, rng):
    nodes, x, y, loss = made(weights)
    for lr in rates:
        total, memories = 0.0, [{} for _ in nodes]
        for xb, yb in PIECES.batches(pictures, labels, batch_size, rng):
            x.value, y.value = xb[..., None], yb
            step(loss, nodes, memories, lr)
            total += float(loss.value) * len(xb)
        yield total / len(pictures)


def train_total_before_the_loops(weights, pictures, labels, rates, batch_size, rng):
    nodes, x, y, loss = made(weights)
    memories, total = [{} for _ in nodes], 0.0
    for lr in rates:
        for xb, yb in PIECES.batches(pictures, labels, batch_size, rng):
            x.value, y.value = xb[..., None], yb
            step(loss, nodes, memories, lr)
            total += float(loss.value) * len(xb)
        yield total / len(pictures)


def train_without_channels(weights, pictures, labels, rates, batch_size, rng):
    nodes, x, y, loss = made(weights)
    memories = [{} for _ in nodes]
    for lr in rates:
        total = 0.0
        for x.value, y.value in PIECES.batches(pictures, labels, batch_size, rng):
            step(loss, nodes, memories, lr)
            total += float(loss.value) * len(x.value)
        yield total / len(pictures)


def train_returns(weights, pictures, labels, rates, batch_size, rng):
    nodes, x, y, loss = made(weights)
    memories = [{} for _ in nodes]
    for lr in rates:
        total = 0.0
        for xb, yb in PIECES.batches(pictures, labels, batch_size, rng):
            x.value, y.value = xb[..., None], yb
            step(loss, nodes, memories, lr)
            total += float(loss.value) * len(xb)
        return total / len(pictures)


def overfit_on_one_less(step, x, labels, n, goal, at_most):
    losses = []
    for _ in range(at_most):
        losses.append(step(x[: n - 1], labels[: n - 1]))
        if losses[-1] < goal:
            break
    return losses


def overfit_on_one_more(step, x, labels, n, goal, at_most):
    losses = []
    for _ in range(at_most):
        losses.append(step(x[: n + 1], labels[: n + 1]))
        if losses[-1] < goal:
            break
    return losses


def overfit_cuts_the_columns(step, x, labels, n, goal, at_most):
    losses = []
    for _ in range(at_most):
        losses.append(step(x[:, :n], labels[:n]))
        if losses[-1] < goal:
            break
    return losses


def cnn_names_the_padding(x, weights, ops):
    k1, b1, k2, b2, w3, b3, w4, b4 = weights
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k1, padding="SAME") + b1))
    x = ops.max_pool2d(ops.activation(ops.conv2d(x, k2, padding="SAME") + b2))
    return ops.dense(ops.activation(ops.dense(ops.flatten(x), w3, b3)), w4, b4)


def own_slope_alone():
    return lambda x: x**3, lambda x: 3 * x**2


WRONG = {
    "train": [
        train_shuffles_once,
        train_new_memories_each_pass,
        train_total_before_the_loops,
        train_without_channels,
        train_returns,
    ],
    "overfit": [overfit_on_one_less, overfit_on_one_more, overfit_cuts_the_columns],
    "cnn": [cnn_names_the_padding],
    "your_own_op": [own_slope_alone],
}
SAID = {
    "train_shuffles_once": "the same batches in the same order",
    "train_new_memories_each_pass": "afresh in each pass",
    "train_total_before_the_loops": "goes on from one pass to the next",
    "train_without_channels": "pictures of three axes",
    "train_returns": "returns one number and is over",
    "overfit_on_one_less": "n - 1 samples",
    "overfit_on_one_more": "n + 1 samples",
    "cnn_names_the_padding": "was given padding=, and takes no names",
    "own_slope_alone": "cannot be called with g, ans and x",
}
NOT_SAID = {
    "train_new_memories_each_pass": "afresh in each step",
    "train_without_channels": "on the right of `=`",
    "overfit_cuts_the_columns": "and all the labels",
    "cnn_names_the_padding": "<locals>",
}
