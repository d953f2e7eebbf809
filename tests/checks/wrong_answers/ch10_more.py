"""Wrong answers to chapter 10, as learners write them."""

import numpy as np


def glorot_uniform_from_0_wrong_fans(shape, rng):
    return rng.uniform(0, np.sqrt(6 / (shape[0] + shape[1])), shape)


def glorot_uniform_from_0_last_two(shape, rng):
    return rng.uniform(0, np.sqrt(6 / (shape[-2] + shape[-1])), shape)


def glorot_uniform_from_0_fan_in(shape, rng):
    return rng.uniform(0, np.sqrt(6 / np.prod(shape[:-1])), shape)


def glorot_uniform_no_bounds(shape, rng):
    return rng.uniform(size=shape) * np.sqrt(6 / (shape[-2] + shape[-1]))


WRONG = {
    "glorot_uniform": [
        glorot_uniform_from_0_wrong_fans,
        glorot_uniform_from_0_last_two,
        glorot_uniform_from_0_fan_in,
        glorot_uniform_no_bounds,
    ],
}
