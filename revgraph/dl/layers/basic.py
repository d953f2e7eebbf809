"""inputs, dense, and layers that rearrange or disturb what passes through them."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

import revgraph.core as rc
from revgraph.core.ops.op import first_dtype, op, same_dims
from revgraph.dl.activations import activation_by
from revgraph.dl.initializers import initializer_by
from revgraph.dl.layers.base import Layer, Pass, Tensor, known_size
from revgraph.dl.randomness import generator
from revgraph.dl.regularizers import regularizer_by


class inputs(Layer):
    """Where data enters: ``inputs(784)`` for rows of 784 numbers, ``inputs((28, 28, 1))`` for images.

    The shape is a sample's; the batch's axis comes in front. Call it without arguments: ``dl.inputs(2)()``.
    """

    def __init__(
        self, shape: int | Sequence[int | None], name: str | None = None, dtype: Any = "float64"
    ) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(
                f"inputs takes a sample's shape as one number or one tuple, and then a name, not {name!r}. "
                "Next: write dl.inputs((28, 28, 1)) for images of 28 x 28 and one channel."
            )
        super().__init__(name)
        self.shape = (shape,) if isinstance(shape, int) else tuple(shape)
        self.dtype = dtype

    def __call__(self, *given: Tensor) -> Tensor:
        if given:
            raise TypeError(f"{self.name} is where data enters: it is called without arguments")
        return rc.placeholder(self.name, (None, *self.shape), dtype=self.dtype)


class WeightedLayer(Layer):
    """A layer with a kernel, a bias, an activation, and a regularizer for each."""

    def __init__(
        self,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        self.activation = activation_by(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializer_by(kernel_initializer)
        self.bias_initializer = initializer_by(bias_initializer)
        self.kernel_regularizer = regularizer_by(kernel_regularizer)
        self.bias_regularizer = regularizer_by(bias_regularizer)
        self.activity_regularizer = regularizer_by(activity_regularizer)

    def kernel_shape(self, x: Tensor) -> tuple[int, ...]:
        """The kernel's shape for this input; the last axis is the outputs'."""
        raise NotImplementedError

    def apply(self, x: Tensor, kernel: Tensor) -> Tensor:
        """The linear part."""
        raise NotImplementedError

    def build(self, *inputs: Tensor) -> None:
        shape = self.kernel_shape(inputs[0])
        self.add_weight("kernel", self.kernel_initializer(shape), inputs[0].dtype)
        if self.use_bias:
            self.add_weight("bias", self.bias_initializer(shape[-1:]), inputs[0].dtype)

    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        out = self.apply(inputs[0], self.weights["kernel"])
        out = self.activation(out + self.weights["bias"] if self.use_bias else out)
        phase.penalties += self.penalties(out)
        return out

    def penalties(self, out: Tensor) -> list[Tensor]:
        subjects = (
            (self.kernel_regularizer, self.weights["kernel"]),
            (self.bias_regularizer, self.weights.get("bias")),
            (self.activity_regularizer, out),
        )
        return [penalty(subject) for penalty, subject in subjects if penalty and subject is not None]


class dense(WeightedLayer):
    """activation(x @ kernel + bias): (n, in) → (n, units); further axes in front are kept."""

    def __init__(self, units: int, activation: Any = None, **options: Any) -> None:
        super().__init__(activation, **options)
        self.units = units

    def kernel_shape(self, x: Tensor) -> tuple[int, ...]:
        return known_size(x, -1, self), self.units

    def apply(self, x: Tensor, kernel: Tensor) -> Tensor:
        return x @ kernel


class reshape(Layer):
    """Each sample in another shape; one size may be -1, for what is left."""

    def __init__(self, shape: int | Sequence[int], name: str | None = None) -> None:
        super().__init__(name)
        self.shape = (shape,) if isinstance(shape, int) else tuple(shape)

    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        return rc.reshape(inputs[0], (-1, *self._filled(inputs[0])))

    def _filled(self, x: Tensor) -> tuple[int, ...]:
        sizes = [known_size(x, axis, self) for axis in range(1, len(x.shape or ()))]
        rest = prod(size for size in self.shape if size != -1)
        shape = tuple(prod(sizes) // max(rest, 1) if size == -1 else size for size in self.shape)
        if prod(shape) != prod(sizes):
            raise ValueError(
                f"{self.name} cannot make shape {self.shape} of samples of shape {tuple(sizes)}: "
                f"{prod(shape)} entries are not {prod(sizes)}"
            )
        return shape


class flatten(reshape):
    """Each sample as one row of numbers."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(-1, name)


class transform(Layer):
    """Any function of nodes as a layer: ``transform(lambda x: rc.square(x))``."""

    def __init__(self, function: Callable[..., Tensor], name: str | None = None) -> None:
        super().__init__(name)
        self.function = function

    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        return self.function(*inputs)


def _mask(x: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    kept = rng.random(x.shape) >= rate
    return kept.astype(x.dtype) / (1 - rate)


dropout_mask = op("dropout_mask", _mask, lambda g, ans, x, rate, rng: None, dims=same_dims, dtype=first_dtype)


class dropout(Layer):
    """While training, each entry is zero with probability ``rate``, and the others grow by 1 / (1 - rate).

    Otherwise x itself (Srivastava et al. 2014, in the inverted form).
    """

    def __init__(self, rate: float, name: str | None = None) -> None:
        super().__init__(name)
        if not 0 <= rate < 1:
            raise ValueError(f"the rate of dropout lies from 0 to below 1, not {rate}")
        self.rate = rate

    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        (x,) = inputs
        return x * dropout_mask(x, rate=self.rate, rng=generator()) if phase.training else x
