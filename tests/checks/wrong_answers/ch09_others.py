"""More wrong answers to chapter 09, as learners write them."""

import numpy as np

STATE = {}


def sgd_adds(parameter, gradient, memory, lr):
    parameter[:] = parameter + lr * gradient


def sgd_divides(parameter, gradient, memory, lr):
    parameter -= gradient / lr


def momentum_forgets_lr(parameter, gradient, memory, lr, momentum):
    v = memory.get("v", np.zeros_like(parameter))
    v = momentum * v - gradient
    memory["v"] = v
    parameter += lr * momentum * v


def momentum_averages(parameter, gradient, memory, lr, momentum):
    v = memory.get("v", 0.0)
    memory["v"] = momentum * v - (1 - momentum) * lr * gradient
    parameter += memory["v"]


def nesterov_is_momentum(parameter, gradient, memory, lr, momentum):
    v = memory["v"] = momentum * memory.get("v", 0.0) - lr * gradient
    parameter += v


def adagrad_forgets_the_square(parameter, gradient, memory, lr, epsilon):
    memory["a"] = memory.get("a", 0.0) + np.abs(gradient)
    parameter -= lr * gradient / (np.sqrt(memory["a"]) + epsilon)


def rmsprop_of_the_step(parameter, gradient, memory, lr, rho, epsilon):
    memory["a"] = rho * memory.get("a", gradient**2) + (1 - rho) * gradient**2
    parameter -= lr * gradient / (np.sqrt(memory["a"]) + epsilon)


def adadelta_without_the_second(parameter, gradient, memory, lr, rho, epsilon):
    a = memory["a"] = rho * memory.get("a", 0.0) + (1 - rho) * gradient**2
    parameter -= lr * gradient / np.sqrt(a + epsilon)


def adadelta_takes_up_gradients(parameter, gradient, memory, lr, rho, epsilon):
    a = memory["a"] = rho * memory.get("a", 0.0) + (1 - rho) * gradient**2
    step = np.sqrt(memory.get("b", 0.0) + epsilon) / np.sqrt(a + epsilon) * gradient
    memory["b"] = rho * memory.get("b", 0.0) + (1 - rho) * gradient**2
    parameter -= lr * step


def adam_by_identity(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    """Keeps its state in the notebook, under the identity of `memory`."""
    m, v, t = STATE.get(id(memory), (0.0, 0.0, 0))
    t, m, v = t + 1, beta1 * m + (1 - beta1) * gradient, beta2 * v + (1 - beta2) * gradient**2
    STATE[id(memory)] = m, v, t
    parameter -= lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)


def adam_attributes(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    """Keeps its state in the function itself, for all parameters alike."""
    me = adam_attributes
    me.t = getattr(me, "t", 0) + 1
    me.m = beta1 * getattr(me, "m", 0.0) + (1 - beta1) * gradient
    me.v = beta2 * getattr(me, "v", 0.0) + (1 - beta2) * gradient**2
    parameter -= lr * (me.m / (1 - beta1**me.t)) / (np.sqrt(me.v / (1 - beta2**me.t)) + epsilon)


def amsgrad_of_this_step(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    t = memory["t"] = memory.get("t", 0) + 1
    m = memory["m"] = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    v = memory["v"] = beta2 * memory.get("v", 0.0) + (1 - beta2) * gradient**2
    top = max(memory.get("top", 0.0), v.max(initial=0.0))
    memory["top"] = top
    parameter -= lr * (m / (1 - beta1**t)) / (np.sqrt(top / (1 - beta2**t)) + epsilon)


WRONG = {
    "sgd": [sgd_adds, sgd_divides],
    "momentum": [momentum_forgets_lr, momentum_averages],
    "nesterov": [nesterov_is_momentum],
    "adagrad": [adagrad_forgets_the_square],
    "rmsprop": [rmsprop_of_the_step],
    "adadelta": [adadelta_without_the_second, adadelta_takes_up_gradients],
    "adam": [adam_by_identity],
    "amsgrad": [amsgrad_of_this_step],
}
