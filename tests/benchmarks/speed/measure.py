"""Turns, ratios and peak memory: every engine in a process of its own, all in the same minute.

Machines speed up and slow down: in turns they do so for all. A row's ratio is the median of the ratios of
turns that followed each other.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

PROJECT = Path(__file__).parents[3]
CACHE = PROJECT / "build" / "bench"
ROUNDS, TURN = 15, 0.05  # how many turns each takes, and for how many seconds of our own work
# Settings whose names begin so change what a library takes by itself, or have what no installer compiled be
# compiled anew at each start: nothing is measured with them.
NOT_AS_IT_COMES = ("OPENBLAS_", "OMP_", "MKL_", "PYTHONDONTWRITEBYTECODE")
TOLERANCE = {"float32": 2e-2, "float64": 1e-3}  # where a sum of absolute values is compared
ROUNDING = 1e-2  # up to which such a sum may be that of zeros, but for rounding


def surroundings() -> dict[str, str]:
    """The environment of what is measured: a library takes the kernels and threads that it takes by itself.

    A setting such as OPENBLAS_CORETYPE=Haswell, which some machines bring along, halves NumPy's products on
    a processor that has AVX-512, and leaves PyTorch's and JAX's as they are.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_AS_IT_COMES)}
    return inherited | {
        "TORCHINDUCTOR_CACHE_DIR": str(CACHE / "inductor"),
        "REVGRAPH_BENCH_CACHE": str(CACHE / "jax"),
    }


class Engine:
    """A worker, and the last request to it, which may still be under way."""

    def __init__(self, name: str) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.speed.worker", name]
        pipe = subprocess.PIPE
        self.name = name
        self.process = subprocess.Popen(
            command, cwd=PROJECT, env=surroundings(), stdin=pipe, stdout=pipe, text=True
        )

    def ask(self, **request: Any) -> None:
        assert self.process.stdin
        print(json.dumps(request), file=self.process.stdin, flush=True)

    def answer(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process of {self.name} ended: what it says stands above")
        return json.loads(line)

    def turn(self, calls: int) -> float:
        """The seconds that so many calls take, after which the process stands still until its next turn.

        Threads of BLAS wait in a loop for their next work, for a tenth of a second: they would take a core
        from the engine whose turn comes then, and PyTorch's convolution twice its time.
        """
        self.process.send_signal(signal.SIGCONT)
        self.ask(turn=calls)
        seconds = self.answer()
        self.stand_still()
        return seconds

    def stand_still(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: Any) -> None:
        assert self.process.stdin
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait()


def compared(name: str, dtype: str, rivals: Sequence[str], rounds: int = ROUNDS) -> dict[str, Any]:
    """One row at one dtype: each engine's milliseconds, and our time over each rival's; of our programs that
    JAX computes, their time over that of JAX by hand."""
    with ExitStack() as stack:
        engines = [stack.enter_context(Engine(engine)) for engine in ("revgraph", *rivals)]
        for engine in engines:
            engine.ask(prepare=name, dtype=dtype)
        require_agreement(name, dtype, {engine.name: engine.answer() for engine in engines})
        for engine in engines:
            engine.stand_still()
        calls = max(1, round(TURN / max(1e-9, engines[0].turn(1))))
        turns = [[engine.turn(calls) for engine in engines] for _ in range(rounds)]
    times = {e.name: 1e3 * median(turn[i] for turn in turns) / calls for i, e in enumerate(engines)}
    names = [engine.name for engine in engines]
    pairs = {name: ("revgraph", name) for name in rivals} | {"on jax": ("on jax", "jax")}
    ratios = {
        name: median(turn[names.index(a)] / turn[names.index(b)] for turn in turns)
        for name, (a, b) in pairs.items()
        if {a, b} <= {*names}
    }
    return {"times": times, "ratios": ratios}


def require_agreement(name: str, dtype: str, results: dict[str, list[float]]) -> None:
    """Raise unless all engines computed the same."""
    ours = results["revgraph"]
    for engine, theirs in results.items():
        for a, b in zip(ours, theirs, strict=True):
            if abs(a - b) > TOLERANCE[dtype] * max(abs(a), abs(b), ROUNDING):
                raise AssertionError(f"{name}, {dtype}: {engine} gives {theirs}, revgraph {ours}")


def peak_memory(name: str, dtype: str) -> dict[str, float]:
    """The MB that preparing a work and three calls take at most, in ours and in eager PyTorch."""
    peaks = {}
    for engine_name in ("revgraph", "eager"):
        with Engine(engine_name) as engine:
            engine.ask(prepare=name, dtype=dtype)
            engine.answer()
            engine.ask(memory=3)
            peaks[engine_name] = engine.answer()
    return peaks
