"""More wrong answers to chapter 04, as learners write them."""

import numpy as np


def mul_in_a_stack(g, ans, a, b):
    return np.array([g * b, g * a])


def truediv_upside_down(g, ans, a, b):
    return g * b, -g * a * b**2


def exp_of_ans(g, ans, a):
    return g * np.exp(ans)


def log_ten(g, ans, a):
    return g / (a * np.log(10))


def tanh_derivative_alone(g, ans, a):
    return 1 - ans**2


def pow_log_of_the_exponent(g, ans, a, b):
    with np.errstate(all="ignore"):
        return g * b * a ** (b - 1), np.where(a > 0, g * ans * np.log(np.where(b > 0, b, 1)), 0.0)


def maximum_tie_to_the_first(g, ans, a, b):
    return g * (a >= b), g * (b > a)


def maximum_by_python(g, ans, a, b):
    return max(g, a), max(g, b)


def check_adds_up(op, vjp, args, rng):
    ans = op(*args)
    g = rng.normal(size=np.shape(ans))
    grads = vjp(g, ans, *args)
    grads = grads if len(args) > 1 else (grads,)
    total = 0.0
    for i, grad in enumerate(grads):
        numerical = np.zeros(args[i].shape)
        for index in np.ndindex(args[i].shape):
            both = []
            for h in (1e-6, -1e-6):
                moved = [np.array(x, float) for x in args]
                moved[i][index] += h
                both.append(op(*moved))
            numerical[index] = np.sum(g * (both[0] - both[1])) / 2e-6
        size = np.maximum(np.abs(grad), np.abs(numerical))
        total += float(np.max(np.abs(grad - numerical) / np.where(size == 0, 1, size)))
    return total


WRONG = {
    "mul_vjp": [mul_in_a_stack],
    "truediv_vjp": [truediv_upside_down],
    "exp_vjp": [exp_of_ans],
    "log_vjp": [log_ten],
    "tanh_vjp": [tanh_derivative_alone],
    "pow_vjp": [pow_log_of_the_exponent],
    "maximum_vjp": [maximum_tie_to_the_first, maximum_by_python],
    "check_vjp": [check_adds_up],
}
