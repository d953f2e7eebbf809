"""Layers of several inputs: ``dl.add()(a, b)``."""

from functools import reduce

import revgraph.core as rc
from revgraph.core.tensor import Shape
from revgraph.dl.layers.base import Layer, Pass, Tensor


class add(Layer):
    """The sum of its inputs, which have one shape: ``dl.add()(a, b, c)``.

    Raises ValueError for inputs of different shapes; ``a + b`` broadcasts.
    """

    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        for other in inputs[1:]:
            if not may_be_one(inputs[0].shape, other.shape):
                raise ValueError(
                    f"{self.name} adds inputs of one shape; these have {inputs[0].shape} and {other.shape}. "
                    "Next: a + b in place of the layer, if they are to be broadcast."
                )
        return reduce(lambda a, b: a + b, inputs)


def may_be_one(a: Shape, b: Shape) -> bool:
    """Whether two shapes agree, as far as they are known."""
    if a is None or b is None:
        return True
    return len(a) == len(b) and all(m == n or None in (m, n) for m, n in zip(a, b, strict=True))


class concatenate(Layer):
    """Its inputs one behind the other: ``dl.concatenate()(a, b)``.

    axis: along which, by default the last. The inputs agree in all other sizes.
    """

    def __init__(self, axis: int = -1, name: str | None = None) -> None:
        super().__init__(name)
        self.axis = axis

    def call(self, phase: Pass, *inputs: Tensor) -> Tensor:
        return rc.concatenate(inputs, axis=self.axis)
