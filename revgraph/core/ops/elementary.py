"""Elementary functions of one argument `a`, with result `ans` and its gradient `g`."""

import numpy as np

from revgraph.core.ops.broadcasting import pointwise

# fmt: off
exp  = pointwise("exp",  np.exp,  lambda g, ans, a: g * ans)
log  = pointwise("log",  np.log,  lambda g, ans, a: g / a)
tanh = pointwise("tanh", np.tanh, lambda g, ans, a: g * (1 - ans * ans))
# fmt: on
