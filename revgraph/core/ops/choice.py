"""Comparing entries and choosing among them.

A comparison is flat: nudging its arguments changes nothing, so its gradients are zero, written None. Where
arguments of maximum tie, each gets half of the gradient.
"""

from __future__ import annotations

import numpy as np

from revgraph.core.ops.broadcasting import pointwise
from revgraph.core.ops.op import Op, adapted, promoted
from revgraph.core.tensor import Operand, Tensor


def zero_vjp(g: Tensor, ans: Tensor, a: Tensor, b: Tensor) -> tuple[None, None]:
    return None, None


# fmt: off
equal         = pointwise("equal",         np.equal,         zero_vjp, text="==")
not_equal     = pointwise("not_equal",     np.not_equal,     zero_vjp, text="!=")
greater       = pointwise("greater",       np.greater,       zero_vjp, text=">")
greater_equal = pointwise("greater_equal", np.greater_equal, zero_vjp, text=">=")
less          = pointwise("less",          np.less,          zero_vjp, text="<")
less_equal    = pointwise("less_equal",    np.less_equal,    zero_vjp, text="<=")
# fmt: on

where: Op = pointwise(
    "where",
    np.where,
    lambda g, ans, condition, a, b: (None, where(condition, g, 0), where(condition, 0, g)),
    dtype=lambda condition, a, b: promoted(*adapted((a, b))),
    text="np.where",
    arguments=("condition", "a", "b"),
    doc="where(condition, a, b): entries of `a` where the condition holds, else of `b`; all three broadcast.",
)


def winner(g: Tensor, wins: Tensor, ties: Tensor) -> Tensor:
    """The gradient where an argument wins, half of it where it ties."""
    return where(wins, g, where(ties, g / 2, 0))


maximum = pointwise(
    "maximum",
    np.maximum,
    lambda g, ans, a, b: (winner(g, a > b, equal(a, b)), winner(g, b > a, equal(a, b))),
)

minimum = pointwise(
    "minimum",
    np.minimum,
    lambda g, ans, a, b: (winner(g, a < b, equal(a, b)), winner(g, b < a, equal(a, b))),
)

_clip = pointwise(
    "clip",
    np.clip,
    lambda g, ans, a, low, high: (
        where(greater(low, a), 0, where(greater(a, high), 0, g)),
        where(greater(low, a), g, 0),
        where(greater(a, high), g, 0),
    ),
    dtype=lambda *kinds: promoted(*adapted(kinds)),
    text="np.clip",
    arguments=("a", "low", "high"),
    in_place=True,
)


def clip(a: Operand, low: Operand | None = None, high: Operand | None = None) -> Tensor:
    """`a` kept between `low` and `high`; None is no limit. On a limit the gradient is that of `a`."""
    return _clip(a, -np.inf if low is None else low, np.inf if high is None else high)
