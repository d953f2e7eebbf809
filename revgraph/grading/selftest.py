"""What a hostile submission tries against the walls, and `revgraph grade --selftest`, which tries it here.

Each attempt is a few lines that run to their end only where the wall does not hold.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from rich.table import Table
from rich.text import Text

from revgraph.grading.among_python import among_python
from revgraph.grading.errors import NOT_RUN
from revgraph.grading.kernels.temporary import temporary_root
from revgraph.grading.source import Source
from revgraph.grading.student.isolation import KINDS, Isolation
from revgraph.grading.submission.read import Loaded, Submission
from revgraph.grading.worker import Setting, run_and_judge, start_warm_process

BROKEN = "the wall is broken"


@dataclass(frozen=True)
class Attempt:
    """`code` may use `course` and `secret_file` in it (which it must not see), `here` (the folder in which
    the self-test is run), `port` (of a server on this machine), `grader` (a process of the grader's) and
    `abstract` and `datagrams` (sockets). `walls` says what keeps a submission from it, in each kind of
    isolation."""

    name: str
    code: str
    walls: tuple[str, str, str]


# What stops an attempt: with namespaces for each submission, inside bubblewrap, and with Landlock alone.
SHARED = "a root without the course, which is read-only; Landlock"
CALLS = ("no capabilities; refused system calls",) * 3
PROCESS, REFUSED = ("limits of a process",) * 3, ("refused system calls",) * 3
FILES = ("the course does not exist in its root, which is read-only", SHARED, "Landlock")
ATTRIBUTES = (*FILES[:2], "refused system calls")
EMPTYING = (*FILES[:2], "Landlock; refused system calls")
FOLDERS = ("folders of its own", "Landlock", "Landlock")
OTHERS = ("processes of its own", *("Landlock; refused system calls",) * 2)
NETWORK = (*("a network without any interface; refused system calls",) * 2, "refused system calls; Landlock")
MANY = ("limits of a process", *("the process that watches over it, which is asked before each new one",) * 2)
SPACE = ("a small file system of its own", *("a look at its folder, five times a second",) * 2)
MEMORY = ("a small file system of its own", "there is no folder for it", "Landlock")
ANSWERS = ("a package without the answers",) * 3
# fmt: off
ATTEMPTS = [
    Attempt("read a file of the course", "open(course + '/solutions.txt').read()", FILES),
    Attempt("list the course folder", "os.listdir(course)", FILES),
    Attempt("reach the course through a link", "os.symlink(course, 'link'); os.listdir('link')", FILES),
    Attempt("write into the course folder", "open(course + '/mine', 'w').write('x')", FILES),
    Attempt("write into a system folder", "open('/usr/lib/mine', 'w').write('x')", FILES),
    Attempt("write into the root", "open('/mine', 'w').write('x')", FILES),
    Attempt("change an installed package", "open(np.__file__, 'a').write('#')", FILES),
    Attempt(
        "find the course in whose folder you are",
        "assert set(os.listdir(here)) & {'nbgrader_config.py', 'gradebook.db', 'solutions', 'submitted'}",
        FILES,
    ),
    Attempt(
        "change the rights of a file of yours",
        "os.chmod(secret_file, 0o600); assert os.stat(secret_file).st_mode & 0o777 == 0o600",
        ATTRIBUTES,
    ),
    Attempt(
        "change the time of a file of yours",
        "os.utime(secret_file, (0, 0)); assert os.stat(secret_file).st_mtime == 0",
        ATTRIBUTES,
    ),
    Attempt("change an attribute of a file of yours", "os.setxattr(secret_file, 'user.mine', b'x')", ATTRIBUTES),
    Attempt(
        "change an attribute by one of Linux's newest calls",
        "assert libc.syscall(463, -100, secret_file.encode(), 0, b'user.mine', struct.pack('QII', 0, 0, 0), 16) == 0",
        ATTRIBUTES,
    ),
    Attempt("empty a file of yours", "os.truncate(secret_file, 0)", EMPTYING),
    Attempt("empty an installed file by opening it", "os.open(np.__file__, os.O_RDONLY | os.O_TRUNC)", FILES),
    Attempt(
        "see another submission",
        "assert any(map(os.listdir, pathlib.Path('/tmp').glob('revgraph-*')))",
        FOLDERS,
    ),
    Attempt(
        "be told who opens a file",
        "fcntl.fcntl(os.open(os.path.dirname(np.__file__), os.O_RDONLY), 1026, 1)",
        REFUSED,
    ),
    Attempt("read the grader's environment", "assert '{secret}' in of_processes('environ')", OTHERS),
    Attempt("read in a command line where the course lies", "assert course in of_processes('cmdline')", OTHERS),
    Attempt("read the grader's command line", "open('/proc/' + str(grader) + '/cmdline').read()", OTHERS),
    Attempt("signal the grader", "os.kill(grader, 0)", OTHERS),
    Attempt("read a process's memory", "open('/proc/' + str(grader) + '/mem')", OTHERS),
    Attempt(
        "signal the grader by way of a socket",
        "fcntl.ioctl(socket.socketpair()[0], 0x8901, struct.pack('i', grader))",
        OTHERS,
    ),
    Attempt(
        "signal the grader by way of a pipe",
        "assert libc.syscall(FCNTL, os.pipe()[0], ctypes.c_long(1 << 32 | 8), ctypes.c_long(grader)) == 0",
        OTHERS,
    ),
    Attempt("make the grader wait for everybody", "os.setpriority(os.PRIO_PROCESS, grader, 19)", OTHERS),
    Attempt(
        "let the grader run when nobody else does",
        "os.sched_setscheduler(grader, os.SCHED_IDLE, os.sched_param(0)); assert os.sched_getscheduler(grader) == os.SCHED_IDLE",
        OTHERS,
    ),
    Attempt("tie the grader to a processor", "os.sched_setaffinity(grader, {0})", OTHERS),
    Attempt("limit the grader", "resource.prlimit(grader, resource.RLIMIT_CPU, (1, 1))", OTHERS),
    Attempt("connect over TCP", "socket.create_connection(('127.0.0.1', port), 1)", NETWORK),
    Attempt(
        "send a UDP datagram",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', port))",
        NETWORK,
    ),
    Attempt(
        "send UDP to the network",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))",
        NETWORK,
    ),
    Attempt("reach an abstract socket", "socket.socket(socket.AF_UNIX).connect(chr(0) + abstract)", NETWORK),
    Attempt("open a raw socket", "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)", NETWORK),
    Attempt(
        "send a datagram to a program outside",
        "socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', datagrams)",
        ATTRIBUTES,
    ),
    Attempt("become root", "os.setuid(0)", CALLS),
    Attempt("mount", "assert libc.mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None) == 0", CALLS),
    Attempt("enter another namespace", "assert libc.unshare(0x10000000) == 0", CALLS),
    Attempt("change the root", "os.chroot('/tmp')", CALLS),
    Attempt("trace a process", "assert libc.ptrace(0, 0, 0, 0) == 0", CALLS),
    Attempt("make a device", "os.mknod('/tmp/device', 0o60600, os.makedev(8, 0))", CALLS),
    Attempt("take much memory", "bytearray(20 * 10**9)", PROCESS),
    Attempt("raise its own limits", "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))", PROCESS),
    Attempt("start many processes", "hold([subprocess.Popen(['sleep', '9']) for _ in range(300)])", MANY),
    Attempt("open many files", "hold([open('/dev/null') for _ in range(5000)])", PROCESS),
    Attempt("write a large file", "open('large', 'wb').write(bytes(200_000_000))", PROCESS),
    Attempt("hide memory in a file without a name", "os.memfd_create('mine')", REFUSED),
    Attempt("leave memory of System V behind", "assert libc.shmget(0, 4096, 0o1600) >= 0", REFUSED),
    Attempt(
        "take the machine's places for reading ahead",
        "assert libc.syscall(IO_SETUP, 60_000, ctypes.byref(ctypes.c_ulong())) == 0",
        REFUSED,
    ),
    Attempt("look for memory of System V", "assert libc.shmctl(0, 14, ctypes.create_string_buffer(99)) >= 0", REFUSED),
    Attempt("leave a message queue behind", "assert libc.mq_open(b'/mine', 0o102, 0o600, None) >= 0", REFUSED),
    Attempt("leave shared memory behind", "open('/dev/shm/' + abstract, 'xb').write(bytes(200_000_000))", MEMORY),
    Attempt("import the reference", "import revgraph.core", ANSWERS),
    Attempt(
        "read the reference's file",
        "assert [file.read_text() for file in pathlib.Path(revgraph.__file__).parent.glob('core/ops/*.py')]",
        ANSWERS,
    ),
    Attempt("read the answers where Python has installed them", "assert any(map(len, answers()))", ANSWERS),
    Attempt("ask for the exercise's answer", "exercises()['unbroadcast'].reference", ANSWERS),
    # The last one: where nothing but a look at the folder finds it, the kernel is ended.
    Attempt("fill the disk", "hold([fill(i) for i in range(200)])", SPACE),
]
# fmt: on
PREAMBLE = """
import contextlib, ctypes, fcntl, os, pathlib, resource, socket, struct, subprocess, sys, time
import numpy as np
import revgraph
from revgraph.checks import exercises
libc = ctypes.CDLL(None)
FCNTL, IO_SETUP = (72, 206) if os.uname().machine == "x86_64" else (25, 0)
hold = len
def fill(i):
    open("full " + str(i), "wb").write(bytes(5_000_000))
    time.sleep(0.02)
def of_processes(part):
    found = ""
    for pid in ("self", *range(1, os.getpid() + 100)):
        with contextlib.suppress(OSError):
            found += pathlib.Path("/proc", str(pid), part).read_bytes().decode()
    return found
def answers():
    for prefix in (sys.prefix, sys.base_prefix, "/usr", "/usr/local"):
        for file in pathlib.Path(prefix).glob("lib*/python3*/*-packages/revgraph/checks/chapters/ch*.py"):
            yield file.read_text()
course, port, grader, abstract, here = {known!r}
secret_file, datagrams = course + "/solutions.txt", course + "/datagrams"
"""
CELL = """
try:
    {code}
    print({broken!r})
except (NameError, TypeError, FileExistsError) as error:
    print("not tried:", error)
except AssertionError:
    print("held: without effect")
except OSError as error:
    print("held:", error.strerror)
except MemoryError:
    print("held: no memory is left")
except BaseException as error:
    print("held:", str(error).partition(": ")[0] or type(error).__name__)
"""


def attempt_cells(course: str, port: int, abstract: str, secret: str) -> Iterator[NotebookNode]:
    """A cell for each attempt, each in a kernel that has run the first one."""
    yield new_code_cell(PREAMBLE.format(known=(course, port, os.getpid(), abstract, os.getcwd())))
    for attempt in ATTEMPTS:
        code = attempt.code.replace("{secret}", secret)
        yield new_code_cell(CELL.format(code=code, broken=BROKEN))


@contextmanager
def targets() -> Iterator[tuple[str, int, str]]:
    """A folder, a TCP and UDP port, and an abstract socket that a submission must not reach."""
    with (
        tempfile.TemporaryDirectory(prefix="revgraph-course-", dir=temporary_root()) as course,
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as hidden,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams,
    ):
        os.chmod(course, 0o755)  # the file's rights are not what keeps it
        Path(course, "solutions.txt").write_text("42")
        Path(course, "solutions.txt").chmod(0o644)
        abstract = f"revgraph-{secrets.token_hex(8)}"
        hidden.bind("\0" + abstract)
        hidden.listen()
        datagrams.bind(f"{course}/datagrams")
        os.chmod(f"{course}/datagrams", 0o666)
        yield course, server.getsockname()[1], abstract


@dataclass
class Held:
    """What came of the attempts: their names, whether the wall held, and what stopped them."""

    attempts: list[tuple[str, bool, str]]
    isolation: Isolation

    @property
    def everywhere(self) -> bool:
        return all(held for _, held, _ in self.attempts)


def try_all() -> Held:
    secret = secrets.token_hex(16)
    os.environ["REVGRAPH_SELFTEST"] = secret
    with targets() as (course, port, abstract):
        notebook = new_notebook(cells=list(attempt_cells(course, port, abstract, secret)))
        hidden = (*map(os.path.realpath, (course, os.getcwd())), *among_python(os.getcwd()))
        sources = (("selftest", Source(json.dumps(new_notebook()))),)
        setting = Setting("selftest", sources, 0, hidden=hidden, allow_weak_sandbox=True, figures=False)
        warm = start_warm_process(setting)
        submission = Submission("selftest", "selftest", loaded=Loaded(json.dumps(notebook), {}))
        graded = run_and_judge(replace(setting, run_folder=warm.run_folder), submission)
    told = [_told(cell, before) for before, cell in pairwise(graded.notebook.cells)]
    attempts = [(a.name, text.startswith("held"), text) for a, text in zip(ATTEMPTS, told, strict=True)]
    return Held(attempts, warm.isolation)


def _told(cell: NotebookNode, before: NotebookNode) -> str:
    """What a cell printed; in the cell at which the kernel was ended, that this is what stopped it."""
    if _was_ended(cell) and not _was_ended(before):
        return "held: the kernel was ended"
    return "".join(out.get("text", "") for out in cell.outputs).strip()


def _was_ended(cell: NotebookNode) -> bool:
    return any(out.get("ename") == NOT_RUN for out in cell.outputs)


def attack() -> tuple[list[Table | Text], bool]:
    """Try everything on this machine: what to show, and whether all walls hold."""
    results = try_all()
    shown = Table(
        "a submission tries to", "what keeps it from that", "here", title="revgraph grade --selftest"
    )
    for attempt, (name, held, text) in zip(ATTEMPTS, results.attempts, strict=True):
        told = f"[green]{text}" if held else f"[bold red]not held: {text or 'nothing came back'}"
        shown.add_row(name, attempt.walls[KINDS.index(type(results.isolation))], told)
    return [shown, *map(Text, describe(results.isolation))], results.everywhere


def describe(isolation: Isolation) -> Iterator[str]:
    """How the walls of this machine are built, and what it lacks."""
    yield isolation.built
    if lacking := isolation.all_lacking():
        yield f"Missing here: {', '.join(lacking)}."
    if gaps := isolation.gaps():
        could = ", ".join(gaps)
        yield f"A submission could {could} here: revgraph grade refuses, unless told --allow-weak-sandbox."
