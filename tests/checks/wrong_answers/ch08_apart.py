"""A wrong answer to chapter 08 whose results tell of no slip, since they are infinite."""

import numpy as np


def logsumexp_less_the_mean(x, axis=-1):
    m = x.mean(axis=axis, keepdims=True)
    return np.log(np.exp(x - m).sum(axis=axis)) + np.squeeze(m, axis=axis)


WRONG = {"logsumexp": [logsumexp_less_the_mean]}
SAID = {"logsumexp_less_the_mean": "Some of it is infinite."}
NOT_SAID = {"logsumexp_less_the_mean": "`min`"}
