"""The operations that the judge hands to a network: they compute at once, and say in words what goes wrong."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from revgraph.checks.chapters.ch11_conv2d.conv2d import conv2d
from revgraph.checks.chapters.common import Array, Function


class Fault(Exception):
    """What went wrong in a layer, in words."""


def _refused(what: str) -> Function:
    def refuse(self: Any, *_: Any) -> Any:
        raise Fault(f"{what}, where only + and the ops are to be used")

    return refuse


class Node:
    """Stands for a node of a graph: only the operations can do something with it. It computes at once."""

    def __init__(self, value: Array):
        self.value = value

    def __add__(self, other: Any) -> "Node":
        return self._plus(other)

    def __radd__(self, other: Any) -> "Node":
        return self._plus(other)

    def _plus(self, other: Any) -> "Node":
        value = other.value if isinstance(other, Node) else other
        try:
            return Node(self.value + value)
        except ValueError:
            raise Fault(f"+ was given the shapes {self.value.shape} and {np.shape(value)}") from None

    __len__ = _refused("the length of a node was asked for")
    __iter__ = __getitem__ = _refused("a node was taken apart")
    __mul__ = __rmul__ = _refused("a node was multiplied by *")
    __sub__ = __rsub__ = __neg__ = _refused("- was done with a node")
    __matmul__ = __rmatmul__ = _refused("@ was done with a node")

    def __array_ufunc__(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        raise Fault(f"np.{function.__name__} was given a node, and takes arrays")

    def __array_function__(self, function: Any, *args: Any) -> Any:
        raise Fault(f"np.{function.__name__} was given a node, and takes arrays")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise Fault(f".{name} was asked of a node, and belongs to arrays")


class Operations(SimpleNamespace):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise Fault(f"ops has no {name}; it has {', '.join(vars(self))}")


def operation(form: str, compute: Function) -> Function:
    """``form`` is how it is called: "conv2d(x, k)"."""
    name, n_args = form.partition("(")[0], form.count(",") + 1

    def apply(*args: Any, **named: Any) -> Node:
        if named:
            raise Fault(f"{form} was given {', '.join(f'{key}=' for key in named)}, and takes no names")
        if len(args) != n_args:
            raise Fault(f"{form} was given {len(args)} arguments")
        if not all(isinstance(arg, Node) for arg in args):
            raise Fault(f"{name} was given something else than nodes")
        return Node(compute(*(arg.value for arg in args)))

    return apply


def _conv(x: Array, k: Array) -> Array:
    if x.ndim != 4 or x.shape[3] != k.shape[2]:
        raise Fault(f"conv2d was given {x.shape}, with a kernel {k.shape}")
    return conv2d(x, k, (1, 1), "SAME")


def _pool(x: Array) -> Array:
    if x.ndim != 4:
        raise Fault(f"max_pool2d was given {x.shape}, which has not four axes")
    n, h, w, c = x.shape
    return x[:, : h // 2 * 2, : w // 2 * 2].reshape(n, h // 2, 2, w // 2, 2, c).max(axis=(2, 4))


def _dense(x: Array, w: Array, b: Array) -> Array:
    if x.ndim != 2 or x.shape[1] != len(w):
        raise Fault(f"dense was given {x.shape}, with weights {w.shape}")
    return x @ w + b


OPS = Operations(
    conv2d=operation("conv2d(x, k)", _conv),
    activation=operation("activation(x)", np.tanh),
    max_pool2d=operation("max_pool2d(x)", _pool),
    flatten=operation("flatten(x)", lambda x: x.reshape(len(x), int(np.prod(x.shape[1:])))),
    dense=operation("dense(x, w, b)", _dense),
)
