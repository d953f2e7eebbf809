"""Writing a graph down as the text of one Python function."""

from __future__ import annotations

import functools
import keyword
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from revgraph.core.errors import shape_text
from revgraph.core.memory import overwritten, released
from revgraph.core.ops.op import Op, dtype_kind
from revgraph.core.tensor import Tensor, constant, placeholder, topological_order, variable

PREFIX = {constant: "c", variable: "w", placeholder: "x"}

WRITTEN = {"np", "program", "slice", "Ellipsis", "__debug__", *keyword.kwlist}  # names with a meaning in it


FILE = "<revgraph program>"
PIECE = 5_000  # lines; to compile a function Python takes 2.5 kB a line


class Writer:
    """The text of a program, and the names in it.

    names   the program's globals: numpy, the arrays of variables and constants, functions
    text    each node as the program refers to it
    made    for each file the nodes it computes, and the number of lines before them
    inputs  the placeholders, in the order the program takes them

    reuse: whether results are written over arrays that nobody reads any more
    """

    def __init__(self, roots: Sequence[Tensor], reuse: bool = True) -> None:
        order = topological_order(roots)
        self.roots = roots
        self.leaves = [node for node in order if node.op is None and node.literal is None]
        self.rows = steps_last([node for node in order if node.op is not None and node.literal is None])
        self.overwritten = overwritten(self.leaves + self.rows, roots) if reuse else {}
        short = len(self.rows) <= PIECE  # otherwise a piece releases what it made when it ends
        self.released = released(self.rows, roots, self.overwritten) if short and reuse else {}
        self.names: dict[str, Any] = {"np": np}
        self.taken = set(WRITTEN)
        if not short:
            self.taken |= {"kept", *(f"piece_{number + 1}" for number in range(len(self.rows) // PIECE + 1))}
        self.counts: dict[str, int] = {}
        self.bound: dict[int, str] = {}
        self.text: dict[Tensor, str] = {}
        self.made: dict[str, tuple[int, list[Tensor]]] = {}
        for leaf in sorted(self.leaves, key=lambda leaf: leaf.name is None):  # the user's names come first
            self.text[leaf] = self.unused(leaf.name, PREFIX[type(leaf)])
        self.inputs = [leaf for leaf in self.leaves if isinstance(leaf, placeholder)]

    @property
    def source(self) -> str:
        """The whole text."""
        return "\n".join(text for _, text in self.functions())

    def functions(self) -> Iterator[tuple[str, str]]:
        """The functions of the program, each with a file's name to compile it by; `program` comes last."""
        inputs = [self.text[leaf] for leaf in self.inputs]
        program = [f"def program({', '.join(inputs)}):", *self.introduced()]
        if len(self.rows) <= PIECE:
            self.write_rows(FILE, program, self.rows)
            results = {root: self.text.get(root) for root in self.roots}
        else:
            kept, calls = Kept(self.rows, self.roots), list[str]()
            for number, rows in enumerate(pieces(self.rows), 1):
                calls.append(f"piece_{number}({', '.join(['kept', *inputs])})")
                lines = [f"def {calls[-1]}:", *kept.taken_out(number, rows, self.text)]
                self.write_rows(f"{FILE} {number}", lines, rows, kept)
                yield f"{FILE} {number}", "\n".join(lines) + "\n"
                self.forget(node for node in rows if node not in kept.last_use)
            program += [f"    kept = [None] * {kept.size}", *(f"    {call}" for call in calls)]
            results = {root: kept.text(root) or self.text.get(root) for root in self.roots}
        texts = [results[root] or typed_number(root, root.dtype) for root in self.roots]
        yield FILE, "\n".join([*program, f"    return {', '.join(texts)}"]) + "\n"

    def forget(self, nodes: Iterable[Tensor]) -> None:
        """Drop the names of nodes to which no later line refers."""
        for node in nodes:
            del self.text[node]

    def introduced(self) -> Iterator[str]:
        """A comment for each array the program finds among its globals."""
        for leaf in self.leaves:
            if isinstance(leaf, constant | variable):
                self.names[self.text[leaf]] = leaf.data
                yield f"    # {self.text[leaf]}: {leaf.kind} of shape {shape_text(leaf.shape)}"

    def write_rows(self, file: str, lines: list[str], rows: list[Tensor], kept: Kept | None = None) -> None:
        """Append the line that computes each node."""
        self.made[file] = len(lines), rows
        for node in rows:
            assert node.op is not None
            call = self.call(node, node.op)
            self.text[node] = self.unused(node.name, "t")
            place = kept.place_for(node) if kept else ""
            lines.append(f"    {self.text[node]} = {place}{call}{self.release(node)}")

    def release(self, node: Tensor) -> str:
        """What follows a line after which large arrays are needed no more."""
        names = [self.text[done] for done in self.released.get(node, ())]
        return f"; del {', '.join(names)}" if names else ""

    def made_at(self, file: str, line: int) -> Tensor | None:
        """The node that a line computes."""
        before, rows = self.made.get(file, (0, []))
        return rows[line - before - 1] if 0 < line - before <= len(rows) else None

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
        write = bare_number if bare else functools.partial(typed_number, beside=node.dtype)
        return [write(arg) if arg.literal is not None else self.adapted(arg, node, op) for arg in node.args]

    def adapted(self, arg: Tensor, node: Tensor, op: Op) -> str:
        """An argument; integers that would make float64 of the float32 beside them as float32."""
        if arg.dtype.kind in "iu" and op.pointwise:
            beside = [kind for kind in map(dtype_kind, node.args) if kind is not float and kind.kind == "f"]
            if beside and np.result_type(arg.dtype, *beside) != np.result_type(*beside):
                return f"{self.text[arg]}.astype(np.{np.result_type(*beside)})"
        return self.text[arg]

    def param(self, value: Any) -> str:
        """A param as text that reads back the same, otherwise by a name."""
        if type(value) in (float, np.float64):
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
        letters = unicodedata.normalize("NFKC", wanted or "")  # which is how Python reads a name
        name = re.sub(r"\W|^(?=\d)", "_", letters) if letters else ""
        stem = f"{name}_" if name else prefix
        while not name or name in self.taken or self.is_numbered(name):
            self.counts[stem] = self.counts.get(stem, 0) + 1
            name = f"{stem}{self.counts[stem]}"
            if name not in self.taken:
                return name
        self.taken.add(name)
        return name

    def is_numbered(self, name: str) -> bool:
        """Whether something else was given the name with a number."""
        stem = name.rstrip("0123456789")
        return stem in self.counts and name != stem and int(name[len(stem) :]) <= self.counts[stem]


def pieces(rows: list[Tensor]) -> Iterator[list[Tensor]]:
    for start in range(0, len(rows), PIECE):
        yield rows[start : start + PIECE]


class Kept:
    """Where the pieces of a program keep what later ones need: a place in a list for each, to its last use.

    size    how many places there are
    """

    def __init__(self, rows: list[Tensor], roots: Sequence[Tensor]) -> None:
        self.last_use: dict[Tensor, int] = {}  # the number of the piece; no entry for what stays within one
        self.places: dict[Tensor, int] = {}
        self.free: list[int] = []
        self.size = 0
        for number, piece in enumerate(pieces(rows), 1):
            inside = set(piece)
            for arg in read_from_others(piece, inside):
                self.last_use[arg] = number
        self.last_use.update((root, sys.maxsize) for root in roots if root.op and root.literal is None)

    def taken_out(self, number: int, rows: list[Tensor], text: dict[Tensor, str]) -> Iterator[str]:
        """The lines that fetch what this piece needs from others."""
        for arg in read_from_others(rows, set(rows)):
            place = f"kept[{self.places[arg]}]"
            if self.last_use[arg] == number:
                self.free.append(self.places.pop(arg))
                yield f"    {text[arg]}, {place} = {place}, None"
            else:
                yield f"    {text[arg]} = {place}"

    def place_for(self, node: Tensor) -> str:
        """The place a node's value is put into, as a target; nothing if no other piece needs it."""
        if node not in self.last_use:
            return ""
        if not self.free:
            self.free.append(self.size)
            self.size += 1
        self.places[node] = self.free.pop()
        return f"kept[{self.places[node]}] = "

    def text(self, node: Tensor) -> str:
        """A result, in the end; nothing for what is no piece's."""
        return f"kept[{self.places[node]}]" if node in self.places else ""


def read_from_others(rows: list[Tensor], inside: set[Tensor]) -> list[Tensor]:
    """What these nodes read that is computed, but not among them; each once."""
    args = (arg for node in rows for arg in node.args if arg.op and arg.literal is None and arg not in inside)
    return list(dict.fromkeys(args))


def steps_last(order: list[Tensor]) -> list[Tensor]:
    """The nodes in an order that leaves the effects, and all that uses their values, to the end."""
    late: set[Tensor] = set()
    for node in order:
        if (node.op and node.op.effect) or not late.isdisjoint(node.args):
            late.add(node)
    return sorted(order, key=late.__contains__)


def bare_number(node: Tensor) -> str:
    """The plain number a node equals, which takes the dtype of what stands beside it."""
    text = literal_text(node)
    return f"({text})" if text.startswith("-") else text


def typed_number(node: Tensor, beside: np.dtype[Any]) -> str:
    """The plain number a node equals, as a NumPy scalar: a fraction in the floating dtype beside it."""
    dtype = beside if node.dtype.kind == beside.kind == "f" else node.dtype
    return f"np.{dtype}({literal_text(node)})"


def literal_text(node: Tensor) -> str:
    assert node.literal is not None
    return float_text(node.literal)


def float_text(value: float) -> str:
    """The number as Python reads it."""
    return repr(float(value)).replace("inf", "np.inf").replace("nan", "np.nan")


def is_plain(value: Any) -> bool:
    """Whether `repr` writes the value as Python reads it, which that of a user's own class may not."""
    if type(value) is tuple:
        return all(map(is_plain, value))
    if type(value) is slice:
        return all(map(is_plain, (value.start, value.stop, value.step)))
    return value is None or value is ... or type(value) in (bool, int, str)
