"""Kernels side by side in the weakest isolation, each of which takes processes in a way of its own.

Run by test_isolation.py; prints as JSON what each had: at most how many processes and threads at once, and
what it says itself. What is run in the place of a kernel are the functions below.
"""

import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import asdict

from revgraph.grading.kernels.warm import new_folder
from revgraph.grading.student import warm_process
from revgraph.grading.student.isolation import LandlockAlone
from revgraph.grading.student.limits import Limits
from revgraph.grading.student.processes import Family, adopt_orphans
from revgraph.grading.student.view import View

MOST = 20
SLEEP = ["/bin/sleep", "97531"]


def bomb():
    """Each that is born goes on."""
    while True:
        grow()


def grow():
    try:
        os.fork()
    except BlockingIOError:
        time.sleep(0.001)


def hoppers():
    """Each lives on in its child, in a session of its own, and has ended before anybody has counted it."""
    for _ in range(4):
        if os.fork() == 0:
            while True:
                try:
                    if os.fork():
                        os._exit(0)
                    os.setsid()
                except BlockingIOError:
                    pass
    signal.pause()


def threads():
    for count in range(1, 100):
        try:
            threading.Thread(target=signal.pause, daemon=True).start()
        except RuntimeError:
            return count


def spawned():
    """By vfork and by posix_spawn."""
    for count in range(1, 100):
        try:
            subprocess.Popen(SLEEP) if count % 2 else os.posix_spawn(SLEEP[0], SLEEP, {})
        except BlockingIOError:
            return count


def come_back():
    """Who was killed makes room for others, and so do orphans for which nobody waits."""
    for _ in range(2 * MOST):
        os.waitpid(os.fork() or ctypes.string_at(0), 0)
    for _ in range(2 * MOST):
        if os.fork() == 0:
            os.fork()
            os._exit(0)
        os.wait()
    return "all"


def asks_often():
    for _ in range(500):
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
    return "all"


def honest():
    for _ in range(MOST):
        children = [os.fork() or os._exit(0) for _ in range(5)]
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * 5
    return "all"


ENDLESS = ["bomb", "hoppers"]
KINDS = [bomb, hoppers, threads, spawned, come_back, asks_often, honest]


def be_a_kernel(kernel, channel, work):
    try:
        said = next(kind for kind in KINDS if kind.__name__ == os.environ["KIND"])()
    except Exception as error:
        said = repr(error)
    channel.send(json.dumps(said).encode())
    signal.pause()


def supervised(kind, view, ending, alive):
    """The supervisor of a kernel, and the socket by which the kernel says what it says."""
    request = {"folder": new_folder(view.run_folder), "env": {"KIND": kind.__name__}, "log": ""}
    request["limits"] = asdict(Limits(processes=MOST))
    ours, control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    supervisor = os.fork()
    if supervisor == 0:
        os.close(alive)
        isolated = warm_process.Isolated(view, LandlockAlone(), kernel=None)
        warm_process.supervise(control, ending, request, isolated)
    _, (handle, channel), _, _ = socket.recv_fds(ours, 1 << 16, 2)
    os.close(handle)
    return supervisor, socket.socket(fileno=channel), ours


def watch(families, answers):
    """How many each had at most, until all have said what they say, and for half a second at least."""
    most, begun = dict.fromkeys(families, 0), time.monotonic()
    while time.monotonic() < begun + 0.5 or len(select.select(answers, [], [], 0)[0]) < len(answers):
        assert time.monotonic() < begun + 60, "some have not said what they say"
        for name, family in families.items():
            most[name] = max(most[name], family.tasks())
    return most


def main():
    from revgraph.grading.student import kernel  # not above: who imports this file is no notebook, to tqdm

    kernel.serve = be_a_kernel
    adopt_orphans()
    with (
        tempfile.TemporaryDirectory(prefix="revgraph-") as run_folder,
        tempfile.TemporaryDirectory() as package,
    ):
        os.mkdir(f"{run_folder}/work")
        pipe = os.pipe()
        crowd = {kind.__name__: supervised(kind, View(run_folder, package), *pipe) for kind in KINDS}
        families = {name: Family(supervisor) for name, (supervisor, *_) in crowd.items()}
        said = {name: channel for name, (_, channel, _) in crowd.items() if name not in ENDLESS}
        most = watch(families, list(said.values()))
        told = {name: json.loads(channel.recv(1 << 16)) for name, channel in said.items()}
        os.close(pipe[1])
        for supervisor, *_ in crowd.values():
            os.waitpid(supervisor, 0)
        print(json.dumps({"most": most, "said": told, "left": Family().tasks()}))


if __name__ == "__main__":
    main()
