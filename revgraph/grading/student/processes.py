"""The processes of a submission, as its supervising parent sees them."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from revgraph.grading.student import syscalls as linux


def die_with_parent() -> None:
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """What a kernel leaves behind becomes a child of this process."""
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)


def threads_of_this_account() -> int:
    """Those that count toward this account's limit."""
    count = 0
    for process in _all():
        with contextlib.suppress(OSError):
            ours = os.stat(f"/proc/{process}").st_uid == os.getuid()
            if ours and os.stat(f"/proc/{process}/ns/user"):  # else of a namespace above, not counted here
                count += len(os.listdir(f"/proc/{process}/task"))
    return count


def kill_children() -> None:
    """All of them, and those that become children by that."""
    while children := _children():
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        for child in children:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)


def _children() -> list[int]:
    return [process for process, parent in _parents() if parent == os.getpid()]


def _parents() -> Iterator[tuple[int, int]]:
    """Each process with its parent."""
    for process in _all():
        with contextlib.suppress(OSError):
            yield process, int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def _all() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]
