"""The walls around a submission, from what the Linux kernel offers. All of this runs on the student's side.

`rehearse` finds out what this machine allows: namespaces of its own for each kernel, else one bubblewrap
around the warm process (bubblewrap.py), else neither. `build` then runs once, in the warm process, and makes
a read-only root that holds Python and nothing of the course. `isolate` and `enclose` run in each kernel that
is forked from it, before the first line of a student's code: namespaces, a small private folder, limits, no
capabilities, Landlock, and a list of refused system calls. What this machine lacks is reported by name.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from revgraph.grading.student import syscalls as linux
from revgraph.grading.student.limits import DEFAULT, Limits

KERNEL = "/run/kernel"  # where a kernel finds its own sockets and files
WORK = "/tmp/work"  # the folder a notebook runs in
NOBODY = 65534
NAMESPACES, BUBBLEWRAP = "namespaces", "bubblewrap"
LANDLOCK, SECCOMP, ACCOUNT = "Landlock", "refused system calls (libseccomp)", "an account of its own"
READY = "ready"  # the file by which a kernel says that its sockets are there
PACKAGE = str(Path(__file__).parents[2])  # revgraph
MOST_FILES = 10_000  # in the folder of a submission
SYSTEM = [
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"),
    *("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime"),
]
DEVICES = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"]


@dataclass(frozen=True)
class Plan:
    """`spool` holds a folder for each kernel; `package` is shown in place of the installed revgraph;
    `hidden` folders are empty for students even where they lie inside a system folder."""

    spool: str
    package: str
    hidden: tuple[str, ...] = ()


@dataclass
class Walls:
    """What protects a submission here, and what does not, each by name. `root` is what hides the rest of the
    machine: NAMESPACES, BUBBLEWRAP, or nothing."""

    root: str = ""
    missing: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def attempt(self, protection: str) -> Iterator[None]:
        try:
            yield
        except (
            OSError,
            AttributeError,
            KeyError,
        ):  # refused, or no such call in this libc or on this machine
            if protection not in self.missing:
                self.missing.append(protection)

    @property
    def lacking(self) -> list[str]:
        """Each protection that this machine could have and has not."""
        behind = {NAMESPACES: [], BUBBLEWRAP: ["namespaces for each submission"], "": ["namespaces"]}
        return [*behind[self.root], *self.missing]

    def gaps(self) -> list[str]:
        """What a submission must not do and could do here: no wall is left that keeps it from that."""
        alone, hidden = self.root == NAMESPACES, bool(self.root)
        landlock, seccomp = (name not in self.missing for name in (LANDLOCK, SECCOMP))
        kept = {
            "read the course's files": hidden or landlock,
            "see other submissions": alone or landlock,
            "use the network": hidden or seccomp,
            "disturb other processes": alone or seccomp,
            "start processes without end": ACCOUNT not in self.missing,  # root's are not counted
        }
        return [what for what, is_kept in kept.items() if not is_kept]


def readable() -> list[str]:
    """What a notebook needs to read: the system's libraries, and this Python with its packages."""
    packages = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    paths = [*SYSTEM, sys.prefix, sys.base_prefix, sys.exec_prefix, *packages]
    return [path for path in dict.fromkeys(paths) if os.path.exists(path)]


# In the warm process, once


def rehearse(plan: Plan, root: str, folder: str) -> Walls | None:
    """Go in a child of this process through all that a kernel will go through behind `root`: what is missing
    then, or None where that root cannot be had. `folder` is one as a kernel has it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with contextlib.suppress(Exception):
            _rehearse(plan, Walls(root), folder, writing)
        os._exit(0)
    os.close(writing)
    with open(reading) as told:
        missing = told.read()
    os.waitpid(child, 0)
    return Walls(root, json.loads(missing)) if missing else None


def _rehearse(plan: Plan, walls: Walls, folder: str, writing: int) -> None:
    build(plan, walls)
    isolate(walls)
    if os.fork() == 0:
        with contextlib.suppress(Exception):
            enclose(walls, plan, folder, make_work(walls, plan, folder), DEFAULT)
            os.write(writing, json.dumps(walls.missing).encode())
        os._exit(0)
    os.wait()


def build(plan: Plan, walls: Walls) -> None:
    """Go behind the root of `walls`; that of bubblewrap is around us already."""
    if walls.root == NAMESPACES:
        _leave_the_machine()
        _build_root(plan)
    elif not walls.root:
        _import_from(plan.package)
    if os.getuid() == 0:
        with walls.attempt(ACCOUNT):
            _become_nobody(certainly=bool(walls.root))


def _import_from(package: str) -> None:
    """Where students cannot be shown another package in its place, import from there, from now on."""
    for name, module in sys.modules.items():
        if name.split(".")[0] == "revgraph" and hasattr(module, "__path__"):
            module.__path__ = [os.path.join(package, *name.split(".")[1:])]


def _leave_the_machine() -> None:
    ours = linux.CLONE_NEWNS | linux.CLONE_NEWNET | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS
    if os.getuid() == 0:
        linux.unshare(ours)
    else:
        user, group = os.getuid(), os.getgid()
        linux.unshare(ours | linux.CLONE_NEWUSER)
        _map_ids(user, group, user, group)
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)


def _map_ids(inside: int, inside_group: int, outside: int, outside_group: int) -> None:
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inside} {outside} 1")
    Path("/proc/self/gid_map").write_text(f"{inside_group} {outside_group} 1")


def _build_root(plan: Plan) -> None:
    root = f"{plan.spool}/root"
    os.makedirs(root, exist_ok=True)  # the rehearsal made it
    linux.mount("tmpfs", root, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=1m,mode=755")
    for path in readable():
        _show(path, root)
    _show(PACKAGE, root, source=plan.package)
    for path in plan.hidden:
        holds_python = any(shown.startswith(f"{path}/") for shown in readable())
        if os.path.isdir(root + path) and not holds_python:  # else it holds nothing but what is shown
            linux.mount("tmpfs", root + path, "tmpfs", linux.MS_RDONLY, "size=4k")
    for path in [*DEVICES, "/proc", plan.spool]:
        _make_target(path, root)
        linux.mount(path, root + path, flags=linux.MS_BIND | (linux.MS_REC if path == "/proc" else 0))
    for path in (KERNEL, "/tmp"):
        os.makedirs(root + path, exist_ok=True)
    Path(f"{root}/etc/passwd").write_text("student:x:1000:1000::/tmp:/bin/sh\n")
    linux.enter_root(root)
    linux.mount("none", "/", flags=linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY)


def _show(path: str, root: str, source: str = "") -> None:
    if os.path.islink(path):
        os.makedirs(os.path.dirname(root + path), exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.symlink(os.readlink(path), root + path)
        path = os.path.realpath(path)
    if not source and os.path.exists(root + path):
        return  # inside a folder that is shown already
    _make_target(path, root)
    linux.bind_read_only(source or path, root + path)


def _make_target(path: str, root: str) -> None:
    target = Path(root + path)
    if os.path.isdir(path):
        target.mkdir(parents=True, exist_ok=True)
    elif not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()


def _become_nobody(certainly: bool) -> None:
    """Raises OSError where root's Python lies in a folder that nobody else may enter."""
    if not certainly and not all(map(_is_open_to_all, readable())):
        raise PermissionError("another account could not run this Python")
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    linux.prctl(linux.PR_SET_DUMPABLE, 1)  # else /proc/self, and with it the id maps, would belong to root


def _is_open_to_all(path: str) -> bool:
    enter, read = 0o001, 0o004
    above = Path(os.path.realpath(path)).parents
    return bool(os.stat(path).st_mode & read) and all(f.stat().st_mode & enter for f in above)


# In each kernel


def isolate(walls: Walls) -> None:
    """Namespaces for the next child: it will be the first of its own processes, and the last to be left."""
    if walls.root != NAMESPACES:
        return
    user, group = os.getuid(), os.getgid()
    spaces = linux.CLONE_NEWUSER | linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWNET
    linux.unshare(spaces | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS | linux.CLONE_NEWCGROUP)
    _map_ids(1000, 1000, user, group)


def die_with_parent() -> None:
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)


def make_work(walls: Walls, plan: Plan, folder: str) -> str:
    """The folder a kernel works in. Behind namespaces it is made later, in a small file system of its own."""
    if walls.root == NAMESPACES:
        return WORK
    if os.getuid() == 0:  # not nobody, and soon without root's rights over what is nobody's
        for path in (f"{plan.spool}/work", folder, *_inside(folder)):
            os.chown(path, 0, 0)
    work = tempfile.mkdtemp(dir=f"{plan.spool}/work")
    if os.path.isdir(f"{folder}/files"):
        shutil.copytree(f"{folder}/files", work, dirs_exist_ok=True)
    return work


def enclose(walls: Walls, plan: Plan, folder: str, work: str, limits: Limits) -> None:
    """Close the walls around this process for good. It works in `work` and has its sockets in `folder`."""
    alone = walls.root == NAMESPACES
    if alone:
        _mount_own_folders(plan, folder, limits)
    _set_limits(limits, others=0 if alone else _threads_of_this_account())
    with walls.attempt("capabilities dropped"):
        linux.drop_capabilities()
    with walls.attempt(LANDLOCK):
        linux.landlock(*_rights(walls, plan, folder, work))
    with walls.attempt(SECCOMP):
        linux.forbid_system_calls(alone)


def _rights(walls: Walls, plan: Plan, folder: str, work: str) -> tuple[list[str], list[str], list[str]]:
    """What may be read, written, and listed."""
    if walls.root == NAMESPACES:
        return ["/"], [*DEVICES, KERNEL, "/tmp"], []
    needed = [*readable(), "/proc/self"]
    if walls.root == BUBBLEWRAP:
        return [*needed, PACKAGE], [*DEVICES, work, folder], []
    return [*_without(needed, plan), plan.package], [*DEVICES, work, folder], needed


def _mount_own_folders(plan: Plan, folder: str, limits: Limits) -> None:
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    linux.mount(folder, KERNEL, flags=linux.MS_BIND)
    linux.mount("tmpfs", plan.spool, "tmpfs", linux.MS_RDONLY, "size=4k")
    own = linux.MS_NOSUID | linux.MS_NODEV
    linux.mount("tmpfs", "/tmp", "tmpfs", own, f"size={limits.folder_bytes},nr_inodes=10000,mode=700")
    shutil.copytree(f"{KERNEL}/files", WORK) if os.path.isdir(f"{KERNEL}/files") else os.mkdir(WORK)
    try:
        linux.mount("proc", "/proc", "proc", own | linux.MS_NOEXEC)
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
    except OSError:  # a container that masks parts of /proc: then there is none at all
        linux.mount("tmpfs", "/proc", "tmpfs", linux.MS_RDONLY, "size=4k")


def _set_limits(limits: Limits, others: int) -> None:
    """`others` are processes and threads that count toward the same limit."""
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_NPROC, limits.processes + others),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _threads_of_this_account() -> int:
    count = 0
    for process in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            ours = os.stat(f"/proc/{process}").st_uid == os.getuid()
            if ours and os.stat(
                f"/proc/{process}/ns/user"
            ):  # else of a namespace above, and not counted here
                count += len(os.listdir(f"/proc/{process}/task"))
    return count


def _without(paths: list[str], plan: Plan) -> list[str]:
    """`paths` with each folder that contains something closed split into its open parts."""
    closed = [PACKAGE, *plan.hidden]
    result = []
    for path in paths:
        if path in closed:
            continue
        if any(other.startswith(path.rstrip("/") + "/") for other in closed):
            result += _without(_inside(path), plan)
        else:
            result.append(path)
    return result


def _inside(folder: str) -> list[str]:
    try:
        return [entry.path for entry in os.scandir(folder)]
    except PermissionError:
        return []


def too_full(work: str, limits: Limits) -> bool:
    """Without a file system of its own: whether a submission has filled its folder."""
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


def kill_descendants() -> None:
    """Without a process namespace: end what a kernel left behind. They are our children."""
    while children := _children():
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        for child in children:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)


def _children() -> list[int]:
    found = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            parent = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == os.getpid():
                found.append(int(process))
    return found
