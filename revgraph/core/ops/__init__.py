"""The operations, a family a file: each operation's forward stands beside its rule for gradients."""

from revgraph.core.ops.arithmetic import add, mul, neg, pow, sub, truediv
from revgraph.core.ops.broadcasting import broadcast_like, broadcast_to, sum, unbroadcast_like
from revgraph.core.ops.choice import equal, where
from revgraph.core.ops.elementary import exp, log, tanh
from revgraph.core.ops.linear import matmul
from revgraph.core.ops.shaping import expand_dims, reshape, reshape_like, squeeze, transpose

__all__ = [
    "add",
    "broadcast_like",
    "broadcast_to",
    "equal",
    "exp",
    "expand_dims",
    "log",
    "matmul",
    "mul",
    "neg",
    "pow",
    "reshape",
    "reshape_like",
    "squeeze",
    "sub",
    "sum",
    "tanh",
    "transpose",
    "truediv",
    "unbroadcast_like",
    "where",
]
