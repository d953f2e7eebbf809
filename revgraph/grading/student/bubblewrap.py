"""The warm process inside bubblewrap, for machines where Python may not make namespaces itself.

bwrap may be installed setuid, or be allowed by name in a security policy (Ubuntu's AppArmor does that), where
an ordinary program is refused. It can only wrap the warm process as a whole: what is forked from it shares
the namespaces, and Landlock and seccomp have to keep kernels apart from each other.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from revgraph.grading.student.view import DEVICES, View, is_in, outermost, package_names, readable

PATIENCE = 20  # seconds for a program that does nothing


def find(view: View) -> list[str]:
    """The command to put in front of another one; empty where bwrap is missing or does not work.

    Every account of the machine can read a command line, and must not learn there where the course lies. So
    bwrap reads its arguments from a file without a name, which the process that runs the command holds open.
    """
    program = shutil.which("bwrap")
    if program is None:
        return []
    arguments = os.memfd_create("arguments", flags=0)
    os.write(arguments, b"".join(os.fsencode(part) + b"\0" for part in (*_namespaces(), *_root(view))))
    command = [program, "--args", str(arguments)]
    if _works(command, arguments):
        return command
    os.close(arguments)
    return []


def _works(command: list[str], arguments: int) -> bool:
    os.lseek(arguments, 0, os.SEEK_SET)
    try:
        tried = subprocess.run(
            [*command, "true"], capture_output=True, timeout=PATIENCE, pass_fds=[arguments]
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    os.lseek(arguments, 0, os.SEEK_SET)
    return tried.returncode == 0


def _namespaces() -> list[str]:
    """Root keeps what it takes to become nobody, and gives it up at once; others get a user namespace."""
    account = ["--unshare-user-try"]
    if os.getuid() == 0:
        account = [part for name in ("SETUID", "SETGID", "SETPCAP") for part in ("--cap-add", f"CAP_{name}")]
    spaces = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    return ["--die-with-parent", *account, *spaces]


def _root(view: View) -> list[str]:
    """What mounts.py shows in a root of its own, in bwrap's words."""
    shown, layers, packages = sorted(outermost(readable())), view.layers(), package_names()
    masked = [path for path, is_shown in layers.items() if not is_shown]
    parts = [part for path in shown for part in ("--ro-bind", path, path)]
    for path, is_shown in layers.items():
        how = ["--symlink", os.readlink(path)] if os.path.islink(path) else ["--ro-bind", path]
        show = [*_open_folders([path], masked), *how, path]
        hide = ["--perms", "0755", "--tmpfs"] if os.path.isdir(path) else ["--ro-bind", "/dev/null"]
        parts += show if is_shown else [*hide, path]
    for name in packages:
        parts += [*_open_folders([name], masked), "--ro-bind", view.package, name]
    parts += [part for path in DEVICES for part in ("--dev-bind", path, path)]
    parts += [*_open_folders([view.run_folder], masked), "--bind", view.run_folder, view.run_folder]
    parts += [part for path in masked for part in ("--remount-ro", path)]
    parts += ["--proc", "/proc", "--remount-ro", "/"]
    return [*_open_folders([*shown, *DEVICES, *packages, view.run_folder]), *parts]


def _open_folders(paths: list[str], within: Sequence[str] = ("/",)) -> list[str]:
    """The folders above `paths`, which bwrap would make readable for this account alone."""
    above = {str(folder) for path in paths for folder in Path(path).parents} - set(within)
    inside = sorted(path for path in above if any(is_in(path, folder) for folder in within))
    return [part for folder in inside for part in ("--perms", "0755", "--dir", folder)]
