"""Another dtype for the same numbers."""

from __future__ import annotations

import numpy as np

from revgraph.core.ops.op import Op, op, same_dims
from revgraph.core.tensor import Tensor


def cast_op(dtype: str) -> Op:
    return op(
        f"as_{dtype}",
        lambda a: a.astype(dtype),
        lambda g, ans, a: g,  # what takes the gradient on casts it back
        dims=same_dims,
        dtype=lambda a: np.dtype(dtype),
        text=lambda a: f"{a}.astype(np.{dtype})",
    )


CASTS = {np.dtype(name): cast_op(name) for name in ("float16", "float32", "float64")}


def in_floats(a: Tensor) -> Tensor:
    """Integers and booleans as float64, where NumPy's exp would make a float16 of a byte."""
    return a if a.dtype.kind == "f" else CASTS[np.dtype(np.float64)](a)


def in_dtype_of(g: Tensor, like: Tensor) -> Tensor:
    """A gradient in the dtype of what it is by, where that has a floating one."""
    return g if g.dtype == like.dtype or like.dtype not in CASTS else CASTS[like.dtype](g)
