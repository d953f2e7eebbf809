"""What is different where Python runs in a browser's page: there are no threads, and the stack is short."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident
from time import perf_counter
from types import CodeType
from typing import Any

IN_BROWSER = sys.platform == "emscripten"
# Calls inside one another, in an answer: 250 of operators end the page's stack, and Python with it.
DEPTH = 120
CLEARING_UP = (str(Path(__file__).parent), contextlib.__file__)  # their code is not interrupted
TOOL = 4  # none of the numbers that debuggers, profilers and coverage take


@contextmanager
def short_stack() -> Iterator[None]:
    """Let a function in the body that calls itself without end meet Python's limit before the browser's."""
    if not IN_BROWSER:
        yield
        return
    before, frame, depth = sys.getrecursionlimit(), sys._getframe(), 0
    while frame := frame.f_back:  # type: ignore[assignment]
        depth += 1
    sys.setrecursionlimit(min(before, depth + DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@contextmanager
def watched(seconds: float, error: BaseException | type[BaseException]) -> Iterator[None]:
    """Raise ``error`` in the body once ``seconds`` are over, without a second thread.

    Python itself looks at the clock, whenever a function begins and a loop goes on. A single call into C
    that takes its time is not interrupted. Inside of another such limit, the outer one holds. Other threads,
    where there are any, go on: Python looks at the clock in all of them.
    """
    monitoring: Any = getattr(sys, "monitoring", None)  # since Python 3.12; browsers have a newer one
    if monitoring is None or monitoring.get_tool(TOOL) is not None:
        yield
        return
    deadline, own = perf_counter() + seconds, get_ident()

    def look(code: CodeType, *where: Any) -> None:
        if perf_counter() > deadline and get_ident() == own and not code.co_filename.startswith(CLEARING_UP):
            raise error

    monitoring.use_tool_id(TOOL, "revgraph's time limit")
    try:
        _call_on(monitoring, look)
        yield
    finally:
        monitoring.set_events(TOOL, 0)
        monitoring.free_tool_id(TOOL)


def _call_on(monitoring: Any, look: Callable[..., None]) -> None:
    events = monitoring.events
    for event in (events.PY_START, events.PY_RESUME, events.JUMP):
        monitoring.register_callback(TOOL, event, look)
    monitoring.set_events(TOOL, events.PY_START | events.PY_RESUME | events.JUMP)
