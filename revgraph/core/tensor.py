"""Tensor, the node of the graph, and its leaves: constant, placeholder, variable.

A graph is nothing but nodes that know their arguments. Nothing is computed when a node is made: its shape and
dtype are inferred, so that mistakes surface at the line that makes them, and numbers come with `run`.

The operations and the compiler are written with Tensor, whose methods call them: so this file imports them
on its last line, when Tensor is there.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from revgraph.core.allocation import ALIGNED_FROM, aligned_copy
from revgraph.core.conversion import converted, require_no_mask
from revgraph.core.engines import away, bring_home
from revgraph.core.errors import GraphError, Where, made_at, shape_text, user_line

if TYPE_CHECKING:
    from revgraph.core.compiler import Program
    from revgraph.core.ops.op import Op

Shape = tuple[int | None, ...] | None

# Inside the library an unknown size is a negative number, a fresh one for every size that may differ from all
# others. So `dims` of equal value are equal at every run, known or not, and a comparison is a proof.
Dims = tuple[int, ...] | None

FLOAT64 = np.dtype(np.float64)

NO_PARAMS: dict[str, Any] = {}  # the same for all nodes without any

_unknown_sizes = itertools.count(-1, -1)


def unknown_size() -> int:
    """A size only the run knows, different from every other one."""
    return next(_unknown_sizes)


_choices: dict[int, frozenset[int]] = {}
_either: dict[frozenset[int], int] = {}


def either_size(a: int, b: int) -> int:
    """The unknown size that unknown sizes a and b broadcast to, always the same one for the same two."""
    choices = _choices.get(a, frozenset((a,))) | _choices.get(b, frozenset((b,)))
    if choices not in _either:
        _either[choices] = unknown_size()
        _choices[_either[choices]] = choices
    return _either[choices]


def dims_of(shape: int | Iterable[int | None]) -> tuple[int, ...]:
    """A shape as the user gives it, one number or several; None and -1 are sizes that only the run knows."""
    if isinstance(shape, str):
        raise TypeError(f"a shape is a tuple of sizes, as in (None, 3), not {shape!r}")
    sizes = shape if isinstance(shape, Iterable) else (shape,)
    return tuple(unknown_size() if size is None else known_size(size) for size in sizes)


def known_size(size: Any) -> int:
    """A size of a shape as an int, an unknown one for -1."""
    try:
        number = operator.index(size)
    except TypeError:
        raise TypeError(
            f"a size is an integer, or None for one that only the run knows, not {size!r}"
        ) from None
    if number < -1:
        raise ValueError(f"a size is 0 or more, or None for one that only the run knows, not {number}")
    return unknown_size() if number == -1 else number


def shape_of(dims: Dims) -> Shape:
    """`dims` as the user sees them: None for each unknown size."""
    return None if dims is None else tuple(size if size >= 0 else None for size in dims)


class Tensor:
    """A node of the graph: an operation `op` on the nodes `args`, or a leaf, whose `op` is None.

    `params` are the operation's plain arguments (an axis, a stride). `shape` has None for each size that only
    the run knows, and is None where even the number of axes is unknown. `where` is the file and line of the
    user's code that made the node. `==` compares entry by entry, as NumPy's does; nodes hash by identity.
    """

    __slots__ = (
        "__weakref__",
        "args",
        "dims",
        "dtype",
        "literal",
        "name",
        "op",
        "params",
        "programs",
        "where",
    )

    op: Op | None
    args: tuple[Tensor, ...]
    params: dict[str, Any]
    dims: Dims
    dtype: np.dtype[Any]
    name: str | None
    where: Where
    literal: float | None  # the plain number this node always equals, which takes any float dtype beside it
    programs: dict[Any, Program] | None  # what the compiler made of it before

    def __init__(
        self,
        op: Op | None,
        args: tuple[Tensor, ...],
        params: dict[str, Any],
        dims: Dims,
        dtype: np.dtype[Any],
        name: str | None = None,
        literal: float | None = None,
        where: Where = None,
    ) -> None:
        self.op, self.args, self.params = op, args, params or NO_PARAMS
        self.dims, self.dtype, self.name, self.literal = dims, dtype, name, literal
        self.where = where or user_line()
        self.programs = None

    @property
    def shape(self) -> Shape:
        return shape_of(self.dims)

    @property
    def ndim(self) -> int | None:
        return None if self.dims is None else len(self.dims)

    @property
    def kind(self) -> str:
        """The operation's name, or which leaf this is."""
        return self.op.name if self.op else type(self).__name__

    def __repr__(self) -> str:
        name = f" {self.name}" if self.name else ""
        return f"<{self.kind}{name} of shape {shape_text(self.shape)}, {self.dtype}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from revgraph.core.picture import display

        return display(self)

    def __call__(self, /, *unnamed: Any, **feeds: Any) -> Any:
        """The node's value, its placeholders fed by name: `loss(x=batch, y=labels)`."""
        if unnamed:
            raise TypeError(
                f"{self!r} is fed by name: an array alone does not say which placeholder it is for."
                "\n  Next: node(x=array), or rc.run(node, {x: array})."
            )
        return compiler.program_of(self).run_by_name(feeds)

    def __bool__(self) -> bool:
        raise GraphError(
            f"{self!r} has no truth value: it is a node of a graph and gets its value when run."
            f"{made_at(self.where)}\n  Next: decide on rc.run(node), or choose inside the graph by rc.where."
        )

    def __array__(self, *_: Any, **__: Any) -> np.ndarray[Any, Any]:
        raise TypeError(f"{self!r} has no value before it is run. Next: rc.run(node).")

    def __float__(self) -> float:
        raise TypeError(f"{self!r} is no number before it is run. Next: rc.run(node).")

    __int__ = __float__

    def __format__(self, form: str) -> str:
        if form:
            raise TypeError(f"{self!r} is no number before it is run. Next: f'{{rc.run(node):{form}}}'.")
        return str(self)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            f"{self!r} is a node of a graph, whose entries cannot be assigned.{made_at(self.where)}"
            "\n  Next: write to an rc.variable's data, w.data[i] = ..., or choose by rc.where in the graph."
        )

    __hash__ = object.__hash__

    def __add__(self, other: Operand) -> Tensor:
        return ops.add(self, other)

    def __radd__(self, other: Operand) -> Tensor:
        return ops.add(other, self)

    def __sub__(self, other: Operand) -> Tensor:
        return ops.sub(self, other)

    def __rsub__(self, other: Operand) -> Tensor:
        return ops.sub(other, self)

    def __mul__(self, other: Operand) -> Tensor:
        return ops.mul(self, other)

    def __rmul__(self, other: Operand) -> Tensor:
        return ops.mul(other, self)

    def __truediv__(self, other: Operand) -> Tensor:
        return ops.truediv(self, other)

    def __rtruediv__(self, other: Operand) -> Tensor:
        return ops.truediv(other, self)

    def __pow__(self, other: Operand) -> Tensor:
        return ops.pow(self, other)

    def __rpow__(self, other: Operand) -> Tensor:
        return ops.pow(other, self)

    def __matmul__(self, other: Operand) -> Tensor:
        return ops.matmul(self, other)

    def __rmatmul__(self, other: Operand) -> Tensor:
        return ops.matmul(other, self)

    def __floordiv__(self, other: Operand) -> Tensor:
        return ops.floordiv(self, other)

    def __rfloordiv__(self, other: Operand) -> Tensor:
        return ops.floordiv(other, self)

    def __eq__(self, other: Operand) -> Tensor:  # type: ignore[override]
        return ops.equal(self, other)

    def __ne__(self, other: Operand) -> Tensor:  # type: ignore[override]
        return ops.not_equal(self, other)

    def __lt__(self, other: Operand) -> Tensor:
        return ops.less(self, other)

    def __le__(self, other: Operand) -> Tensor:
        return ops.less_equal(self, other)

    def __gt__(self, other: Operand) -> Tensor:
        return ops.greater(self, other)

    def __ge__(self, other: Operand) -> Tensor:
        return ops.greater_equal(self, other)

    def __getitem__(self, index: Any) -> Tensor:
        return ops.getitem(self, index)

    def __len__(self) -> int:
        if not self.dims or self.dims[0] < 0:
            raise TypeError(f"{self!r} has no length before the run. Next: rc.len(node) is a node of it.")
        return self.dims[0]

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __abs__(self) -> Tensor:
        return ops.abs(self)

    def __pos__(self) -> Tensor:
        return self

    def __neg__(self) -> Tensor:
        return ops.neg(self)

    @property
    def T(self) -> Tensor:
        return ops.transpose(self)

    def dot(self, b: Operand) -> Tensor:
        return ops.dot(self, b)

    def matmul(self, b: Operand) -> Tensor:
        return ops.matmul(self, b)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        return ops.sum(self, axis, keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        return ops.mean(self, axis, keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        return ops.max(self, axis, keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        return ops.min(self, axis, keepdims)

    def all(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        return ops.all(self, axis, keepdims)

    def any(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        return ops.any(self, axis, keepdims)

    def argmax(self, axis: int | None = None, keepdims: bool = False) -> Tensor:
        return ops.argmax(self, axis, keepdims)

    def argmin(self, axis: int | None = None, keepdims: bool = False) -> Tensor:
        return ops.argmin(self, axis, keepdims)

    def reshape(self, *newshape: Any) -> Tensor:
        """In another shape: `x.reshape(2, -1)` or `x.reshape((2, -1))`."""
        return ops.reshape(self, newshape[0] if len(newshape) == 1 else newshape)

    def transpose(self, *axes: Any) -> Tensor:
        """With its axes in another order: `x.transpose(1, 0)`, `x.transpose((1, 0))`, or reversed."""
        return ops.transpose(self, axes[0] if len(axes) == 1 else axes or None)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Tensor:
        """NumPy's entrywise functions build a node: `array * tensor`, and `np.exp(tensor)` too."""
        return numpy_calls.apply_ufunc(ufunc, method, inputs, options)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Tensor:
        """So do NumPy's other functions that the library has, under the library's name: `np.sum(tensor)`."""
        return numpy_calls.apply_function(function, args, options)


Operand = Tensor | float | int | Sequence[Any] | np.ndarray[Any, Any]


class value(Tensor):
    """A leaf of the graph: what constants, placeholders and variables are."""

    __slots__ = ()


class constant(value):
    """A leaf that never changes. Numbers, lists and integer arrays become float64; `dtype` says otherwise.

    A plain number has no dtype of its own beside another tensor: `2 * x` is float32 where `x` is. `where` is
    the user's line, where the caller has found it already.
    """

    __slots__ = ("_data",)

    def __init__(self, data: Any, name: str | None = None, dtype: Any = None, *, where: Where = None) -> None:
        self._data: np.ndarray[Any, Any] | None = None
        name = checked_name(name)
        if dtype is None and isinstance(data, int | float):
            super().__init__(None, (), {}, (), FLOAT64, name, float(data), where)
            return
        self._data = read_only(as_array(data, dtype))
        super().__init__(None, (), {}, self._data.shape, self._data.dtype, name, where=where)

    @property
    def data(self) -> np.ndarray[Any, Any]:
        """The values, read-only."""
        if self._data is None:  # a plain number, of which programs have no need for an array
            self._data = read_only(np.array(self.literal, self.dtype))
        return self._data

    @data.setter
    def data(self, value: Any) -> None:
        raise GraphError(
            f"{self!r} is a constant: its data cannot be assigned.{made_at(self.where)}"
            "\n  Next: make it an rc.variable if it is to change."
        )


class placeholder(value):
    """A leaf whose value is fed at each run: `rc.placeholder("x", (None, 784))`, None for an unknown size.

    Without `shape` it takes arrays of any shape. What is fed is converted to `dtype`, float64 by default.
    """

    __slots__ = ()

    def __init__(self, name: str, shape: int | Iterable[int | None] | None = None, dtype: Any = None) -> None:
        if not isinstance(name, str) or not name:
            raise TypeError(f'a placeholder\'s name is a text, as in rc.placeholder("x"), not {name!r}')
        dims = None if shape is None else dims_of(shape)
        super().__init__(None, (), {}, dims, real_dtype(dtype), name)


class variable(value):
    """A leaf that optimizers change in place. Numbers, lists and integer arrays become float64.

    `data` is one array for life: assigning to it writes into that array, so its shape and dtype stay. After
    an optimizer's step `gradient` holds the gradient the step used.
    """

    __slots__ = ("_data", "gradient")

    def __init__(self, data: Any, name: str | None = None, dtype: Any = None) -> None:
        array = as_array(data, dtype)
        super().__init__(None, (), {}, array.shape, array.dtype, checked_name(name))
        self._data = array if array.nbytes < ALIGNED_FROM else aligned_copy(array)
        self.gradient: Any = None

    @property
    def data(self) -> np.ndarray[Any, Any]:
        if away:
            bring_home(self)
        return self._data

    @data.setter
    def data(self, value: Any) -> None:
        if away:
            bring_home(self)
        if value is self._data:  # what `v.data -= step` assigns back
            return
        self.require_shape(np.shape(value))
        try:
            self._data[...] = converted(value, self._data.dtype)
        except (TypeError, ValueError, OverflowError) as error:
            raise GraphError(f"{self!r} cannot take this data: {error}{made_at(self.where)}") from None

    def require_shape(self, shape: tuple[int, ...]) -> None:
        """Raise where data of another shape is to be written into it."""
        if shape != self._data.shape:
            raise GraphError(
                f"{self!r} cannot take data of shape {shape}: a variable keeps its shape."
                f"{made_at(self.where)}\n  Next: make a new variable for another shape."
            )


def checked_name(name: Any) -> str | None:
    """The name of a leaf, if it is one."""
    if name is not None and not isinstance(name, str):
        raise TypeError(f"the name of a node is a text, not {name!r:.60}")
    return name


def as_array(data: Any, dtype: Any = None) -> np.ndarray[Any, Any]:
    """A copy of `data`; what has no floating (or boolean) dtype becomes float64 unless `dtype` is given."""
    if isinstance(data, Tensor):
        raise TypeError(
            f"{data!r} is a node already. Next: pass numbers or an array, or use the node itself."
        )
    if isinstance(data, list | tuple) and any(isinstance(part, Tensor) for part in data):
        raise TypeError(
            f"a {type(data).__name__} of nodes is not itself a node."
            " Next: rc.stack or rc.concatenate joins them."
        )
    require_no_mask(data)
    array = np.array(data if dtype is None else as_numbers(data, real_dtype(dtype)), order="C")
    if array.dtype.kind not in "fiub":
        raise TypeError(f"a tensor holds real numbers, not {array.dtype}: {data!r:.60}")
    keeps = dtype is not None or array.dtype.kind == "f" or (array.dtype.kind == "b" and array.ndim)
    return array if keeps else array.astype(np.float64)


def real_dtype(dtype: Any) -> np.dtype[Any]:
    """The dtype that the user wants, float64 by default."""
    try:
        chosen = np.dtype(dtype or np.float64)
    except TypeError:
        raise TypeError(f"dtype is one of NumPy's, such as 'float32' or int, not {dtype!r:.60}") from None
    if chosen.kind not in "fiub":
        raise TypeError(f"a tensor holds real numbers, not {chosen}")
    return chosen


def as_numbers(data: Any, dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """`data` in the dtype that the user wants it in."""
    try:
        return converted(data, dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"no tensor of {dtype} can be made of {data!r:.60}: {error}") from None


def as_tensor(value: Operand, where: Where = None) -> Tensor:
    """`value` itself if it is a node, else a constant."""
    return value if isinstance(value, Tensor) else constant(value, where=where)


def read_only(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    array.flags.writeable = False
    return array


def require_nodes(given: Iterable[Any]) -> None:
    """Raise a TypeError where something else is given in place of a node."""
    for node in given:
        if not isinstance(node, Tensor):
            raise TypeError(f"a node of a graph is needed here, not {type(node).__name__}: {node!r:.60}")


def number_like(value: float, like: Tensor) -> Tensor:
    """A plain number that is of the dtype of `like` where nothing else gives it one."""
    leaf = constant(value)
    leaf.dtype = like.dtype if like.dtype.kind == "f" else leaf.dtype
    return leaf


def topological_order(
    roots: Iterable[Tensor], args: Callable[[Tensor], tuple[Tensor, ...]] = lambda node: node.args
) -> list[Tensor]:
    """Every node the roots are computed from, each once, arguments before the nodes that use them.

    A stack of our own in place of recursion: a chain of any length works.
    """
    order: list[Tensor] = []
    entered: set[Tensor] = set()
    stack: list[Any] = list(roots)[::-1]
    while stack:
        node = stack.pop()
        if node is None:  # the arguments of the node below are placed, so it is its turn
            order.append(stack.pop())
        elif node not in entered:
            entered.add(node)
            stack += (node, None, *args(node)[::-1])
    return order


from revgraph.core import compiler, numpy_calls, ops  # noqa: E402
