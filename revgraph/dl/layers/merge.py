"""Layers of several inputs: ``dl.add()(a, b)``."""

from functools import reduce

import revgraph.core as rc
from revgraph.dl.layers.base import Layer, Pass, Tensor


class add(Layer):
    """The sum of its inputs."""

    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        return reduce(lambda a, b: a + b, inputs)


class concatenate(Layer):
    """Its inputs one behind the other along ``axis``, by default the last."""

    def __init__(self, axis: int = -1, name: str | None = None) -> None:
        super().__init__(name)
        self.axis = axis

    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        return rc.concatenate(inputs, axis=self.axis)
