"""Wrong answers to chapter 01 that are right for most numbers, or were told a mistake that is not theirs."""

import numpy as np


def forward_of_x(f, x, h=1e-6):
    return (x + h - x) / h


def central_of_abs(f, x, h=1e-6):
    return (f(abs(x) + h) - f(abs(x) - h)) / (2 * h)


def central_with_four_points(f, x, h=1e-6):
    return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h)


def central_times_h(f, x, h=1e-6):
    return h * (f(x + h) - f(x - h)) * 0.5


def best_stops_early(f, df, x, steps):
    best, before = None, float("inf")
    for h in steps:
        error = abs((f(x + h) - f(x - h)) / (2 * h) - df(x))
        if error > before:
            return best
        before, best = error, h
    return best


def best_left_to_right(f, df, x, steps):
    return min(steps, key=lambda h: abs((f(x + h) - f(x - h)) / 2 * h - df(x)))


def best_of_the_slope_at_h(f, df, x, steps):
    return min(steps, key=lambda h: abs((f(x + h) - f(x - h)) / (2 * h) - df(h)))


def best_rounded(f, df, x, steps):
    return min(steps, key=lambda h: round(abs((f(x + h) - f(x - h)) / (2 * h) - df(x)), 4))


def best_one_before(f, df, x, steps):
    errors = [abs((f(x + h) - f(x - h)) / (2 * h) - df(x)) for h in steps]
    return steps[errors.index(min(errors)) - 1]


def best_beside_a_step(f, df, x, steps):
    best = steps[0]
    for h in steps[1:]:
        if abs((f(x + h) - f(x - h)) / (2 * h) - df(x)) < best:
            best = h
    return best


def best_better_than_the_one_before(f, df, x, steps):
    errors = [abs((f(x + h) - f(x - h)) / (2 * h) - df(x)) for h in steps]
    best = steps[0]
    for i in range(1, len(steps)):
        if errors[i] < errors[i - 1]:
            best = steps[i]
    return best


def best_of_all_but_the_first(f, df, x, steps):
    return min(steps[1:], key=lambda h: abs((f(x + h) - f(x - h)) / (2 * h) - df(x)), default=steps[0])


def best_by_a_rule_of_thumb(f, df, x, steps):
    return min(steps, key=lambda h: abs(np.log10(h) + 5))


def best_for_its_size(f, df, x, steps):
    return min(steps, key=lambda h: abs((f(x + h) - f(x - h)) / (2 * h) - df(x)) / h)


def error_of_what_is_not_nearly_0(a, b):
    size = np.maximum(np.abs(a), np.abs(b))
    return np.max(np.where(np.isclose(size, 0), 0, np.abs(a - b) / np.where(size == 0, 1, size)))


def error_guard_without_abs(a, b):
    size = np.maximum(a, b)
    return np.max(np.where(size == 0, 0, np.abs(a - b) / np.maximum(np.abs(a), np.abs(b))))


def error_where_not_zero(a, b):
    if np.isscalar(a):
        return abs(a - b) / max(abs(a), abs(b)) if a or b else 0.0
    size = np.maximum(abs(a), abs(b))
    return np.max(abs(a - b)[size != 0] / size[size != 0])


def error_of_the_first(a, b):
    for p, q in zip(np.ravel(a), np.ravel(b)):
        if p == 0 and q == 0:
            return 0.0
        return abs(p - q) / max(abs(p), abs(q))


def error_over_at_least_one(a, b):
    return float(np.max(np.abs(a - b) / np.maximum(1, np.maximum(np.abs(a), np.abs(b)))))


def vjp_by_value(f, x, g, h=1e-6):
    out = np.zeros(x.shape)
    for value in x.flat:
        index = np.unravel_index(x.ravel().tolist().index(value), x.shape)
        step = np.zeros(x.shape)
        step[index] = h
        out[index] = np.sum(g * (f(x + step) - f(x - step))) / (2 * h)
    return out


WRONG = {
    "forward_difference": [forward_of_x],
    "central_difference": [central_of_abs, central_with_four_points, central_times_h],
    "best_step": [
        best_stops_early,
        best_left_to_right,
        best_of_the_slope_at_h,
        best_rounded,
        best_one_before,
        best_beside_a_step,
        best_better_than_the_one_before,
        best_of_all_but_the_first,
        best_by_a_rule_of_thumb,
        best_for_its_size,
    ],
    "numerical_vjp": [vjp_by_value],
    "relative_error": [
        error_guard_without_abs,
        error_where_not_zero,
        error_of_the_first,
        error_over_at_least_one,
        error_of_what_is_not_nearly_0,
    ],
}

NOT_SAID = {
    "best_better_than_the_one_before": "the last of the steps",
    "best_of_all_but_the_first": "one place before",
    "error_of_what_is_not_nearly_0": "with its sign",
}
