"""NumPy's functions called on nodes: they build a node where the library has the same function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from revgraph.core import ops
from revgraph.core.ops.op import Op
from revgraph.core.tensor import Tensor, as_tensor

ENTRYWISE: dict[Any, Op] = {
    op.forward: op
    for op in map(ops.__dict__.get, ops.__all__)
    if isinstance(op, Op) and isinstance(op.forward, np.ufunc)
}
FUNCTIONS: dict[Any, Callable[..., Tensor]] = {
    getattr(np, name): getattr(ops, name)
    for name in ops.__all__
    if hasattr(np, name) and not isinstance(getattr(np, name), np.ufunc)
}

# Of NumPy's, dtype or out comes third.
REDUCTIONS = {np.sum, np.mean, np.max, np.min, np.all, np.any, np.argmax, np.argmin}


def apply_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Tensor:
    """The node for `ufunc(*inputs)`."""
    if method == "__call__" and ufunc is np.matmul and not options:
        return ops.matmul(*inputs)
    if method == "__call__" and ufunc in ENTRYWISE and not options:
        return ENTRYWISE[ufunc](*inputs)
    called = f"np.{ufunc.__name__}" if method == "__call__" else f"np.{ufunc.__name__}.{method}"
    raise TypeError(no_such_node(called, options, getattr(ENTRYWISE.get(ufunc), "name", None)))


def apply_function(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Tensor:
    """The node for `function(*args, **options)`."""
    name = getattr(function, "__name__", str(function))
    ours = FUNCTIONS.get(function)
    if ours is None:
        raise TypeError(no_such_node(f"np.{name}", {}, None))
    require_same_meaning(function, name, args)
    try:
        return ours(*args, **options)
    except TypeError as error:
        raise TypeError(f"np.{name} of a node is rc.{name}: {error}") from None


def require_same_meaning(function: Any, name: str, args: tuple[Any, ...]) -> None:
    """Raise where NumPy's function means something else by these arguments than ours."""
    if function in REDUCTIONS and len(args) > 2:
        raise TypeError(
            f"np.{name} of a node takes the axis, and what else there is by name. Next: keepdims=True."
        )
    if function is np.dot and any(as_tensor(arg).ndim not in (0, 1, 2) for arg in args):
        raise TypeError(
            "np.dot of stacks of matrices multiplies each with each, which no node does."
            "\n  Next: a @ b, which multiplies them pairwise."
        )


def no_such_node(called: str, options: dict[str, Any], ours: str | None) -> str:
    """What to say of a call that no node stands for."""
    also = f" with {', '.join(options)}" if options else ""
    return (
        f"{called}{also} needs numbers, and a node of a graph has none before it is run."
        f"\n  Next: {f'rc.{ours} builds the node' if ours else 'build the node from the functions of rc'}, "
        "or take the value, rc.run(node), first."
    )
