"""Convolution and pooling over sequences (n, size, channels) and images (n, height, width, channels)."""

from collections.abc import Sequence
from typing import Any, cast

import revgraph.core as rc
from revgraph.dl.layers.base import Layer, Pass, Tensor, known_size, takes
from revgraph.dl.layers.basic import WeightedLayer, whole_number

Sizes = int | Sequence[int]
Pair = tuple[int, int]


def sizes_by_axis(value: Sizes, n: int, what: str) -> tuple[int, ...]:
    """One size for all axes, or one for each."""
    try:
        given = tuple(value) if isinstance(value, list | tuple) else (value,) * n
        if len(given) != n:
            raise ValueError
        return tuple(whole_number(size, what) for size in given)
    except (TypeError, ValueError):
        raise ValueError(f"{what} is a positive number or {n} of them, not {value!r}") from None


def padding_name(padding: str) -> str:
    if not isinstance(padding, str) or padding.upper() not in ("VALID", "SAME"):
        raise ValueError(f"padding is 'valid' or 'same', not {padding!r}")
    return padding.upper()


class _conv(WeightedLayer):
    """A convolution over ``n_axes`` axes. Padding as TensorFlow defines it."""

    n_axes: int

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        stride: Sizes,
        padding: str,
        dilation_rate: Sizes,
        *weighted: Any,
    ) -> None:
        super().__init__(*weighted)
        self.filters = whole_number(filters, f"{type(self).__name__}'s number of filters")
        self.kernel_size = sizes_by_axis(kernel_size, self.n_axes, "kernel_size")
        self.stride = sizes_by_axis(stride, self.n_axes, "stride")
        self.dilation_rate = sizes_by_axis(dilation_rate, self.n_axes, "dilation_rate")
        self.padding = padding_name(padding)

    def kernel_shape(self, x: Tensor) -> tuple[int, ...]:
        return *self.kernel_size, known_size(x, -1, self), self.filters


class conv1d(_conv):
    """activation(convolution + bias) over sequences: (n, size, in) → (n, size', filters).

    filters        the number of outputs at each place
    kernel_size    how far a window reaches; the kernel has shape (kernel_size, in, filters)
    stride         the step from window to window
    padding        "valid": windows lie inside, size' = ⌈(size - reach + 1) / stride⌉ with a window's
                   reach = (kernel_size - 1)·dilation_rate + 1; "same": zeros around, size' = ⌈size / stride⌉,
                   as TensorFlow defines both
    dilation_rate  the distance between the entries of a window
    activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
    activity_regularizer, name
                   as for dense; there is no bias unless ``use_bias`` says so

    Raises ValueError for sizes that are no positive numbers and for unknown names.
    """

    n_axes = 1

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: str = "valid",
        activation: Any = "linear",
        use_bias: bool = False,
        kernel_initializer: Any = "glorot_normal",
        bias_initializer: Any = "glorot_normal",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        dilation_rate: Sizes = 1,
        name: str | None = None,
    ) -> None:
        super().__init__(
            filters, kernel_size, stride, padding, dilation_rate,
            use_bias, activation, kernel_initializer, bias_initializer,
            kernel_regularizer, bias_regularizer, activity_regularizer, name,
        )  # fmt: skip

    def apply(self, x: Tensor, kernel: Tensor) -> Tensor:
        (stride,), (dilation,) = self.stride, self.dilation_rate
        return rc.conv1d(x, kernel, padding=self.padding, stride=stride, dilation=dilation)


class conv2d(_conv):
    """activation(convolution + bias) over images: (n, h, w, in) → (n, h', w', filters).

    filters        the number of outputs at each place
    kernel_size    a window's size, (kh, kw) or one number; the kernel has shape (kh, kw, in, filters)
    stride         the steps from window to window, down and across
    padding        "valid": windows lie inside; "same": zeros around, h' = ⌈h / stride⌉ and w' likewise, as
                   TensorFlow defines both
    dilation_rate  the distances between the entries of a window
    activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
    activity_regularizer, name
                   as for dense; there is no bias unless ``use_bias`` says so

    Raises ValueError for sizes that are no positive numbers and for unknown names.
    """

    n_axes = 2

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        stride: Sizes = (1, 1),
        padding: str = "valid",
        activation: Any = "linear",
        use_bias: bool = False,
        kernel_initializer: Any = "glorot_normal",
        bias_initializer: Any = "glorot_normal",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        dilation_rate: Sizes = 1,
        name: str | None = None,
    ) -> None:
        super().__init__(
            filters, kernel_size, stride, padding, dilation_rate,
            use_bias, activation, kernel_initializer, bias_initializer,
            kernel_regularizer, bias_regularizer, activity_regularizer, name,
        )  # fmt: skip

    def apply(self, x: Tensor, kernel: Tensor) -> Tensor:
        stride, dilation = cast(Pair, self.stride), cast(Pair, self.dilation_rate)
        return rc.conv2d(x, kernel, padding=self.padding, stride=stride, dilation=dilation)


class _pool(Layer):
    def __init__(
        self,
        pool_size: Sizes = 2,
        stride: Sizes | None = None,
        padding: str = "valid",
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        self.pool_size = cast(Pair, sizes_by_axis(pool_size, 2, "pool_size"))
        self.stride = self.pool_size if stride is None else cast(Pair, sizes_by_axis(stride, 2, "stride"))
        self.padding = padding_name(padding)


class max_pool2d(_pool):
    """The largest entry of each window, by channel: (n, h, w, c) → (n, h', w', c).

    pool_size: the window's size, (height, width) or one number
    stride: the steps from window to window, by default ``pool_size``
    padding: "valid" or "same", as for conv2d; what is padded never is the largest

    Raises ValueError for sizes that are no positive numbers and for an unknown padding.
    """

    @takes(1)
    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        return rc.max_pool2d(inputs[0], self.pool_size, self.stride, self.padding)


class avg_pool2d(_pool):
    """The mean of each window, by channel: (n, h, w, c) → (n, h', w', c).

    pool_size: the window's size, (height, width) or one number
    stride: the steps from window to window, by default ``pool_size``
    padding: "valid" or "same", as for conv2d; what is padded does not count

    Raises ValueError for sizes that are no positive numbers and for an unknown padding.
    """

    @takes(1)
    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        return rc.avg_pool2d(inputs[0], self.pool_size, self.stride, self.padding)
