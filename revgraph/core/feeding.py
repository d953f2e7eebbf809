"""Getting fed arrays to the placeholders of a program, and saying what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from revgraph.core.conversion import converted
from revgraph.core.errors import GraphError, made_at, shape_text
from revgraph.core.tensor import Dims, Tensor, placeholder


@lru_cache(1 << 12)
def fits(shape: tuple[int, ...], dims: Dims) -> bool:
    """Whether arrays of `shape` are what `dims` expect; remembered, since training asks again and again."""
    if dims is None:
        return True
    return len(shape) == len(dims) and all(n == size or n < 0 for size, n in zip(shape, dims, strict=True))


def fed_array(leaf: placeholder, value: Any) -> np.ndarray[Any, Any]:
    """`value` as an array of the placeholder's dtype, if it has its shape."""
    if type(value) is np.ndarray and value.dtype is leaf.dtype and fits(value.shape, leaf.dims):
        return value
    try:
        array = converted(value, leaf.dtype)
    except (ValueError, TypeError, OverflowError) as error:
        raise GraphError(f"{leaf!r} cannot take what was fed: {error}{made_at(leaf.where)}") from None
    if not fits(array.shape, leaf.dims):
        raise GraphError(
            f"the placeholder {leaf.name} has shape {shape_text(leaf.shape)} and was fed an array of "
            f"shape {shape_text(array.shape)}.{made_at(leaf.where)}\n  Next: compare them axis by axis."
        )
    return array


def by_name(inputs: Sequence[placeholder], feeds: Mapping[str, Any]) -> list[Any]:
    """What was fed by name, in the order of `inputs`."""
    try:
        values = [feeds[leaf.name] for leaf in inputs]  # type: ignore[index]
    except KeyError:
        return by_node(inputs, feeds)
    return values if len(values) == len(feeds) else by_node(inputs, feeds)


def by_node(inputs: Sequence[placeholder], feeds: Mapping[Any, Any]) -> list[Any]:
    """What was fed by node or by name, in the order of `inputs`."""
    fed: dict[Tensor, Any] = {}
    for key, value in feeds.items():
        leaf = fed_leaf(inputs, key)
        if leaf in fed:
            raise GraphError(
                f"the placeholder {leaf.name} of shape {shape_text(leaf.shape)} was fed twice, "
                f"by its name and by its node; once is enough.{made_at(leaf.where)}"
            )
        fed[leaf] = value
    missing = [leaf for leaf in inputs if leaf not in fed]
    if missing:
        names = ", ".join(str(leaf.name) for leaf in missing)
        raise GraphError(
            f"not fed: {names}. The result depends on {'it' if len(missing) == 1 else 'them'}."
            f"{made_at(missing[0].where)}\n  Next: add {missing[0].name}=... to the call, "
            f'or "{missing[0].name}": ... to the feed_dict.'
        )
    return [fed[leaf] for leaf in inputs]


def fed_leaf(inputs: Sequence[placeholder], key: Any) -> placeholder:
    """The placeholder that `key`, a node or a name, stands for."""
    if isinstance(key, placeholder):
        return key  # if nothing fetched depends on it, that does no harm
    if isinstance(key, Tensor):
        raise GraphError(f"{key!r} cannot be fed: only placeholders can.{made_at(key.where)}")
    named = [leaf for leaf in inputs if leaf.name == key]
    if len(named) == 1:
        return named[0]
    known = ", ".join(sorted({str(leaf.name) for leaf in inputs})) or "no placeholder"
    if not named:
        raise GraphError(f"unknown name {key!r} among the feeds: the result depends on {known}")
    raise GraphError(f"{len(named)} placeholders are named {key!r}; feed them by node: run(y, {{x: ...}})")
