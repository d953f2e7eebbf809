"""Elementary functions of one argument `a`, with result `ans` and its gradient `g`."""

from __future__ import annotations

import numpy as np

from revgraph.core.ops.broadcasting import pointwise
from revgraph.core.ops.casting import in_floats
from revgraph.core.ops.op import Op

# fmt: off
exp     = pointwise("exp",     np.exp,     lambda g, ans, a: g * ans)
log     = pointwise("log",     np.log,     lambda g, ans, a: g / a)
sqrt    = pointwise("sqrt",    np.sqrt,    lambda g, ans, a: g / (2 * ans))
square  = pointwise("square",  np.square,  lambda g, ans, a: g * 2 * a)
abs     = pointwise("abs",     np.abs,     lambda g, ans, a: g * sign(in_floats(a)))
sign: Op = pointwise("sign",   np.sign,    lambda g, ans, a: None)

sin:  Op = pointwise("sin",    np.sin,     lambda g, ans, a: g * cos(a))
cos:  Op = pointwise("cos",    np.cos,     lambda g, ans, a: -g * sin(a))
tan     = pointwise("tan",     np.tan,     lambda g, ans, a: g * (1 + ans * ans))
arcsin  = pointwise("arcsin",  np.arcsin,  lambda g, ans, a: g / sqrt(1 - a * a))
arccos  = pointwise("arccos",  np.arccos,  lambda g, ans, a: -g / sqrt(1 - a * a))
arctan  = pointwise("arctan",  np.arctan,  lambda g, ans, a: g / (1 + a * a))

sinh: Op = pointwise("sinh",   np.sinh,    lambda g, ans, a: g * cosh(a))
cosh: Op = pointwise("cosh",   np.cosh,    lambda g, ans, a: g * sinh(a))
tanh    = pointwise("tanh",    np.tanh,    lambda g, ans, a: g * (1 - ans * ans))
arcsinh = pointwise("arcsinh", np.arcsinh, lambda g, ans, a: g / sqrt(a * a + 1))
arccosh = pointwise("arccosh", np.arccosh, lambda g, ans, a: g / sqrt(a * a - 1))
arctanh = pointwise("arctanh", np.arctanh, lambda g, ans, a: g / (1 - a * a))
# fmt: on
