"""Wrong answers to chapter 13: numbers used again, inputs written into."""

import math

import numpy as np


def he_spread(shape):
    return math.sqrt(2 / math.prod(shape[:-1]))


def he_for_the_last_axes(shape, rng):
    return np.zeros(shape) + rng.normal(0, he_spread(shape), shape[-2:])


def he_of_one_filter(shape, rng):
    return np.repeat(rng.normal(0, he_spread(shape), shape[:-1])[..., None], shape[-1], -1)


def he_in_float32(shape, rng):
    return rng.normal(0, he_spread(shape), shape).astype("float32")


def he_as_a_list(shape, rng):
    return rng.normal(0, he_spread(shape), shape).tolist()


WRONG = {
    "he_normal": [he_for_the_last_axes, he_of_one_filter, he_in_float32, he_as_a_list],
}
