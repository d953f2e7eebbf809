"""The class Value as a learner should read it: each operation computes, and keeps a way back."""

from __future__ import annotations

from collections.abc import Callable


class Value:
    """A number that remembers what it was made from."""

    def __init__(self, data: float, _children: tuple[Value, ...] = ()):
        self.data = data
        self.grad = 0.0
        self._children = _children
        self._backward: Callable[[], None] = lambda: None

    def __add__(self, other: Value | float) -> Value:
        a, b = self, as_value(other)
        out = Value(a.data + b.data, (a, b))

        def send_back() -> None:
            a.grad += out.grad
            b.grad += out.grad

        out._backward = send_back
        return out

    def __mul__(self, other: Value | float) -> Value:
        a, b = self, as_value(other)
        out = Value(a.data * b.data, (a, b))

        def send_back() -> None:
            a.grad += b.data * out.grad
            b.grad += a.data * out.grad

        out._backward = send_back
        return out

    def __pow__(self, n: float) -> Value:
        out = Value(self.data**n, (self,))

        def send_back() -> None:
            self.grad += n * self.data ** (n - 1) * out.grad

        out._backward = send_back
        return out

    def relu(self) -> Value:
        out = Value(max(0.0, self.data), (self,))

        def send_back() -> None:
            self.grad += (self.data > 0) * out.grad

        out._backward = send_back
        return out

    def __neg__(self) -> Value:
        return self * -1

    def __sub__(self, other: Value | float) -> Value:
        return self + other * -1

    def __truediv__(self, other: Value | float) -> Value:
        return self * other**-1

    def __rsub__(self, number: float) -> Value:
        return -self + number

    def __rtruediv__(self, number: float) -> Value:
        return self**-1 * number

    __radd__ = __add__
    __rmul__ = __mul__


def as_value(x: Value | float) -> Value:
    return x if isinstance(x, Value) else Value(x)
