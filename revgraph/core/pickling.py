"""Pickling a graph: what flat_pickle has to know of its nodes."""

from __future__ import annotations

import copyreg
import importlib
import sys
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
from revgraph.flat_pickle import reduce_flat


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
        data = node.data if isinstance(node, constant | variable) else None
        return restored_leaf, (type(node), facts, data, getattr(node, "gradient", None))
    is_deep = any(arg.op is not None for arg in node.args)
    return reduce_flat(
        node, is_deep, lambda: topological_order([node])[:-1], restored, (node.op, node.args, facts)
    )


for cls in (Tensor, constant, placeholder, variable):
    copyreg.pickle(cls, reduce)


def restored(op: Any, args: tuple[Tensor, ...], facts: tuple[Any, ...]) -> Tensor:
    return Tensor(op, args, *facts)


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
