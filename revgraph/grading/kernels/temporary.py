"""Temporary folders that are gone in the end even where their owner was killed: the next run removes them.

The warm process could not do so as its last act: isolated it may be another account, and the folder a
mount. So each folder holds a locked file. The lock ends with its owner, however that ends, and a folder whose
lock is free is abandoned.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from glob import escape, glob
from pathlib import Path

from revgraph.grading.student.isolation import remove

PREFIX = "revgraph-"
LOCK = "revgraph.lock"
LONGEST_PATH = 60  # bytes: a socket's whole path may have 107, and ours lie two folders deeper


class TemporaryFolder:
    """There until `remove` is called, or this process has ended and another folder is made."""

    def __init__(self) -> None:
        remove_abandoned()
        self.name = tempfile.mkdtemp(prefix=PREFIX, dir=temporary_root())
        self._lock = Path(self.name, "unlocked").open("w")  # noqa: SIM115 (locked as long as it is open)
        with contextlib.suppress(OSError):  # some file systems know no locks: what is left there stays
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            os.rename(self._lock.name, Path(self.name, LOCK))  # by this name it was never unlocked

    def remove(self) -> None:
        remove(self.name)
        self._lock.close()


def temporary_root() -> str:
    """The folder for temporary ones: the usual one, unless its path is too long for the sockets in them.

    Raises OSError where no folder will do.
    """
    places = [tempfile.gettempdir(), "/tmp", "/var/tmp"]
    for path in places:
        if len(os.fsencode(path)) <= LONGEST_PATH and os.access(path, os.W_OK | os.X_OK):
            return path
    raise OSError(
        f"no folder for temporary files, with a path of at most {LONGEST_PATH} bytes, among {places}"
    )


def remove_abandoned() -> None:
    """Remove the temporary folders that killed runs of this account have left."""
    for path in glob(f"{escape(temporary_root())}/{PREFIX}*/{LOCK}"):
        folder = os.path.dirname(path)
        with contextlib.suppress(OSError):  # its owner lives, or another run removes it just now
            if os.lstat(folder).st_uid == os.geteuid():
                with open(path, "r+") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    remove(folder)
