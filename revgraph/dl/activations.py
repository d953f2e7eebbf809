"""Activation functions: a node in, a node of the same shape out."""

from collections.abc import Callable
from typing import Any

import revgraph.core as rc
from revgraph.dl.names import lookup

Activation = Callable[[rc.Tensor], rc.Tensor]


def linear(x: rc.Tensor) -> rc.Tensor:
    """x itself."""
    return x


def leaky_relu(x: rc.Tensor, alpha: float = 0.3) -> rc.Tensor:
    """x where x > 0, alpha·x elsewhere (Keras's default alpha)."""
    return rc.where(x > 0, x, alpha * x)


def softmax(x: rc.Tensor) -> rc.Tensor:
    """exp(x) normalized to sum 1 along the last axis."""
    return rc.softmax(x, axis=-1)


ACTIVATIONS: dict[str, Activation] = {
    "linear": linear,
    "relu": rc.relu,
    "leaky_relu": leaky_relu,
    "tanh": rc.tanh,
    "sigmoid": rc.sigmoid,
    "softmax": softmax,
    "softplus": rc.softplus,
}


def activation_by(wanted: Any) -> Activation:
    """By name or as a callable; None is linear."""
    return linear if wanted is None else lookup("activation", wanted, ACTIVATIONS)
