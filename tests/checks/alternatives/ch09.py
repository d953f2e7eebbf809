"""Right answers to chapter 09 in other words than the reference's."""

import numpy as np


def sgd_out(parameter, gradient, memory, lr):
    np.subtract(parameter, lr * gradient, out=parameter)


def sgd_slice(parameter, gradient, memory, lr):
    parameter[...] = parameter - lr * gradient


def momentum_downhill(parameter, gradient, memory, lr, momentum):
    """The velocity with the other sign."""
    memory["u"] = momentum * memory.get("u", np.zeros_like(parameter)) + lr * gradient
    parameter -= memory["u"]


def momentum_pytorch(parameter, gradient, memory, lr, momentum):
    if "b" not in memory:
        memory["b"] = np.zeros_like(parameter)
    memory["b"] *= momentum
    memory["b"] += gradient
    parameter -= lr * memory["b"]


def nesterov_pytorch(parameter, gradient, memory, lr, momentum):
    memory["b"] = momentum * memory.get("b", 0) + gradient
    parameter -= lr * (gradient + momentum * memory["b"])


def nesterov_unrolled(parameter, gradient, memory, lr, momentum):
    old = memory.get("v", 0)
    memory["v"] = momentum * old - lr * gradient
    parameter += momentum**2 * old - (1 + momentum) * lr * gradient


def adagrad_setdefault(parameter, gradient, memory, lr, epsilon):
    total = memory.setdefault("s", np.zeros_like(parameter))
    total += gradient * gradient
    parameter -= lr / (total**0.5 + epsilon) * gradient


def adagrad_history(parameter, gradient, memory, lr, epsilon):
    memory.setdefault("all", []).append(gradient.copy())
    parameter -= lr * gradient / (np.sqrt(np.sum(np.square(memory["all"]), axis=0)) + epsilon)


def rmsprop_towards(parameter, gradient, memory, lr, rho, epsilon):
    a = memory.setdefault("a", np.zeros_like(parameter))
    a += (1 - rho) * (gradient**2 - a)
    parameter -= lr * gradient / (epsilon + np.sqrt(a))


def rmsprop_slice(parameter, gradient, memory, lr, rho, epsilon):
    memory["mean"] = memory.get("mean", 0) * rho + np.square(gradient) * (1 - rho)
    parameter[...] = parameter - gradient * lr / (memory["mean"] ** 0.5 + epsilon)


def adadelta_one_root(parameter, gradient, memory, lr, rho, epsilon):
    a = rho * memory.get("a", 0) + (1 - rho) * gradient**2
    b = memory.get("b", 0)
    move = -np.sqrt((b + epsilon) / (a + epsilon)) * gradient
    memory["a"], memory["b"] = a, rho * b + (1 - rho) * move**2
    parameter += lr * move


def adadelta_in_place(parameter, gradient, memory, lr, rho, epsilon):
    if not memory:
        memory.update(a=np.zeros_like(parameter), b=np.zeros_like(parameter))
    a, b = memory["a"], memory["b"]
    a *= rho
    a += (1 - rho) * gradient**2
    move = (b + epsilon) ** 0.5 / (a + epsilon) ** 0.5 * gradient
    b *= rho
    b += (1 - rho) * move**2
    parameter -= lr * move


def adam_step_size(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    """The form of the end of the paper's section 2: both corrections in the step size."""
    t = memory["t"] = memory.get("t", 0) + 1
    m = memory["m"] = beta1 * memory.get("m", 0) + (1 - beta1) * gradient
    v = memory["v"] = beta2 * memory.get("v", 0) + (1 - beta2) * gradient**2
    root = np.sqrt(1 - beta2**t)
    parameter -= lr * root / (1 - beta1**t) * m / (np.sqrt(v) + epsilon * root)


def adam_powers(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    """Keeps the powers of the betas in place of t."""
    if not memory:
        memory.update(m=np.zeros_like(parameter), v=np.zeros_like(parameter), p1=1.0, p2=1.0)
    memory["p1"] *= beta1
    memory["p2"] *= beta2
    memory["m"] += (1 - beta1) * (gradient - memory["m"])
    memory["v"] += (1 - beta2) * (gradient * gradient - memory["v"])
    parameter -= (
        lr * (memory["m"] / (1 - memory["p1"])) / (np.sqrt(memory["v"] / (1 - memory["p2"])) + epsilon)
    )


def amsgrad_pytorch(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    t = memory["t"] = memory.get("t", 0) + 1
    m = memory["m"] = beta1 * memory.get("m", 0) + (1 - beta1) * gradient
    v = memory["v"] = beta2 * memory.get("v", 0) + (1 - beta2) * gradient**2
    top = memory["top"] = np.maximum(memory.get("top", np.zeros_like(parameter)), v)
    parameter -= lr / (1 - beta1**t) * m / (np.sqrt(top) / np.sqrt(1 - beta2**t) + epsilon)


def amsgrad_history(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    gs = memory.setdefault("gs", [])
    gs.append(gradient.copy())
    m, v, top = 0, 0, 0
    for g in gs:
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        top = np.maximum(top, v)
    t = len(gs)
    parameter -= lr * (m / (1 - beta1**t)) / (np.sqrt(top / (1 - beta2**t)) + epsilon)


ALTERNATIVES = {
    "sgd": [sgd_out, sgd_slice],
    "momentum": [momentum_downhill, momentum_pytorch],
    "nesterov": [nesterov_pytorch, nesterov_unrolled],
    "adagrad": [adagrad_setdefault, adagrad_history],
    "rmsprop": [rmsprop_towards, rmsprop_slice],
    "adadelta": [adadelta_one_root, adadelta_in_place],
    "adam": [adam_step_size, adam_powers],
    "amsgrad": [amsgrad_pytorch, amsgrad_history],
}
