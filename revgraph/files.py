"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

O_BINARY = getattr(os, "O_BINARY", 0)  # Windows would turn every \n into \r\n


def write_atomically(path: Path, content: str | bytes, mode: int = 0o666) -> None:
    """Give `path` this content (text as UTF-8) in one step, replacing what was there.

    Whoever reads it meanwhile, or comes after a crash, finds the old file or the new one, never a part.
    `mode` is that of ``os.open``: what the umask takes away is taken away. The folder must exist.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    part = path.with_name(f".{secrets.token_hex(8)}.part")  # short: a file's name may have 255 bytes at most
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | O_BINARY, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # or a power cut could leave the new name with nothing behind it
        os.replace(part, path)
    except BaseException as error:
        with suppress(OSError):  # a disk that takes no part gives none up either
            part.unlink(missing_ok=True)
        if isinstance(error, OSError):  # nobody knows the part, nor asked for it
            raise OSError(error.errno, error.strerror, str(path)) from None
        raise
