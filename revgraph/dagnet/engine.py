"""A scalar that remembers how it was computed, so that ``backward`` can find its derivatives."""

import math
from collections.abc import Callable, Sequence
from numbers import Real
from operator import mul
from typing import TYPE_CHECKING, Any

from revgraph.flat_pickle import reduce_flat

if TYPE_CHECKING:
    import numpy as np

Number = int | float


class Value:
    """One number of a computation: its ``data``, and after ``backward`` its ``grad``.

    A Value made by an operation keeps the Values it was made from and its derivative with respect to each.
    ``label`` is its name in pictures.

    >>> x = Value(3.0)
    >>> y = x * x + 1
    >>> y.backward()
    >>> x.grad
    6.0
    """

    __slots__ = ("_children", "_derivatives", "_op", "data", "grad", "label")

    def __init__(
        self,
        data: Number,
        label: str = "",
        *,
        _children: tuple["Value", ...] = (),
        _derivatives: tuple[float, ...] = (),
        _op: str = "",
    ) -> None:
        self.data = data if type(data) is float else _float(data)
        self.grad = 0.0
        self.label = label
        self._children = _children
        self._derivatives = _derivatives
        self._op = _op

    def __add__(self, other: "Value | Number") -> "Value":
        other = _value(other)
        return _node("+", self.data + other.data, (self, other), (1.0, 1.0))

    def __sub__(self, other: "Value | Number") -> "Value":
        other = _value(other)
        return _node("-", self.data - other.data, (self, other), (1.0, -1.0))

    def __mul__(self, other: "Value | Number") -> "Value":
        other = _value(other)
        return _node("*", self.data * other.data, (self, other), (other.data, self.data))

    def __truediv__(self, other: "Value | Number") -> "Value":
        other = _value(other)
        if other.data == 0:
            raise ZeroDivisionError(f"{self!r} / {other!r}: the denominator is 0")
        quotient = self.data / other.data
        return _node("/", quotient, (self, other), (1 / other.data, -quotient / other.data))

    def __pow__(self, exponent: "Value | Number") -> "Value":
        """A number as the exponent is part of the operation; a Value as the exponent has a gradient too."""
        if isinstance(exponent, Value):
            a, b = self.data, exponent.data
            if a < 0:
                raise ValueError(
                    f"{self!r} ** {exponent!r}: a negative base has no derivative with respect to its "
                    f"exponent. Write the exponent as a number: ** {b:g}"
                )
            power = _power(a, b)
            by_exponent = 0.0 if a == 0 else power * math.log(a)
            return _node("**", power, (self, exponent), (_power_slope(a, b), by_exponent))
        n = _float(exponent)
        return _node(f"**{n:g}", _power(self.data, n), (self,), (_power_slope(self.data, n),))

    def __neg__(self) -> "Value":
        return _node("neg", -self.data, (self,), (-1.0,))

    def __pos__(self) -> "Value":
        return self

    def __float__(self) -> float:
        raise TypeError(
            f"{self!r} made a plain number would forget what it was computed from. "
            "Next: its .data for the number alone, or the Value's own functions, such as x.exp()."
        )

    __int__ = __float__

    def __format__(self, form: str) -> str:
        return format(self.data, form) if form else str(self)

    def __radd__(self, other: Number) -> "Value":
        return _value(other) + self

    def __rsub__(self, other: Number) -> "Value":
        return _value(other) - self

    def __rmul__(self, other: Number) -> "Value":
        return _value(other) * self

    def __rtruediv__(self, other: Number) -> "Value":
        return _value(other) / self

    def __rpow__(self, other: Number) -> "Value":
        return _value(other) ** self

    def __array_ufunc__(self, ufunc: "np.ufunc", method: str, *inputs: Any, **options: Any) -> "Value":
        """NumPy's functions on a Value: np.float64(2) * x, and np.exp(x) is x.exp()."""
        ours = UFUNCS.get(ufunc.__name__)
        if ours is None or method != "__call__" or options:
            called = ufunc.__name__ + ("" if method == "__call__" else f".{method}")
            raise TypeError(
                f"np.{called} does not know how to differentiate a Value. Next: build it from + - * / ** "
                f"and the Value's own {', '.join(FUNCTIONS)}, such as x.exp()."
            )
        return ours(_value(inputs[0]), *inputs[1:])

    def relu(self) -> "Value":
        """max(0, x), with derivative 0 at 0."""
        x = self.data
        return _node("relu", 0.0 if x <= 0 else x, (self,), (1.0 if x > 0 else 0.0,))

    def tanh(self) -> "Value":
        t = math.tanh(self.data)
        return _node("tanh", t, (self,), (1 - t * t,))

    def exp(self) -> "Value":
        """e to the power of x; OverflowError above x = 709.78, where a float ends."""
        try:
            e = math.exp(self.data)
        except OverflowError as problem:
            raise OverflowError(f"exp of {self!r} is larger than the largest float") from problem
        return _node("exp", e, (self,), (e,))

    def log(self) -> "Value":
        """The natural logarithm; ValueError unless x > 0."""
        if self.data <= 0:
            raise ValueError(f"log of {self!r}: the logarithm is defined for positive numbers only")
        return _node("log", math.log(self.data), (self,), (1 / self.data,))

    def sigmoid(self) -> "Value":
        """1 / (1 + exp(-x)), computed so that exp never overflows."""
        e = math.exp(-abs(self.data))
        s = 1 / (1 + e) if self.data >= 0 else e / (1 + e)
        return _node("sigmoid", s, (self,), (s * (1 - s),))

    def backward(self) -> None:
        """Add the derivative of this Value to the ``grad`` of every leaf it was computed from.

        Leaves accumulate from call to call until their ``grad`` is set to 0; the nodes in between start anew
        each time, else a second call would send the first call's gradients down once more.
        """
        order = topological_order(self)
        for value in order:
            if value._children:
                value.grad = 0.0
        self.grad += 1.0
        for value in reversed(order):
            grad = value.grad
            for child, derivative in zip(value._children, value._derivatives, strict=True):
                child.grad += grad * derivative

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.data:.6g}, grad={self.grad:.6g}{label})"

    def __reduce__(self) -> tuple[Any, ...]:
        facts = (type(self), self.data, self.grad, self.label, self._children, self._derivatives, self._op)
        is_deep = any(child._children for child in self._children)
        reduced = reduce_flat(self, is_deep, lambda: topological_order(self)[:-1], _restored, facts)
        return (*reduced, self.__dict__) if hasattr(self, "__dict__") else reduced  # a subclass may have more

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from revgraph.dagnet.trace_graph import display

        return display(self)


FUNCTIONS = ("exp", "log", "tanh", "sigmoid", "relu")
UFUNCS: dict[str, Callable[..., Value]] = {
    "add": Value.__add__, "subtract": Value.__sub__, "multiply": Value.__mul__, "divide": Value.__truediv__,
    "power": Value.__pow__, "negative": Value.__neg__, "exp": Value.exp, "log": Value.log, "tanh": Value.tanh,
    "square": lambda x: x**2,
}  # fmt: skip


def dot(weights: Sequence[Value], inputs: Sequence[Value], bias: Value) -> Value:
    """w0*x0 + w1*x1 + ... + bias as one node.

    Its derivative with respect to each weight is that weight's input, to each input that input's weight,
    and to the bias 1: what the chain of products and sums gives, with one node in place of twice as many
    as there are weights.
    """
    if len(weights) != len(inputs):
        raise ValueError(f"{len(weights)} weights cannot meet {len(inputs)} inputs")
    w = [value.data for value in weights]
    x = [value.data for value in inputs]
    return _node("w·x+b", sum(map(mul, w, x), bias.data), (*weights, *inputs, bias), (*x, *w, 1.0))


def topological_order(root: Value) -> list[Value]:
    """Every Value that ``root`` was computed from, and root last: children before parents, each once.

    Depth first, with a stack of its own instead of recursion, so depth is limited by memory alone. A node
    stays on the stack, below the mark None, until everything above it (its children) is done.
    """
    order: list[Value] = []
    seen: set[Value] = set()
    stack: list[Value | None] = [root]
    while stack:
        value = stack.pop()
        if value is None:
            order.append(stack.pop())  # type: ignore[arg-type]
        elif value not in seen:
            seen.add(value)
            stack += (value, None, *value._children[::-1])  # the first on top
    return order


def _restored(kind: type[Value], data: float, grad: float, label: str, *made_of: Any) -> Value:
    """A Value from its pickle."""
    value = kind.__new__(kind)
    value.data, value.grad, value.label = data, grad, label
    value._children, value._derivatives, value._op = made_of
    return value


def _node(op: str, data: float, children: tuple[Value, ...], derivatives: tuple[float, ...]) -> Value:
    return Value(data, _children=children, _derivatives=derivatives, _op=op)


def _value(operand: Any) -> Value:
    return operand if isinstance(operand, Value) else Value(operand)


def _float(number: Any) -> float:
    if not isinstance(number, Real):
        raise TypeError(
            f"a Value holds and combines with one real number, got {type(number).__name__}: {number!r}"
        )
    return float(number)


def _power(a: float, n: float) -> float:
    if a == 0 and n < 0:
        raise ZeroDivisionError(f"0 ** {n:g}: 0 has no negative power")
    if a < 0 and not n.is_integer():
        raise ValueError(f"({a:g}) ** {n:g} is not a real number: a negative base needs a whole exponent")
    try:
        return float(a**n)
    except OverflowError as problem:
        raise OverflowError(f"({a:g}) ** {n:g} is larger than the largest float") from problem


def _power_slope(a: float, n: float) -> float:
    """d(a**n)/da = n a**(n-1), also where a = 0: 0 for n = 0, infinite for n between 0 and 1."""
    if n == 0:
        return 0.0
    if a == 0 and n < 1:
        return math.inf
    try:
        return float(n * a ** (n - 1))
    except OverflowError:
        return float(n * (a**n / a))  # infinite, as a quotient of floats may be, and of the right sign
