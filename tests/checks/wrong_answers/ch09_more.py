"""Wrong answers to chapter 09, as learners write them."""

import numpy as np


def adam_two_on_a_line(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    t = memory.get("t", 0); memory["t"] = t + 1  # fmt: skip  # noqa: E702
    m = memory["m"] = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    v = memory["v"] = beta2 * memory.get("v", 0.0) + (1 - beta2) * gradient**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    parameter -= lr * m_hat / (np.sqrt(v_hat) + epsilon)


def momentum_keeps_the_parameter(parameter, gradient, memory, lr, momentum):
    memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += memory["v"]
    memory["v"] = parameter


def momentum_starts_as_the_parameter(parameter, gradient, memory, lr, momentum):
    v = memory["v"] = momentum * memory.get("v", parameter) - lr * gradient
    parameter += v


def nesterov_keeps_the_parameter(parameter, gradient, memory, lr, momentum):
    memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += momentum * memory["v"] - lr * gradient
    memory["v"] = parameter


def adagrad_root_of_the_squared_sum(parameter, gradient, memory, lr, epsilon):
    memory["a"] = memory.get("a", 0.0) + gradient
    parameter -= lr * gradient / (np.sqrt(memory["a"] ** 2) + epsilon)


def adagrad_squares_what_it_sums(parameter, gradient, memory, lr, epsilon):
    memory["a"] = (memory.get("a", 0.0) + gradient) ** 2
    parameter -= lr * gradient / (np.sqrt(memory["a"]) + epsilon)


def adadelta_epsilon_outside_below(parameter, gradient, memory, lr, rho, epsilon):
    a = memory["a"] = rho * memory.get("a", 0.0) + (1 - rho) * gradient**2
    b = memory.get("b", 0.0)
    move = gradient * np.sqrt(b + epsilon) / (np.sqrt(a) + epsilon)
    memory["b"] = rho * b + (1 - rho) * move**2
    parameter -= lr * move


def sgd_returns_none(parameter, gradient, memory, lr):
    moved = parameter - lr * gradient  # noqa: F841
    return None


def adam_with_a_function_inside(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    def corrected(average, beta):
        return average / (1 - beta ** memory["t"])

    memory["t"] = memory.get("t", 0) + 1
    m = memory["m"] = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    v = memory["v"] = beta2 * memory.get("v", 0.0) + (1 - beta2) * gradient**2
    moved = parameter - lr * corrected(m, beta1) / (np.sqrt(corrected(v, beta2)) + epsilon)  # noqa: F841


WRONG = {
    "sgd": [sgd_returns_none],
    "adam": [adam_two_on_a_line, adam_with_a_function_inside],
    "momentum": [momentum_keeps_the_parameter, momentum_starts_as_the_parameter],
    "nesterov": [nesterov_keeps_the_parameter],
    "adagrad": [adagrad_root_of_the_squared_sum, adagrad_squares_what_it_sums],
    "adadelta": [adadelta_epsilon_outside_below],
}

NOT_SAID = dict.fromkeys(("sgd_returns_none", "adam_with_a_function_inside"), "You return new values")
