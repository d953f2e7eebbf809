"""What submissions see of this machine: the system's libraries, Python, and a package without answers."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from glob import escape, glob
from pathlib import Path

PACKAGE = str(Path(__file__).parents[2])  # revgraph, as it is installed here
SYSTEM = [
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"),
    *("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime"),
]
PYTHON = ("bin", "lib", "lib32", "lib64", "libexec", "include", "share", "etc", "ssl", "pyvenv.cfg")
DEVICES = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"]


@dataclass(frozen=True)
class View:
    """`run_folder` holds a folder for each kernel; `package` is shown in place of the installed revgraph;
    `hidden` folders hold nothing but what Python needs, should it lie in them, and hidden files nothing."""

    run_folder: str
    package: str
    hidden: tuple[str, ...] = ()

    def layers(self) -> dict[str, bool]:
        """What has to be hidden in what is shown, and what of that has to be shown again, and so on: whether
        each path is shown, from the outside in."""
        hidden = [name for path in self.hidden if os.path.exists(path) for name in names(path)]
        shown = [name for path in readable() for name in (*names(path), *names_of_link(path))]
        wanted = dict.fromkeys(shown, True) | dict.fromkeys(hidden, False)
        found: dict[str, bool] = {}
        for path in sorted(wanted):
            above = [shown for folder, shown in found.items() if is_in(path, folder)]
            if wanted[path] != (above[-1] if above else True):
                found[path] = wanted[path]
        return found

    def closed(self) -> list[str]:
        """The hidden folders and each copy of this package, by their real names."""
        return list(dict.fromkeys(map(os.path.realpath, [*self.hidden, *copies()])))


def names(path: str) -> list[str]:
    """Where a submission would see what lies at `path`: below each folder that is shown, under that one's own
    name and under the name to which it leads."""
    real = os.path.realpath(path)
    shown = {folder: os.path.realpath(folder) for folder in outermost(readable())}
    above = [(folder, whole) for folder, whole in shown.items() if is_in(real, whole)]
    return sorted({start + real[len(whole) :] for folder, whole in above for start in (folder, whole)})


def names_of_link(path: str) -> list[str]:
    """The same of a link itself, and not of what it leads to."""
    folder, name = os.path.split(path)
    return [f"{known}/{name}" for known in names(folder)] if os.path.islink(path) else []


def package_names() -> list[str]:
    """Where a submission would see the answers: in this package, and in others that are installed here."""
    elsewhere = [] if names(PACKAGE) else [PACKAGE]
    return sorted({*elsewhere, *(name for copy in copies() for name in names(copy))})


def copies() -> list[str]:
    """This package, and each that another Python here has installed."""
    prefixes = [sys.prefix, sys.base_prefix, sys.exec_prefix, "/usr", "/usr/local"]
    patterns = [f"{escape(one)}/lib*/python3*/*-packages/revgraph" for one in prefixes]
    patterns += [f"{escape(path)}/revgraph" for path in sys.path if path.endswith("-packages")]
    return list(dict.fromkeys([PACKAGE, *(found for pattern in patterns for found in glob(pattern))]))


def readable() -> list[str]:
    """What a notebook needs to read: the system's libraries, and this Python with its packages.

    Of Python's own folder only the parts that Python knows: a course may lie in it, with its `.git` and all.
    """
    prefixes = dict.fromkeys([sys.prefix, sys.base_prefix, sys.exec_prefix])
    python = [os.path.join(prefix, part) for prefix in prefixes for part in PYTHON]
    packages = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    return [path for path in dict.fromkeys([*SYSTEM, *python, *packages]) if os.path.exists(path)]


def outermost(paths: list[str]) -> list[str]:
    """Those that lie in no other one."""
    return [path for path in paths if not any(is_in(path, other) for other in paths if other != path)]


def is_in(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
