"""Wrong answers to chapter 01, as learners give them."""

import numpy as np


def forward_precedence(f, x, h=1e-6):
    return f(x + h) - f(x) / h


def forward_of_the_step(f, x, h=1e-6):
    return (f(x) + h - f(x)) / h


def forward_over_x(f, x, h=1e-6):
    return (f(x + h) - f(x)) / (x + h)


def forward_rounded(f, x, h=1e-6):
    return round((f(x + h) - f(x)) / h, 2)


def forward_both_ways(f, x, h=1e-6):
    return (f(x + h) - f(x - h)) / (2 * h)


def central_over_h(f, x, h=1e-6):
    up, down = f(x + h), f(x - h)
    return (up - down) / h


def central_left_to_right(f, x, h=1e-6):
    return (f(x + h) - f(x - h)) / 2 * h


def central_sum(f, x, h=1e-6):
    return (f(x + h) + f(x - h)) / (2 * h)


def central_own_step(f, x, h=1e-6):
    h = 1e-5
    return (f(x + h) - f(x - h)) / (2 * h)


def best_starts_at_one(f, df, x, steps):
    best, smallest = steps[0], 1
    for h in steps:
        error = abs((f(x + h) - f(x - h)) / (2 * h) - df(x))
        if error < smallest:
            best, smallest = h, error
    return best


def best_forgets_the_update(f, df, x, steps):
    best, smallest = None, float("inf")
    for h in steps:
        error = abs((f(x + h) - f(x - h)) / (2 * h) - df(x))
        if error < smallest:
            best = h
    return best


def best_position(f, df, x, steps):
    return int(np.argmin([abs((f(x + h) - f(x - h)) / (2 * h) - df(x)) for h in steps]))


def best_error(f, df, x, steps):
    return min(abs((f(x + h) - f(x - h)) / (2 * h) - df(x)) for h in steps)


def best_without_abs(f, df, x, steps):
    errors = [(f(x + h) - f(x - h)) / (2 * h) - df(x) for h in steps]
    return steps[errors.index(min(errors))]


def best_of_f(f, df, x, steps):
    return min(steps, key=lambda h: abs((f(x + h) - f(x - h)) / (2 * h) - f(x)))


def best_returns_early(f, df, x, steps):
    smallest = float("inf")
    for h in steps:
        if abs((f(x + h) - f(x - h)) / (2 * h) - df(x)) < smallest:
            return h


def error_of_sums(a, b):
    a, b = np.sum(a), np.sum(b)
    return abs(a - b) / max(abs(a), abs(b), 1e-300)


def error_nan(a, b):
    return np.max(np.abs(a - b) / np.maximum(np.abs(a), np.abs(b)))


def error_of_a(a, b):
    return np.max(np.abs((a - b) / np.where(a == 0, 1, a)))


def error_mean(a, b):
    size = np.maximum(np.abs(a), np.abs(b))
    return np.mean(np.abs(a - b) / np.where(size == 0, 1, size))


def error_with_epsilon(a, b):
    return np.max(np.abs(a - b) / (np.maximum(np.abs(a), np.abs(b)) + 1e-12))


def error_by_max(a, b):
    return np.max(abs(a - b)) / max(np.max(abs(a)), np.max(abs(b)), 1e-300)


def error_without_abs(a, b):
    size = np.maximum(np.abs(a), np.abs(b))
    return np.max((a - b) / np.where(size == 0, 1, size))


def vjp_all_at_once(f, x, g, h=1e-6):
    return np.sum(g * (f(x + h) - f(x - h))) / (2 * h)


def vjp_without_g(f, x, g, h=1e-6):
    out = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = h
        out[i] = np.sum(f(x + e) - f(x - e)) / (2 * h)
    return out


def vjp_zeros_like(f, x, g, h=1e-6):
    out = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = h
        out[i] = np.sum(g * (f(x + e) - f(x - e))) / (2 * h)
    return out


def vjp_in_place_without_copy(f, x, g, h=1e-6):
    out = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        x[i] += h
        up = np.sum(g * f(x))
        x[i] -= 2 * h
        down = np.sum(g * f(x))
        x[i] += h
        out[i] = (up - down) / (2 * h)
    return out


def vjp_g_at_the_index(f, x, g, h=1e-6):
    out = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = h
        out[i] = g[i] * np.sum(f(x + e) - f(x - e)) / (2 * h)
    return out


def vjp_step_not_reset(f, x, g, h=1e-6):
    out, e = np.zeros(x.shape), np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e[i] = h
        out[i] = np.sum(g * (f(x + e) - f(x - e))) / (2 * h)
    return out


def vjp_over_len(f, x, g, h=1e-6):
    out = np.zeros(x.shape)
    for i in range(len(x)):
        e = np.zeros(x.shape)
        e[i] = h
        out[i] = np.sum(g * (f(x + e) - f(x - e))) / (2 * h)
    return out


def vjp_forward(f, x, g, h=1e-6):
    out = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = h
        out[i] = np.sum(g * (f(x + e) - f(x))) / h
    return out


WRONG = {
    "forward_difference": [
        forward_precedence,
        forward_of_the_step,
        forward_over_x,
        forward_rounded,
        forward_both_ways,
    ],
    "central_difference": [central_over_h, central_left_to_right, central_sum, central_own_step],
    "best_step": [
        best_starts_at_one,
        best_forgets_the_update,
        best_position,
        best_error,
        best_without_abs,
        best_of_f,
        best_returns_early,
    ],
    "relative_error": [
        error_of_sums,
        error_nan,
        error_of_a,
        error_mean,
        error_with_epsilon,
        error_by_max,
        error_without_abs,
    ],
    "numerical_vjp": [
        vjp_all_at_once,
        vjp_without_g,
        vjp_zeros_like,
        vjp_in_place_without_copy,
        vjp_g_at_the_index,
        vjp_step_not_reset,
        vjp_over_len,
        vjp_forward,
    ],
}
