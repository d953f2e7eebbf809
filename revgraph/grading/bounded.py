"""Work on a student's data in a process of its own, which may use so much time and memory and is then ended.

What a student handed in decides how long it takes to parse, to repair and to compare. So a worker forks for
each submission: whatever happens there, the worker goes on with the next.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import resource
import select
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

from revgraph.grading.patience import SLOWER
from revgraph.grading.student.limits import Limits
from revgraph.grading.student.processes import address_space, die_with_parent

FAILED, NO_MEMORY = 1, 3  # exit codes
SELDOM = 100_000  # objects made before the garbage collector looks: more than most submissions make
AGAIN = 0.1  # seconds of CPU time
STARTING = 60  # seconds that a busy machine may take to start a kernel, on top of all limits


class Ended(Exception):
    """The process was ended, or ended itself, without a result; the message says why."""


class TooMuch(BaseException):
    """One step took more CPU time than it may. A BaseException, so that no `except Exception` stops it."""


def in_a_process(work: Callable[[], Any], limits: Limits) -> bytes:
    """The pickled result of `work`, which runs in a fork of this process. Raises Ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _run(work, limits, writing)
    os.close(writing)
    seconds = SLOWER * limits.submission_seconds + limits.grader_seconds + STARTING
    try:
        result = _read(reading, seconds)
        if result is None:
            os.kill(child, signal.SIGKILL)
    finally:
        os.close(reading)
        _, status = os.waitpid(child, 0)
    if result is None or status != 0:
        raise Ended(_why(status, limits))
    return result


def _run(work: Callable[[], Any], limits: Limits, writing: int) -> None:
    """Never returns."""
    code = FAILED
    try:
        die_with_parent()
        gc.set_threshold(SELDOM)
        gc.freeze()  # what is shared with the parent need not be looked at, and copied by looking
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_AS, (address_space() + limits.grader_memory,) * 2)
        most = limits.grader_seconds  # a fork begins at 0; at the second number Linux says nothing of why
        resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        result = memoryview(pickle.dumps(work(), protocol=pickle.HIGHEST_PROTOCOL))
        while result:
            result = result[os.write(writing, result) :]
        code = 0
    except MemoryError:
        code = NO_MEMORY
    finally:
        os._exit(code)


def _read(reading: int, seconds: float) -> bytes | None:
    """All that comes in; None where that does not end in time."""
    parts: list[bytes] = []
    deadline = time.monotonic() + seconds
    while select.select([reading], [], [], max(0, deadline - time.monotonic()))[0]:
        part = os.read(reading, 1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)
    return None


def _why(status: int, limits: Limits) -> str:
    ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if ended_by == signal.SIGXCPU:
        return f"the grader computed {limits.grader_seconds} seconds for it, without coming to an end"
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == NO_MEMORY:
        return f"the grader needed more than {limits.grader_memory:,} bytes for it"
    return f"the grader's process ended ({signal.Signals(ended_by).name if ended_by else 'without a result'})"


@contextlib.contextmanager
def cpu_time(seconds: float) -> Iterator[None]:
    """Raise TooMuch in the body once this process has computed for so long, and again every AGAIN seconds:
    Python drops an exception that is raised while an object is being deleted."""

    def stop(*_: Any) -> None:
        if not done:
            raise TooMuch

    done = False
    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN)
    try:
        yield
    finally:
        done = True
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
