"""Mount namespaces: a root that holds what a submission needs and no more, and each one's own folders."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from revgraph.grading.student import syscalls as linux
from revgraph.grading.student.limits import Limits
from revgraph.grading.student.view import DEVICES, PACKAGE, View, is_in, package_names, readable

WORK = "/tmp/work"  # the folder a notebook runs in
OWN = "/run/own"  # a submission's small file system, of which /tmp and /dev/shm are parts
OWN_FLAGS = linux.MS_NOSUID | linux.MS_NODEV


# In the warm process, once


def leave_the_machine() -> None:
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


def build_root(view: View) -> None:
    """Make a read-only root and enter it."""
    root = f"{view.run_folder}/root"
    os.makedirs(root, exist_ok=True)  # the rehearsal made it
    linux.mount("tmpfs", root, "tmpfs", OWN_FLAGS, "size=1m,mode=755")
    for path in readable():
        _show(path, root)
    layers = {path: shown for path, shown in view.layers().items() if shown or not _is_below_a_link(path)}
    for path, shown in layers.items():
        if shown:
            _show(path, root)
        elif os.path.isdir(path):
            linux.mount("tmpfs", root + path, "tmpfs", OWN_FLAGS, "size=1m,mode=755")
        else:
            linux.mount("/dev/null", root + path, flags=linux.MS_BIND)
    for name in package_names():
        if not _is_below_a_link(name):
            _show(name, root, source=view.package)
    for path in [*DEVICES, "/proc", view.run_folder]:
        _make_target(path, root)
        linux.mount(path, root + path, flags=linux.MS_BIND | (linux.MS_REC if path == "/proc" else 0))
    for path in (path for path, shown in layers.items() if not shown):
        linux.mount("none", root + path, flags=linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY)
    for path in (OWN, "/tmp", "/dev/shm"):
        os.makedirs(root + path, exist_ok=True)
    Path(f"{root}/etc/passwd").write_text("student:x:1000:1000::/tmp:/bin/sh\n")
    linux.enter_root(root)
    linux.mount("none", "/", flags=linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY)


def _is_below_a_link(name: str) -> bool:
    """Then what it leads to has another name, which is shown: a link stays one."""
    return any(os.path.islink(path) and is_in(name, path) for path in readable())


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


# For each kernel


def leave_other_submissions() -> None:
    user, group = os.getuid(), os.getgid()
    spaces = linux.CLONE_NEWUSER | linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWNET
    linux.unshare(spaces | linux.CLONE_NEWIPC | linux.CLONE_NEWUTS | linux.CLONE_NEWCGROUP)
    _map_ids(1000, 1000, user, group)


def mount_own_folders(view: View, folder: str, limits: Limits) -> None:
    """One small file system for /tmp and for shared memory, so that both count. `folder`/files is copied."""
    linux.mount("none", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    size = f"size={limits.folder_bytes},nr_inodes=10000,mode=700"
    linux.mount("tmpfs", OWN, "tmpfs", OWN_FLAGS, size)
    os.mkdir(f"{OWN}/tmp", 0o700)
    os.mkdir(f"{OWN}/shm", 0o700)
    for path in filter(os.path.exists, [*readable(), PACKAGE]):
        if is_in(path, "/tmp") and not os.path.islink(path):  # Python itself, which would be covered
            _make_target(path, OWN)
            linux.mount(path, OWN + path, flags=linux.MS_BIND | linux.MS_REC)
        elif is_in(path, "/tmp"):
            os.makedirs(os.path.dirname(OWN + path), exist_ok=True)
            os.symlink(os.readlink(path), OWN + path)
    os.makedirs(OWN + WORK, exist_ok=True)
    if os.path.isdir(f"{folder}/files"):
        shutil.copytree(f"{folder}/files", OWN + WORK, dirs_exist_ok=True)
    linux.mount("tmpfs", view.run_folder, "tmpfs", linux.MS_RDONLY, "size=4k")
    linux.mount(f"{OWN}/tmp", "/tmp", flags=linux.MS_BIND | linux.MS_REC)
    linux.mount(f"{OWN}/shm", "/dev/shm", flags=linux.MS_BIND)
    try:
        linux.mount("proc", "/proc", "proc", OWN_FLAGS | linux.MS_NOEXEC)
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
    except OSError:  # a container that masks parts of /proc: then there is none at all
        linux.mount("tmpfs", "/proc", "tmpfs", linux.MS_RDONLY, "size=4k")
