"""How much can be done at the same time."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """The cores that this process may use; on a shared machine these are fewer than it has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
