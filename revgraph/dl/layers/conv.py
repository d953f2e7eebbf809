"""Convolution and pooling over sequences (n, size, channels) and images (n, height, width, channels)."""

from collections.abc import Sequence
from typing import Any, cast

import revgraph.core as rc
from revgraph.dl.layers.base import Layer, Pass, Tensor, known_size
from revgraph.dl.layers.basic import WeightedLayer

Sizes = int | Sequence[int]
Pair = tuple[int, int]


def sizes(value: Sizes, n: int, what: str) -> tuple[int, ...]:
    """One size for all axes, or one for each."""
    given = (value,) * n if isinstance(value, int) else tuple(value)
    if len(given) != n or any(size < 1 for size in given):
        raise ValueError(f"{what} is a positive number or {n} of them, not {value!r}")
    return given


def padding_name(padding: str) -> str:
    if padding.upper() not in ("VALID", "SAME"):
        raise ValueError(f"padding is 'valid' or 'same', not {padding!r}")
    return padding.upper()


class _conv(WeightedLayer):
    """A convolution over ``n_axes`` axes. Padding as TensorFlow defines it."""

    n_axes: int

    def __init__(
        self,
        filters: int,
        kernel_size: Sizes,
        strides: Sizes = 1,
        padding: str = "valid",
        activation: Any = None,
        dilation_rate: Sizes = 1,
        **options: Any,
    ) -> None:
        super().__init__(activation, **options)
        self.filters = filters
        self.kernel_size = sizes(kernel_size, self.n_axes, "kernel_size")
        self.strides = sizes(strides, self.n_axes, "strides")
        self.dilation_rate = sizes(dilation_rate, self.n_axes, "dilation_rate")
        self.padding = padding_name(padding)

    def kernel_shape(self, x: Tensor) -> tuple[int, ...]:
        return *self.kernel_size, known_size(x, -1, self), self.filters


class conv1d(_conv):
    """(n, size, in) → (n, size', filters); the kernel has shape (size, in, filters)."""

    n_axes = 1

    def apply(self, x: Tensor, kernel: Tensor) -> Tensor:
        return rc.conv1d(x, kernel, self.strides[0], self.padding, self.dilation_rate[0])


class conv2d(_conv):
    """(n, h, w, in) → (n, h', w', filters); the kernel has shape (kh, kw, in, filters)."""

    n_axes = 2

    def apply(self, x: Tensor, kernel: Tensor) -> Tensor:
        strides, dilation = cast(Pair, self.strides), cast(Pair, self.dilation_rate)
        return rc.conv2d(x, kernel, strides, self.padding, dilation)


class _pool(Layer):
    def __init__(
        self,
        pool_size: Sizes = 2,
        strides: Sizes | None = None,
        padding: str = "valid",
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        self.pool_size = cast(Pair, sizes(pool_size, 2, "pool_size"))
        self.strides = self.pool_size if strides is None else cast(Pair, sizes(strides, 2, "strides"))
        self.padding = padding_name(padding)


class max_pool2d(_pool):
    """The largest entry of each window. The stride is the window's size unless given."""

    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        return rc.max_pool2d(inputs[0], self.pool_size, self.strides, self.padding)


class avg_pool2d(_pool):
    """The mean of each window; padding does not count. The stride is the window's size unless given."""

    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        return rc.avg_pool2d(inputs[0], self.pool_size, self.strides, self.padding)
