"""Time as a student's kernel has had it, on a machine that others keep busy.

A wait by the wall clock would cost an honest student points whenever the machine is slow: the kernel waits
for a processor, this process does, or both are stopped. So waits go on in ticks. A tick that comes late
counts as one tick, and what the kernel had to wait for a processor is taken off. A kernel that makes itself
wait gains little: all waits together have an end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

SLOWER = 5  # times longer than alone may a submission take, whatever others do
TICK = 0.5  # seconds
SOON = 0.05  # the first tick: what is done by then is not worth a look at how busy the machine is


class Clock:
    """`waited()` are the seconds that the kernel has waited for a processor; `seconds` are for all waits."""

    def __init__(self, waited: Callable[[], float], seconds: float) -> None:
        self.waited = waited
        self.left, self.longest = seconds, SLOWER * seconds

    async def comes(self, one: asyncio.Future[Any], seconds: float, or_fails: Any = None) -> bool:
        """Whether `one` is done before the kernel has had `seconds`. Raises what `or_fails`, another future,
        fails with meanwhile, and TimeoutError where the time for all waits is over."""
        left, tick = seconds, SOON
        while left > 0 and not one.done():
            if self.left <= 0 or self.longest <= 0:
                raise TimeoutError
            passed, had = await self._tick(one, or_fails, min(left, tick))
            left, tick = left - had, TICK
            self.left, self.longest = self.left - had, self.longest - passed
        return one.done()

    async def _tick(self, one: asyncio.Future[Any], or_fails: Any, tick: float) -> tuple[float, float]:
        """Seconds that have passed in it, and those that the kernel has had of them."""
        begun, before = time.monotonic(), self.waited() if tick > SOON else 0.0
        coming = {one} if or_fails is None or or_fails.done() else {one, or_fails}
        await asyncio.wait(coming, timeout=tick, return_when=asyncio.FIRST_COMPLETED)
        if or_fails is not None and or_fails.done():
            or_fails.result()
        passed = min(time.monotonic() - begun, tick)
        if tick <= SOON:
            return passed, passed
        waited = max(0.0, self.waited() - before)  # less than before where a thread that had waited is gone
        return passed, max(0.0, passed - waited)
