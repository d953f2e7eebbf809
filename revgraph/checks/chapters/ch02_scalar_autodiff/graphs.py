"""Graphs written as text, for the order and the way back."""

import io
import re
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext, redirect_stdout
from functools import cache
from typing import Any

from revgraph.checks.chapters.common import Rng

Terms = list[tuple[float, "Node"]]


class Node:
    """A Value that is the sum of its children, each times a factor; 1 where it has none.

    Comparing nodes is counted: a set finds a node by its hash, a list compares it with one after another.
    """

    def __init__(self, definition: str, terms: Terms, budget: list[int]):
        self.definition = definition
        self.terms = terms
        self.data: float = sum(factor * child.data for factor, child in terms) if terms else 1.0
        self.grad = 0.0
        self._children = tuple(child for _, child in terms)
        self._op = "+" if terms else ""
        self._budget = budget
        if sys.platform == "emscripten":
            self._itself = self  # let go by the collector, one by one: a chain would end the browser's stack

    def __repr__(self) -> str:
        return f"Value({self.data:.4g}, grad={self.grad:.4g})"

    def _backward(self) -> None:
        for factor, child in self.terms:
            child.grad += factor * self.grad

    def __eq__(self, other: object) -> bool:
        self._budget[0] -= 1
        if self._budget[0] < 0:
            raise SearchesAList("a list was searched for a node, over and over")
        return self is other

    __hash__ = object.__hash__


class SearchesAList(RuntimeError):
    """Raised instead of letting a learner wait for minutes."""


def quietly(graph: str) -> AbstractContextManager[Any]:
    """For a graph of thousands of nodes: what a learner prints of each of them is not shown."""
    return redirect_stdout(io.StringIO()) if "…" in graph else nullcontext()


def build(graph: str) -> dict[str, Node]:
    """The nodes of ``"y = 3x, f = 2y - 5x"``, by name; the last is the root.

    An ellipsis stands for a chain: ``"x1 = x0, …, x9 = x8"``.
    """
    definitions = list(_written_out(graph.split(", ")))
    budget = [100_000]
    nodes: dict[str, Node] = {}
    for definition in definitions:
        name, formula = parsed(definition)
        for _, leaf in formula:
            if leaf not in nodes:
                nodes[leaf] = Node(leaf, [], budget)
        nodes[name] = Node(definition, [(factor, nodes[child]) for factor, child in formula], budget)
    return nodes


@cache
def parsed(definition: str) -> tuple[str, list[tuple[float, str]]]:
    """``"f = 2y - 5x"`` as a name and its terms: factors and names."""
    name, _, formula = definition.partition(" = ")
    terms = re.findall(r"([+-]?) ?([\d.]*)([a-z]\w*)", formula)
    return name, [(float(sign + (factor or "1")), child) for sign, factor, child in terms]


def _written_out(definitions: list[str]) -> Iterator[str]:
    for i, definition in enumerate(definitions):
        if definition != "…":
            yield definition
        else:
            first, last = (int(re.findall(r"\d+", definitions[k])[0]) for k in (i - 1, i + 1))
            yield from (f"x{n} = x{n - 1}" for n in range(first + 1, last))


UNEQUAL = "x = 3w, y = 2x, f = x + y"  # the smallest graph on which breadth-first order goes wrong
MIRRORED = "x = 3w, y = 2x, f = y + x"
LONGER = "a = 2x, b = 3a, c = 5b, f = x + c + a"
BACKWARD_LONGER = "a = 2x, b = 3a, c = 5b, f = a + c + x"
SHARED = "y = 3x, u = 2y, v = 5y, f = u + v"
DEEP = "x1 = x0, x2 = x1, …, x2000 = x1999"
DEEP_AND_SHORT = "x1 = x0, x2 = x1, …, x1500 = x1499, f = x0 + x1500"


def random_graph(rng: Rng, size: int = 12) -> str:
    """Each node uses one to three earlier ones, among them its predecessor, in any order."""
    definitions = []
    for n in range(1, size):
        others = rng.choice(n, size=min(n, int(rng.integers(1, 4))), replace=False)
        children = rng.permutation(list({n - 1, *(int(i) for i in others)}))
        terms = [f"{rng.integers(2, 6)}{chr(ord('a') + int(i))}" for i in children]
        definitions.append(f"{chr(ord('a') + n)} = {' + '.join(terms)}")
    return ", ".join(definitions)
