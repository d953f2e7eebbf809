"""What submissions see of this machine: the system's libraries, Python, and a package without answers."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
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
    `hidden` folders hold nothing but what Python needs, should it lie in them."""

    run_folder: str
    package: str
    hidden: tuple[str, ...] = ()

    def masked(self) -> list[str]:
        """The hidden folders that a submission would see: they lie inside a folder that is shown."""
        return [
            path for path in self.hidden if os.path.isdir(path) and any(is_in(path, f) for f in readable())
        ]

    def shown_again(self) -> list[str]:
        """What is needed of the masked folders."""
        return [path for path in readable() if any(is_in(path, folder) for folder in self.masked())]


def readable() -> list[str]:
    """What a notebook needs to read: the system's libraries, and this Python with its packages.

    Of Python's own folder only the parts that Python knows: a course may lie in it, with its `.git` and all.
    """
    prefixes = dict.fromkeys([sys.prefix, sys.base_prefix, sys.exec_prefix])
    python = [os.path.join(prefix, part) for prefix in prefixes for part in PYTHON]
    packages = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    return [path for path in dict.fromkeys([*SYSTEM, *python, *packages]) if os.path.exists(path)]


def is_in(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies below it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
