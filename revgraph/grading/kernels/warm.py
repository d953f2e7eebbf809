"""The grader's side of the warm process: start it, tell it what its kernels see, and ask it for kernels."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

from revgraph.files import write_atomically
from revgraph.grading.kernels.temporary import TemporaryFolder
from revgraph.grading.student.forked import INLINE
from revgraph.grading.student.isolation import NOBODY, Isolation, isolation_named
from revgraph.grading.student.view import View

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ENDING = 200  # milliseconds in which all forks of a warm process that was killed are gone
TO_END = 60  # seconds that a busy machine may take to end a warm process
PACKAGES = str(Path(__file__).parents[3])  # the folder that holds the package revgraph


class WarmProcess:
    """Starts a warm process (warm_process.py) and ends it, and with it every kernel that came from it. It
    imports libraries until it is `told` what its kernels see."""

    def __init__(self) -> None:
        self._folder = TemporaryFolder()
        self.run_folder = os.path.realpath(self._folder.name)
        os.chmod(self.run_folder, 0o711)  # a kernel has to pass through, to a folder with a name of its own
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(f"{self.run_folder}/listener")
        os.chmod(f"{self.run_folder}/listener", 0o600)
        listener.listen()
        os.rename(new_folder(self.run_folder), f"{self.run_folder}/work")  # see Isolation.make_work
        self._parent, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._sockets = {"parent": theirs.fileno(), "listener": listener.fileno()}
        self._home = new_folder(self.run_folder)
        copy_fonts(font_cache(), Path(self._home))
        self._log = Path(self.run_folder, "log")
        self._log.touch()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "revgraph.grading.student.warm_process"],
            env=environment() | dict.fromkeys(("HOME", "TMPDIR", "MPLCONFIGDIR"), self._home),
            pass_fds=list(self._sockets.values()),
            cwd="/",
            stdin=subprocess.PIPE,
            stderr=os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC),
        )
        theirs.close()
        listener.close()  # theirs alone: nobody waits for an answer of a warm process that is gone
        mine = (self._process, self._folder, self._parent)
        self.close = weakref.finalize(self, _end, os.getpid(), *mine)

    def told(
        self,
        package: str = "",
        hidden: tuple[str, ...] = (),
        large: tuple[str, ...] = (),
        figures: bool = True,
    ) -> WarmProcess:
        """The same. `package` is the revgraph package that students see, `hidden` names folders they must
        not, `large` what is imported for all kernels (see large_imports), `figures` whether they draw any.
        Without a package the kernels are not isolated."""
        view = asdict(View(self.run_folder, package, hidden)) if package else None
        settings = {"view": view, "home": self._home, "large": large, "figures": figures, **self._sockets}
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._process.stdin as stdin:  # its log says why it ended
            stdin.write(f"{json.dumps(settings)}\n".encode())
        return self

    @cached_property
    def isolation(self) -> Isolation:
        """Which protections hold; waits until the process is warm."""
        try:
            return isolation_named(**_reply(self._parent)[0])
        except WarmProcessEnded:
            raise WarmProcessEnded(last_words(self._log)) from None

    def keep_fonts(self) -> None:
        """Keep for later ones what matplotlib found out of this machine's fonts: once this one is warm, and
        before there is a kernel."""
        copy_fonts(Path(self._home), font_cache())


def font_cache() -> Path:
    """Where matplotlib keeps the list of a machine's fonts for this account."""
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(os.environ.get("MPLCONFIGDIR") or f"{caches}/matplotlib")


def copy_fonts(source: Path, target: Path) -> None:
    """Copy that list where there is none: without it matplotlib looks into every font, for seconds where
    there are many, and would do so in each warm process, whose home is new."""
    if not target.is_absolute():  # that of an account without a home
        return
    with contextlib.suppress(OSError):  # then it looks
        for found in source.glob("fontlist-*.json"):
            target.mkdir(parents=True, exist_ok=True)
            if not (target / found.name).exists():
                write_atomically(target / found.name, found.read_bytes())


class WarmProcessEnded(RuntimeError):
    """It cannot be asked for kernels any more."""


def _end(
    owner: int, process: subprocess.Popen[bytes], folder: TemporaryFolder, parent: socket.socket
) -> None:
    """Shut down, and not only closed: a fork of this process, of which there may be some, has the socket too.
    No fork ends what it does not own."""
    if os.getpid() != owner:
        return
    with contextlib.suppress(OSError):  # it is gone already
        assert process.stdin is not None
        if not process.stdin.closed:
            process.kill()  # it was told nothing, and may be importing still: nothing came from it
        process.stdin.close()
        parent.shutdown(socket.SHUT_RDWR)
    parent.close()
    try:
        process.wait(TO_END)
    except subprocess.TimeoutExpired:  # stopped, or stuck: its kernels end with it all the same
        process.kill()
        process.wait()
    folder.remove()


def last_words(log: Path) -> str:
    """The last line that a process wrote into its log, which is what it ended with: an error's own, where a
    traceback was cut short."""
    try:
        lines = log.read_text("utf-8", "replace")[-10_000:].strip().splitlines()
    except OSError:
        lines = []
    said = [line for line in lines if line.strip() and not line.startswith((" ", "Traceback", "During "))]
    return said[-1][:300] if said else "it ended without a word"


class WarmConnection:
    """Asks the warm process whose folder is `run_folder` for kernels, which live as long as this connection.
    `lacking` are the protections that this machine lacks, as is known from the first kernel on."""

    def __init__(self, run_folder: str) -> None:
        self.run_folder = run_folder
        self.lacking: list[str] = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self.socket.connect(f"{run_folder}/listener")
        except OSError as error:
            raise WarmProcessEnded(f"the warm process ended ({error.strerror})") from None
        self._lock = threading.Lock()

    def has_ended(self) -> bool:
        """Whether the warm process is gone, and its kernels with it; one that is there keeps a connection."""
        poll = select.poll()
        poll.register(self.socket, 0)
        return bool(poll.poll(ENDING))

    def fork(self, **request: Any) -> tuple[dict[str, Any], list[int]]:
        """Start a kernel: what the warm process says of it, a pidfd, and its socket where it is isolated."""
        with self._lock:
            self.socket.send(json.dumps(request).encode())
            reply, handles = _reply(self.socket)
        if "error" in reply:
            raise RuntimeError(reply["error"].strip().splitlines()[-1])
        self.lacking = reply["lacking"]
        return reply, handles


def _reply(source: socket.socket) -> tuple[dict[str, Any], list[int]]:
    try:
        message, handles, _, _ = socket.recv_fds(source, 1 << 20, 2)
    except ConnectionResetError:  # it ended with a request of ours unread
        message = b""
    if not message:
        raise WarmProcessEnded("the warm process ended")
    return json.loads(message), handles


def new_folder(run_folder: str) -> str:
    """A folder for one kernel; where the grader is root, the kernel is nobody, and so owns it."""
    folder = tempfile.mkdtemp(dir=run_folder)
    if os.getuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    return folder


def environment() -> dict[str, str]:
    """Nothing of the grader's environment but what says where Python and its libraries are, and how long a
    call may take."""
    kept = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT", "REVGRAPH_TIME_LIMIT")
    ours = {
        **dict.fromkeys(THREADS, "1"),
        "MALLOC_ARENA_MAX": "1",  # else each thread of a kernel reserves 64 MB of addresses
        "MPLBACKEND": INLINE,
        "PYTHONPATH": PACKAGES,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # the debugger that ipykernel imports has advice to give
    }
    return {name: os.environ[name] for name in kept if name in os.environ} | ours
