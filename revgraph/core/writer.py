"""Writing a graph down as the text of one Python function."""

from __future__ import annotations

import functools
import keyword
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from revgraph.core.errors import shape_text
from revgraph.core.memory import overwritten
from revgraph.core.ops.op import Op, dtype_kind
from revgraph.core.tensor import Tensor, constant, placeholder, topological_order, variable

PREFIX = {constant: "c", variable: "w", placeholder: "x"}


class Writer:
    """The lines of a program, and the names in them.

    names   the program's globals: numpy, the arrays of variables and constants, functions
    text    each node as the program refers to it
    lines   the program; `made` maps a line's number, counted from 1, to the node it computes
    inputs  the placeholders, in the order the program takes them
    """

    def __init__(self, roots: Sequence[Tensor]) -> None:
        self.names: dict[str, Any] = {"np": np}
        self.taken = {"np", "program", *keyword.kwlist}
        self.counts: dict[str, int] = {}
        self.bound: dict[int, str] = {}
        self.text: dict[Tensor, str] = {}
        self.made: dict[int, Tensor] = {}
        order = topological_order(roots)
        leaves = [node for node in order if node.op is None and node.literal is None]
        for leaf in sorted(leaves, key=lambda leaf: leaf.name is None):  # the user's names have precedence
            self.text[leaf] = self.unused(leaf.name, PREFIX[type(leaf)])
        self.inputs = [leaf for leaf in leaves if isinstance(leaf, placeholder)]
        self.lines = [f"def program({', '.join(self.text[leaf] for leaf in self.inputs)}):"]
        for leaf in leaves:
            self.introduce(leaf)
        order = steps_last(order)
        self.overwritten = overwritten(order, roots)
        for node in order:
            self.add(node)
        results = [self.text.get(root) or typed_number(root, root.dtype) for root in roots]
        self.lines.append(f"    return {', '.join(results)}")

    def introduce(self, leaf: Tensor) -> None:
        """A comment for each array the program finds among its globals."""
        if isinstance(leaf, constant | variable):
            self.names[self.text[leaf]] = leaf.data
            self.lines.append(f"    # {self.text[leaf]}: {leaf.kind} of shape {shape_text(leaf.shape)}")

    def add(self, node: Tensor) -> None:
        """The line that computes a node."""
        if node.op is None or node.literal is not None:
            return
        call = self.call(node, node.op)
        self.text[node] = self.unused(node.name, "t")
        self.lines.append(f"    {self.text[node]} = {call}")
        self.made[len(self.lines)] = node

    def call(self, node: Tensor, op: Op) -> str:
        """The right-hand side of that line."""
        args = self.args(node, op)
        if node in self.overwritten:
            return f"{self.in_place_call(node, op, args)}, out={self.text[self.overwritten[node]]})"
        if callable(op.text):
            return op.text(*args, **node.params)
        function = op.text or self.bind(op.name, op.forward)
        if function.startswith("."):  # of methods, which all take None for axis as the default
            return f"{args[0]}{function}({', '.join(self.params(node, but=None))})"
        if not function[0].isidentifier():  # a symbol
            return f"{args[0]} {function} {args[1]}" if len(args) == 2 else f"{function}{args[0]}"
        return f"{function}({', '.join([*args, *self.params(node)])})"

    def in_place_call(self, node: Tensor, op: Op, args: list[str]) -> str:
        """The call of a function that can write to an array given as `out`, still open for that argument."""
        if callable(op.text):
            return op.text(*args, **node.params).removesuffix(")")
        function = op.text or self.bind(op.name, op.forward)
        if not function[0].isidentifier():  # a symbol
            function = f"np.{op.forward.__name__}"
        return f"{function}({', '.join([*args, *self.params(node)])}"

    def params(self, node: Tensor, but: Any = ...) -> list[str]:
        """The params as keyword arguments, without those of the value `but`."""
        return [f"{key}={self.param(value)}" for key, value in node.params.items() if value is not but]

    def args(self, node: Tensor, op: Op) -> list[str]:
        """The arguments; plain numbers bare where NumPy then arrives at the node's dtype by itself."""
        kinds = [arg.dtype if arg.literal is None else float for arg in node.args]
        bare = float in kinds and op.pointwise and op.dtype(*kinds) == node.dtype
        write = bare_number if bare else functools.partial(typed_number, dtype=node.dtype)
        return [write(arg) if arg.literal is not None else self.adapted(arg, node, op) for arg in node.args]

    def adapted(self, arg: Tensor, node: Tensor, op: Op) -> str:
        """An argument; integers that would make float64 of the float32 beside them as float32."""
        if arg.dtype.kind in "iu" and op.pointwise:
            beside = [kind for kind in map(dtype_kind, node.args) if kind is not float and kind.kind == "f"]
            if beside and np.result_type(arg.dtype, *beside) != np.result_type(*beside):
                return f"{self.text[arg]}.astype(np.{np.result_type(*beside)})"
        return self.text[arg]

    def param(self, value: Any) -> str:
        """A param as text that reads back the same, else by a name."""
        if isinstance(value, float):
            return float_text(value)
        return repr(value) if is_plain(value) else self.bind("p", value)

    def bind(self, name: str, value: Any) -> str:
        """A global name for `value`."""
        if id(value) not in self.bound:
            self.bound[id(value)] = self.unused(name, name)
            self.names[self.bound[id(value)]] = value
        return self.bound[id(value)]

    def unused(self, wanted: str | None, prefix: str) -> str:
        """An identifier of its own for each thing: as wanted if free, else with a number."""
        name = re.sub(r"\W|^(?=\d)", "_", wanted) if wanted else ""
        stem = f"{name}_" if name else prefix
        while not name or name in self.taken:
            self.counts[stem] = self.counts.get(stem, 0) + 1
            name = f"{stem}{self.counts[stem]}"
        self.taken.add(name)
        return name


def steps_last(order: list[Tensor]) -> list[Tensor]:
    """The nodes in an order that leaves the effects, and all that uses their values, to the end."""
    late: set[Tensor] = set()
    for node in order:
        if (node.op and node.op.effect) or not late.isdisjoint(node.args):
            late.add(node)
    return sorted(order, key=late.__contains__)


def bare_number(node: Tensor) -> str:
    """The plain number a node equals, which takes the dtype of what stands beside it."""
    text = float_text(node.literal or 0.0)
    return f"({text})" if text.startswith("-") else text


def typed_number(node: Tensor, dtype: np.dtype[Any]) -> str:
    """The plain number a node equals, as a NumPy scalar."""
    return f"np.{dtype}({float_text(node.literal or 0.0)})"


def float_text(value: float) -> str:
    """The number as Python reads it."""
    return repr(float(value)).replace("inf", "np.inf").replace("nan", "np.nan")


def is_plain(value: Any) -> bool:
    """Whether `repr` writes the value as Python reads it."""
    if isinstance(value, tuple):
        return all(map(is_plain, value))
    return value is None or value is ... or isinstance(value, bool | int | str | slice)
