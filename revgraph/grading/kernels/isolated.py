"""The kernel of one submission, and the conversation with it, in the one thread that runs the submission.

What is said are Jupyter's messages (student/messages.py). All waiting is done by `hear`.
"""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import select
import shutil
import signal
import socket
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from nbclient.exceptions import DeadKernelError

from revgraph.grading.kernels.warm import WarmConnection, environment
from revgraph.grading.student.limits import Limits
from revgraph.grading.student.messages import PACKET, Incoming, Unreadable, packets

AT_ONCE = 100  # packets that are read before anything else is done
TO_END = 5.0  # seconds a killed kernel has to be gone


class IsolatedKernel:
    """Forked from the warm process of `warm`; its files lie in `folder`/files. It has started when something
    is heard of it.

    Raises RuntimeError where it cannot be forked.
    """

    def __init__(self, warm: WarmConnection, limits: Limits, folder: str) -> None:
        self.folder = folder
        _, (self._handle, channel) = warm.fork(
            folder=folder,
            cwd=folder,
            env=environment() | {"NBGRADER_EXECUTION": "autograde"},
            limits=asdict(limits),
            log=f"{folder}/log",
        )
        self._channel = socket.socket(fileno=channel)
        self._channel.setblocking(False)
        self._incoming = Incoming()
        self._outgoing: deque[bytes] = deque()
        self._poll = select.poll()
        self._poll.register(self._handle, select.POLLIN)

    def execute(self, source: str) -> str:
        """Have it execute this: the id that each message about it bears."""
        return self._request("execute_request", {"code": source, "silent": False, "stop_on_error": False})

    def ask(self, question: str) -> str:
        """The same for a question of judging.request; the answers come with the reply."""
        return self._request("answer_request", {"question": question})

    def _request(self, kind: str, content: dict[str, Any]) -> str:
        request = secrets.token_hex(8)
        header = {"msg_id": request, "msg_type": kind}
        self._outgoing += packets({"header": header, "metadata": {}, "content": content})
        self._send()
        return request

    def _send(self) -> None:
        """As much as it takes at once: one that does not listen must not hold us up."""
        with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            while self._outgoing:
                self._channel.send(self._outgoing[0])
                self._outgoing.popleft()

    def hear(self, seconds: float) -> list[dict[str, Any]]:
        """What comes in within so many seconds, as nbclient reads it. Raises Unreadable, and DeadKernelError
        where the kernel has ended and all that it had sent is heard."""
        writing = select.POLLOUT if self._outgoing else 0
        self._poll.register(self._channel, select.POLLIN | writing)
        ready = dict(self._poll.poll(math.ceil(1000 * seconds)))
        event = ready.get(self._channel.fileno(), 0)
        if event & select.POLLOUT:
            self._send()
        if event & ~select.POLLOUT:  # something to be read, or its end
            return self._read()
        if self._handle in ready:
            raise DeadKernelError("Kernel died")
        return []

    def _read(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        with contextlib.suppress(BlockingIOError):
            for _ in range(AT_ONCE):
                packet = self._packet()
                if not packet and not found:
                    raise DeadKernelError("Kernel died")  # or has closed what it could be heard by
                for together in self._incoming.whole(packet) if packet else []:
                    found += map(_message, together)
        return found

    def _packet(self) -> bytes:
        """Empty where it has ended. Raises BlockingIOError where there is none yet."""
        try:
            return self._channel.recv(PACKET)
        except ConnectionResetError:  # it had not read all that was sent
            return b""

    def interrupt(self) -> None:
        self._signal(signal.SIGINT)

    def waited(self) -> float:
        """Seconds in which threads of the kernel, or of what it has started and may wait for, could have
        computed and others had the processors."""
        try:
            known = _read(f"/proc/self/fdinfo/{self._handle}")
            pid = next(line for line in known.splitlines() if line.startswith("Pid:")).split()[1]
        except (StopIteration, IndexError):
            return 0.0
        return sum(map(_waited, _with_children(pid))) / 1e9

    def end(self) -> None:
        """None of its processes runs on after this; one may still be ending."""
        self._signal(signal.SIGKILL)
        select.select([self._handle], [], [], TO_END)
        os.close(self._handle)
        self._channel.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, number)


def _message(told: Any) -> dict[str, Any]:
    match told:
        case [str(kind), str(request), dict(content)]:
            headers = {"header": {"msg_type": kind}, "parent_header": {"msg_id": request}}
            return {"msg_type": kind, **headers, "content": content}
    raise Unreadable("not a message of ours")


def _with_children(pid: str) -> Iterator[str]:
    """A process and all that come from it."""
    coming = [pid]
    while coming:
        yield (one := coming.pop())
        for thread in _threads(one):
            coming += _read(f"{thread}/children").split()


def _waited(pid: str) -> int:
    """Nanoseconds in which the threads of a process could have computed and others had the processors."""
    return sum(int(numbers[1]) for t in _threads(pid) if (numbers := _read(f"{t}/schedstat").split()))


def _threads(pid: str) -> list[str]:
    folder = f"/proc/{pid}/task"
    with contextlib.suppress(OSError):  # it has ended
        return [f"{folder}/{thread}" for thread in os.listdir(folder)]
    return []


def _read(path: str) -> str:
    with contextlib.suppress(OSError), open(path) as file:
        return file.read()
    return ""
