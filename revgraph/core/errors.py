"""The errors of the library, and where in the user's code a node was made."""

import os
import sys
from functools import cache
from typing import Any

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

Where = tuple[str, int] | None


class GraphError(ValueError):
    """A graph that cannot be built, differentiated or run. The message says what to do about it."""


def user_line() -> Where:
    """File and line of the nearest caller outside this package: where the user made a node."""
    frame = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back  # type: ignore[assignment]
    return place(frame.f_code.co_filename, frame.f_lineno) if frame is not None else None


@cache
def place(file: str, line: int) -> Where:
    """One pair for all the nodes that a line makes."""
    return file, line


def made_at(where: Where) -> str:
    """`where` as the end of a message, with the line's own text where Python can find it."""
    if where is None:
        return ""
    import linecache  # needed only once something has gone wrong

    file, line = where
    text = linecache.getline(file, line).strip()
    return f"\n  made at {file}, line {line}" + (f":  {text}" if text else "")


def shape_text(shape: Any) -> str:
    """A shape as a message writes it: `(?, 3)`, a question mark for each size only the run knows."""
    if shape is None:
        return "unknown"
    sizes = ["?" if size is None else str(size) for size in shape]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"
