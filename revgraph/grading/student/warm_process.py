"""The warm process: it has imported what a notebook needs, and forks a kernel whenever it is asked.

Run by warm.py as `python -m revgraph.grading.student.warm_process`, with its settings as a line of
standard input: a kernel has the command line of what it is forked from, and is not to read there where the
course lies. Requests and replies are JSON datagrams; a reply comes with a pidfd of the new kernel, and with
the other end of its socket where it is a submission's. A kernel ends when the one who asked for it closes
the connection, and all of them end with this process, which ends when its parent does.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import itertools
import json
import os
import select
import selectors
import signal
import socket
import sys
import time
import traceback
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from revgraph.grading.student import bubblewrap, forked
from revgraph.grading.student import isolation as isolations
from revgraph.grading.student import syscalls as linux
from revgraph.grading.student.isolation import Bubblewrap, Isolation, LandlockAlone, Namespaces
from revgraph.grading.student.limits import Limits
from revgraph.grading.student.processes import Allowance, Family, adopt_orphans, die_with_parent
from revgraph.grading.student.view import View

if TYPE_CHECKING:
    from revgraph.grading.student.kernel import Kernel

LIBRARIES = ["matplotlib.pyplot", "matplotlib_inline.backend_inline", "ipykernel.ipkernel"]
LONGEST = 1 << 20
LOOK_AFTER = 0.2  # seconds, the size of a folder that has no file system of its own
RESTRAIN_EVERY = 4  # looks


@dataclass(frozen=True)
class Isolated:
    """What isolated kernels have in common: what they see, what keeps them apart, and what each is a copy
    of."""

    view: View
    isolation: Isolation
    kernel: Kernel

    def make_work(self, folder: str) -> str:
        return self.isolation.make_work(self.view, folder)


def main() -> None:
    os.umask(0o022)  # the grader keeps its files to itself; a kernel may be another user, and reads ours
    import_all(LIBRARIES)  # what kernels may see of revgraph is found out meanwhile, and told then
    told = sys.stdin.readline()
    if not told:
        return
    settings = json.loads(told)
    parent, listener = (socket.socket(fileno=settings[name]) for name in ("parent", "listener"))
    view = View(**settings["view"]) if settings["view"] else None
    isolation = isolate(view, settings) if view else None
    isolated = warm_up(settings, view, isolation)
    gc.collect()
    gc.freeze()  # a kernel's collector need not look at what it shares with us, and copy its pages by looking
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children that have ended leave no zombies behind
    found = {"name": isolation.name, "lacking": isolation.lacking} if isolation else {}
    parent.send(json.dumps(found).encode())
    serve(parent, listener, isolated)


def isolate(view: View, settings: dict[str, Any]) -> Isolation:
    """Enter the best isolation there is here. For bubblewrap's this program starts once more, inside."""
    kinds: list[type[Isolation]] = [Bubblewrap] if settings.get("wrapped") else [Namespaces, LandlockAlone]
    found = isolations.rehearse(kinds[0], view, settings["home"])
    if found is None and len(kinds) > 1:
        if wrap := bubblewrap.find(view):
            tell(settings | {"wrapped": True})
            os.execv(wrap[0], [*wrap, sys.executable, "-P", "-m", "revgraph.grading.student.warm_process"])
        found = isolations.rehearse(kinds[1], view, settings["home"])
    if found is None:
        raise RuntimeError("no kernel can be isolated on this machine")
    found.enter(view)
    return found


def tell(settings: dict[str, Any]) -> None:
    """Make them the standard input of what this process becomes."""
    told = os.memfd_create("settings")
    os.pwrite(told, json.dumps(settings).encode(), 0)
    os.dup2(told, 0)


def serve(parent: socket.socket, listener: socket.socket, isolated: Isolated | None) -> None:
    """Until the parent lets go: one fork for each request that comes in through the listener. In the end each
    of them ends what came of it."""
    ending, alive = os.pipe()
    selector = selectors.DefaultSelector()
    for known in (parent, listener):
        selector.register(known, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            ready = key.fileobj
            assert isinstance(ready, socket.socket)
            if ready is parent:
                os.close(alive)
                with contextlib.suppress(ChildProcessError):
                    os.wait()  # for all of them, as their ends are ignored
                return
            if ready is listener:
                selector.register(listener.accept()[0], selectors.EVENT_READ)
            elif request := ready.recv(LONGEST):
                if os.fork() == 0:
                    os.close(alive)
                    supervise(ready, ending, json.loads(request), isolated)
            else:
                selector.unregister(ready)
                ready.close()


def warm_up(settings: dict[str, Any], view: View | None, isolation: Isolation | None) -> Isolated | None:
    """Import all that a kernel imports before its first cell, and the large libraries that the notebook's own
    cells import."""
    import_all(["revgraph.checks", "revgraph.grading.student.answer", *settings["large"]])
    if settings["figures"]:
        with contextlib.suppress(Exception):
            forked.draw_once()
    if view and isolation:
        from revgraph.grading.student.kernel import make_kernel

        return Isolated(view, isolation, make_kernel(settings["figures"]))
    from revgraph.grading.student.application import try_one

    try_one(settings["home"])
    return None


def import_all(names: list[str]) -> None:
    for name in names:
        with contextlib.suppress(Exception):  # a kernel that needs it will say so
            import_for_all(name)


def import_for_all(name: str) -> None:
    """As `from a import b` does: what the module `a` has by that name, else its submodule, whose import would
    stand in the place of a function so called."""
    module, _, last = name.rpartition(".")
    if not module or not hasattr(importlib.import_module(module), last):
        importlib.import_module(name)


def supervise(
    control: socket.socket, ending: int, request: dict[str, Any], isolated: Isolated | None
) -> None:
    """In a fork of the warm process: start the kernel in a fork of our own, and stay until it ends, or until
    the warm process does, which then closes `ending`. What the kernel left running is ended in any case."""
    isolation = isolated.isolation if isolated else None
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        adopt_orphans()
        os.setsid()
        family = Family()
        if isolated:
            isolated.isolation.separate()
        work = isolated.make_work(request["folder"]) if isolated else request["cwd"]
        ours, theirs = socket.socketpair()
        graders, channel = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        kernel = os.fork()
        if kernel == 0:
            run_kernel(request, isolated, work, theirs, channel)
        theirs.close()
        channel.close()
        handles = [os.pidfd_open(kernel), *([graders.fileno()] if isolated else [])]
        lacking = isolation.all_lacking() if isolation else []
        socket.send_fds(control, [json.dumps({"pid": kernel, "lacking": lacking}).encode()], handles)
        graders.close()
    except BaseException:
        with contextlib.suppress(OSError):
            control.send(json.dumps({"error": traceback.format_exc()}).encode())
        os._exit(1)
    try:
        _, listeners, _, _ = socket.recv_fds(ours, 1, 1)  # none where it need not ask, or has ended
        ends = handles[0], control.fileno(), ending
        wait_for_end(ends, next(iter(listeners), None), family, kernel, isolation, work, request["limits"])
    finally:
        end(kernel, isolation, work)


def end(kernel: int, isolation: Isolation | None, work: str) -> None:
    """End the kernel and what it has left running, and then this process."""
    try:
        os.kill(kernel, signal.SIGKILL)
        os.waitpid(kernel, 0)
        if isolation:
            isolation.clean_up(work)
    finally:
        os._exit(0)


def wait_for_end(
    ends: tuple[int, ...],
    listener: int | None,
    family: Family,
    kernel: int,
    isolation: Isolation | None,
    work: str,
    limits: dict[str, int],
) -> None:
    """Until one of `ends` tells that the kernel has ended, or that whoever asked for it or the warm process
    is gone, or it takes more than it may. By the listener, if any, it asks before it starts a process."""
    poll = poll_of(ends)
    if not isolation:
        poll.poll()
        return
    if listener is not None:
        poll.register(listener, select.POLLIN)
    most = Limits(**limits)
    allowance = Allowance(family, kernel, most.processes)
    for looks in itertools.count(1):
        if ends_before(time.monotonic() + LOOK_AFTER, poll, listener, allowance):
            return
        if isolation.is_full(work, most):
            return
        if looks % RESTRAIN_EVERY == 0 and family.restrain(kernel, most.memory):
            return


def poll_of(ends: tuple[int, ...]) -> select.poll:
    poll = select.poll()
    kernel_ended, *gone = ends
    poll.register(kernel_ended, select.POLLIN)
    for other in gone:
        poll.register(other, 0)  # a hang-up is always told; requests that come in meanwhile are not ours
    return poll


def ends_before(moment: float, poll: select.poll, listener: int | None, allowance: Allowance) -> bool:
    """Whether one of the ends tells something before this moment; until then the listener is answered."""
    while (left := moment - time.monotonic()) > 0:
        ready = poll.poll(1000 * left)
        if listener is not None and ready == [(listener, select.POLLIN)]:
            linux.answer(listener, allowance.allows)
        elif ready:
            return True
    return False


def run_kernel(
    request: dict[str, Any],
    isolated: Isolated | None,
    work: str,
    supervisor: socket.socket,
    channel: socket.socket,
) -> None:
    """Never returns: this process is the student's from here on."""
    log = os.open(request["log"] or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        die_with_parent()
        redirect(log)
        close_all_but(supervisor.fileno(), channel.fileno(), log)
        os.environ.clear()
        os.environ.update(request["env"])
        if isolated:
            folder, limits = request["folder"], Limits(**request["limits"])
            isolated.isolation.lock_down(isolated.view, folder, work, limits, supervisor)
            os.environ.update(HOME=work, TMPDIR=work, MPLCONFIGDIR=work, IPYTHONDIR=f"{work}/.ipython")
        supervisor.close()
        os.chdir(work)
        if isolated:
            from revgraph.grading.student import kernel

            kernel.serve(isolated.kernel, channel, work)
        else:
            from revgraph.grading.student import application

            application.serve(request["arguments"], request["folder"])
    except BaseException:
        os.write(log, traceback.format_exc().encode("utf-8", "replace"))  # a kernel has other streams
    finally:
        os._exit(1)


def redirect(log: int) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)


def close_all_but(*kept: int) -> None:
    for one, next_one in pairwise([2, *sorted(kept), 4096]):
        os.closerange(one + 1, next_one)


if __name__ == "__main__":
    main()
    os._exit(0)  # whoever has let go waits for us: there is nothing to be taken apart
