"""How a submission is kept apart, from what the Linux kernel offers: three ways, the best of which is taken.

Namespaces     each kernel has mounts, processes, network and users of its own.
Bubblewrap     one set of namespaces around the warm process; Landlock and seccomp keep its kernels apart.
LandlockAlone  no namespaces at all; Landlock and seccomp have to do.

All of this runs on the student's side. `enter` runs once, in the warm process. `separate`, `make_work` and
`lock_down` run for each kernel that is forked from it, before the first line of a student's code. Limits,
dropped capabilities, Landlock, and a list of refused system calls are the same in all three. What this
machine lacks is reported by name.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from revgraph.grading.student import mounts, processes
from revgraph.grading.student import syscalls as linux
from revgraph.grading.student.limits import DEFAULT, Limits
from revgraph.grading.student.view import DEVICES, PACKAGE, View, is_in, readable

NOBODY = 65534
LANDLOCK, SECCOMP, ACCOUNT = "Landlock", "refused system calls (libseccomp)", "an account of its own"
OLD_LANDLOCK = "Landlock of Linux 6.2, which keeps files from being emptied"
COUNTED = "a count of each submission's own processes"
STARTING = ["clone", "fork", "vfork"]  # clone3 is refused
MOST_FILES = 10_000  # in the folder of a submission
Rights = tuple[list[str], list[str], list[str]]  # what may be read, written, and listed


class Isolation:
    """What protects a submission on this machine; `lacking` names the protections that could not be had."""

    name: ClassVar[str]
    built: ClassVar[str]  # the sentence that tells an instructor what there is
    hides_files: ClassVar[bool] = True  # the course and the network do not exist in there
    hides_processes: ClassVar[bool] = False  # neither do other submissions, nor their processes
    weaker: ClassVar[tuple[str, ...]] = ()  # what a better one has and this one lacks

    def __init__(self, lacking: list[str] | None = None) -> None:
        self.lacking = list(lacking or [])

    # In the warm process, once

    def enter(self, view: View) -> None:
        """Leave what a submission must not see, as far as that can be done for all of them at once."""
        self._become_nobody()

    def _become_nobody(self) -> None:
        if os.getuid() == 0:
            with self.attempt(ACCOUNT):
                become_nobody(certainly=self.hides_files)

    # For each kernel

    def separate(self) -> None:
        """Before the kernel is forked from this process."""

    def make_work(self, view: View, folder: str) -> str:
        """The folder a notebook runs in, with the files handed in beside it. `folder` is the kernel's own."""
        if os.getuid() == 0:  # it could not become nobody, and soon may not write what belongs to nobody
            for path in (f"{view.run_folder}/work", folder, *_inside(folder)):
                os.chown(path, 0, 0)
        work = tempfile.mkdtemp(dir=f"{view.run_folder}/work")
        if os.path.isdir(f"{folder}/files"):
            shutil.copytree(f"{folder}/files", work, dirs_exist_ok=True)
        return work

    def lock_down(
        self, view: View, folder: str, work: str, limits: Limits, supervisor: socket.socket | None = None
    ) -> None:
        """In the kernel, for good: from here on it may do what a notebook needs, and nothing else. Where the
        `supervisor` has to be asked before a process is started, it gets the listener to answer by."""
        libraries = processes.address_space()  # PyTorch's alone may have more than a submission may
        self._prepare(view, folder, limits)
        _set_limits(limits, libraries)
        with self.attempt("capabilities dropped"):
            linux.drop_capabilities()
        self._limit_processes(limits.processes, supervisor)
        with self.attempt(LANDLOCK):
            linux.landlock(*self._rights(view, work))
            with self.attempt(OLD_LANDLOCK):
                linux.landlock_keeps_from_truncating()
        with self.attempt(SECCOMP):
            linux.forbid_system_calls(alone=self.hides_processes)

    def _prepare(self, view: View, folder: str, limits: Limits) -> None:
        """What only one kind has to do."""

    def _limit_processes(self, most: int, supervisor: socket.socket | None) -> None:
        """Linux counts an account's, which are those of all submissions; so each kernel's parent counts."""
        with self.attempt(COUNTED):
            listener = linux.ask_before(STARTING)
            if supervisor:
                socket.send_fds(supervisor, [b"!"], [listener])
            os.close(listener)
        if COUNTED in self.lacking:
            _limit(resource.RLIMIT_NPROC, most + processes.threads_of_this_account())

    def _rights(self, view: View, work: str) -> Rights:
        raise NotImplementedError

    def is_full(self, work: str, limits: Limits) -> bool:
        """Whether a submission has filled its folder: where that has no file system of its own, it is
        measured."""
        return is_full(work, limits)

    def clean_up(self, work: str) -> None:
        """After the kernel: end what it left running, and remove what it left lying."""
        processes.kill_children()
        remove(work)

    # What is missing

    @contextlib.contextmanager
    def attempt(self, protection: str) -> Iterator[None]:
        """Note `protection` as lacking where it is refused, or unknown to this libc or machine."""
        try:
            yield
        except (OSError, AttributeError, KeyError):
            if protection not in self.lacking:
                self.lacking.append(protection)

    def all_lacking(self) -> list[str]:
        return [*self.weaker, *self.lacking]

    def gaps(self) -> list[str]:
        """What a submission must not do and could do here: nothing is left that keeps it from that."""
        landlock, seccomp, current = (w not in self.lacking for w in (LANDLOCK, SECCOMP, OLD_LANDLOCK))
        kept = {
            "read the course's files": self.hides_files or landlock,
            "empty files of yours that it may read": self.hides_files or (landlock and current),
            "see other submissions": self.hides_processes or landlock,
            "use the network": self.hides_files or seccomp,
            "disturb other processes": self.hides_processes or seccomp,
            "run as root": ACCOUNT not in self.lacking,
        }
        return [what for what, is_kept in kept.items() if not is_kept]

    def remedies(self) -> list[str]:
        """Why the gaps are there, and the next step, in sentences."""
        inside = closed_folder()
        here = f"Python lies below {inside}, which only root may enter" if inside else "root stays root here"
        told = {
            LANDLOCK: "This Linux has no Landlock. Next: install bubblewrap, or take Linux 5.13 or newer.",
            OLD_LANDLOCK: "Landlock of this Linux is too old. Next: install bubblewrap, or take Linux 6.2 or "
            "newer.",
            SECCOMP: "libseccomp cannot be used. Next: install it (Debian: apt-get install libseccomp2).",
            ACCOUNT: f"{here}, so submissions would run as root. Next: install bubblewrap, or put Python "
            "and its packages where everybody may read them, such as /opt, or grade as an ordinary user.",
            COUNTED: "A submission's processes cannot be counted. Next: take Linux 5.7 and libseccomp 2.5 or "
            "newer.",
        }
        return [told[what] for what in told if what in self.lacking]


class Namespaces(Isolation):
    """Each kernel in namespaces of its own, in a read-only root without the course."""

    name = "namespaces"
    built = "Each submission has namespaces of its own."
    hides_processes = True

    def enter(self, view: View) -> None:
        mounts.leave_the_machine()
        mounts.build_root(view)
        self._become_nobody()

    def separate(self) -> None:
        """The next child is the first of its own processes, and the last to be left."""
        mounts.leave_other_submissions()

    def make_work(self, view: View, folder: str) -> str:
        return mounts.WORK  # made in `_prepare`, in a small file system of its own

    def _prepare(self, view: View, folder: str, limits: Limits) -> None:
        mounts.mount_own_folders(view, folder, limits)

    def _limit_processes(self, most: int, supervisor: socket.socket | None) -> None:
        """Linux counts for each namespace of users."""
        _limit(resource.RLIMIT_NPROC, most)

    def _rights(self, view: View, work: str) -> Rights:
        return ["/"], [*DEVICES, "/tmp", "/dev/shm"], []

    def is_full(self, work: str, limits: Limits) -> bool:
        return False

    def clean_up(self, work: str) -> None:
        """Both went with the namespaces."""


class Bubblewrap(Isolation):
    """All kernels share the namespaces that bwrap made around the warm process (bubblewrap.py)."""

    name = "bubblewrap"
    built = (
        "This account may make no namespaces; bubblewrap makes one set for all submissions, and Landlock and "
        "seccomp keep them apart."
    )
    weaker = ("namespaces for each submission",)

    def _rights(self, view: View, work: str) -> Rights:
        return [*readable(), "/proc/self", PACKAGE], [*DEVICES, work], []


class LandlockAlone(Isolation):
    """Neither our own namespaces nor bubblewrap's."""

    name = "Landlock and seccomp alone"
    built = "There are no namespaces here, neither our own nor bubblewrap's; Landlock and seccomp have to do."
    hides_files = False
    weaker = ("namespaces",)

    def enter(self, view: View) -> None:
        import_from(view.package)
        super().enter(view)

    def _rights(self, view: View, work: str) -> Rights:
        """Links are followed here, for Landlock knows no names: what has one may be closed by another."""
        needed = list(dict.fromkeys(map(os.path.realpath, readable())))
        opened = without(view.closed(), needed)
        hidden = list(map(os.path.realpath, view.hidden))
        listed = [path for path in needed if not any(is_in(one, path) for one in hidden)]
        return [*opened, "/proc/self", view.package], [*DEVICES, work], listed


KINDS: tuple[type[Isolation], ...] = (Namespaces, Bubblewrap, LandlockAlone)


def isolation_named(name: str, lacking: list[str]) -> Isolation:
    """The isolation that another process has told of."""
    return next(kind for kind in KINDS if kind.name == name)(lacking)


def rehearse(kind: type[Isolation], view: View, folder: str) -> Isolation | None:
    """Go in a child of this process through all that a kernel of this kind will go through: what it found,
    or None where the kind cannot be had. `folder` is one as a kernel has it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(Exception):
            _rehearse(kind(), view, folder, writing)
        os._exit(0)
    os.close(writing)
    with open(reading) as told:
        lacking = told.read()
    os.waitpid(child, 0)
    return kind(json.loads(lacking)) if lacking else None


def _rehearse(isolation: Isolation, view: View, folder: str, writing: int) -> None:
    isolation.enter(view)
    isolation.separate()
    if os.fork() == 0:
        with contextlib.suppress(Exception):
            isolation.lock_down(view, folder, isolation.make_work(view, folder), DEFAULT)
            os.write(writing, json.dumps(isolation.lacking).encode())
        os._exit(0)
    os.wait()


def import_from(package: str) -> None:
    """Where students cannot be shown another package in its place, import from there, from now on."""
    import sys

    for name, module in sys.modules.items():
        if name.split(".")[0] == "revgraph" and hasattr(module, "__path__"):
            module.__path__ = [os.path.join(package, *name.split(".")[1:])]


def become_nobody(certainly: bool) -> None:
    """Raises OSError where root's Python lies in a folder that nobody else may enter."""
    if not certainly and not all(map(_is_open_to_all, readable())):
        raise PermissionError("another account could not run this Python")
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    linux.prctl(linux.PR_SET_DUMPABLE, 1)  # else /proc/self, and with it the id maps, would belong to root


def closed_folder() -> str:
    """The first folder that keeps other accounts from this Python; empty where there is none."""
    real = dict.fromkeys(os.path.realpath(path) for path in readable())
    above = dict.fromkeys(str(folder) for path in real for folder in reversed(Path(path).parents))
    return next((folder for folder in above if not os.stat(folder).st_mode & 0o001), "")


def _is_open_to_all(path: str) -> bool:
    enter, read = 0o001, 0o004
    above = Path(os.path.realpath(path)).parents
    return bool(os.stat(path).st_mode & read) and all(f.stat().st_mode & enter for f in above)


def _set_limits(limits: Limits, libraries: int) -> None:
    _limit(resource.RLIMIT_AS, libraries + limits.memory)
    _limit(resource.RLIMIT_CPU, limits.cpu_seconds)
    _limit(resource.RLIMIT_NOFILE, limits.open_files)
    _limit(resource.RLIMIT_FSIZE, limits.file_bytes)
    _limit(resource.RLIMIT_CORE, 0)


def _limit(what: int, most: int) -> None:
    resource.setrlimit(what, (most, most))


def without(closed: list[str], paths: list[str]) -> list[str]:
    """`paths` with each folder that contains something closed split into its open parts. Links in
    these are left out: they may lead to what is closed, and what is open has a name of its own."""
    result = []
    for path in paths:
        if path in closed:
            continue
        if any(is_in(other, path) for other in closed):
            result += without(closed, [inner for inner in _inside(path) if not os.path.islink(inner)])
        else:
            result.append(path)
    return result


def _inside(folder: str) -> list[str]:
    try:
        return [entry.path for entry in os.scandir(folder)]
    except OSError:
        return []


def is_full(work: str, limits: Limits) -> bool:
    size = count = 0
    for folder, _, files in os.walk(work):
        for name in files:
            with contextlib.suppress(OSError):
                size, count = size + os.lstat(f"{folder}/{name}").st_blocks * 512, count + 1
    return size > limits.folder_bytes or count > MOST_FILES


def remove(folder: str) -> None:
    """With all that is in it, also where a submission has closed a folder of its own to everybody."""
    for above, folders, _ in os.walk(folder):
        for path in (f"{above}/{name}" for name in folders):
            with contextlib.suppress(OSError):
                if not os.path.islink(path):
                    os.chmod(path, 0o700)
    shutil.rmtree(folder, ignore_errors=True)
