"""Works that one would write by hand: a network in plain NumPy, a scalar engine in forty lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.speed.scalars import Network, training_step
from tests.benchmarks.speed.works import Arrays

Step = Callable[[], Any]


def xor(a: Arrays) -> Step:
    w1, b1, w2, b2 = (a[name].copy() for name in ("w1", "b1", "w2", "b2"))

    def step(x: Any = a["x"], t: Any = a["y"], lr: float = 0.1) -> Any:
        h = np.tanh(x @ w1 + b1)
        z = h @ w2 + b2
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        loss = -(t * np.log(p)).sum()
        dz = p - t
        dh = dz @ w2.T * (1 - h * h)
        for w, g in ((w1, x.T @ dh), (b1, dh.sum(axis=0)), (w2, h.T @ dz), (b2, dz.sum(axis=0))):
            w -= lr * g
        return loss

    return step


class Scalar:
    """A number with a function that hands its gradient on, as in most scalar engines that fit on a page."""

    def __init__(self, data: float, children: tuple[Scalar, ...] = ()) -> None:
        self.data, self.children, self.grad = data, children, 0.0
        self.hand_on: Callable[[], None] = lambda: None

    def __add__(self, other: Any) -> Scalar:
        other = other if isinstance(other, Scalar) else Scalar(other)
        out = Scalar(self.data + other.data, (self, other))

        def hand_on() -> None:
            self.grad += out.grad
            other.grad += out.grad

        out.hand_on = hand_on
        return out

    def __mul__(self, other: Any) -> Scalar:
        other = other if isinstance(other, Scalar) else Scalar(other)
        out = Scalar(self.data * other.data, (self, other))

        def hand_on() -> None:
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out.hand_on = hand_on
        return out

    __radd__, __rmul__ = __add__, __mul__

    def relu(self) -> Scalar:
        out = Scalar(max(0.0, self.data), (self,))

        def hand_on() -> None:
            self.grad += (out.data > 0) * out.grad

        out.hand_on = hand_on
        return out

    def backward(self) -> None:
        order, visited = list[Scalar](), set[Scalar]()

        def visit(node: Scalar) -> None:
            if node not in visited:
                visited.add(node)
                for child in node.children:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node.hand_on()


def scalars(a: Arrays) -> Step:
    return training_step(a, Network(a["layers"], Scalar), zero=0.0)


STEPS: dict[str, Callable[[Arrays], Step]] = {"xor": xor, "scalars": scalars}
