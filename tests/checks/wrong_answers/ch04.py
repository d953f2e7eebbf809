"""Wrong answers that learners gave to chapter 04, or would."""

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


def in_a_list(g, ans, a):
    return [g / a]


def power_precedence(g, ans, a, b):
    with np.errstate(all="ignore"):
        return g * (b * a**b - 1), g * ans * np.log(np.where(a == 0, 1, a))


def mul_of_lists(g, ans, a, b):
    return b, a * g


def mul_one_right(g, ans, a, b):
    return g * b, g * b


def mul_matrix(g, ans, a, b):
    return g @ b, g @ a


def truediv_without_brackets(g, ans, a, b):
    return g / b, -g * a / b * b


def truediv_minus_lost(g, ans, a, b):
    return g * 1 / b, g * a / b**2


def truediv_second_without_g(g, ans, a, b):
    return g / b, -a / b**2


def truediv_log(g, ans, a, b):
    return g / b, g * a * np.log(np.abs(b))


def exp_of_product(g, ans, a):
    return np.exp(g * a)


def exp_twice(g, ans, a):
    return g * ans * ans


def log_of_a(g, ans, a):
    return g * np.log(a)


def log_squared(g, ans, a):
    return g / a**2


def tanh_precedence(g, ans, a):
    return g * 1 - ans**2


def tanh_of_upstream(g, ans, a):
    return g * (1 - np.tanh(g) ** 2)


def tanh_by_a(g, ans, a):
    return g * (1 - np.tanh(a)) ** 2


def tanh_half(g, ans, a):
    return g * (1 - ans**2) / 2


def pow_precedence(g, ans, a, b):
    return g * b * a**b - 1, g * ans * np.log(np.where(a == 0, 1, a))


def pow_second_without_g(g, ans, a, b):
    return g * b * a ** (b - 1), ans * np.log(np.where(a == 0, 1, a))


def pow_log_of_b(g, ans, a, b):
    return g * b * a ** (b - 1), g * ans * np.log(np.where(b <= 0, 1, b))


def pow_nan_kept(g, ans, a, b):
    return g * b * a ** (b - 1), np.nan_to_num(g * ans * np.log(a))


def maximum_greater_or_equal(g, ans, a, b):
    return np.where(a >= b, g, 0), np.where(b >= a, g, 0)


def maximum_by_if(g, ans, a, b):
    if a.any() > b.any():
        return g, np.zeros_like(g)
    return np.zeros_like(g), g


def maximum_of_values(g, ans, a, b):
    return np.where(a > b, a, 0), np.where(b > a, b, 0)


def check_vjp_with_ones(op, vjp, args, rng):
    return _check(op, vjp, args, lambda shape: np.ones(shape))


def check_vjp_returns_first(op, vjp, args, rng):
    ans = op(*args)
    g = rng.normal(size=np.shape(ans))
    grads = vjp(g, ans, *args)
    grads = grads if isinstance(grads, tuple) else (grads,)
    for i, grad in enumerate(grads):
        return _error(grad, _numerical(op, args, i, g))


def check_vjp_true_or_false(op, vjp, args, rng):
    return _check(op, vjp, args, lambda shape: rng.normal(size=shape)) < 1e-6


def check_vjp_of_args0_shape(op, vjp, args, rng):
    return _check(op, vjp, args, lambda shape: rng.normal(size=args[0].shape))


def _check(op, vjp, args, draw):
    ans = op(*args)
    g = draw(np.shape(ans))
    grads = vjp(g, ans, *args)
    grads = grads if isinstance(grads, tuple) else (grads,)
    return max(_error(grad, _numerical(op, args, i, g)) for i, grad in enumerate(grads))


def _numerical(op, args, i, g):
    out = np.zeros(args[i].shape)
    for index in np.ndindex(out.shape):
        step = np.zeros(out.shape)
        step[index] = 1e-6
        up = op(*args[:i], args[i] + step, *args[i + 1 :])
        down = op(*args[:i], args[i] - step, *args[i + 1 :])
        out[index] = np.sum(g * (up - down)) / 2e-6
    return out


def _error(p, q):
    size = np.maximum(abs(p), abs(q))
    return float(np.max(abs(p - q) / np.where(size == 0, 1, size)))


WRONG = {
    "mul_vjp": [mul_of_lists, mul_one_right, mul_matrix],
    "truediv_vjp": [
        second_without_g,
        truediv_without_brackets,
        truediv_minus_lost,
        truediv_second_without_g,
        truediv_log,
    ],
    "exp_vjp": [by_its_input, exp_of_product, exp_twice],
    "log_vjp": [in_a_list, log_of_a, log_squared],
    "tanh_vjp": [
        of_what_arrives,
        tanh_precedence,
        tanh_of_upstream,
        tanh_by_a,
        tanh_half,
    ],
    "pow_vjp": [
        by_dividing,
        power_precedence,
        pow_precedence,
        pow_second_without_g,
        pow_log_of_b,
        pow_nan_kept,
    ],
    "maximum_vjp": [maximum_greater_or_equal, maximum_by_if, maximum_of_values],
    "check_vjp": [
        check_vjp_with_ones,
        check_vjp_returns_first,
        check_vjp_true_or_false,
        check_vjp_of_args0_shape,
    ],
}
