"""Wrong answers that learners gave to chapter 09."""

import numpy as np


def no_first_velocity(parameter, gradient, memory, lr, momentum):
    memory["v"] = momentum * memory["v"] - lr * gradient
    parameter += memory["v"]


def an_epsilon_of_its_own(parameter, gradient, memory, lr, rho, epsilon):
    memory["s"] = rho * memory.get("s", 0.0) + (1 - rho) * gradient**2
    parameter -= lr * gradient / (np.sqrt(memory["s"]) + 1e-7)


def averages(gradient, memory, beta1, beta2):
    memory["m"] = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    memory["s"] = beta2 * memory.get("s", 0.0) + (1 - beta2) * gradient**2
    return memory["m"], memory["s"]


def counts_from_two(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    m, s = averages(gradient, memory, beta1, beta2)
    t = memory["t"] = memory.get("t", 1) + 1
    parameter -= lr * (m / (1 - beta1**t)) / (np.sqrt(s / (1 - beta2**t)) + epsilon)


def root_of_beta(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    m, _ = averages(gradient, memory, beta1, beta2)
    memory["t"] = memory.get("t", 0) + 1
    parameter -= lr * (m / (1 - beta1 ** memory["t"])) / (np.sqrt(beta1) + epsilon)


def always_the_first_step(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    m, s = averages(gradient, memory, beta1, beta2)
    parameter -= lr * (m / (1 - beta1)) / (np.sqrt(s / (1 - beta2)) + epsilon)


def keeps_the_corrected(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    m, s = averages(gradient, memory, beta1, beta2)
    t = memory["t"] = memory.get("t", 0) + 1
    memory["m"], memory["s"] = m / (1 - beta1**t), s / (1 - beta2**t)
    parameter -= lr * memory["m"] / (np.sqrt(memory["s"]) + epsilon)


def a_new_name_for_a_new_array(parameter, gradient, memory, lr):
    parameter = parameter - lr * gradient


def returned(parameter, gradient, memory, lr):
    return parameter - lr * gradient


def another_key(parameter, gradient, memory, lr, momentum):
    memory["velocity"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += memory["velocity"]


def kept_nowhere(parameter, gradient, memory, lr, momentum):
    v = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += v


def uphill(parameter, gradient, memory, lr, momentum):
    memory["v"] = momentum * memory.get("v", 0.0) + lr * gradient
    parameter += memory["v"]


def ninety_percent(parameter, gradient, memory, lr, momentum):
    memory["v"] = 0.9 * memory.get("v", 0.0) - lr * gradient
    parameter += memory["v"]


def velocity_from_before(parameter, gradient, memory, lr, momentum):
    old = memory.get("v", 0.0)
    memory["v"] = momentum * old - lr * gradient
    parameter += momentum * old - lr * gradient


def epsilon_behind_the_quotient(parameter, gradient, memory, lr, epsilon):
    memory["a"] = memory.get("a", 0.0) + gradient**2
    parameter -= lr * gradient / np.sqrt(memory["a"]) + epsilon


def one_number_for_all(parameter, gradient, memory, lr, epsilon):
    memory["a"] = memory.get("a", 0.0) + np.dot(gradient.ravel(), gradient.ravel())
    parameter -= lr * gradient / (np.sqrt(memory["a"]) + epsilon)


def not_squared(parameter, gradient, memory, lr, epsilon):
    memory["a"] = memory.get("a", 0.0) + gradient
    parameter -= lr * gradient / (np.sqrt(memory["a"]) + epsilon)


def weights_without_parentheses(parameter, gradient, memory, lr, rho, epsilon):
    memory["a"] = rho * memory.get("a", 0.0) + 1 - rho * gradient**2
    parameter -= lr * gradient / (np.sqrt(memory["a"]) + epsilon)


def never_moves(parameter, gradient, memory, lr, rho, epsilon):
    a = memory["a"] = rho * memory.get("a", 0.0) + (1 - rho) * gradient**2
    b = memory.get("b", 0.0)
    move = gradient * np.sqrt(b) / np.sqrt(a)
    memory["b"] = rho * b + (1 - rho) * move**2
    parameter -= lr * move


def beta_times_t(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    m, s = averages(gradient, memory, beta1, beta2)
    t = memory["t"] = memory.get("t", 0) + 1
    parameter -= lr * (m / (1 - beta1 * t)) / (np.sqrt(s / (1 - beta2 * t)) + epsilon)


def one_beta(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    m, s = averages(gradient, memory, beta1, beta1)
    t = memory["t"] = memory.get("t", 0) + 1
    parameter -= lr * (m / (1 - beta1**t)) / (np.sqrt(s / (1 - beta1**t)) + epsilon)


def largest_by_max(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    m, s = averages(gradient, memory, beta1, beta2)
    t = memory["t"] = memory.get("t", 0) + 1
    memory["top"] = max(memory.get("top", 0.0), s)
    parameter -= lr * (m / (1 - beta1**t)) / (np.sqrt(memory["top"] / (1 - beta2**t)) + epsilon)


WRONG = {
    "sgd": [a_new_name_for_a_new_array, returned],
    "momentum": [no_first_velocity, another_key, kept_nowhere, uphill, ninety_percent],
    "nesterov": [velocity_from_before],
    "adagrad": [epsilon_behind_the_quotient, one_number_for_all, not_squared],
    "rmsprop": [an_epsilon_of_its_own, weights_without_parentheses],
    "adadelta": [never_moves],
    "adam": [
        counts_from_two,
        root_of_beta,
        always_the_first_step,
        keeps_the_corrected,
        beta_times_t,
        one_beta,
    ],
    "amsgrad": [largest_by_max],
}
