"""Pickling what is made of one another, at any depth, with what is shared still shared.

A pickle of nested objects is written recursively, which ends a few hundred deep. Here a node first lists its
ancestors, arguments before the nodes that use them, so that each finds its arguments in the pickle already:
nothing nests. `copy.deepcopy` goes the same way.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class Listed(threading.local):
    """The nodes whose arguments stand in the pickle that is being written in this thread."""

    def __init__(self) -> None:
        self.nodes: set[Any] = set()


listed = Listed()


class Ancestors:
    """What a node is computed from, pickled as a list. Listed from here on, until released."""

    def __init__(self, order: list[Any]) -> None:
        self.order = order
        listed.nodes.update(order)

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


def reduce_flat(
    node: Any,
    is_deep: bool,
    ancestors: Callable[[], list[Any]],
    build: Callable[..., Any],
    facts: tuple[Any, ...],
) -> tuple[Any, ...]:
    """What pickle wants to know of a node: that `build(*facts)` makes it, once its ancestors are there.

    is_deep: whether what the node is made of is made of something in turn; ancestors: gives all of that,
    arguments before the nodes that use them.
    """
    if not is_deep or node in listed.nodes:
        return build, facts
    before = Ancestors(ancestors())
    return build_after, (before, Release(before), build, *facts)


def build_after(ancestors: Any, release: Any, build: Callable[..., Any], *facts: Any) -> Any:
    return build(*facts)
