"""What the exercises of chapter 07 share."""

import numpy as np

from revgraph.checks.chapters.common import Array, Rng, Shape
from revgraph.checks.report import SHOWN

SMALL = np.array([-5.0, -4.0, -3.0, -2.0, -1.0, 1.0, 2.0, 3.0, 4.0, 5.0])


def draw(rng: Rng, shape: Shape) -> Array:
    """Random numbers, no two alike; where a message shows them all, they are easy to read."""
    size = int(np.prod(shape))
    if size <= SHOWN:
        return rng.choice(SMALL, size, replace=False).reshape(shape)
    return rng.normal(size=shape)


def draw_with_equals(rng: Rng, shape: Shape) -> Array:
    """The same, but the first and the last entry are equal: an entry is known by its place, not by its value."""
    a = draw(rng, shape)
    a.flat[-1:] = a.flat[:1]
    return a


A = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])
TORCH = "PyTorch 2.13.0, Tensor.backward(g)"
FORGETS_G = "Your result lacks g. The chain rule multiplies the local derivative by what arrives from above."
NOT_MOVED = (
    "You returned g as it came. It has the shape of the result; a gradient has the shape of its operand."
)
