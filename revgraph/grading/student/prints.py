"""The streams that a kernel prints to, and those of the programs that it starts."""

from __future__ import annotations

import codecs
import io
import math
import os
import select
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from jupyter_client.session import extract_header

INTERVAL = 0.2  # seconds in which what is printed is gathered, as ipykernel does
LARGE = 100_000  # characters that wait for nothing; a pipe holds fewer
Send = Callable[[str, str, dict[str, Any]], object]  # a stream's name, a text, and the request it belongs to


class Prints(io.TextIOBase):
    """What is written here is sent with the request that was served when it was written. So is what other
    programs write to the file `descriptor`, which is a pipe from here on."""

    encoding = "UTF-8"

    def __init__(self, name: str, descriptor: int, send: Send) -> None:
        self.name, self.descriptor, self._send = name, descriptor, send
        self.raw, writing = os.pipe()
        os.set_blocking(self.raw, False)
        os.dup2(writing, descriptor)
        os.close(writing)
        self._others = select.poll()  # whether other programs have written something
        self._others.register(self.raw, select.POLLIN)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._last_request: dict[str, Any] = {}
        self._request: ContextVar[dict[str, Any]] = ContextVar("request")
        self._begin()
        os.register_at_fork(after_in_child=self._begin)

    def _begin(self) -> None:
        """After a fork too: what was printed before is the other process's to send, and its threads may have
        held the lock."""
        self._process = os.getpid()
        self._lock = threading.RLock()
        self._texts: list[tuple[dict[str, Any], list[str]]] = []
        self._size = 0
        self.wake: Callable[[], object] | None = None  # who flushes in a while: nobody after a fork

    @property
    def parent_header(self) -> dict[str, Any]:
        """Of the request that is served; a thread that a cell has started outlives it."""
        return self._request.get(self._last_request)

    def set_parent(self, parent: dict[str, Any]) -> None:
        self._last_request = extract_header(parent)
        self._request.set(self._last_request)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.descriptor

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        with self._lock:
            if self._others.poll(0):
                self._take_raw()
            is_first = not self._texts
            self._add(text, self.parent_header)
        if self._size > LARGE or (self.wake is None and text.endswith("\n")):
            self.flush()
        elif self.wake and is_first:
            self.wake()
        return len(text)

    def flush(self) -> None:
        """The lock is held until it is sent: no thread sends what was printed later before."""
        with self._lock:
            self._take_raw()
            texts, self._texts, self._size = self._texts, [], 0
            for request, parts in texts:
                self._send(self.name, "".join(parts), request)

    def gather(self) -> None:
        """Take what other programs have written so far into its place among what is printed."""
        with self._lock:
            self._take_raw()
            if self._size > LARGE:
                self.flush()

    def _take_raw(self) -> None:
        while self._size <= LARGE and (data := self._read()):
            self._add(self._decoder.decode(data), self._last_request)

    def _add(self, text: str, request: dict[str, Any]) -> None:
        if not self._texts or self._texts[-1][0] is not request:
            self._texts.append((request, []))
        self._texts[-1][1].append(text)
        self._size += len(text)

    def _read(self) -> bytes:
        try:
            return os.read(self.raw, LARGE) if os.getpid() == self._process else b""
        except OSError:  # nothing, or a cell has closed the pipe
            return b""


def flush_in_a_while(streams: list[Prints]) -> None:
    """From now on, however long a cell goes on: start the thread that does it."""
    woken, waking = os.pipe()
    for stream in streams:
        stream.wake = lambda: os.write(waking, b"!")
    threading.Thread(target=_flush_for_ever, args=(streams, woken), daemon=True).start()


def _flush_for_ever(streams: list[Prints], woken: int) -> None:
    poll = select.poll()
    for source in (woken, *(stream.raw for stream in streams)):
        poll.register(source, select.POLLIN)
    due = math.inf
    while True:
        if (left := due - time.monotonic()) <= 0:
            left = due = math.inf
            for stream in streams:
                stream.flush()
        ready = dict(poll.poll(None if left == math.inf else 1000 * left))
        for source in [source for source, event in ready.items() if not event & select.POLLIN]:
            poll.unregister(source)  # a cell has closed it
        if woken in ready:
            os.read(woken, 1 << 10)
        for stream in streams:
            if stream.raw in ready:
                stream.gather()
        due = min(due, time.monotonic() + INTERVAL) if ready else due
