"""Wrong answers to chapter 12: steps too few or too long, arguments the wrong way round."""

from types import SimpleNamespace

import numpy as np

from revgraph.checks import exercises
from revgraph.checks.chapters.ch12_capstone.graph import Node, ours

EXERCISES = exercises()
PIECES = SimpleNamespace(
    **{name: EXERCISES[name].reference for name in ("cnn", "batches", "gradients", "adam")}
)


def made(weights):
    nodes, x, y, ops = [Node(value=w) for w in weights], Node(name="x"), Node(name="labels"), ours()
    return nodes, x, y, ops.cross_entropy(PIECES.cnn(x, nodes, ops), y), [{} for _ in weights]


def step(nodes, found, memories, lr):
    for node, g, memory in zip(nodes, found, memories):
        PIECES.adam(node.value, g, memory, lr=lr, beta1=0.9, beta2=0.999, epsilon=1e-8)


def train_steps_behind_the_loop(weights, pictures, labels, rates, batch_size, rng):
    nodes, x, y, loss, memories = made(weights)
    for lr in rates:
        total = 0.0
        for xb, yb in PIECES.batches(pictures, labels, batch_size, rng):
            x.value, y.value = xb[..., None], yb
            found = PIECES.gradients(loss, nodes)
            total += float(loss.value) * len(xb)
        step(nodes, found, memories, lr)
        yield total / len(pictures)


def train_on_the_first_batch(weights, pictures, labels, rates, batch_size, rng):
    nodes, x, y, loss, memories = made(weights)
    for lr in rates:
        total = 0.0
        for i, (xb, yb) in enumerate(PIECES.batches(pictures, labels, batch_size, rng)):
            x.value, y.value = xb[..., None], yb
            found = PIECES.gradients(loss, nodes)
            if i == 0:
                step(nodes, found, memories, lr)
            total += float(loss.value) * len(xb)
        yield total / len(pictures)


def train_adds_up(weights, pictures, labels, rates, batch_size, rng):
    nodes, x, y, loss, memories = made(weights)
    found = [0.0] * len(nodes)
    for lr in rates:
        total = 0.0
        for xb, yb in PIECES.batches(pictures, labels, batch_size, rng):
            x.value, y.value = xb[..., None], yb
            found = [a + g for a, g in zip(found, PIECES.gradients(loss, nodes))]
            step(nodes, found, memories, lr)
            total += float(loss.value) * len(xb)
        yield total / len(pictures)


def train_weighs_the_rate(weights, pictures, labels, rates, batch_size, rng):
    nodes, x, y, loss, memories = made(weights)
    for lr in rates:
        total = 0.0
        for xb, yb in PIECES.batches(pictures, labels, batch_size, rng):
            x.value, y.value = xb[..., None], yb
            step(
                nodes, PIECES.gradients(loss, nodes), memories, lr * len(xb) / min(batch_size, len(pictures))
            )
            total += float(loss.value) * len(xb)
        yield total / len(pictures)


def overfit_labels_first(step, x, labels, n, goal, at_most):
    losses = []
    for _ in range(at_most):
        losses.append(step(labels[:n], x[:n]))
        if losses[-1] < goal:
            break
    return losses


def clipped_on_both_sides():
    return lambda x: np.clip(x, 0, 6), lambda g, ans, x: g * (x > 0)


WRONG = {
    "your_own_op": [clipped_on_both_sides],
    "train": [train_steps_behind_the_loop, train_on_the_first_batch, train_adds_up, train_weighs_the_rate],
    "overfit": [overfit_labels_first],
}
