"""What the chapters' files share: the names of types, and a mistake with several wordings."""

import io
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

import numpy as np

from revgraph.checks.form import Misconception
from revgraph.checks.report import SHOWN

Array = np.ndarray
Rng = np.random.Generator
Shape = tuple[int, ...]
Function = Callable[..., Any]


def ways(
    name: str, diagnosis: str, next: str, *answers: Any, seen: Callable[[str], bool] | None = None
) -> list[Misconception]:
    """One mistake, of which learners write down more than one version."""
    return [Misconception(name, answer, diagnosis, next, seen) for answer in answers]


def calls_max(source: str) -> bool:
    """Whether Python's own `max` is called there."""
    return re.search(r"(?<![.\w])max\(", source) is not None


def once_more(function: Function, *args: Any) -> Any:
    """Call what was called already; what it prints has been shown."""
    with redirect_stdout(io.StringIO()):
        return function(*args)


SMALL = np.array([-5.0, -4.0, -3.0, -2.0, -1.0, 1.0, 2.0, 3.0, 4.0, 5.0])


def draw(rng: Rng, shape: Shape) -> Array:
    """Random numbers, no two alike; where a message shows them all, they are easy to read."""
    size = int(np.prod(shape))
    if size <= SHOWN:
        return rng.choice(SMALL, size, replace=False).reshape(shape)
    return rng.normal(size=shape)


def fixed() -> Rng:
    """A generator that draws the same whatever the seed: that a known mistake shows must not hang on luck."""
    return np.random.default_rng(4)
