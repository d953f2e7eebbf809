"""Wrong answers to chapter 01 that were accepted, or told another mistake."""

import numpy as np


def best_step_of_half_the_step(f, df, x, steps):
    return min(steps, key=lambda h: abs((f(x + h / 2) - f(x - h / 2)) / h - df(x)))


def best_step_absolute_slope(f, df, x, steps):
    errors = [abs(abs((f(x + h) - f(x - h)) / (2 * h)) - df(x)) for h in steps]
    return steps[errors.index(min(errors))]


def best_step_divided_by_h(f, df, x, steps):
    return min(steps, key=lambda h: abs((f(x + h) - f(x - h)) / h - df(x)))


def best_step_nearest_to_a_rule_of_thumb(f, df, x, steps):
    return min(steps, key=lambda h: abs(h - 1e-5))


def relative_error_0_where_both_sums_are(a, b):
    if np.sum(a) == 0 and np.sum(b) == 0:
        return 0.0
    size = np.maximum(np.abs(a), np.abs(b))
    return float(np.max(np.abs(a - b) / np.where(size == 0, 1, size)))


def numerical_vjp_total_before_the_loop(f, x, g, h=1e-6):
    out, total = np.zeros(x.shape), 0.0
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = h
        total += np.sum(g * (f(x + step) - f(x - step))) / (2 * h)
        out[index] = total
    return out


WRONG = {
    "best_step": [
        best_step_of_half_the_step,
        best_step_absolute_slope,
        best_step_divided_by_h,
        best_step_nearest_to_a_rule_of_thumb,
    ],
    "relative_error": [relative_error_0_where_both_sums_are],
    "numerical_vjp": [numerical_vjp_total_before_the_loop],
}
SAID = {
    "best_step_of_half_the_step": "Your points lie h/2 to either side of x",
    "best_step_absolute_slope": "You took the size of the slope",
    "best_step_divided_by_h": "you divided by h",
    "relative_error_0_where_both_sums_are": "23 of 25 cases pass",
    "numerical_vjp_total_before_the_loop": "the sum runs on",
}
NOT_SAID = {
    "best_step_divided_by_h": "smallest slope",
    "best_step_nearest_to_a_rule_of_thumb": "h/2",
    "numerical_vjp_total_before_the_loop": "step gets longer",
}
