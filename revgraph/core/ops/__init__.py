"""The operations, a family a file: each operation's forward stands beside its rule for gradients."""

# ruff: noqa: F403, F405, RUF022
from revgraph.core.ops.activations import *
from revgraph.core.ops.arithmetic import *
from revgraph.core.ops.broadcasting import *
from revgraph.core.ops.choice import *
from revgraph.core.ops.conv import *
from revgraph.core.ops.elementary import *
from revgraph.core.ops.indexing import *
from revgraph.core.ops.linear import *
from revgraph.core.ops.reductions import *
from revgraph.core.ops.shaping import *
from revgraph.core.ops.windows import *

# What the library offers as rc.NAME; the other operations are made by the rules of these.
# fmt: off
__all__: list[str] = [
    "add", "sub", "mul", "truediv", "floordiv", "pow", "neg",  # arithmetic
    "exp", "log", "sqrt", "square", "abs", "sign",  # elementary
    "sin", "cos", "tan", "arcsin", "arccos", "arctan",
    "sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh",
    "relu", "gelu", "sigmoid", "softplus", "softmax", "log_softmax", "logsumexp",  # activations
    "equal", "not_equal", "greater", "greater_equal", "less", "less_equal",  # choice
    "maximum", "minimum", "where", "clip",
    "sum", "broadcast_to", "broadcast_like", "unbroadcast_like",  # broadcasting
    "mean", "max", "min", "argmax", "argmin", "all", "any", "len",  # reductions
    "reshape", "reshape_like", "flatten", "transpose", "expand_dims", "squeeze",  # shaping
    "getitem", "concatenate", "stack", "pad",  # indexing
    "matmul", "dot",  # linear
    "conv1d", "conv2d",  # conv
    "windows", "max_pool2d", "avg_pool2d",  # windows
]
# fmt: on
