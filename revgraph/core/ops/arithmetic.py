"""Arithmetic. A rule takes the gradient `g` of the result `ans` to the gradients of the arguments a and b."""

import numpy as np

from revgraph.core.ops.broadcasting import pointwise
from revgraph.core.ops.choice import equal, greater_equal, where, zero_vjp
from revgraph.core.ops.elementary import log
from revgraph.core.tensor import Tensor


def pow_vjp(g: Tensor, ans: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """b·a^(b-1), and a^b·log(a), which is 0 where a is 0 and b is not below; both are 0 where both are."""
    exponent = b - 1 if b.literal else where(equal(a, 0) * equal(b, 0), 1, b - 1)
    return g * b * a**exponent, g * ans * log(where(equal(a, 0) * greater_equal(b, 0), 1, a))


# fmt: off
add     = pointwise("add",     np.add,      lambda g, ans, a, b: (g, g),                text="+")
sub     = pointwise("sub",     np.subtract, lambda g, ans, a, b: (g, -g),               text="-")
mul     = pointwise("mul",     np.multiply, lambda g, ans, a, b: (g * b, g * a),        text="*")
truediv = pointwise("truediv", np.divide,   lambda g, ans, a, b: (g / b, -g * ans / b), text="/")
pow     = pointwise("pow",     np.power,    pow_vjp,                                    text="**")
floordiv = pointwise("floordiv", np.floor_divide, zero_vjp,                             text="//")
neg     = pointwise("neg",     np.negative, lambda g, ans, a: -g,                       text="-")
# fmt: on
