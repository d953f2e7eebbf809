"""Layers of several inputs: ``dl.add()(a, b)``."""

from functools import reduce

import revgraph.core as rc
from revgraph.core.gradients import may_be_equal
from revgraph.dl.layers.base import Layer, Pass, Tensor


class add(Layer):
    """The sum of its inputs, which have one shape: ``dl.add()(a, b, c)``.

    Raises ValueError for inputs of different shapes; ``a + b`` broadcasts.
    """

    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        for other in inputs[1:]:
            if not may_be_equal(inputs[0].dims, other.dims):
                raise ValueError(
                    f"{self.name} adds inputs of one shape; these have {inputs[0].shape} and {other.shape}. "
                    "Next: a + b in place of the layer, if they are to be broadcast."
                )
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
