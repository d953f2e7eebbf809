"""Normalization, over the batch and over the features of each sample."""

from math import inf

import numpy as np

import revgraph.core as rc
from revgraph.core.ops.broadcasting import unbroadcast_like
from revgraph.core.ops.linear import as_one_matrix
from revgraph.core.ops.op import Op, Rule, first_dtype, op, same_dims
from revgraph.core.ops.reductions import count
from revgraph.dl.layers.base import Layer, Pass, Tensor, known_size, require_features, takes
from revgraph.dl.layers.basic import number_below


def _move(value: np.ndarray, average: rc.variable, momentum: float) -> np.ndarray:
    average.data += (1 - momentum) * (value - average.data)
    return value


move_average = op("move_average", _move, dims=same_dims, effect=True)

# Beside its plain formula, y = scale · centered + beta, stands the rule for its gradient. Followed step by
# step that takes more passes over arrays of the size of x: since centered adds up to zero, the sums that are
# needed can be had from g alone, and from g · centered. Programs leave the operation out.


def with_rule(name: str, vjp: Rule) -> Op:
    """The node `y` as it is, of (y, x, centered, inverse, scale, gamma, beta), whose gradient is by `vjp`.

    inverse is 1 / sqrt(variance + epsilon), scale is gamma · inverse.
    """
    identity = {"dims": same_dims, "dtype": first_dtype, "view": True, "identity": True}
    return op(name, lambda y, *_: y, vjp, **identity)


def rows_vjp(
    g: Tensor, ans: Tensor, y: Tensor, x: Tensor, centered: Tensor, inverse: Tensor, scale: Tensor,
    gamma: Tensor, beta: Tensor,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """Where each row was normalized: sums over a row are products with gamma, over the rows one product."""
    weighed = rc.expand_dims(gamma, -1) / count(gamma, None)
    products = g * centered
    along, shift = products @ weighed * (inverse * rc.square(inverse)), g @ weighed * inverse
    by_gamma = rc.transpose(as_one_matrix(inverse)) @ as_one_matrix(products)
    by_x = g * scale - centered * along - shift
    return None, by_x, None, None, None, rc.squeeze(by_gamma, 0), unbroadcast_like(g, beta)


def channels_vjp(
    g: Tensor, ans: Tensor, y: Tensor, x: Tensor, centered: Tensor, inverse: Tensor, scale: Tensor,
    gamma: Tensor, beta: Tensor,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """Where each channel was normalized: both sums are those of gamma and beta."""
    by_beta, by_scale = unbroadcast_like(g, beta), unbroadcast_like(g * centered, gamma)
    share = scale / count(x, tuple(range(len(x.shape or ()) - 1)))
    by_x = g * scale - centered * (share * by_scale * rc.square(inverse)) - share * by_beta
    return None, by_x, None, None, None, by_scale * inverse, by_beta


normalized_rows = with_rule("normalized_rows", rows_vjp)
normalized_channels = with_rule("normalized_channels", channels_vjp)


class batch_norm(Layer):
    """gamma · (x - mean) / sqrt(variance + epsilon) + beta, by channel, which is the last axis.

    While training, mean and variance are the batch's, and averages of them move along: average ← momentum ·
    average + (1 - momentum) · batch. Otherwise the averages stand in for the batch (Ioffe and Szegedy 2015).

    momentum: how much of the averages stays at each step
    epsilon: keeps the quotient finite where a channel does not vary

    The shape stays. Raises ValueError for an input whose last size is unknown, or not that of the first one.
    """

    def __init__(self, momentum: float = 0.99, epsilon: float = 1e-3, name: str | None = None) -> None:
        super().__init__(name)
        self.momentum = number_below(momentum, 1, "batch_norm's momentum")
        self.epsilon = number_below(epsilon, inf, "batch_norm's epsilon")

    def build(self, *inputs: Tensor) -> None:
        (x,) = inputs
        channels = (known_size(x, -1, self),)
        for weight, start in (("gamma", 1.0), ("beta", 0.0), ("mean", 0.0), ("variance", 1.0)):
            self.add_weight(weight, np.full(channels, start), x.dtype)

    @property
    def trainable(self) -> list[rc.variable]:
        return [self.weights["gamma"], self.weights["beta"]]

    @takes(1)
    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        (x,) = inputs
        gamma, beta, mean, average = self.weights.values()
        require_features(x, len(gamma.data), self)
        if not phase.training:
            return (x - mean) * (gamma / rc.sqrt(average + self.epsilon)) + beta
        centered, variance = self._by_batch(phase, x)
        inverse = 1 / rc.sqrt(variance + self.epsilon)
        scale = gamma * inverse
        return normalized_channels(centered * scale + beta, x, centered, inverse, scale, gamma, beta)

    def _by_batch(self, phase: Pass, x: Tensor) -> tuple[Tensor, Tensor]:
        """x around the batch's mean, and its variance."""
        axes = tuple(range(len(x.shape or ()) - 1))
        mean = rc.mean(x, axis=axes)
        centered = x - mean
        variance = rc.mean(rc.square(centered), axis=axes)
        phase.updates += [
            move_average(mean, average=self.weights["mean"], momentum=self.momentum),
            move_average(variance, average=self.weights["variance"], momentum=self.momentum),
        ]
        return centered, variance


class layer_norm(Layer):
    """gamma · (x - mean) / sqrt(variance + epsilon) + beta, with the moments of each row: the last axis.

    gamma and beta have the size of the last axis; training and prediction are the same (Ba, Kiros and Hinton
    2016).

    epsilon: keeps the quotient finite where a row does not vary

    The shape stays. Raises ValueError for an input whose last size is unknown, or not that of the first one.
    """

    def __init__(self, epsilon: float = 1e-5, name: str | None = None) -> None:
        super().__init__(name)
        self.epsilon = number_below(epsilon, inf, "layer_norm's epsilon")

    def build(self, *inputs: Tensor) -> None:
        (x,) = inputs
        features = (known_size(x, -1, self),)
        self.add_weight("gamma", np.ones(features), x.dtype)
        self.add_weight("beta", np.zeros(features), x.dtype)

    @takes(1)
    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        (x,) = inputs
        centered = x - rc.mean(x, axis=-1, keepdims=True)
        variance = rc.mean(rc.square(centered), axis=-1, keepdims=True)
        gamma, beta = self.weights.values()
        require_features(x, len(gamma.data), self)
        inverse = 1 / rc.sqrt(variance + self.epsilon)
        scale = inverse * gamma
        return normalized_rows(centered * scale + beta, x, centered, inverse, scale, gamma, beta)
