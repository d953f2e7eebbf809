"""What the exercises of chapter 07 share."""

import numpy as np

from revgraph.checks.chapters.common import Array, Rng, Shape, draw


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
