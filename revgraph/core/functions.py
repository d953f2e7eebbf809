"""Operations of your own, made from plain NumPy functions, and values without gradient."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from revgraph.core.errors import shape_text
from revgraph.core.ops.op import Op, op, promoted, same_dims
from revgraph.core.tensor import Dims, Operand, Tensor, shape_of, unknown_size, variable

Array = np.ndarray[Any, Any]


def primitive(
    forward: Callable[..., Any],
    vjp: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    shape: Callable[..., Any] | None = None,
    dtype: Any = None,
) -> Op:
    """An operation from NumPy functions: `cube = rc.primitive(lambda a: a**3, lambda g, ans, a: 3*g*a*a)`.

    forward: `forward(*arrays, **params)` → an array. It must not change its arguments.
    vjp: `vjp(g, ans, *arrays, **params)` → a gradient for each argument, of the argument's shape, or None
    where it is zero; that of a single argument stands bare. Without vjp no gradient passes.
    shape: from the arguments' shapes (None for an unknown size) to the result's; else only the run knows it.
    dtype: the result's; by default the floating dtype that holds the arguments.

    The operation is called with nodes, and params by keyword, and gives a node. Its gradient has no gradient
    in turn: a NumPy function does not say how it changes.
    """
    name = name or getattr(forward, "__name__", type(forward).__name__).strip("<>")

    def apply(*arrays: Array, **params: Any) -> Array:
        result = forward(*map(np.asarray, arrays), **params)
        return np.asarray(result, dtype or np.result_type(0.0, *arrays))[()]

    return Op(
        name,
        apply,
        vjp and pullback(name, vjp),
        dims=lambda *dims, **params: shape and dims_of(shape(*map(shape_of, dims), **params)),
        dtype=lambda *kinds: np.dtype(dtype) if dtype else promoted(float, *kinds),
        view=True,  # for all we know
        doc=forward.__doc__,
    )


def dims_of(shape: Any) -> Dims:
    return tuple(unknown_size() if size is None else int(size) for size in shape)


def pullback(name: str, vjp: Callable[..., Any]) -> Callable[..., tuple[Tensor, ...]]:
    """The rule of a primitive: a node calls the NumPy vjp once; for each argument one picks its gradient."""

    def call_forward(g: Array, ans: Array, *arrays: Array, **params: Any) -> list[Array]:
        return checked(name, vjp(g, ans, *arrays, **params), arrays)

    call = Op(f"{name}_vjp", call_forward)
    pick = Op(f"{name}_gradient", lambda found, arg, index: found[index], dims=lambda found, arg, index: arg)

    def rule(g: Tensor, ans: Tensor, *args: Tensor, **params: Any) -> tuple[Tensor, ...]:
        found = call(g, ans, *args, **params)
        return tuple(pick(found, arg, index=i) for i, arg in enumerate(args))

    return rule


def checked(name: str, found: Any, arrays: tuple[Array, ...]) -> list[Array]:
    """One gradient for each argument, of its shape."""
    gradients = found if isinstance(found, tuple | list) else (found,)
    if len(gradients) != len(arrays):
        raise ValueError(f"the vjp of {name} gave {len(gradients)} gradients for {len(arrays)} arguments")
    return [zeros_or(name, g, array, i) for i, (g, array) in enumerate(zip(gradients, arrays, strict=True))]


def zeros_or(name: str, g: Any, array: Array, position: int) -> Array:
    """The gradient `g` of an argument, zeros for None."""
    g = np.zeros_like(array) if g is None else np.asarray(g, np.result_type(0.0, array))
    if g.shape != np.shape(array):
        raise ValueError(
            f"the vjp of {name} gave a gradient of shape {shape_text(g.shape)} for argument {position}, "
            f"whose shape is {shape_text(np.shape(array))}"
        )
    return g


class function:
    """An operation as a class, with NumPy in its methods. An instance is called with nodes and gives a node.

    class product(rc.function):
        def apply(self, a, b):
            return a * b

        def gradient_wrt_a(self, g, ans, a, b):
            return g * b

        def gradient_wrt_b(self, g, ans, a, b):
            return g * a

    There is one `gradient_wrt_...` for each argument of `apply`, named after it.
    """

    arity: int | None = None

    def __call__(self, *operands: Operand) -> Tensor:
        if self.arity is not None and len(operands) != self.arity:
            raise TypeError(f"{type(self).__name__} takes {self.arity} arguments, not {len(operands)}")
        return self.op(*operands)

    @functools.cached_property
    def op(self) -> Op:
        return primitive(self.apply, self.vjp, name=type(self).__name__)

    @functools.cached_property
    def arguments(self) -> list[str]:
        """The names of the arguments of `apply`."""
        import inspect  # slow to import, and needed here alone

        return list(inspect.signature(self.apply).parameters)

    def apply(self, *arrays: Array) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define apply(self, ...)")

    def vjp(self, g: Array, ans: Array, *arrays: Array) -> tuple[Any, ...]:
        return tuple(getattr(self, f"gradient_wrt_{name}")(g, ans, *arrays) for name in self.arguments)


class unary_function(function):
    """A function of one argument: define `apply(self, a)` and `gradient_wrt_a(self, g, ans, a)`."""

    arity = 1


class binary_function(function):
    """A function of two: `apply(self, a, b)`, `gradient_wrt_a(self, g, ans, a, b)` and `gradient_wrt_b`."""

    arity = 2


_no_grad = op("no_grad", lambda a: a, dims=same_dims, view=True, identity=True)


def no_grad(target: Any) -> Any:
    """What the engine shall take for constants: a node, a list or tuple of nodes, or all a function returns.

    @rc.no_grad
    def target(x):
        return rc.maximum(x, 0)
    """
    if isinstance(target, Tensor):
        return _no_grad(target)
    if isinstance(target, list | tuple):
        return type(target)(map(no_grad, target))

    @functools.wraps(target)
    def without_gradient(*args: Any, **kwargs: Any) -> Any:
        return no_grad(target(*args, **kwargs))

    return without_gradient


def assign(target: variable, value: Operand) -> Tensor:
    """A node that writes `value` into the variable when it is run: after all else, as optimizers do."""

    def write(array: Array) -> Array:
        target.data = array
        return array

    return Op("assign", write, dims=same_dims, effect=True)(value)
