"""The warm process: it has imported what a notebook needs, and forks a kernel whenever it is asked.

Run by provisioner.py as `python -m revgraph.grading.student.warm_process SETTINGS`. Requests and replies are
JSON datagrams; a reply comes with a pidfd of the new kernel. A kernel ends when the one who asked for it
closes the connection, and all of them end with this process, which ends when its owner does.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import selectors
import signal
import socket
import sys
import traceback
from dataclasses import asdict
from typing import Any

from revgraph.grading.student import bubblewrap, sandbox
from revgraph.grading.student.limits import Limits

PRELOAD = ["matplotlib.pyplot", "matplotlib_inline.backend_inline", "ipykernel.ipkernel", "revgraph.checks"]
LONGEST = 1 << 20
LOOK_AFTER = 200  # milliseconds, the size of a folder that has no file system of its own


def main() -> None:
    os.umask(0o022)  # the grader keeps its files to itself; a kernel may be another user, and reads ours
    settings = json.loads(sys.argv[1])
    owner, door = (socket.socket(fileno=settings[name]) for name in ("owner", "door"))
    plan = sandbox.Plan(**settings["plan"]) if settings["plan"] else None
    walls = go_behind_walls(plan, settings) if plan else sandbox.Walls()
    warm_up(settings["trial"])
    gc.collect()
    gc.freeze()  # a kernel's collector need not look at what it shares with us, and copy its pages by looking
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries our children
    owner.send(json.dumps(asdict(walls)).encode())
    serve(owner, door, plan, walls)


def go_behind_walls(plan: sandbox.Plan, settings: dict[str, Any]) -> sandbox.Walls:
    """The best root that can be had here. For bubblewrap's this program starts once more, inside."""
    folder = os.path.dirname(settings["trial"])
    roots = [sandbox.BUBBLEWRAP] if settings.get("wrapped") else [sandbox.NAMESPACES, ""]
    walls = sandbox.rehearse(plan, roots[0], folder)
    if walls is None and len(roots) > 1:
        if wrap := bubblewrap.find(plan):
            again = [sys.executable, "-P", "-m", "revgraph.grading.student.warm_process"]
            os.execv(wrap[0], [*wrap, *again, json.dumps(settings | {"wrapped": True})])
        walls = sandbox.rehearse(plan, roots[1], folder)
    if walls is None:
        raise RuntimeError("no kernel can be closed in on this machine")
    sandbox.build(plan, walls)
    return walls


def serve(owner: socket.socket, door: socket.socket, plan: sandbox.Plan | None, walls: sandbox.Walls) -> None:
    """Until the owner lets go: one fork for each request that comes in through the door."""
    selector = selectors.DefaultSelector()
    for known in (owner, door):
        selector.register(known, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            ready = key.fileobj
            assert isinstance(ready, socket.socket)
            if ready is owner:
                return
            if ready is door:
                selector.register(door.accept()[0], selectors.EVENT_READ)
            elif request := ready.recv(LONGEST):
                if os.fork() == 0:
                    attend(ready, json.loads(request), plan, walls)
            else:
                selector.unregister(ready)
                ready.close()


def warm_up(trial: str) -> None:
    """Import all that a kernel imports before its first cell: a trial kernel tells what that is."""
    home = os.path.dirname(trial)
    os.environ.update(HOME=home, TMPDIR=home, MPLCONFIGDIR=home)
    for name in PRELOAD:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    reading, writing = os.pipe()
    if os.fork() == 0:
        _redirect(os.devnull)
        with contextlib.suppress(BaseException):
            start_kernel(["-f", trial])
        os.write(writing, "\n".join(sys.modules).encode())
        os._exit(0)
    os.close(writing)
    with open(reading) as names:
        for name in names.read().split("\n"):
            if name not in sys.modules:
                with contextlib.suppress(BaseException):
                    importlib.import_module(name)
    os.wait()


def attend(
    control: socket.socket, request: dict[str, Any], plan: sandbox.Plan | None, walls: sandbox.Walls
) -> None:
    """In a fork of the warm process: start the kernel in a fork of our own, and stay until it ends."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        sandbox.adopt_orphans()
        os.setsid()
        if plan:
            sandbox.isolate(walls)
        sandbox.die_with_parent()
        work = sandbox.make_work(walls, plan, request["folder"]) if plan else request["cwd"]
        kernel = os.fork()
        if kernel == 0:
            be_kernel(request, plan, walls, work)
        handle = os.pidfd_open(kernel)
        socket.send_fds(control, [json.dumps({"pid": kernel, "lacking": walls.lacking}).encode()], [handle])
    except BaseException:
        with contextlib.suppress(OSError):
            control.send(json.dumps({"error": traceback.format_exc()}).encode())
        os._exit(1)
    try:
        alone = plan is None or walls.root == sandbox.NAMESPACES
        wait_for_end(handle, control, "" if alone else work, request["limits"])
        os.kill(kernel, signal.SIGKILL)
        os.waitpid(kernel, 0)
        if walls.root != sandbox.NAMESPACES:
            sandbox.kill_descendants()
        if not alone:
            sandbox.remove(work)
    finally:
        os._exit(0)


def wait_for_end(kernel: int, asker: socket.socket, work: str, limits: dict[str, int]) -> None:
    """Until the kernel has ended, or whoever asked for it is gone, or the folder `work` is full."""
    poll = select.poll()
    poll.register(kernel, select.POLLIN)
    poll.register(asker, 0)  # a hang-up is always told; requests that come in meanwhile are not ours
    while not poll.poll(LOOK_AFTER if work else None):
        if sandbox.too_full(work, Limits(**limits)):
            return


def be_kernel(request: dict[str, Any], plan: sandbox.Plan | None, walls: sandbox.Walls, work: str) -> None:
    """Never returns: this process is the student's from here on."""
    try:
        sandbox.die_with_parent()
        os.closerange(3, 4096)
        _redirect(request["log"] or os.devnull)
        os.environ.clear()
        os.environ.update(request["env"])
        arguments = request["arguments"]
        if plan:
            sandbox.enclose(walls, plan, request["folder"], work, Limits(**request["limits"]))
            if walls.root == sandbox.NAMESPACES:
                arguments = ["-f", _inside(arguments), *arguments[2:]]
            os.environ.update(HOME=work, TMPDIR=work, MPLCONFIGDIR=work, IPYTHONDIR=f"{work}/.ipython")
        os.chdir(work)
        start_kernel(arguments, os.path.dirname(arguments[1]))
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)  # ipykernel has taken the other one
    finally:
        os._exit(1)


def _inside(arguments: list[str]) -> str:
    """The connection file as the kernel has to see it, with its sockets in the folder it knows."""
    outside = f"{sandbox.KERNEL}/{os.path.basename(arguments[1])}"
    with open(outside) as file:
        connection = json.load(file)
    connection["ip"] = f"{sandbox.KERNEL}/{os.path.basename(connection['ip'])}"
    inside = f"{sandbox.KERNEL}/inside.json"
    with open(inside, "w") as file:
        json.dump(connection, file)
    return inside


def _redirect(log: str) -> None:
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(out, 2)


def start_kernel(arguments: list[str], folder: str = "") -> None:
    """Be a kernel until it is shut down, with sockets once `folder`/ready exists; without one, rehearse."""
    import numpy as np
    from ipykernel.kernelapp import IPKernelApp

    signal.signal(signal.SIGINT, signal.default_int_handler)
    np.random.seed()  # a fork starts where its parent's generator stands
    app = IPKernelApp.instance()
    memory = "--HistoryManager.hist_file=:memory:"
    app.initialize(arguments if memory in arguments else [*arguments, memory])
    if folder:
        open(f"{folder}/{sandbox.READY}", "w").close()
        sys.path.insert(0, "")  # as in every notebook; not before, or a file beside it could run in our place
        app.start()


if __name__ == "__main__":
    main()
