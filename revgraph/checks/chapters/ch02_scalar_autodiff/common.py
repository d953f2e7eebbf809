"""What the exercises of this chapter share."""

from typing import Any

import numpy as np

TORCH = "PyTorch 2.13.0, backward of the same expression"


def a_thing(thing: Any) -> str:
    """What something is, with its article: "a Value", "an int"."""
    name = type(thing).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def plain(name: str, fact: Any) -> float | str:
    """A fact as it is compared; what should be a number and is none is an error that says so."""
    if isinstance(fact, str):
        return fact
    if isinstance(fact, bool) or not isinstance(fact, int | float | np.number):
        raise TypeError(f"{name} is {a_thing(fact)}, not a number")
    return float(fact)
