"""Pickling a graph of any depth, with what its nodes share still shared.

A pickle of nested objects is written recursively. Here a node first lists its ancestors, arguments before the
nodes that use them, so that each finds its arguments in the pickle already and nothing nests.
"""

from __future__ import annotations

import copyreg
import importlib
import sys
import threading
import types
import weakref
from typing import Any

from revgraph.core.tensor import (
    Dims,
    Tensor,
    constant,
    placeholder,
    read_only,
    topological_order,
    unknown_size,
    variable,
)


class Listed(threading.local):
    """The nodes whose arguments stand in the pickle that is being written in this thread."""

    def __init__(self) -> None:
        self.nodes: set[Tensor] = set()


listed = Listed()


class Ancestors:
    """What a node is computed from, pickled as a list. Listed from here on, until released."""

    def __init__(self, node: Tensor) -> None:
        self.order = topological_order([node])[:-1]
        listed.nodes.update(self.order)

    def __reduce__(self) -> Any:
        return list, (), None, iter(self.order)

    def release(self) -> None:
        listed.nodes.difference_update(self.order)

    __del__ = release  # should writing the pickle fail


class Release:
    """Stands behind the ancestors in the pickle: when it is reached, they are all written."""

    def __init__(self, ancestors: Ancestors) -> None:
        self.ancestors = ancestors

    def __reduce__(self) -> Any:
        self.ancestors.release()
        return bool, ()


class Size:
    """An unknown size: a fresh one when loaded, the same for all nodes of a pickle that have it in common."""

    def __reduce__(self) -> Any:
        return fresh_size, ()


def fresh_size() -> int:
    return unknown_size()


sizes: weakref.WeakValueDictionary[int, Size] = weakref.WeakValueDictionary()


def portable(dims: Dims) -> Any:
    """Dims whose unknown sizes mean something in another process."""
    return dims and tuple(size if size >= 0 else sizes.setdefault(size, Size()) for size in dims)


def reduce(node: Tensor) -> Any:
    """What pickle wants to know of a node."""
    facts = (node.params, portable(node.dims), node.dtype, node.name, node.literal, node.where)
    if node.op is None:
        data = node._data if isinstance(node, constant | variable) else None
        return restored_leaf, (type(node), facts, data, getattr(node, "gradient", None))
    if node in listed.nodes or all(arg.op is None for arg in node.args):
        return restored, (node.op, node.args, facts)
    ancestors = Ancestors(node)
    return restored_after, (ancestors, Release(ancestors), node.op, node.args, facts)


for cls in (Tensor, constant, placeholder, variable):
    copyreg.pickle(cls, reduce)


def restored(op: Any, args: tuple[Tensor, ...], facts: tuple[Any, ...]) -> Tensor:
    return Tensor(op, args, *facts)


def restored_after(ancestors: Any, release: Any, *node: Any) -> Tensor:
    return restored(*node)


def restored_leaf(kind: type[Tensor], facts: tuple[Any, ...], data: Any, gradient: Any) -> Tensor:
    leaf = kind.__new__(kind)
    Tensor.__init__(leaf, None, (), *facts)
    if isinstance(leaf, constant | variable):
        leaf._data = data
    if isinstance(leaf, constant) and data is not None:
        read_only(data)
    if isinstance(leaf, variable):
        leaf.gradient = gradient
    return leaf


class ByName(types.ModuleType):
    """A module that is pickled as its name. Of modules outside site-packages dill writes down the content."""

    def __reduce_ex__(self, protocol: Any) -> Any:
        return importlib.import_module, (self.__name__,)


def pickle_by_name(package: str) -> None:
    """Let the modules of a package, as far as they are loaded, be pickled by name."""
    for name, module in list(sys.modules.items()):
        if name == package or name.startswith(f"{package}."):
            module.__class__ = ByName
