"""Arrays that NumPy code takes for its own, and what one tracing of such code knows besides."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from revgraph.core import optimizers
from revgraph.core.tensor import Tensor, variable

REDUCED_BY = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min", "fmax": "max"}


class Traced(NDArrayOperatorsMixin):
    """An array of JAX that NumPy code takes for its own, changes in place included.

    below: where it is an index that was found to be right, the size from 0 to which it goes
    """

    def __init__(self, value: Any, below: int | None = None) -> None:
        # also of a dtype that is JAX's own choice, and would give way to another beside it
        self.value, self.below = jax.lax.convert_element_type(value, value.dtype), below

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any
    ) -> Any:
        name = ufunc.__name__
        if method == "reduce":
            name, options = REDUCED_BY[name], {"axis": 0, **options}
        elif method == "__call__":
            inputs = in_dtypes_of(ufunc, inputs)
        else:
            raise TypeError(f"np.{name}.{method} cannot be traced by JAX")
        function = INTEGERS.get(name) if all(map(is_whole, inputs)) else None
        result = (function or getattr(jnp, name))(*map(plain, inputs), **options)
        if out is None:
            return Traced(result)
        (target,) = out
        target.value = jnp.broadcast_to(result.astype(target.dtype), target.shape)
        return target

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function is np.concatenate:
            parts, *args = args
            args = (as_one_dtype(parts), *args)
        return traced(getattr(jnp, function.__name__)(*plain(args), **plain(options)))

    def __getattr__(self, name: str) -> Any:
        """The array's own: its shape and dtype, and its methods, which are NumPy's."""
        found = getattr(self.value, name)
        if not callable(found):
            return traced(found)
        return lambda *args, **options: traced(found(*plain(args), **plain(options)))

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, index: Any) -> Traced:
        return Traced(self.value[inside(self.shape, index)])


def plain(thing: Any) -> Any:
    """Arguments with JAX's arrays in the places of those that stand for them."""
    if isinstance(thing, list | tuple):
        return type(thing)(map(plain, thing))
    if isinstance(thing, dict):
        return {key: plain(value) for key, value in thing.items()}
    return thing.value if isinstance(thing, Traced) else thing


def array_of(thing: Any) -> Any:
    """JAX's array of an argument, whether it is one, stands for one, or is NumPy's."""
    return jnp.asarray(plain(thing))


def in_dtypes_of(ufunc: np.ufunc, inputs: Sequence[Any]) -> tuple[Any, ...]:
    """The arrays in the dtypes that NumPy computes in: JAX makes float32 of integers beside float32."""
    kinds = [getattr(thing, "dtype", type(thing)) for thing in inputs]
    dtypes = ufunc.resolve_dtypes((*kinds, *[None] * ufunc.nout))
    return tuple(
        thing.astype(dtype) if isinstance(thing, Traced) and thing.dtype != dtype else thing
        for thing, dtype in zip(inputs, dtypes, strict=False)
    )


def as_one_dtype(parts: Sequence[Any]) -> list[Any]:
    dtype = np.result_type(*(part.dtype for part in parts))
    return [array_of(part).astype(dtype) for part in parts]


def is_whole(thing: Any) -> bool:
    return np.dtype(getattr(thing, "dtype", type(thing))).kind in "iu"


def floor_divide(a: Any, b: Any) -> Any:
    """Of integers NumPy takes the quotient by 0 for 0."""
    return jnp.where(b == 0, 0, jnp.floor_divide(a, b))


def power(a: Any, b: Any) -> Any:
    """Of integers; below 0 NumPy has none."""
    require(b >= 0)
    return jnp.power(a, b)


INTEGERS = {"floor_divide": floor_divide, "power": power}


def traced(result: Any) -> Any:
    if isinstance(result, list | tuple) and any(isinstance(part, jax.Array) for part in result):
        return type(result)(map(traced, result))
    return Traced(result) if isinstance(result, jax.Array) else result


def inside(shape: Sequence[int], index: Any) -> Any:
    """The index for JAX, which takes one outside of an axis for the last, where NumPy raises an error."""
    parts = index if isinstance(index, tuple) else (index,)
    sizes = list(shape)
    for at, part in enumerate(parts):
        if part is ...:
            taken = sum(later is not None for later in parts[at + 1 :])
            sizes = sizes[len(sizes) - taken :]
        elif part is not None:
            require_inside(sizes.pop(0), part)
    return plain(parts)


def require_inside(size: int, part: Any) -> None:
    if isinstance(part, Traced) and part.below == size:
        return
    if isinstance(part, Traced):
        require((part.value >= -size) & (part.value < size))
    elif not isinstance(part, slice):
        np.empty(size, bool)[part]  # raises NumPy's error


@dataclass
class Trace:
    """One tracing of a program: what it may change, and what it leaves behind.

    values    each variable's newest value
    rates     the learning rate of each step, and how many steps it has taken
    memories  for each step its memory of each variable
    masks     what was drawn before the run; while planning None
    drawn     how the masks are drawn: their operation's arguments
    right     whether each value that was to be checked is right
    """

    values: dict[Tensor, Any]
    rates: Mapping[optimizers.Step, tuple[Any, Any]]
    memories: dict[optimizers.Step, list[dict[str, Any]]]
    masks: Iterator[Any] | None = None
    drawn: list[tuple[Any, ...]] = field(default_factory=list)
    right: list[Any] = field(default_factory=list)
    changed: dict[Tensor, Any] = field(default_factory=dict)
    gradients: dict[Tensor, Any] = field(default_factory=dict)

    def change(self, target: variable, value: Any) -> None:
        value = jnp.broadcast_to(jnp.asarray(value, target.dtype), target.shape)
        self.values[target] = self.changed[target] = value


now = threading.local()  # .trace is the one that is under way


def require(entries: Any) -> None:
    """Note whether all these are true."""
    now.trace.right.append(jnp.all(entries))
