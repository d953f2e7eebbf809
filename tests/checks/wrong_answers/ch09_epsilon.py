"""Wrong answers to chapter 09: epsilon where it does not belong, steps that are skipped."""

import numpy as np


def adagrad_larger(parameter, gradient, memory, lr, epsilon):
    memory["a"] = memory.get("a", 0.0) + gradient**2
    parameter -= lr * gradient / np.maximum(np.sqrt(memory["a"]), epsilon)


def adagrad_one_where_zero(parameter, gradient, memory, lr, epsilon):
    memory["a"] = memory.get("a", 0.0) + gradient**2
    root = np.sqrt(memory["a"])
    parameter -= lr * gradient / np.where(root > 0, root, 1.0)


def adagrad_skips_at_zero(parameter, gradient, memory, lr, epsilon):
    memory["a"] = memory.get("a", 0.0) + gradient**2
    if memory["a"].all():
        parameter -= lr * gradient / (np.sqrt(memory["a"]) + epsilon)


def rmsprop_larger(parameter, gradient, memory, lr, rho, epsilon):
    memory["a"] = rho * memory.get("a", 0.0) + (1 - rho) * gradient**2
    parameter -= lr * gradient / np.maximum(np.sqrt(memory["a"]), epsilon)


def adam_larger(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    t = memory["t"] = memory.get("t", 0) + 1
    m = memory["m"] = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    v = memory["v"] = beta2 * memory.get("v", 0.0) + (1 - beta2) * gradient**2
    parameter -= lr * m / (1 - beta1**t) / np.maximum(np.sqrt(v / (1 - beta2**t)), epsilon)


WRONG = {
    "adagrad": [adagrad_larger, adagrad_one_where_zero, adagrad_skips_at_zero],
    "rmsprop": [rmsprop_larger],
    "adam": [adam_larger],
}
