"""inputs, dense, and layers that rearrange or disturb what passes through them."""

from collections.abc import Callable, Sequence
from math import inf, prod
from numbers import Real
from operator import index
from typing import Any

import numpy as np

import revgraph.core as rc
from revgraph.core.ops.op import first_dtype, op, same_dims
from revgraph.dl.activations import activation_by
from revgraph.dl.initializers import initializer_by
from revgraph.dl.layers.base import Layer, Pass, Tensor, known_size, takes
from revgraph.dl.randomness import Ambient, Stream
from revgraph.dl.regularizers import regularizer_by


class inputs(Layer):
    """Where data enters: ``inputs(784)`` for rows of 784 numbers, ``inputs((28, 28, 1))`` for images.

    shape: a sample's, a number or a tuple; the batch's axis comes in front. None stands for a size that may
    differ from batch to batch.
    name: the placeholder's, "x" by default. Give one where a network has several inputs.
    dtype: of the placeholder; a Model brings the whole network into its own.

    Called without arguments, ``dl.inputs(2)()``, it gives the placeholder, of shape (None, *shape).

    Raises TypeError for a shape that is none, ValueError for a size below 1.
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
        sizes = shape if isinstance(shape, list | tuple) else (shape,)
        self.shape = tuple(
            size if size is None else whole_number(size, "the shape of inputs") for size in sizes
        )
        self.dtype = dtype

    def __call__(self, *given: Any) -> Tensor:
        if given:
            raise TypeError(f"{self.name} is where data enters: it is called without arguments")
        return rc.placeholder(self.name if self.named else "x", (None, *self.shape), dtype=self.dtype)


def whole_number(value: Any, what: str) -> int:
    """A whole number from 1 on; NumPy's will do."""
    try:
        if isinstance(value, bool):
            raise TypeError
        number = index(value)
    except TypeError:
        raise TypeError(f"{what} is a whole number, not {value!r}") from None
    if number < 1:
        raise ValueError(f"{what} is at least 1, not {value!r}")
    return number


def number_below(value: Any, high: float, what: str) -> float:
    """A number from 0 to below ``high``."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{what} is a number, not {value!r}")
    if not 0 <= float(value) < high:
        span = "from 0 on" if high == inf else f"from 0 to below {high:g}"
        raise ValueError(f"{what} is a number {span}, not {value}")
    return float(value)


class WeightedLayer(Layer):
    """A layer with a kernel, a bias, an activation, and a regularizer for each."""

    def __init__(
        self,
        use_bias: bool,
        activation: Any,
        kernel_initializer: Any,
        bias_initializer: Any,
        kernel_regularizer: Any,
        bias_regularizer: Any,
        activity_regularizer: Any,
        name: str | None,
    ) -> None:
        super().__init__(name)
        self.use_bias = bool(use_bias)
        self.activation = activation_by(activation)
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
        self.draw_weight("kernel", self.kernel_initializer, shape, inputs[0].dtype)
        if self.use_bias:
            self.draw_weight("bias", self.bias_initializer, shape[-1:], inputs[0].dtype)

    @takes(1)
    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        out = self.apply(inputs[0], self.weights["kernel"])
        out = self.activation(out + self.weights["bias"] if self.use_bias else out)
        for regularizer, subject in (
            (self.kernel_regularizer, self.weights["kernel"]),
            (self.bias_regularizer, self.weights.get("bias")),
            (self.activity_regularizer, out),
        ):
            if regularizer and subject is not None:
                phase.penalize(subject, regularizer(subject))
        return out


class dense(WeightedLayer):
    """activation(x @ kernel + bias): (n, in) → (n, units); further axes in front of the last are kept.

    units               the number of outputs
    use_bias            whether there is a bias, (units,)
    activation          a name ("relu", "tanh", "softmax", ...) or a function of a node
    kernel_initializer  of the kernel, (in, units): a name ("he_normal", ...) or a function of a shape
    bias_initializer    of the bias, likewise
    kernel_regularizer, bias_regularizer, activity_regularizer
                        penalties on the kernel, the bias and the output while training: a name ("l2"),
                        ``dl.l2(0.001)`` and the like, or a function from a node to a number
    name                by default "dense_1" and so on

    Raises TypeError or ValueError for units that are no whole number from 1 on and for unknown names, and
    ValueError if called on an input whose last size is unknown.
    """

    def __init__(
        self,
        units: int,
        use_bias: bool = True,
        activation: Any = "linear",
        kernel_initializer: Any = "glorot_normal",
        bias_initializer: Any = "glorot_normal",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        name: str | None = None,
    ) -> None:
        if isinstance(use_bias, str):
            raise TypeError(
                f"dense takes use_bias before the activation, not {use_bias!r} in its place. "
                f"Next: dl.dense({units}, activation={use_bias!r})."
            )
        super().__init__(
            use_bias, activation, kernel_initializer, bias_initializer,
            kernel_regularizer, bias_regularizer, activity_regularizer, name,
        )  # fmt: skip
        self.units = whole_number(units, "dense's number of units")

    def kernel_shape(self, x: Tensor) -> tuple[int, ...]:
        return known_size(x, -1, self), self.units

    def apply(self, x: Tensor, kernel: Tensor) -> Tensor:
        return x @ kernel


class reshape(Layer):
    """Each sample in another shape: (n, ...) → (n, *new_shape).

    new_shape: a number or a tuple; one size may be -1, for what is left.

    Raises ValueError where the entries do not come out even.
    """

    def __init__(self, new_shape: int | Sequence[int], name: str | None = None) -> None:
        super().__init__(name)
        sizes = new_shape if isinstance(new_shape, list | tuple) else (new_shape,)
        try:
            self.new_shape = tuple(index(size) for size in sizes)
        except TypeError:
            raise TypeError(f"reshape takes whole numbers, one or a tuple, not {new_shape!r}") from None

    @takes(1)
    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        return rc.reshape(inputs[0], (-1, *self._filled(inputs[0])))

    def _filled(self, x: Tensor) -> tuple[int, ...]:
        sizes = [known_size(x, axis, self) for axis in range(1, len(x.shape or ()))]
        rest = prod(size for size in self.new_shape if size != -1)
        shape = tuple(prod(sizes) // max(rest, 1) if size == -1 else size for size in self.new_shape)
        if prod(shape) != prod(sizes):
            raise ValueError(
                f"{self.name} cannot make shape {self.new_shape} of samples of shape {tuple(sizes)}: "
                f"{prod(shape)} entries are not {prod(sizes)}"
            )
        return shape


class flatten(reshape):
    """Each sample as one row of numbers: (n, a, b, ...) → (n, a·b·...)."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(-1, name)


class transform(Layer):
    """Any function of nodes as a layer: ``transform(lambda x: rc.square(x))``.

    f: from the nodes that the layer is called on to a node. Layers that it calls are trained with the rest;
    variables too, if they are made outside of it: it is called more than once.
    """

    def __init__(self, f: Callable[..., Tensor], name: str | None = None) -> None:
        super().__init__(name)
        if not callable(f):
            raise TypeError(f"transform takes a function of nodes, not {f!r}")
        self.f = f

    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        return self.f(*inputs)


def _mask(x: np.ndarray, rate: float, chance: Stream | Ambient) -> np.ndarray:
    kept = chance.generator().random(x.shape) >= rate
    return kept.astype(x.dtype) / (1 - rate)


dropout_mask = op(
    "dropout_mask", _mask, lambda g, ans, x, rate, chance: None, dims=same_dims, dtype=first_dtype
)


class dropout(Layer):
    """While training, each entry is zero with probability ``rate``, and the others grow by 1 / (1 - rate).

    Otherwise x itself (Srivastava et al. 2014, in the inverted form).

    Raises ValueError for a rate that is not from 0 to below 1.
    """

    def __init__(self, rate: float, name: str | None = None) -> None:
        super().__init__(name)
        self.rate = number_below(rate, 1, "the rate of dropout")

    @takes(1)
    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        (x,) = inputs
        return x * dropout_mask(x, rate=self.rate, chance=phase.chance) if phase.training else x
