"""The processes of a submission, as its supervising parent sees them."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
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
    """Also the orphans of children, which become children of this process when those end."""
    while children := _children():
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        for child in children:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)


class Family:
    """This process, or another one, and all that come from it. It is made before a kernel
    mounts a /proc of its own over ours, so that the process ids are those that hold here."""

    def __init__(self, head: int = 0) -> None:
        self.proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        self.head = head or os.getpid()

    def restrain(self, kernel: int, memory: int) -> bool:
        """Give the lowest priority to what a kernel has started. Whether it all takes more than `memory`.

        Pages that processes share count once, unless one of them keeps us from looking.
        """
        members = self._members()
        for process in members.keys() - {kernel}:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, process, LOWEST)
        resident = sum(map(self._resident, members))
        return resident > memory and sum(map(self._proportional, members)) > memory

    def tasks(self) -> int:
        """How many processes and threads there are, with those that have ended and nobody waited for."""
        return sum(self._members().values())

    def _members(self) -> dict[int, int]:
        """Those that come from this process, without itself, and how many threads each has."""
        known = self._look_at([int(name) for name in os.listdir(self.proc) if name.isdigit()])
        known |= self._look_at([one for one, (parent, _) in known.items() if parent not in known])
        children: dict[int, list[int]] = {}
        for process, (parent, _) in known.items():
            children.setdefault(parent, []).append(process)
        found, coming = dict[int, int](), [self.head]
        while coming:
            born = children.get(coming.pop(), [])
            found.update((process, known[process][1]) for process in born)
            coming += born
        return found

    def _look_at(self, processes: list[int]) -> dict[int, tuple[int, int]]:
        """The parent and the number of threads of each. A process whose parent ends
        meanwhile has another one when we look again."""
        found = {}
        for process in processes:
            with contextlib.suppress(OSError, IndexError):
                told = self._read(f"{process}/stat").rpartition(")")[2].split()
                found[process] = int(told[1]), max(1, int(told[17]))
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
REST = 0.02  # seconds for which who has too many need not be counted again


class Allowance:
    """How many processes and threads a kernel and what comes from it may have, where Linux counts those of
    all submissions together: `allows` is asked before each new one.

    They are counted only when as many were allowed as there was room for. A process that wants to start one
    waits for an answer meanwhile, so none starts while we count.
    """

    def __init__(self, family: Family, kernel: int, most: int) -> None:
        self.family, self.kernel, self.most = family, kernel, most
        self.left = most - 1
        self.full_until = 0.0

    def allows(self) -> bool:
        if self.left <= 0 and time.monotonic() >= self.full_until:
            self._count()
        self.left -= 1
        return self.left >= 0

    def _count(self) -> None:
        """Orphans that have ended are waited for here, the kernel itself elsewhere."""
        awaited = os.WEXITED | os.WNOHANG | os.WNOWAIT
        while (ended := os.waitid(os.P_ALL, 0, awaited)) and ended.si_pid != self.kernel:
            os.waitpid(ended.si_pid, 0)
        self.left = self.most - self.family.tasks()
        if self.left <= 0:
            self.full_until = time.monotonic() + REST


def address_space() -> int:
    """Bytes that this process has mapped, used or not."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _children() -> list[int]:
    return [process for process, parent in _parents() if parent == os.getpid()]


def _parents() -> Iterator[tuple[int, int]]:
    """Each process with its parent."""
    for process in _all():
        with contextlib.suppress(OSError):
            yield process, int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def _all() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]
