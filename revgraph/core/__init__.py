"""Computational graphs: define, then run. `import revgraph.core as rc`.

x = rc.variable(0.0)
y = 4*x*x - 32*x - 10
step = rc.sgd(lr=0.1).minimize(y)
for _ in range(50): rc.run(step)
rc.run(y), rc.run(x)          # -74.0, 4.0
"""

from revgraph.core.compiler import run, source
from revgraph.core.errors import GraphError
from revgraph.core.gradients import gradients
from revgraph.core.ops import *  # noqa: F403
from revgraph.core.ops import __all__ as _operations
from revgraph.core.optimizers import optimizer, sgd
from revgraph.core.tensor import Tensor, constant, placeholder, variable

__all__ = [
    *_operations,
    "GraphError",
    "Tensor",
    "constant",
    "gradients",
    "optimizer",
    "placeholder",
    "run",
    "sgd",
    "source",
    "variable",
]
