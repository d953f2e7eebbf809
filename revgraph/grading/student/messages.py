"""Messages between the grader and a kernel: JSON, in the packets of a socket.

A packet is written whole, whoever else writes: a kernel's threads, and the processes that it has started,
print through the same socket. A longer message is cut into parts, each of which names its writer.
"""

from __future__ import annotations

import json
import os
import struct
import threading
from collections.abc import Iterator
from typing import Any

from jupyter_client.jsonutil import json_default

PART = 64_000  # bytes: far less than a socket takes at once
HEAD = struct.Struct("!QQ??")  # the writer's process and thread; whether the message begins, and ends, here
PACKET = PART + HEAD.size
LONGEST = 100_000_000  # bytes of all messages together that are not whole yet
PYTHON = 500  # bytes that Python takes to keep a part, whatever is in it

# Not `json.dumps` and `json.loads`, in whose place a cell may put something else.
_encode = json.JSONEncoder(default=json_default, allow_nan=False).encode
_decode = json.JSONDecoder().decode


class Unreadable(ValueError):
    """What came in is no message, or belongs to one that is too long."""


def packets(message: Any) -> Iterator[bytes]:
    """Raises TypeError and ValueError where it is not JSON."""
    text = _encode(message).encode()
    writer = os.getpid(), threading.get_ident()
    for start in range(0, len(text), PART):
        yield HEAD.pack(*writer, start == 0, start + PART >= len(text)) + text[start : start + PART]


class Incoming:
    """The messages of several writers, of which some are not whole yet."""

    def __init__(self) -> None:
        self._parts: dict[tuple[int, ...], list[bytes]] = {}
        self._size = 0

    def whole(self, packet: bytes) -> list[Any]:
        """The message that ends with this packet, if one does. Raises Unreadable."""
        try:
            *writer, is_first, is_last = HEAD.unpack_from(packet)
        except struct.error:
            raise Unreadable("not a packet of ours") from None
        if is_first:  # what was begun before never ends: its writer was interrupted, or had no memory left
            self._forget(*writer)
        parts = self._parts.setdefault(tuple(writer), [])
        parts.append(packet[HEAD.size :])
        self._size += len(packet) + PYTHON
        if self._size > LONGEST:
            raise Unreadable("too long")
        if not is_last:
            return []
        self._forget(*writer)
        try:
            text = b"".join(parts).decode()
            parts.clear()  # a message of 100 MB need not be here twice
            return [_decode(text)]
        except (ValueError, RecursionError) as error:
            raise Unreadable(type(error).__name__) from None

    def _forget(self, *writer: int) -> None:
        parts = self._parts.pop(writer, [])
        self._size -= sum(len(part) + HEAD.size + PYTHON for part in parts)
