"""Initial weights: ``initializer(shape)`` draws an array. Any function of a shape will do.

Fans are counted as Keras counts them: for a dense kernel (in, out) they are in and out; for a convolution's
kernel (kh, kw, in, out) each is multiplied by the window's size kh·kw. A bias (n,) has one input, the 1.
"""

from collections.abc import Callable
from math import prod, sqrt
from typing import Any

import numpy as np

from revgraph.dl.names import make_by_name
from revgraph.dl.randomness import generator

Shape = tuple[int, ...]
Initializer = Callable[[Shape], np.ndarray]


def zeros() -> Initializer:
    """All entries 0."""
    return np.zeros


def ones() -> Initializer:
    """All entries 1."""
    return np.ones


def const(n: float = 1.0) -> Initializer:
    """All entries ``n``."""
    return lambda shape: np.full(shape, float(n))


def random_normal(mean: float = 0.0, stddev: float = 0.05) -> Initializer:
    """Normal with this ``mean`` and standard deviation ``stddev``."""
    return lambda shape: generator().normal(mean, stddev, shape)


def random_uniform(minval: float = -0.05, maxval: float = 0.05) -> Initializer:
    """Uniform from ``minval`` to below ``maxval``."""
    return lambda shape: generator().uniform(minval, maxval, shape)


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
        return 1, prod(shape)
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
    return make_by_name("initializer", wanted, INITIALIZERS)
