"""Wrong answers to chapter 09, as learners write them."""

import numpy as np


def adam_two_on_a_line(parameter, gradient, memory, lr, beta1, beta2, epsilon):
    t = memory.get("t", 0); memory["t"] = t + 1  # fmt: skip  # noqa: E702
    m = memory["m"] = beta1 * memory.get("m", 0.0) + (1 - beta1) * gradient
    v = memory["v"] = beta2 * memory.get("v", 0.0) + (1 - beta2) * gradient**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    parameter -= lr * m_hat / (np.sqrt(v_hat) + epsilon)


WRONG = {
    "adam": [adam_two_on_a_line],
}
