"""Time as a student's kernel has had it, on a machine that others keep busy.

A wait by the wall clock would cost an honest student points whenever the machine is slow: the kernel waits
for a processor, this process does, or both are stopped. So waits go on in ticks. A tick that comes late
counts as one tick, and what the kernel had to wait for a processor is taken off. A kernel that makes itself
wait gains little: all waits together have an end.
"""

from __future__ import annotations

import time
from collections.abc import Callable

SLOWER = 5  # times longer than alone may a submission take, whatever others do
TICK = 0.5  # seconds
SOON = 0.05  # the first tick: what is done by then is not worth a look at how busy the machine is


class Clock:
    """`waited()` are the seconds that the kernel has waited for a processor; `seconds` are for all waits."""

    def __init__(self, waited: Callable[[], float], seconds: float) -> None:
        self.waited = waited
        self.left, self.longest = seconds, SLOWER * seconds

    def comes(self, done: Callable[[], bool], listen: Callable[[float], object], seconds: float) -> bool:
        """Whether `done()` before the kernel has had `seconds`. Meanwhile `listen` is called with the
        longest time that it may wait for something to happen. Raises what `listen` does, and TimeoutError
        where the time for all waits is over."""
        left, tick = seconds, SOON
        while left > 0 and not done():
            if self.left <= 0 or self.longest <= 0:
                raise TimeoutError
            passed, had = self._tick(done, listen, min(left, tick))
            left, tick = left - had, TICK
            self.left, self.longest = self.left - had, self.longest - passed
        return done()

    def _tick(
        self, done: Callable[[], bool], listen: Callable[[float], object], tick: float
    ) -> tuple[float, float]:
        """Seconds that have passed in it, and those that the kernel has had of them."""
        begun, before = time.monotonic(), self.waited() if tick > SOON else 0.0
        passed = 0.0
        while passed < tick and not done():
            listen(tick - passed)
            passed = min(time.monotonic() - begun, tick)
        if tick <= SOON:
            return passed, passed
        waited = max(0.0, self.waited() - before)  # less than before where a thread that had waited is gone
        return passed, max(0.0, passed - waited)
