"""Activation functions: a node in, a node of the same shape out. Any such function will do."""

from collections.abc import Callable
from typing import Any

import revgraph.core as rc
from revgraph.core import gelu, relu, sigmoid, softplus, tanh
from revgraph.dl.names import lookup

Activation = Callable[[rc.Tensor], rc.Tensor]


def linear(x: rc.Tensor) -> rc.Tensor:
    """``x`` itself."""
    return x


def leaky_relu(x: rc.Tensor, alpha: float = 0.3) -> rc.Tensor:
    """``x`` where it is above 0, ``alpha`` · x elsewhere (Maas et al. 2013; Keras's alpha)."""
    return rc.where(x > 0, x, alpha * x)


def softmax(x: rc.Tensor, axis: int | tuple[int, ...] = -1, keepdims: bool = True) -> rc.Tensor:
    """exp(``x``), divided by its sum over ``axis``: positive numbers that add up to 1.

    keepdims: whether the sum keeps its axis. It has to, or it could not be divided by.

    Raises ValueError for ``keepdims=False``.
    """
    if not keepdims:
        raise ValueError("softmax divides by a sum that keeps its axis. Next: leave keepdims out.")
    return rc.softmax(x, axis=axis)


ACTIVATIONS: dict[str, Activation] = {
    "linear": linear,
    "relu": relu,
    "gelu": gelu,
    "leaky_relu": leaky_relu,
    "tanh": tanh,
    "sigmoid": sigmoid,
    "softmax": softmax,
    "softplus": softplus,
}


def activation_by(wanted: Any) -> Activation:
    """By name or as a callable; None is linear."""
    return linear if wanted is None else lookup("activation", wanted, ACTIVATIONS)
