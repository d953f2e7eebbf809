"""The graph, as the notebook gives it, and how one is built from its text.

A graph is put to a candidate as text, such as ``"y = 3 * x; z = 2 * y + 5 * y"``: the last name is the output,
names that are never assigned are leaves. The probes build it, and count how often an operation is called.
"""

import ast
import sys
from collections import Counter, deque
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from revgraph.checks.chapters.common import Array, Function


class Op(NamedTuple):
    """An operation: what it computes, and its rule."""

    name: str
    forward: Function
    vjp: Function


class Node:
    """A leaf (``op`` is None), which holds a value, or an operation on other nodes, its ``args``."""

    def __init__(
        self, op: Op | None = None, args: tuple["Node", ...] = (), name: str = "", value: Any = None
    ):
        self.op, self.args, self.name, self.value = op, args, name, value
        if sys.platform == "emscripten":
            self.itself = self  # let go by the collector, one by one: a chain would end the browser's stack

    def __add__(self, other: Any) -> "Node":
        return apply(ADD, self, other)

    def __sub__(self, other: Any) -> "Node":
        return apply(SUB, self, other)

    def __mul__(self, other: Any) -> "Node":
        return apply(MUL, self, other)

    def __rmul__(self, other: Any) -> "Node":
        return apply(MUL, other, self)


def apply(op: Op, *args: Any) -> Node:
    """A new node; a plain number among the arguments becomes a leaf."""
    nodes = (a if isinstance(a, Node) else Node(name=f"{a:g}", value=np.array(float(a))) for a in args)
    return Node(op, tuple(nodes))


def _unbroadcast(g: Array, operand: Array) -> Array:
    """Numbers stand beside arrays in these graphs, and no other shapes are mixed."""
    return g if np.shape(g) == np.shape(operand) else np.sum(g)


ADD = Op("+", np.add, lambda g, ans, a, b: (g, g))
SUB = Op("-", np.subtract, lambda g, ans, a, b: (g, -g))
MUL = Op("*", np.multiply, lambda g, ans, a, b: (_unbroadcast(g * b, a), _unbroadcast(g * a, b)))
NEG = Op("neg", np.negative, lambda g, ans, a: -g)
EXP = Op("exp", np.exp, lambda g, ans, a: g * ans)
TANH = Op("tanh", np.tanh, lambda g, ans, a: g * (1 - ans**2))
TOTAL = Op("total", np.sum, lambda g, ans, a: g * np.ones_like(a))
OPS = (ADD, SUB, MUL, NEG, EXP, TANH, TOTAL)
FUNCTIONS = {
    "exp": partial(apply, EXP),
    "neg": partial(apply, NEG),
    "tanh": partial(apply, TANH),
    "total": partial(apply, TOTAL),
}


def repeat(function: partial[Node], x: Node, times: int) -> Node:
    """f(f(f(… x …))), for one of FUNCTIONS."""
    (op,) = function.args
    for _ in range(times):
        x = Node(op, (x,))
    return x


class Built(NamedTuple):
    output: Node
    names: dict[str, Node]
    nodes: Counter[str]  # of each operation
    calls: Counter[tuple[str, str]]  # of each operation's forward and vjp


def build(graph: str, values: dict[str, Any]) -> Built:
    """The graph of this text; its leaves hold ``values``, or None. The calls of its operations are counted."""
    tree = ast.parse(graph)
    used = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name)]
    assigned = [
        t.id for s in tree.body if isinstance(s, ast.Assign) for t in s.targets if isinstance(t, ast.Name)
    ]
    known = {**FUNCTIONS, "repeat": repeat}
    leaves = {
        n: Node(name=n, value=as_float(values.get(n))) for n in used if n not in known and n not in assigned
    }
    names: dict[str, Any] = dict(leaves)
    exec(graph, {**known, "__builtins__": {}}, names)
    for name in assigned:
        names[name].name = names[name].name or name
    output = names[assigned[-1]]
    calls: Counter[tuple[str, str]] = Counter()
    counted = {op: _counted(op, calls) for op in OPS}
    nodes: Counter[str] = Counter()
    for node in reached(output):
        if node.op is not None:
            nodes[node.op.name] += 1
            node.op = counted[node.op]
    return Built(output, names, nodes, calls)


def reached(output: Node) -> list[Node]:
    """All nodes of the graph, output first. The probes travel to whoever answers, and so hold no other order."""
    nodes = {output: None}
    coming = deque(nodes)
    while coming:
        for arg in coming.popleft().args:
            if arg not in nodes:
                nodes[arg] = None
                coming.append(arg)
    return list(nodes)


def as_float(value: Any) -> Any:
    return None if value is None else np.array(value, dtype=float)


def _counted(op: Op, calls: Counter[tuple[str, str]]) -> Op:
    def call(what: str, function: Function, *args: Any) -> Any:
        calls[what, op.name] += 1
        try:
            return function(*args)
        except TypeError as error:
            if any(arg is None for arg in args):
                raise ValueError(
                    f"the {what} of {op.name} was called before all it needs had a value"
                ) from error
            raise

    return Op(op.name, partial(call, "forward", op.forward), partial(call, "vjp", op.vjp))


def label(node: Node) -> str:
    """The node's name, or what it is made of."""
    if node.name or node.op is None:
        return node.name
    parts = [arg.name or "…" for arg in node.args]
    return node.op.name.join(parts) if len(parts) > 1 else f"{node.op.name}({parts[0]})"


def same_numbers(a: Any, b: Any) -> bool:
    """Whether two numbers or arrays are the same, nan included; what is neither is not compared."""
    if not all(isinstance(one, float | int | np.generic | Array) for one in (a, b)):
        return type(a) is type(b)
    return np.shape(a) == np.shape(b) and bool(np.all((a == b) | ((a != a) & (b != b))))


def plain(value: Any) -> Any:
    """Numbers as arrays without axes, so that all of them compare alike; a node in words."""
    if isinstance(value, Node):
        return "a node, not its value"
    return np.asarray(value, dtype=float) if isinstance(value, float | int | np.generic) else value
