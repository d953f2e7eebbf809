"""Op: what the engine knows of an operation. Everything in this package is made of these."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from revgraph.core.errors import GraphError, Where, made_at, shape_text, user_line
from revgraph.core.tensor import Dims, Operand, Tensor, as_tensor

Rule = Callable[..., Any]

registry: dict[str, Op] = {}  # the operations of this package by name, so that a pickle can refer to them


class Op:
    """An operation: how it computes, and how gradients flow back through it.

    forward     takes numpy arrays, and the params, and returns one.
    vjp         `vjp(g, ans, *args, **params)`: from the gradient `g` of the result to one gradient for each
                argument, made of nodes, so it can be differentiated again; None where it is zero. For a
                single argument no tuple is needed. Without a vjp no gradient gets through.
    dims        infers the result's dims from the arguments': `dims(*dims, **params)`.
    dtype       infers the result's dtype from the arguments' kinds: a dtype, or `float` for a plain number.
    text        how a program writes it: a symbol ("+"), a function ("np.tanh"), a method (".sum"), or a
                function of the arguments' texts and the params. By default a call of the forward by the name.
    view        whether the result may lie in the memory of the first argument.
    spread      whether it is a view in which one place in memory is many entries, so that writing to one
                would change others.
    gaps        whether it is a view between whose entries others may lie.
    pointwise   whether each entry is computed by itself, which broadcasts the arguments.
    shape_only  the positions of the arguments of which only the shape matters.
    in_place    whether it can write its result into an array given as `out`.
    prepare     what each argument is turned into before it is used.
    arguments   the names by which operands may be given, in order.
    effect      whether running it changes something, so that it has to wait for the others.
    identity    whether the result is the first argument as it is, so that programs leave the operation out.
    group       if the result is that of a group of nodes which a picture frames (a layer): from the params to
                the group, which has a name. The arguments behind the first are what the group was made from.
    """

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        vjp: Rule | None = None,
        *,
        dims: Callable[..., Dims] = lambda *dims, **params: None,
        dtype: Callable[..., np.dtype[Any]] | None = None,
        text: str | Callable[..., str] | None = None,
        view: bool = False,
        spread: bool = False,
        gaps: bool = False,
        pointwise: bool = False,
        shape_only: tuple[int, ...] = (),
        in_place: bool = False,
        effect: bool = False,
        identity: bool = False,
        group: Callable[..., Any] | None = None,
        prepare: Callable[[Tensor], Tensor] | None = None,
        arguments: Sequence[str] = (),
        doc: str | None = None,
    ) -> None:
        self.name, self.forward, self.vjp = name, forward, vjp
        self.dims, self.dtype, self.text = dims, dtype or promoted, text
        self.view, self.spread, self.gaps = view, spread, gaps
        self.identity, self.shape_only = identity, shape_only
        self.pointwise, self.in_place, self.effect, self.group = pointwise, in_place, effect, group
        self.prepare, self.arguments, self.__name__ = prepare, tuple(arguments), name
        self.__doc__ = doc or self.__doc__

    prepare: Callable[[Tensor], Tensor] | None = None  # also of one that was pickled without
    gaps = False  # likewise
    made_by: Any = None  # the instance of a user's class that this is the operation of

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def __reduce_ex__(self, protocol: Any) -> Any:
        if is_registered(self):
            return find, (self.name,)
        return super().__reduce_ex__(protocol)

    def __call__(self, /, *operands: Operand, **params: Any) -> Tensor:
        """A node that applies this operation. Operands that are no nodes become constants."""
        where = user_line()
        if params:
            operands += self.take_named(len(operands), params)
        args = tuple([as_tensor(operand, where) for operand in operands])
        if self.prepare:
            args = tuple(map(self.prepare, args))
        try:
            dims = self.dims(*[arg.dims for arg in args], **params)
        except ValueError as error:
            raise misfit(self.name, args, error, where) from None
        literal = self.fold(args, params)
        try:
            dtype = self.dtype(*map(dtype_kind, args))
        except TypeError as error:  # of truth values, for which NumPy has no such operation
            raise misfit(self.name, args, error, where) from None
        return Tensor(self, args, params, dims, dtype, literal=literal, where=where)

    @property
    def __signature__(self) -> Any:
        """What `help` and an editor show."""
        from inspect import Parameter, Signature  # slow to import, and needed here alone

        names = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in self.arguments]
        return Signature(names or [Parameter("operands", Parameter.VAR_POSITIONAL)])

    def take_named(self, given: int, params: dict[str, Any]) -> tuple[Operand, ...]:
        """The operands given by name, taken out of `params`; `given` are those given by position."""
        names = [name for name in self.arguments[given:] if name in params]
        return tuple(params.pop(name) for name in names if self.pointwise or isinstance(params[name], Tensor))

    def fold(self, args: tuple[Tensor, ...], params: dict[str, Any]) -> float | None:
        """The number the result is, where all arguments are plain numbers."""
        if not self.pointwise or None in [arg.literal for arg in args]:
            return None
        with np.errstate(all="ignore"):  # a gradient nobody asked for may mention log(0)
            return float(self.forward(*[arg.literal for arg in args], **params))

    def gradients(self, g: Tensor, node: Tensor) -> Sequence[Tensor | None]:
        """The gradients of `node`'s arguments, given its own."""
        assert self.vjp is not None
        result = self.vjp(g, node, *node.args, **node.params)
        return result if isinstance(result, tuple | list) else (result,)


def misfit(name: str, args: Sequence[Tensor], problem: Any, where: Where) -> GraphError:
    """The error that says which operation cannot be applied to which shapes, and where that was tried."""
    shapes = " and ".join(shape_text(arg.shape) for arg in args)
    return GraphError(f"{name} of shapes {shapes}: {problem}{made_at(where)}")


def is_registered(op: Op) -> bool:
    """Whether the operation is the library's own, and not one of a user's that may bear the same name."""
    return registry.get(op.name) is op


def find(name: str) -> Op:
    return registry[name]


def op(name: str, forward: Callable[..., Any], vjp: Rule | None = None, **options: Any) -> Op:
    """An operation of this package. The options are Op's."""
    registry[name] = Op(name, forward, vjp, **options)
    return registry[name]


def dtype_kind(arg: Tensor) -> Any:
    """The argument's dtype, or `float` for a plain number, which takes the dtype of what stands beside it."""
    return float if arg.literal is not None and arg.dtype == np.float64 else arg.dtype


@cache
def promoted(*kinds: Any) -> np.dtype[Any]:
    """The dtype that holds values of all these kinds; `float` stands for a plain number, which adapts."""
    return np.result_type(*[0.0 if kind is float else kind for kind in kinds])


def first_dtype(a: Any, *_: Any) -> np.dtype[Any]:
    """The result has the first argument's dtype."""
    return np.dtype(a)


@cache
def ufunc_dtype(ufunc: np.ufunc, *kinds: Any) -> np.dtype[Any]:
    """The dtype NumPy gives `ufunc` of these kinds; `float` stands for a plain number, as above."""
    return ufunc.resolve_dtypes((*kinds, None))[-1]


def as_ints(value: Any) -> Any:
    """An int, or a tuple of ints, from whatever counts as that: NumPy's integers, a list, an array."""
    for convert in (operator.index, lambda several: tuple(map(operator.index, several))):
        try:
            return convert(value)
        except TypeError:
            pass
    raise TypeError(f"an integer, or several, are needed here, not {value!r}")


@cache
def entry_dtype(ufunc: np.ufunc, *kinds: Any) -> np.dtype[Any]:
    """The dtype of an entrywise operation: NumPy's, but integers beside float32 do not make float64 of it."""
    return ufunc_dtype(ufunc, *adapted(kinds))


def adapted(kinds: Sequence[Any]) -> Sequence[Any]:
    """The kinds, in which integers count as plain numbers beside a floating array."""
    if not any(isinstance(kind, np.dtype) and kind.kind == "f" for kind in kinds):
        return kinds
    return [float if isinstance(kind, np.dtype) and kind.kind in "iu" else kind for kind in kinds]


def same_dims(a: Dims, *_: Dims, **__: Any) -> Dims:
    """The result has the first argument's shape."""
    return a


def fully_known(dims: Dims) -> bool:
    """Whether the whole shape is known before the run."""
    return dims is not None and all(size >= 0 for size in dims)
