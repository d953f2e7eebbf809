"""Comparing entries and choosing among them."""

import numpy as np

from revgraph.core.ops.broadcasting import pointwise
from revgraph.core.ops.op import Op, promoted

# fmt: off
equal = pointwise("equal", np.equal, lambda g, ans, a, b: (None, None), text="==")
where: Op = pointwise("where", np.where, lambda g, ans, c, a, b: (None, where(c, g, 0), where(c, 0, g)),
                      dtype=lambda c, a, b: promoted(a, b), text="np.where")
# fmt: on
