"""A process for one engine. It reads a request a line, and answers each with a line, both JSON.

{"prepare": "lenet", "dtype": "float32"}    → what the first calls gave, in a few numbers
{"turn": 20}                                → the seconds that 20 calls took, after others not measured
{"memory": 3}                               → the highest MB in use during 3 calls, over those before
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from revgraph.grading.student.processes import die_with_parent
from tests.benchmarks.speed.works import WORKS, arrays_of

ENGINES = {
    "revgraph": ("ours", "STEPS"),
    "eager": ("with_torch", "EAGER"),
    "compile": ("with_torch", "COMPILED"),
    "jax": ("with_jax", "STEPS"),
    "on jax": ("on_jax", "STEPS"),
    "by hand": ("by_hand", "STEPS"),
}

SETTLE = 0.03  # seconds of work before a measured turn, in which caches fill and threads wake up


def steps_of(engine: str) -> dict[str, Callable[[Any], Callable[[], Any]]]:
    module, name = ENGINES[engine]
    return getattr(import_module(f"tests.benchmarks.speed.{module}"), name)


def print_of(result: Any) -> list[float]:
    """Numbers that equal results share, in whatever order their axes lie: the sums of absolute values."""
    parts = result if isinstance(result, tuple | list) else [result]
    arrays = (np.asarray(part.detach() if hasattr(part, "detach") else part) for part in parts)
    return sorted(float(np.abs(array).sum()) for array in arrays)


def memory(key: str) -> float:
    """What Linux reports of this process, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key)) / 1024


class Worker:
    def __init__(self, engine: str) -> None:
        self.steps = steps_of(engine)
        self.step: Callable[[], Any] = lambda: None

    def prepare(self, name: str, dtype: str) -> list[float]:
        arrays = arrays_of(name, dtype)
        self.before = memory("VmRSS")
        self.step = self.steps[name](arrays)
        first = self.step()
        return print_of([first, self.step(), self.step()] if WORKS[name].trains else first)

    def turn(self, calls: int) -> float:
        begun = time.perf_counter()
        while time.perf_counter() < begun + SETTLE:
            self.step()
        begun = time.perf_counter()
        for _ in range(calls):
            self.step()
        return time.perf_counter() - begun

    def peak(self, calls: int) -> float:
        for _ in range(calls):
            self.step()
        return memory("VmHWM") - self.before

    def answer(self, request: dict[str, Any]) -> Any:
        if "prepare" in request:
            return self.prepare(request["prepare"], request["dtype"])
        return self.turn(request["turn"]) if "turn" in request else self.peak(request["memory"])


def requests() -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in sys.stdin)


if __name__ == "__main__":
    die_with_parent()  # even where it stands still
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a compiler prints is no answer
    worker = Worker(sys.argv[1])
    for request in requests():
        print(json.dumps(worker.answer(request)), file=answers, flush=True)
