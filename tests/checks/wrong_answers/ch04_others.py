"""More wrong answers to chapter 04, as learners write them."""

import numpy as np


def mul_in_a_stack(g, ans, a, b):
    return np.array([g * b, g * a])


def truediv_upside_down(g, ans, a, b):
    return g * b, -g * a * b**2


def truediv_never_by_0(g, ans, a, b):
    return g / (b + 1e-8), -g * ans / (b + 1e-8)


def exp_of_ans(g, ans, a):
    return g * np.exp(ans)


def log_never_by_0(g, ans, a):
    return g / (a + 1e-8)


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


def _error(p, q):
    size = np.maximum(np.abs(p), np.abs(q))
    return float(np.max(np.abs(p - q) / np.where(size == 0, 1, size)))


def _check(op, vjp, args, rng, error=_error, most=9):
    ans = op(*args)
    g = rng.normal(size=np.shape(ans))
    grads = vjp(g, ans, *args)
    found = []
    for i, grad in enumerate((grads if len(args) > 1 else (grads,))[:most]):
        numerical = np.zeros(args[i].shape)
        for index in np.ndindex(args[i].shape):
            step = np.zeros(args[i].shape)
            step[index] = 1e-6
            both = [op(*args[:i], args[i] + s, *args[i + 1 :]) for s in (step, -step)]
            numerical[index] = np.sum(g * (both[0] - both[1])) / 2e-6
        found.append(error(grad, numerical))
    return max(found)


def check_with_a_small_number(op, vjp, args, rng):
    return _check(
        op, vjp, args, rng, lambda p, q: float(np.max(abs(p - q) / (np.maximum(abs(p), abs(q)) + 1e-8)))
    )


def check_unless_all_close(op, vjp, args, rng):
    return _check(op, vjp, args, rng, lambda p, q: 0.0 if np.allclose(p, q) else _error(p, q))


def check_of_whole_differences(op, vjp, args, rng):
    return _check(op, vjp, args, rng, lambda p, q: _error(p, 2 * q))


def check_of_two_operands(op, vjp, args, rng):
    return _check(op, vjp, args, rng, most=2)


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
    "truediv_vjp": [truediv_upside_down, truediv_never_by_0],
    "exp_vjp": [exp_of_ans],
    "log_vjp": [log_ten, log_never_by_0],
    "tanh_vjp": [tanh_derivative_alone],
    "pow_vjp": [pow_log_of_the_exponent],
    "maximum_vjp": [maximum_tie_to_the_first, maximum_by_python],
    "check_vjp": [
        check_adds_up,
        check_with_a_small_number,
        check_unless_all_close,
        check_of_two_operands,
        check_of_whole_differences,
    ],
}

NOT_SAID = {"check_of_whole_differences": "one step of it is left out"}
