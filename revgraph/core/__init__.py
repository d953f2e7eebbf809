"""Computational graphs: define, then run. `import revgraph.core as rc`.

x = rc.variable(0.0)
y = 4*x*x - 32*x - 10
step = rc.sgd(lr=0.1).minimize(y)
for _ in range(50): rc.run(step)
rc.run(y), rc.run(x)          # -74.0, 4.0
"""

from revgraph.core.check_gradients import check_gradients
from revgraph.core.compiler import run, simple_loop, source
from revgraph.core.engines import engine
from revgraph.core.errors import GraphError
from revgraph.core.functions import (
    assign,
    binary_function,
    function,
    function_primitive,
    no_grad,
    primitive,
    unary_function,
)
from revgraph.core.gradients import gradients
from revgraph.core.ops import *  # noqa: F403
from revgraph.core.ops import __all__ as _operations
from revgraph.core.optimizers import (
    adadelta,
    adagrad,
    adam,
    adamw,
    clip_by_norm,
    gradient,
    optimizer,
    rmsprop,
    sgd,
    warmup_cosine,
)
from revgraph.core.pickling import pickle_by_name
from revgraph.core.picture import draw_graph
from revgraph.core.tensor import Tensor, constant, placeholder, value, variable

__all__ = [
    *_operations,
    "GraphError",
    "Tensor",
    "adadelta",
    "adagrad",
    "adam",
    "adamw",
    "assign",
    "binary_function",
    "check_gradients",
    "clip_by_norm",
    "constant",
    "function",
    "draw_graph",
    "engine",
    "function_primitive",
    "gradient",
    "gradients",
    "no_grad",
    "optimizer",
    "placeholder",
    "primitive",
    "rmsprop",
    "run",
    "sgd",
    "simple_loop",
    "source",
    "unary_function",
    "tensor",
    "value",
    "variable",
    "warmup_cosine",
]

tensor = Tensor  # the original's name
for _class in (Tensor, value, constant, placeholder, variable):
    _class.__module__ = __name__  # `tensor` being the class here, dill would not find them in their file

pickle_by_name(__name__)
