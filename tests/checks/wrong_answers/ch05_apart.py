"""Wrong answers to chapter 05 that were told another mistake, or asked for what they do."""

import numpy as np


def broadcast_shape_type_error(a, b):
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        pass
    raise TypeError("these shapes do not fit")


def unbroadcast_squeezes(g, shape):
    k = g.ndim - len(shape)
    axes = (*range(k), *(k + i for i, n in enumerate(shape) if n == 1 != g.shape[k + i]))
    return np.squeeze(g.sum(axis=axes, keepdims=True))


WRONG = {"broadcast_shape": [broadcast_shape_type_error], "unbroadcast": [unbroadcast_squeezes]}
SAID = {
    "broadcast_shape_type_error": "it should be ValueError; yours is TypeError.",
    "unbroadcast_squeezes": "every axis of size 1 is gone",
}
NOT_SAID = {
    "broadcast_shape_type_error": "should it raise an error",
    "unbroadcast_squeezes": "axes behind it move up",
}
