"""The warm process: it has imported what a notebook needs, and forks a kernel whenever it is asked.

Run by provisioner.py as `python -m revgraph.grading.student.warm_process`, with its settings as a line of
standard input: a kernel has the command line of what it is forked from, and is not to read there where the
course lies. Requests and replies are JSON datagrams; a reply comes with a pidfd of the new kernel. A kernel
ends when the one who asked for it closes the connection, and all of them end with this process, which ends
when its parent does.
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
from functools import cache
from typing import Any

from revgraph.grading.student import bubblewrap, shell
from revgraph.grading.student import isolation as isolations
from revgraph.grading.student import syscalls as linux
from revgraph.grading.student.isolation import Bubblewrap, Isolation, LandlockAlone, Namespaces
from revgraph.grading.student.limits import Limits
from revgraph.grading.student.processes import Allowance, Family, adopt_orphans, die_with_parent
from revgraph.grading.student.view import View

LIBRARIES = ["matplotlib.pyplot", "matplotlib_inline.backend_inline", "ipykernel.ipkernel"]
LONGEST = 1 << 20
LOOK_AFTER = 0.2  # seconds, the size of a folder that has no file system of its own
RESTRAIN_EVERY = 4  # looks
MOST_WAITING = 200_000  # messages that the kernel has sent and nobody has heard; the grader hears 100,000
PRINTS = "revgraph.grading.student.prints.Prints"
LAUNCHER = "ipykernel_launcher.py"
READY = "ready"  # the file by which a kernel says that its sockets are there


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
    warm_up(settings["trial"], settings["large"], settings["figures"])
    gc.collect()
    gc.freeze()  # a kernel's collector need not look at what it shares with us, and copy its pages by looking
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children that have ended leave no zombies behind
    found = {"name": isolation.name, "lacking": isolation.lacking} if isolation else {}
    parent.send(json.dumps(found).encode())
    serve(parent, listener, view, isolation, settings["figures"])


def isolate(view: View, settings: dict[str, Any]) -> Isolation:
    """Enter the best isolation there is here. For bubblewrap's this program starts once more, inside."""
    folder = os.path.dirname(settings["trial"])
    kinds: list[type[Isolation]] = [Bubblewrap] if settings.get("wrapped") else [Namespaces, LandlockAlone]
    found = isolations.rehearse(kinds[0], view, folder)
    if found is None and len(kinds) > 1:
        if wrap := bubblewrap.find(view):
            tell(settings | {"wrapped": True})
            os.execv(wrap[0], [*wrap, sys.executable, "-P", "-m", "revgraph.grading.student.warm_process"])
        found = isolations.rehearse(kinds[1], view, folder)
    if found is None:
        raise RuntimeError("no kernel can be isolated on this machine")
    found.enter(view)
    return found


def tell(settings: dict[str, Any]) -> None:
    """Make them the standard input of what this process becomes."""
    told = os.memfd_create("settings")
    os.pwrite(told, json.dumps(settings).encode(), 0)
    os.dup2(told, 0)


def serve(
    parent: socket.socket,
    listener: socket.socket,
    view: View | None,
    isolation: Isolation | None,
    figures: bool,
) -> None:
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
                    supervise(ready, ending, json.loads(request) | {"figures": figures}, view, isolation)
            else:
                selector.unregister(ready)
                ready.close()


def warm_up(trial: str, large: list[str], figures: bool) -> None:
    """Import all that a kernel imports before its first cell, which a trial kernel tells, and the large
    libraries that the notebook's own cells import."""
    import_all(["revgraph.checks", *large])
    if figures:
        with contextlib.suppress(Exception):
            draw_once()
    with contextlib.suppress(Exception):
        application_class()
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
    with contextlib.suppress(Exception):
        fail_once()


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


def draw_once() -> None:
    """A figure with texts, formulas and a layout: fonts are found and grammars made, once for all kernels."""
    from IPython.core.pylabtools import print_figure
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(2, 2), layout="constrained")
    axes.semilogy([1, 1000], label="$x^2$")
    axes.set(title="a", xlabel="b")
    axes.legend()
    print_figure(figure)
    plt.close(figure)


def fail_once() -> None:
    """An error, shown as IPython shows it: where all modules lie is looked up, and colours are made, once for
    all kernels."""
    from IPython.core.ultratb import FormattedTB

    try:
        raise ValueError
    except ValueError:
        FormattedTB("Context", theme_name="neutral").structured_traceback(*sys.exc_info())


def supervise(
    control: socket.socket,
    ending: int,
    request: dict[str, Any],
    view: View | None,
    isolation: Isolation | None,
) -> None:
    """In a fork of the warm process: start the kernel in a fork of our own, and stay until it ends, or until
    the warm process does, which then closes `ending`. What the kernel left running is ended in any case."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        adopt_orphans()
        os.setsid()
        family = Family()
        if isolation:
            isolation.separate()
        work = isolation.make_work(view, request["folder"]) if isolation and view else request["cwd"]
        ours, theirs = socket.socketpair()
        kernel = os.fork()
        if kernel == 0:
            run_kernel(request, view, isolation, work, theirs)
        theirs.close()
        handle = os.pidfd_open(kernel)
        lacking = isolation.all_lacking() if isolation else []
        socket.send_fds(control, [json.dumps({"pid": kernel, "lacking": lacking}).encode()], [handle])
    except BaseException:
        with contextlib.suppress(OSError):
            control.send(json.dumps({"error": traceback.format_exc()}).encode())
        os._exit(1)
    try:
        _, listeners, _, _ = socket.recv_fds(ours, 1, 1)  # none where it need not ask, or has ended
        ends = handle, control.fileno(), ending
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
    poll = select.poll()
    kernel_ended, *gone = ends
    poll.register(kernel_ended, select.POLLIN)
    for other in gone:
        poll.register(other, 0)  # a hang-up is always told; requests that come in meanwhile are not ours
    if not isolation:
        poll.poll()
        return
    if listener is not None:
        poll.register(listener, select.POLLIN)
    most = Limits(**limits)
    allowance = Allowance(family, kernel, most.processes)
    for looks in itertools.count(1):
        next_look = time.monotonic() + LOOK_AFTER
        while (left := next_look - time.monotonic()) > 0:
            ready = poll.poll(1000 * left)
            if listener is not None and ready == [(listener, select.POLLIN)]:
                linux.answer(listener, allowance.allows)
            elif ready:
                return
        if isolation.is_full(work, most):
            return
        if looks % RESTRAIN_EVERY == 0 and family.restrain(kernel, most.memory):
            return


def run_kernel(
    request: dict[str, Any],
    view: View | None,
    isolation: Isolation | None,
    work: str,
    supervisor: socket.socket,
) -> None:
    """Never returns: this process is the student's from here on."""
    try:
        die_with_parent()
        kept = supervisor.fileno()
        os.closerange(3, kept)
        os.closerange(kept + 1, 4096)
        _redirect(request["log"] or os.devnull)
        os.environ.clear()
        os.environ.update(request["env"])
        arguments = request["arguments"]
        if isolation and view:
            isolation.lock_down(view, request["folder"], work, Limits(**request["limits"]), supervisor)
            arguments = ["-f", _seen_inside(arguments[1], isolation), *arguments[2:]]
            os.environ.update(HOME=work, TMPDIR=work, MPLCONFIGDIR=work, IPYTHONDIR=f"{work}/.ipython")
        supervisor.close()
        os.chdir(work)
        sys.argv = [LAUNCHER, *arguments[:2]]  # which a notebook may parse: `-f` and a file
        folder = os.path.dirname(arguments[1])
        start_kernel(arguments, folder, isolated=isolation is not None, figures=request["figures"])
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)  # ipykernel has taken the other one
    finally:
        os._exit(1)


def _seen_inside(file: str, isolation: Isolation) -> str:
    """The connection file as the kernel has to see it, with its sockets in the folder it knows."""
    with open(isolation.seen_inside(file)) as known:
        connection = json.load(known)
    connection["ip"] = isolation.seen_inside(connection["ip"])
    inside = os.path.join(os.path.dirname(connection["ip"]), "inside.json")
    with open(inside, "w") as written:
        json.dump(connection, written)
    return inside


def _redirect(log: str) -> None:
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(out, 2)


def start_kernel(
    arguments: list[str], folder: str = "", isolated: bool = False, figures: bool = True
) -> None:
    """Be a kernel until it is shut down, with sockets once `folder`/ready exists; without one, rehearse."""
    import numpy as np

    signal.signal(signal.SIGINT, signal.default_int_handler)
    np.random.seed()  # a fork starts where its parent's generators stand; Python's own is seeded anew
    if torch := sys.modules.get("torch"):
        torch.seed()
    app = kernel_application()
    app.initialize(arguments)
    if os.environ.get("MPLBACKEND", "").startswith("module://matplotlib_inline"):
        show_figures(app.shell, drawn=figures)
    if isolated:
        notebook: Any = app.shell
        notebook.system = notebook.system_piped = notebook.system_raw = shell.run
        notebook.unobserve_all("exit_now")  # `exit()` ends a kernel 0.1 s later, wherever it is by then
    if folder:
        open(f"{folder}/{READY}", "w").close()
        sys.path.insert(0, "")  # as in every notebook; not before, or a file beside it could run in our place
        app.start()


def kernel_application() -> Any:
    from traitlets.config import Config

    history = Config({"HistoryManager": {"hist_file": ":memory:"}})
    app = application_class().instance(outstream_class=PRINTS, config=history)
    app.log.setLevel(app.log_level)  # it would make each note for nobody, some ten for a cell
    return app


@cache
def application_class() -> Any:
    from ipykernel.kernelapp import IPKernelApp

    class App(IPKernelApp):
        def init_iopub(self, context: Any) -> None:
            """Lose no output where whoever listens is slow: ZeroMQ drops what exceeds 1,000 messages, and
            with it the one that ends a cell. Here more may wait than the grader hears before it ends the
            kernel, so what is dropped is lost to nobody. What waits counts as the kernel's own memory."""
            context.sndhwm = MOST_WAITING
            super().init_iopub(context)

        def parse_command_line(self, argv: Any = None) -> None:
            """The usual one without the parser of all options, which takes a fifth of a kernel's start."""
            match argv:
                case ["-f", file]:
                    self.connection_file = file
                case _:
                    super().parse_command_line(argv)

    return App


def show_figures(shell: Any, drawn: bool) -> None:
    """What importing matplotlib in a kernel does: here it was imported when there was no shell yet. A figure
    that is not to be drawn shows its size alone."""
    with contextlib.suppress(ImportError):
        from IPython.core.pylabtools import activate_matplotlib, select_figure_formats
        from matplotlib_inline.backend_inline import configure_inline_support

        activate_matplotlib(os.environ["MPLBACKEND"])
        configure_inline_support(shell, os.environ["MPLBACKEND"])
        if not drawn:
            select_figure_formats(shell, [])


if __name__ == "__main__":
    main()
    os._exit(0)  # whoever has let go waits for us: there is nothing to be taken apart
