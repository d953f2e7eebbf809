"""The kernel of one submission, and the conversation with it, in the one thread that runs the submission.

It speaks Jupyter's protocol through jupyter_client's blocking client, and all waiting is done by `hear`: a
class has thousands of cells, for each of which an event loop would take as long as the kernel itself.
"""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import select
import shutil
import signal
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.channels import ZMQSocketChannel
from jupyter_client.connect import KernelConnectionInfo
from nbclient.exceptions import DeadKernelError

from revgraph.grading.kernels.provisioner import WarmConnection, environment, last_words, write_connection
from revgraph.grading.student.limits import Limits
from revgraph.grading.student.warm_process import READY

LONGEST_MESSAGE = 100_000_000
LAST_MESSAGES = 0.2  # seconds in which all that an ended kernel had sent is here
TO_END = 5.0  # seconds a killed kernel has to be gone
LOOK_EVERY = 0.002  # seconds


class IsolatedKernel:
    """Forked from the warm process of `warm`. Its sockets lie in `folder`, and its files in `folder`/files.

    Raises RuntimeError where it does not start.
    """

    def __init__(self, warm: WarmConnection, limits: Limits, folder: str) -> None:
        self.folder = folder
        info = write_connection(folder, secrets.token_hex(32))
        _, self._handle = warm.fork(
            arguments=["-f", f"{folder}/connection.json"],
            folder=folder,
            cwd=folder,
            env=environment() | {"NBGRADER_EXECUTION": "autograde"},
            limits=asdict(limits),
            log=f"{folder}/log",
        )
        self._client = BlockingKernelClient(context=_context())
        self._client.load_connection_info(cast(KernelConnectionInfo, info))
        self._channels: dict[Any, tuple[str, ZMQSocketChannel]] = {}

    def connect(self) -> None:
        """Raises RuntimeError where it ends before its sockets are there; who connects earlier than that
        waits 0.1 s for ZMQ's second attempt."""
        while not Path(self.folder, READY).exists():
            if self._has_ended(LOOK_EVERY):
                raise RuntimeError(f"the kernel did not start: {last_words(Path(self.folder, 'log'))}")
        self._client.start_channels(stdin=False, hb=False, control=False)
        channels = {"shell": self._client.shell_channel, "iopub": self._client.iopub_channel}
        self._channels = {channel.socket: (name, channel) for name, channel in channels.items()}
        self._poller = zmq.Poller()
        for source in (*self._channels, self._handle):
            self._poller.register(source, zmq.POLLIN)

    def ask_who_it_is(self) -> None:
        self._client.kernel_info()

    def execute(self, source: str, silent: bool) -> str:
        """Have it execute this: the id that each message about it bears. If `silent`, it leaves no trace in
        the notebook's numbers and history, and the kernel does not send the source back."""
        return str(self._client.execute(source, silent=silent, store_history=not silent, stop_on_error=False))

    def hear(self, seconds: float) -> list[tuple[str, dict[str, Any]]]:
        """What comes in within so many seconds: a message of each channel at most, with the channel's name.
        Raises DeadKernelError where the kernel has ended and all that it had sent is heard."""
        ready = self._poll(seconds)
        if list(ready) == [self._handle]:
            ready = self._last_messages()
        found = [self._channels[source] for source in ready if source in self._channels]
        return [(name, channel.get_msg(timeout=0)) for name, channel in found]

    def _last_messages(self) -> dict[Any, int]:
        self._poller.unregister(self._handle)
        ready = self._poll(LAST_MESSAGES)
        self._poller.register(self._handle, zmq.POLLIN)
        if not ready:
            raise DeadKernelError("Kernel died")
        return ready

    def _poll(self, seconds: float) -> dict[Any, int]:
        return dict(self._poller.poll(math.ceil(1000 * seconds)))

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
        self._has_ended(TO_END)
        os.close(self._handle)
        for _, channel in self._channels.values():
            channel.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, number)

    def _has_ended(self, seconds: float) -> bool:
        return bool(select.select([self._handle], [], [], seconds)[0])


def _context() -> zmq.Context[zmq.Socket[bytes]]:
    """Sockets that never connect a second time, to whatever a submission may put in their place."""
    context = zmq.Context()
    context.setsockopt(zmq.RECONNECT_IVL, -1)
    context.setsockopt(zmq.MAXMSGSIZE, LONGEST_MESSAGE)
    context.setsockopt(zmq.LINGER, 0)
    return context


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
