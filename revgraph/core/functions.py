"""Operations of your own, made from plain NumPy functions, and values without gradient."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from revgraph.core.conversion import require_numbers
from revgraph.core.errors import shape_text
from revgraph.core.feeding import fits
from revgraph.core.ops.op import Op, op, promoted, same_dims
from revgraph.core.tensor import Dims, Operand, Tensor, dims_of, shape_of, variable

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
    where it is zero; for a single argument no tuple is needed. Without vjp no gradient passes.
    name: what pictures, programs and errors call it; by default the function's own name.
    shape: from the arguments' shapes (None for an unknown size) to the result's, which the run holds it to;
    without it only the run knows the shape.
    dtype: the result's; by default the floating dtype that holds the arguments.

    The operation is called with nodes, and params by keyword, and gives a node. Its gradient has no gradient
    in turn: a NumPy function does not say how it changes.
    """
    for given in (forward, vjp):
        if given is not None and not callable(given):
            raise TypeError(f"primitive takes functions of arrays, forward and vjp, not {given!r:.60}")
    if dtype is not None and np.dtype(dtype).kind not in "fiub":
        raise TypeError(f"primitive: dtype is that of real numbers, such as float or bool, not {dtype!r:.60}")
    name = name or getattr(forward, "__name__", type(forward).__name__).strip("<>")

    return Op(
        name,
        functools.partial(computed, name, forward, shape, dtype),
        vjp and pullback(name, vjp),
        dims=functools.partial(result_dims, shape),
        dtype=functools.partial(result_dtype, dtype),
        view=True,  # for all we know
        arguments=argument_names(forward),
        doc=forward.__doc__,
    )


def computed(
    name: str,
    forward: Callable[..., Any],
    shape: Callable[..., Any] | None,
    dtype: Any,
    /,
    *arrays: Array,
    **params: Any,
) -> Array:
    """What a user's function makes of the arrays, if that is an array as it was promised."""
    result = forward(*map(unwritable, arrays), **params)
    if result is None:
        raise TypeError(f"{name} returned None: its function ends without a return")
    require_real(f"what {name} returned", result)
    found = np.asarray(result, dtype or np.result_type(0.0, *arrays))[()]
    if shape:
        require_shape(name, found.shape, result_dims(shape, *map(np.shape, arrays), **params))
    return found


def require_real(what: str, result: Any) -> None:
    """Raise where NumPy would make numbers of what a user's function returned: nan of None, 0.0 of 1j."""
    try:
        require_numbers(result)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{what} is no array of numbers: {error}") from None


def require_shape(name: str, found: tuple[int, ...], promised: Dims) -> None:
    """Raise where a result has another shape than `shape` says, on which gradients and memory rely."""
    if not fits(found, promised):
        raise ValueError(
            f"{name} returned an array of shape {shape_text(found)}, "
            f"where its shape function says {shape_text(shape_of(promised))}"
        )


def unwritable(array: Any) -> Array:
    """The array, read-only, for a user's function: the graph and the owner go on using its values."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


def argument_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a Python function's positional arguments; of anything else none."""
    code = getattr(function, "__code__", None)
    return code.co_varnames[: code.co_argcount] if code else ()


def result_dims(shape: Callable[..., Any] | None, /, *dims: Dims, **params: Any) -> Dims:
    """The dims of a primitive's result, by the user's function of shapes."""
    found = shape(*map(shape_of, dims), **params) if shape else None
    return None if found is None else dims_of(found)


def result_dtype(dtype: Any, *kinds: Any) -> np.dtype[Any]:
    """The dtype of a primitive's result: as given, or the floating one that holds the arguments."""
    return np.dtype(dtype) if dtype else promoted(float, *kinds)


def pullback(name: str, vjp: Callable[..., Any]) -> Callable[..., tuple[Tensor, ...]]:
    """The rule of a primitive: a node calls the NumPy vjp once; for each argument one picks its gradient."""

    call = Op(f"{name}_vjp", functools.partial(computed_gradients, name, vjp))
    pick = Op(f"{name}_gradient", lambda found, arg, index: found[index], dims=lambda found, arg, index: arg)

    def rule(g: Tensor, ans: Tensor, /, *args: Tensor, **params: Any) -> tuple[Tensor, ...]:
        found = call(g, ans, *args, **params)
        return tuple(pick(found, arg, index=i) for i, arg in enumerate(args))

    return rule


def computed_gradients(
    name: str, vjp: Callable[..., Any], g: Array, ans: Array, /, *arrays: Array, **params: Any
) -> list[Array]:
    """What a user's vjp gives: one gradient for each argument, each in memory of its own."""
    found = one_for_each(name, vjp(*map(unwritable, (g, ans, *arrays)), **params), arrays)
    return apart(found, [g, ans, *arrays])


def one_for_each(name: str, found: Any, arrays: tuple[Array, ...]) -> list[Array]:
    """One gradient for each argument, of its shape."""
    if found is None:
        raise TypeError(
            f"the vjp of {name} returned None: it ends without a return. "
            "Where every gradient is zero, return a tuple of None, one for each argument"
        )
    gradients = found if isinstance(found, tuple | list) else (found,)
    if len(gradients) != len(arrays):
        raise ValueError(f"the vjp of {name} gave {len(gradients)} gradients for {len(arrays)} arguments")
    return [zeros_or(name, g, array, i) for i, (g, array) in enumerate(zip(gradients, arrays, strict=True))]


def apart(found: list[Array], others: list[Any]) -> list[Array]:
    """The arrays, copied where they share memory with others or among themselves."""
    for i, array in enumerate(found):
        if any(np.may_share_memory(array, other) for other in others + found[:i]):
            found[i] = array.copy()
    return found


def zeros_or(name: str, g: Any, array: Array, position: int) -> Array:
    """The gradient `g` of an argument, zeros for None."""
    if g is None:
        return np.zeros_like(array)
    require_real(f"what the vjp of {name} gave for argument {position}", g)
    g = np.asarray(g, np.result_type(0.0, array))
    if g.shape != np.shape(array):
        raise ValueError(
            f"the vjp of {name} gave a gradient of shape {shape_text(g.shape)} for argument {position}, "
            f"whose shape is {shape_text(np.shape(array))}"
        )
    return g


class FunctionClass(type):
    """The class of `function`: nodes count as its instances."""

    def __instancecheck__(cls, thing: Any) -> bool:
        """Operations' nodes are functions; those of one or two arguments unary and binary functions."""
        if super().__instancecheck__(thing):
            return True
        if not isinstance(thing, Tensor) or thing.op is None:
            return False
        if cls.__module__ == __name__:
            return cls.arity in (None, len(thing.args))  # type: ignore[attr-defined]
        return isinstance(getattr(thing.op, "made_by", None), cls)


class function(metaclass=FunctionClass):
    """An operation as a class, with NumPy in its methods. The class is called with nodes and gives a node.

    class product(rc.function):
        def apply(self, a, b):
            return a * b

        def gradient_wrt_a(self, gradient, a, b):
            return gradient * b

        def gradient_wrt_b(self, gradient, a, b):
            return gradient * a

    y = product(x, w)

    There is one `gradient_wrt_...` for each argument of `apply`, named after it. A class with an
    `__init__` of its own is made first and called then: `power(3)(x)`.
    """

    arity: int | None = None

    def __new__(cls, *operands: Any, **options: Any) -> Any:
        made = super().__new__(cls)
        takes_operands = cls.__init__ is object.__init__ and (operands or options)
        return made(*operands, **options) if takes_operands else made

    def __call__(self, *operands: Operand, **named: Operand) -> Tensor:
        operands += tuple(named.pop(name) for name in self.arguments[len(operands) :] if name in named)
        if len(operands) != len(self.arguments) or named:
            name, takes = type(self).__name__, ", ".join(self.arguments)
            raise TypeError(
                f"{name} takes {len(self.arguments)} arguments ({takes}), not {len(operands) + len(named)}"
            )
        return self.op(*operands)

    @functools.cached_property
    def op(self) -> Op:
        op = primitive(self.apply, self.vjp, name=type(self).__name__)
        op.made_by = self
        return op

    @functools.cached_property
    def arguments(self) -> list[str]:
        """The names of the arguments of `apply`."""
        import inspect  # slow to import, and needed here alone

        return list(inspect.signature(self.apply).parameters)

    def apply(self, *arrays: Array) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define apply(self, ...)")

    def vjp(self, g: Array, ans: Array, *arrays: Array) -> tuple[Any, ...]:
        return tuple(self.gradient_wrt(name)(g, *arrays) for name in self.arguments)

    def gradient_wrt(self, name: str) -> Callable[..., Any]:
        """The method that gives the gradient with respect to an argument."""
        method = getattr(self, f"gradient_wrt_{name}", None)
        if method is None:
            takes = ", ".join(["self", "gradient", *self.arguments])
            raise NotImplementedError(f"{type(self).__name__} must define gradient_wrt_{name}({takes})")
        return method


class unary_function(function):
    """A function of one argument: define `apply(self, a)` and `gradient_wrt_a(self, gradient, a)`."""

    arity = 1


class binary_function(function):
    """A function of two: `apply(self, a, b)`, `gradient_wrt_a(self, gradient, a, b)` and `gradient_wrt_b`."""

    arity = 2


function_primitive = function  # the original's name for functions that compute by themselves


no_grad_op = op("no_grad", lambda a: a, dims=same_dims, view=True, identity=True)


def no_grad(target: Any) -> Any:
    """Without gradient: a node, a list or tuple of nodes, or a NumPy function as an operation.

    Optimizers leave variables as they are that a loss depends on in no other way.

    @rc.no_grad
    def rounded(x):           # is given an array, when the graph runs
        return np.round(x)

    y = 3 + rounded(x)        # x is a node, and so is y
    """
    if isinstance(target, Tensor):
        return no_grad_op(target)
    if isinstance(target, list | tuple):
        return type(target)(map(no_grad, target))

    if not callable(target):
        raise TypeError(f"no_grad takes a node, several, or a function of arrays, not {target!r:.60}")
    made = primitive(target)
    made.prepare = no_grad_op
    return made


def assign(target: variable, value: Operand) -> Tensor:
    """A node that writes `value` into the variable when it is run: after all else, as optimizers do.

    Raises TypeError where `target` is no variable.
    """
    if not isinstance(target, variable):
        raise TypeError(f"assign writes into variables only, and {target!r:.80} is none. Next: rc.variable.")
    return Op("assign", Assignment(target), dims=same_dims, view=True, effect=True)(value)


class Assignment:
    """What such a node does."""

    def __init__(self, target: variable) -> None:
        self.target = target

    def __call__(self, array: Array) -> Array:
        self.target.data = array
        return array
