"""The processes of a submission, as its supervising parent sees them."""

from __future__ import annotations

import contextlib
import os
import resource
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


class Family:
    """This process and all that come from it. The numbers are those that this process knows them by, so it is
    made before a kernel mounts a /proc of its own over ours."""

    def __init__(self) -> None:
        self.proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        self.head = os.getpid()

    def restrain(self, kernel: int, memory: int) -> bool:
        """Let what a kernel has started run after everybody else's. Whether it all takes more than `memory`.

        Pages that processes share count once, unless one of them keeps us from looking.
        """
        members = self._members()
        for process in members - {kernel}:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, process, LOWEST)
        resident = sum(map(self._resident, members))
        return resident > memory and sum(map(self._proportional, members)) > memory

    def _members(self) -> set[int]:
        """Those that come from this process, without itself."""
        by_parent: dict[int, list[int]] = {}
        for process in (int(name) for name in os.listdir(self.proc) if name.isdigit()):
            with contextlib.suppress(OSError, IndexError):
                parent = int(self._read(f"{process}/stat").rpartition(")")[2].split()[1])
                by_parent.setdefault(parent, []).append(process)
        found, coming = set[int](), [self.head]
        while coming:
            children = by_parent.get(coming.pop(), [])
            found.update(children)
            coming += children
        return found

    def _resident(self, process: int) -> int:
        with contextlib.suppress(OSError, IndexError, ValueError):
            return int(self._read(f"{process}/statm").split()[1]) * resource.getpagesize()
        return 0

    def _proportional(self, process: int) -> int:
        """Of each page its share: a page that four processes have counts a quarter."""
        with contextlib.suppress(OSError, IndexError, ValueError, StopIteration):
            lines = self._read(f"{process}/smaps_rollup").splitlines()
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
        return self._resident(process)

    def _read(self, name: str) -> str:
        with open(os.open(name, os.O_RDONLY, dir_fd=self.proc)) as file:
            return file.read()


LOWEST = 19


def _children() -> list[int]:
    return [process for process, parent in _parents() if parent == os.getpid()]


def _parents() -> Iterator[tuple[int, int]]:
    """Each process with its parent."""
    for process in _all():
        with contextlib.suppress(OSError):
            yield process, int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def _all() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]
