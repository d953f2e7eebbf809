"""The walls around a submission, from what the Linux kernel offers. All of this runs on the student's side.

`build` runs once, in the warm process: it makes a read-only root that holds Python and nothing of the course.
`isolate` and `enclose` run in each kernel that is forked from it, before the first line of a student's code:
namespaces of its own, a small private folder, limits, no capabilities, Landlock, and a list of refused system
calls. What this machine lacks is reported by name.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from revgraph.grading import kernelcalls as linux
from revgraph.grading.limits import Limits

KERNEL = "/run/kernel"  # where a kernel finds its own sockets and files
WORK = "/tmp/work"  # the folder a notebook runs in
NOBODY = 65534
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
    """What protects a submission here, and what does not, each by name."""

    namespaces: bool = False
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


def readable() -> list[str]:
    """What a notebook needs to read: the system's libraries, and this Python with its packages."""
    packages = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    paths = [*SYSTEM, sys.prefix, sys.base_prefix, sys.exec_prefix, *packages]
    return [path for path in dict.fromkeys(paths) if os.path.exists(path)]


# In the warm process, once


def build(plan: Plan) -> Walls:
    """Go behind a root of our own; where the machine does not allow it, Landlock has to do (see enclose)."""
    walls = Walls()
    with walls.attempt("namespaces"):
        _leave_the_machine()
        walls.namespaces = True
    if walls.namespaces:
        _build_root(plan)
    if os.getuid() == 0:
        _become_nobody()
    return walls


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
    os.makedirs(root)
    linux.mount("tmpfs", root, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=1m,mode=755")
    for path in readable():
        _show(path, root)
    package = str(Path(__file__).parents[1])
    _show(package, root, source=plan.package)
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


def _become_nobody() -> None:
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    linux.prctl(linux.PR_SET_DUMPABLE, 1)  # else /proc/self, and with it the id maps, would belong to root


# In each kernel


def isolate(walls: Walls) -> None:
    """Namespaces for the next child: it will be the first of its own processes, and the last to be left."""
    if not walls.namespaces:
        return
    user, group = os.getuid(), os.getgid()
    spaces = linux.CLONE_NEWUSER | linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWNET
    linux.unshare(spaces | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS | linux.CLONE_NEWCGROUP)
    _map_ids(1000, 1000, user, group)


def die_with_parent() -> None:
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)


def enclose(walls: Walls, plan: Plan, folder: str, limits: Limits) -> str:
    """Close the walls around this process for good and return the folder it works in."""
    if walls.namespaces:
        _mount_own_folders(walls, plan, folder, limits)
        work, sockets = WORK, KERNEL
    else:
        work, sockets = folder, folder
    _set_limits(limits)
    with walls.attempt("capabilities dropped"):
        linux.drop_capabilities()
    with walls.attempt("Landlock"):
        reads = ["/"] if walls.namespaces else _without([*readable(), "/proc/self", plan.package], plan)
        linux.landlock(reads, [*DEVICES, work, sockets, *(["/tmp"] if walls.namespaces else [])])
    with walls.attempt("refused system calls (libseccomp)"):
        linux.forbid_system_calls()
    return work


def _mount_own_folders(walls: Walls, plan: Plan, folder: str, limits: Limits) -> None:
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


def _set_limits(limits: Limits) -> None:
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _without(paths: list[str], plan: Plan) -> list[str]:
    """`paths` with each folder that contains something closed split into its open parts."""
    closed = [str(Path(__file__).parents[1]), *plan.hidden]
    result = []
    for path in paths:
        if path in closed:
            continue
        inside = [other for other in closed if other.startswith(path.rstrip("/") + "/")]
        if inside and path != plan.package:
            result += _without([entry.path for entry in os.scandir(path)], plan)
        else:
            result.append(path)
    return result


def kill_descendants() -> None:
    """Without a process namespace: end what a kernel left behind. They are our children, see zygote."""
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
