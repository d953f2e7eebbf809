"""Layers of several inputs: ``dl.add()(a, b)``."""

from functools import reduce

import revgraph.core as rc
from revgraph.dl.layers.base import Layer, Pass, Tensor


class add(Layer):
    """The sum of its inputs, which have one shape: ``dl.add()(a, b, c)``."""

    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        return reduce(lambda a, b: a + b, inputs)


class concatenate(Layer):
    """Its inputs one behind the other: ``dl.concatenate()(a, b)``.

    axis: along which, by default the last. The inputs agree in all other sizes.
    """

    def __init__(self, axis: int = -1, name: str | None = None) -> None:
        super().__init__(name)
        self.axis = axis

    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        return rc.concatenate(inputs, axis=self.axis)
