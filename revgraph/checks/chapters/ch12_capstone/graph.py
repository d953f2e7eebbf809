"""What the chapter gives: the pairs, each an operation and its rule, and the graph of chapter 06 that they make."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from revgraph.checks.chapters.ch04_operations.maximum_vjp import maximum_vjp
from revgraph.checks.chapters.ch05_unbroadcast import add_broadcast_vjp
from revgraph.checks.chapters.ch07_matmul_and_reductions.reshape_vjp import reshape_vjp
from revgraph.checks.chapters.ch08_activations_and_losses.cross_entropy import cross_entropy
from revgraph.checks.chapters.ch08_activations_and_losses.cross_entropy_vjp import cross_entropy_vjp
from revgraph.checks.chapters.ch10_layers_and_models.dense import dense
from revgraph.checks.chapters.ch10_layers_and_models.dense_vjp import dense_vjp
from revgraph.checks.chapters.ch11_conv2d.conv2d import conv2d
from revgraph.checks.chapters.ch11_conv2d.conv2d_vjp import conv2d_vjp
from revgraph.checks.chapters.ch11_conv2d.max_pool2d import max_pool2d
from revgraph.checks.chapters.ch11_conv2d.max_pool2d_vjp import max_pool2d_vjp
from revgraph.checks.chapters.common import Function

PAIRS: dict[str, tuple[Function, Function]] = {
    "conv2d": (
        lambda x, k: conv2d(x, k, (1, 1), "SAME"),
        lambda g, ans, x, k: conv2d_vjp(g, ans, x, k, (1, 1), "SAME"),
    ),
    "activation": (
        lambda x: np.maximum(x, 0),
        lambda g, ans, x: maximum_vjp(g, ans, x, np.zeros(x.shape))[0],
    ),
    "max_pool2d": (
        lambda x: max_pool2d(x, (2, 2), (2, 2)),
        lambda g, ans, x: max_pool2d_vjp(g, ans, x, (2, 2), (2, 2)),
    ),
    "flatten": (
        lambda x: x.reshape(len(x), int(np.prod(x.shape[1:]))),
        lambda g, ans, x: reshape_vjp(g, ans, x, ans.shape),
    ),
    "dense": (dense, dense_vjp),
    "cross_entropy": (
        cross_entropy,
        lambda g, ans, logits, labels: (cross_entropy_vjp(g, ans, logits, labels), np.zeros(labels.shape)),
    ),
}


class Op:
    """An operation: what it computes, and its rule. Called with nodes, it makes a node."""

    def __init__(self, name: str, forward: Function, vjp: Function):
        self.name, self.forward, self.vjp = name, forward, vjp

    def __call__(self, *args: Node) -> Node:
        return Node(self, args)


class Node:
    """A leaf (op is None), which holds a value, or an operation on other nodes, its args."""

    def __init__(self, op: Op | None = None, args: tuple[Node, ...] = (), name: str = "", value: Any = None):
        self.op, self.args, self.name, self.value = op, args, name, value

    def __add__(self, other: Node) -> Node:
        return Op("+", np.add, add_broadcast_vjp)(self, other)


def ours() -> SimpleNamespace:
    """The operations of the network, for this graph."""
    return SimpleNamespace(**{name: Op(name, *pair) for name, pair in PAIRS.items()})
