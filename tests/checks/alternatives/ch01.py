"""Right answers to chapter 01 in other words than the reference's."""

import numpy as np


def forward_in_steps(f, x, h=1e-6):
    there, here = f(x + h), f(x)
    return there / h - here / h


def forward_by_the_step_really_taken(f, x, h=1e-6):
    return float(f(x + h) - f(x)) / ((x + h) - x)


def central_as_mean_of_two(f, x, h=1e-6):
    forward = (f(x + h) - f(x)) / h
    backward = (f(x) - f(x - h)) / h
    return (forward + backward) / 2


def central_halved(f, x, h=1e-6):
    return 0.5 * (f(x + h) - f(x - h)) / h


def best_in_a_loop(f, df, x, steps):
    best, smallest = None, float("inf")
    for h in steps:
        error = abs((f(x + h) - f(x - h)) / 2 / h - df(x))
        if error < smallest:
            best, smallest = h, error
    return best


def best_by_argmin(f, df, x, steps):
    errors = [abs(central_as_mean_of_two(f, x, h) - df(x)) for h in steps]
    return steps[np.argmin(errors)]


def best_by_arrays(f, df, x, steps):
    h = np.asarray(steps)
    return h[np.argmin((central_halved(f, x, h) - df(x)) ** 2)]


def error_in_a_loop(a, b):
    worst = 0.0
    for p, q in zip(np.ravel(a), np.ravel(b)):
        if p != q:
            worst = max(worst, abs(p - q) / max(abs(p), abs(q)))
    return worst


def error_mended(a, b):
    with np.errstate(invalid="ignore"):
        return np.max(np.nan_to_num(np.abs(a - b) / np.maximum(np.abs(a), np.abs(b))))


def error_as_array_without_axes(a, b):
    size = np.maximum(np.abs(a), np.abs(b))
    return np.array(np.max(np.abs(a - b) / (size + (size == 0))))


def vjp_by_copies(f, x, g, h=1e-6):
    x = np.asarray(x, dtype=float)
    out = np.empty_like(x)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += h
        below[index] -= h
        out[index] = (np.sum(g * f(above)) - np.sum(g * f(below))) / (2 * h)
    return out


def vjp_flat(f, x, g, h=1e-6):
    out = np.zeros(x.size)
    for i in range(x.size):
        step = np.zeros(x.size)
        step[i] = h
        step = step.reshape(x.shape)
        moved = np.asarray(f(x + step) - f(x - step)) / (2 * h)
        out[i] = np.dot(np.ravel(g), moved.ravel())
    return out.reshape(x.shape)


def vjp_of_the_loss(f, x, g, h=1e-6):
    def loss(v):
        return np.sum(g * f(v))

    out = np.zeros(x.shape, dtype=float)
    for index, _ in np.ndenumerate(x):
        e = np.zeros(x.shape)
        e[index] = 1
        out[index] = central_halved(lambda t, e=e: loss(x + t * e), 0.0, h)
    return out


ALTERNATIVES = {
    "forward_difference": [forward_in_steps, forward_by_the_step_really_taken],
    "central_difference": [central_as_mean_of_two, central_halved],
    "best_step": [best_in_a_loop, best_by_argmin, best_by_arrays],
    "relative_error": [error_in_a_loop, error_mended, error_as_array_without_axes],
    "numerical_vjp": [vjp_by_copies, vjp_flat, vjp_of_the_loss],
}
