"""More wrong answers to chapter 01, as learners write them."""

import numpy as np


def forward_backwards(f, x, h=1e-6):
    return (f(x) - f(x - h)) / h


def central_two_steps(f, x, h=1e-6):
    return (f(x + 2 * h) - f(x - 2 * h)) / (2 * h)


def best_largest_error(f, df, x, steps):
    errors = [abs((f(x + h) - f(x - h)) / (2 * h) - df(x)) for h in steps]
    return steps[int(np.argmax(errors))]


def best_smallest_step(f, df, x, steps):
    return min(steps)


def best_by_forward(f, df, x, steps):
    return min(steps, key=lambda h: abs((f(x + h) - f(x)) / h - df(x)))


def error_of_the_smaller(a, b):
    size = np.minimum(np.abs(a), np.abs(b))
    return float(np.max(np.abs(a - b) / np.where(size == 0, 1, size)))


def error_of_the_largest_of_all(a, b):
    size = max(np.max(np.abs(a)), np.max(np.abs(b)))
    return float(np.max(np.abs(a - b)) / (size or 1))


def error_entry_by_entry(a, b):
    size = np.maximum(np.abs(a), np.abs(b))
    return np.abs(a - b) / np.where(size == 0, 1, size)


def vjp_half_step(f, x, g, h=1e-6):
    grad = np.zeros(np.shape(x))
    for index in np.ndindex(np.shape(x)):
        up, down = np.array(x, float), np.array(x, float)
        up[index] += h
        down[index] -= h
        grad[index] = np.sum(g * (f(up) - f(down))) / h
    return grad


def vjp_mean(f, x, g, h=1e-6):
    grad = np.zeros(np.shape(x))
    for index in np.ndindex(np.shape(x)):
        up, down = np.array(x, float), np.array(x, float)
        up[index] += h
        down[index] -= h
        grad[index] = np.mean(g * (f(up) - f(down)) / (2 * h))
    return grad


WRONG = {
    "forward_difference": [forward_backwards],
    "central_difference": [central_two_steps],
    "best_step": [best_largest_error, best_smallest_step, best_by_forward],
    "relative_error": [error_of_the_smaller, error_of_the_largest_of_all, error_entry_by_entry],
    "numerical_vjp": [vjp_half_step, vjp_mean],
}
