"""Which engine runs programs: NumPy, or one of those in ``revgraph.engines``, which core knows by name alone.

An engine may keep what its steps write, weights and an optimizer's memories, at its device from run to run.
Whatever lies elsewhere than in its array is noted in `away`, and brought home before anybody reads the array.
"""

from __future__ import annotations

import importlib
import pkgutil
import weakref
from contextvars import ContextVar, Token
from typing import Any, Protocol

NUMPY = "numpy"

_current: ContextVar[str] = ContextVar("engine", default=NUMPY)


class Newer(Protocol):
    """A newer value, at a device."""

    def bring_home(self, owner: Any) -> None:
        """Copy it into the owner's arrays."""


# By the owner's id, since nodes compare by building one. An entry ends with its owner.
away: dict[int, tuple[weakref.ref[Any], Newer]] = {}


def send_away(owner: Any, newer: Newer) -> None:
    """Note that the owner's newest value lies at a device."""
    key = id(owner)
    away[key] = weakref.ref(owner, lambda _: away.pop(key, None)), newer


def newer_of(owner: Any) -> Newer | None:
    """Its newest value, if that lies at a device."""
    _, newer = away.get(id(owner), (None, None))
    return newer


def bring_home(owner: Any) -> None:
    """Let the owner's arrays hold its newest value.

    What is at the device is forgotten: whoever asked for an array may write to it.
    """
    _, newer = away.pop(id(owner), (None, None))
    if newer is not None:
        newer.bring_home(owner)


def bring_all_home() -> None:
    for owner, _ in list(away.values()):
        if owner() is not None:
            bring_home(owner())


class engine:
    """Run programs by this engine from here on, in this thread: "numpy", or "jax".

    As a context manager, inside of it only:

    with rc.engine("jax"):
        rc.run(step)

    Raises ValueError for a name that is no engine's, ImportError where what it needs is not installed.
    """

    def __init__(self, name: str) -> None:
        require_engine(name)
        self.name = name
        self._before: Token[str] | None = _current.set(name)

    def __enter__(self) -> engine:
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            _current.reset(self._before)
            self._before = None

    def __repr__(self) -> str:
        return f"rc.engine({self.name!r})"


def current_engine() -> str:
    """The name of the engine that runs programs in this thread."""
    return _current.get()


def require_engine(name: str) -> None:
    """Raise unless there is an engine of this name, and all that it needs."""
    if name != NUMPY:
        engine_module(name)


def engine_module(name: str) -> Any:
    import revgraph.engines

    known = sorted(module.name for module in pkgutil.iter_modules(revgraph.engines.__path__))
    if name not in known:
        names = ", ".join(map(repr, [NUMPY, *known]))
        raise ValueError(f"there is no engine {name!r}. Next: one of {names}.")
    try:
        return importlib.import_module(f"revgraph.engines.{name}")
    except ModuleNotFoundError as error:
        raise ImportError(
            f"the engine {name!r} needs {error.name}, which is not installed. "
            f'Next: pip install "revgraph[{name}]".'
        ) from error
