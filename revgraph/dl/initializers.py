"""Initial weights: ``initializer(shape)`` draws an array.

Fans are counted as Keras counts them: for a dense kernel (in, out) they are in and out; for a convolution's
kernel (kh, kw, in, out) each is multiplied by the window's size kh·kw.
"""

from collections.abc import Callable
from math import prod, sqrt
from typing import Any

import numpy as np

from revgraph.dl.names import lookup
from revgraph.dl.randomness import generator

Shape = tuple[int, ...]
Initializer = Callable[[Shape], np.ndarray]


def zeros() -> Initializer:
    return np.zeros


def ones() -> Initializer:
    return np.ones


def const(value: float = 0.0) -> Initializer:
    return lambda shape: np.full(shape, float(value))


def random_normal(mean: float = 0.0, stddev: float = 0.05) -> Initializer:
    return lambda shape: generator().normal(mean, stddev, shape)


def random_uniform(low: float = -0.05, high: float = 0.05) -> Initializer:
    return lambda shape: generator().uniform(low, high, shape)


def glorot_normal() -> Initializer:
    """Normal with variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010)."""
    return lambda shape: generator().normal(0.0, sqrt(2 / sum(fans(shape))), shape)


def glorot_uniform() -> Initializer:
    """Uniform with variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010, eq. 16)."""
    return lambda shape: _uniform(sqrt(6 / sum(fans(shape))), shape)


def he_normal() -> Initializer:
    """Normal with variance 2 / fan_in (He et al. 2015)."""
    return lambda shape: generator().normal(0.0, sqrt(2 / fans(shape)[0]), shape)


def he_uniform() -> Initializer:
    """Uniform with variance 2 / fan_in (He et al. 2015)."""
    return lambda shape: _uniform(sqrt(6 / fans(shape)[0]), shape)


def _uniform(limit: float, shape: Shape) -> np.ndarray:
    return generator().uniform(-limit, limit, shape)


def fans(shape: Shape) -> tuple[int, int]:
    """(fan_in, fan_out): how many inputs feed one output, and how many outputs one input feeds."""
    if len(shape) < 2:
        size = prod(shape)
        return size, size
    window = prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


INITIALIZERS: dict[str, Callable[[], Initializer]] = {
    make.__name__: make
    for make in (
        zeros, ones, const, random_normal, random_uniform,
        glorot_normal, glorot_uniform, he_normal, he_uniform,
    )
}  # fmt: skip


def initializer_by(wanted: Any) -> Initializer:
    """By name, or a callable that takes a shape."""
    return wanted if callable(wanted) else lookup("initializer", wanted, INITIALIZERS)()
