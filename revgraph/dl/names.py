"""Looking up what a user names by a string."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any


def lookup(kind: str, wanted: Any, known: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
    """The callable that ``wanted`` names in ``known``; a callable stands for itself.

    Raises ValueError for an unknown name and lists the known ones, TypeError for anything else.
    """
    if callable(wanted):
        return wanted
    if not isinstance(wanted, str):
        raise TypeError(f"{kind} must be a name or a callable, not {wanted!r}")
    if wanted in known:
        return known[wanted]
    near = get_close_matches(wanted, known, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    raise ValueError(f"unknown {kind} {wanted!r}. {hint}Known are: {', '.join(sorted(known))}.")


def make_by_name(kind: str, wanted: Any, makers: Mapping[str, Callable[..., Any]]) -> Any:
    """What a name makes by its defaults; a callable stands for itself, unless it is one of the makers.

    Raises TypeError for a maker without its parentheses, and what ``lookup`` raises.
    """
    if not callable(wanted):
        return lookup(kind, wanted, makers)()
    if wanted in makers.values():
        raise TypeError(
            f"dl.{wanted.__name__} makes a {kind} and is none itself. Next: dl.{wanted.__name__}()."
        )
    return wanted
