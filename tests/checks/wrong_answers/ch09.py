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


WRONG = {
    "momentum": [no_first_velocity],
    "rmsprop": [an_epsilon_of_its_own],
    "adam": [counts_from_two, root_of_beta, always_the_first_step, keeps_the_corrected],
}
