"""Wrong answers to chapter 04 that are right for most numbers, or were told a mistake that is not theirs."""

import numpy as np


def mul_in_place(g, ans, a, b):
    da = g
    db = g
    da *= b
    db *= a
    return da, db


def tanh_flat_beyond_3(g, ans, a):
    return np.where(abs(a) > 3, 0, g * (1 - ans**2))


def tanh_by_the_root(g, ans, a):
    return g * np.sqrt(1 - ans**2)


WRONG = {"mul_vjp": [mul_in_place], "tanh_vjp": [tanh_flat_beyond_3, tanh_by_the_root]}
