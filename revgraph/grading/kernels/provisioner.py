"""A provisioner of warm kernels, for everything that starts kernels through jupyter_client.

It goes by the name `revgraph-warm`. To use it with nbclient, nbval or plain nbgrader, set
JUPYTER_DEFAULT_PROVISIONER_NAME=revgraph-warm, or name it in a kernelspec. A kernel answers in less than
150 ms. What REVGRAPH_WARM_IMPORTS names besides ("pandas sklearn.datasets") is imported once for all kernels.
They are not isolated: that is for `revgraph grade` alone (isolated.py).
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import select
import shutil
import signal
from functools import cache
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Unicode

from revgraph.grading.kernels.warm import WarmConnection, WarmProcess, last_words, new_folder
from revgraph.grading.student.application import READY
from revgraph.grading.student.isolation import NOBODY


@cache
def _plain() -> tuple[WarmProcess, WarmConnection]:
    """One for all kernels of this process that are not isolated."""
    process = WarmProcess().told(large=tuple(os.environ.get("REVGRAPH_WARM_IMPORTS", "").split()))
    atexit.register(process.close)
    return process, WarmConnection(process.run_folder)


class WarmProvisioner(LocalProvisioner):
    """Forks the kernel instead of starting Python anew."""

    log_file = Unicode("", help="Where a kernel's own complaints go.").tag(config=True)
    warm: WarmConnection | None = None
    handle: int | None = None
    folder = ""

    @property
    def has_process(self) -> bool:
        return self.handle is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Sockets in the file system instead of TCP: faster, and reachable from inside."""
        self.warm = self.warm or _plain()[1]
        self.folder = self.folder or new_folder(self.warm.run_folder)
        manager: Any = self.parent
        manager.transport, manager.ip = "ipc", f"{self.folder}/kernel"
        manager.connection_file = f"{self.folder}/connection.json"
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        assert self.warm is not None
        if os.getuid() == 0:
            os.chown(f"{self.folder}/connection.json", NOBODY, NOBODY)
        Path(self.folder, READY).unlink(missing_ok=True)  # of the kernel before, where this is a restart
        reply, (self.handle,) = self.warm.fork(
            arguments=cmd[cmd.index("-f") :],
            folder=self.folder,
            cwd=str(kwargs.get("cwd") or os.getcwd()),
            env={name: value for name, value in kwargs["env"].items() if name != "JPY_PARENT_PID"},
            limits=None,
            log=self.log_file or f"{self.folder}/log",
        )
        self.pid = reply["pid"]
        await self._until_ready()
        return self.connection_info

    async def _until_ready(self) -> None:
        """Until the kernel's sockets are there: who connects before waits 0.1 s for ZMQ's second attempt."""
        while not Path(self.folder, READY).exists():
            if await self.poll() is not None:
                raise RuntimeError(f"the kernel did not start: {last_words(Path(self.folder, 'log'))}")
            await asyncio.sleep(0.002)

    async def poll(self) -> int | None:
        """None while the kernel runs; what it ended with only its own parent knows."""
        if self.handle is None:
            return 0
        ended, _, _ = select.select([self.handle], [], [], 0)
        return 1 if ended else None

    async def wait(self) -> int | None:
        while (code := await self.poll()) is None:
            await asyncio.sleep(0.002)
        self._forget()
        return code

    def _forget(self) -> None:
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None

    async def send_signal(self, signum: int) -> None:
        if self.handle is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.handle, signum)

    async def kill(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        await self.kill(restart)  # the first process of a namespace does not hear anything milder

    async def cleanup(self, restart: bool = False) -> None:
        if not restart:
            self._forget()
            shutil.rmtree(self.folder, ignore_errors=True)
