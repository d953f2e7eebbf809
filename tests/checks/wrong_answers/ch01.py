"""Wrong answers that learners gave to chapter 01."""

import numpy as np


def forgets_the_half(f, x, h=1e-6):
    return (f(x + h) - f(x - h)) / h


def weighs_no_output(f, x, g, h=1e-6):
    slopes = np.zeros(np.shape(x))
    for index in np.ndindex(np.shape(x)):
        step = np.zeros(np.shape(x))
        step[index] = h
        slopes[index] = (np.sum(f(x + step)) - np.sum(f(x - step))) / (2 * h)
    return slopes


def steps_in_the_same_array(f, x, g, h=1e-6):
    """f may give its argument back: then up and down are one array, and their difference is 0."""
    x = np.array(x, float)
    slopes = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        here = x[index]
        x[index] = here + h
        up = f(x)
        x[index] = here - h
        down = f(x)
        x[index] = here
        slopes[index] = np.sum(g * (np.asarray(up) - np.asarray(down))) / (2 * h)
    return slopes


def only_the_last_entry(f, x, g, h=1e-6):
    slopes = np.zeros(np.shape(x))
    step = np.zeros(np.shape(x))
    for index in np.ndindex(np.shape(x)):
        step[index] = h  # and never back to 0
        slopes[index] = np.sum(g * (f(x + step) - f(x - step))) / (2 * h)
    return slopes


def without_the_base(a, b):
    return float(np.max(np.abs(np.subtract(a, b)), initial=0.0))


WRONG = {
    "central_difference": [forgets_the_half],
    "numerical_vjp": [weighs_no_output, steps_in_the_same_array, only_the_last_entry],
    "relative_error": [without_the_base],
}
