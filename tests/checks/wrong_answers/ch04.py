"""Wrong answers that learners gave to chapter 04."""

import numpy as np


def by_its_input(g, ans, a):
    return g * a


def second_without_g(g, ans, a, b):
    return g / b, -a / b**2


def by_dividing(g, ans, a, b):
    """a**b * b / a is nan where a is 0."""
    return g * a**b * b / a, g * a**b * np.log(a)


def of_what_arrives(g, ans, a):
    return g * (1 - g)


def tanh_precedence(g, ans, a):
    return g * 1 - ans**2


def in_a_list(g, ans, a):
    return [g / a]


def power_precedence(g, ans, a, b):
    with np.errstate(all="ignore"):
        return g * (b * a**b - 1), g * ans * np.log(np.where(a == 0, 1, a))


WRONG = {
    "exp_vjp": [by_its_input],
    "truediv_vjp": [second_without_g],
    "pow_vjp": [by_dividing, power_precedence],
    "tanh_vjp": [of_what_arrives, tanh_precedence],
    "log_vjp": [in_a_list],
}
