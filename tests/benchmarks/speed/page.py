"""The table: printed, and as docs/speed.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from revgraph.cores import usable_cores
from tests.benchmarks.speed.works import WORKS

PAGE = Path(__file__).parents[3] / "docs" / "speed.md"
COLUMNS = ("eager", "compile", "jax", "by hand", "on jax")
HEADS = {"on jax": "on JAX / jax"}
AIMS = {"on jax": 1.1}  # in place of 1
LOST = {
    "eager": "{} times as long as PyTorch",
    "compile": "{} times as long as torch.compile",
    "jax": "{} times as long as jax.jit",
    "by hand": "{} times as long as that by hand",
    "on jax": "computed by JAX {} times as long as JAX by hand",
}

INTRODUCTION = """\
# Speed

revgraph computes with NumPy alone. This page says how long its programs take beside the same work in PyTorch
({torch}, eager), in torch.compile and in jax.jit ({jax}). `make bench` measures it and writes the page.

**A number below 1 means that revgraph is faster**: it is our time over theirs. Numbers above 1 are bold.
The column "on JAX / jax" is about [the other engine](engines.md): the same programs of revgraph, computed by
JAX, over JAX by hand; there a number above 1.1 is bold.

Measured {date} on {machine}, with Python {python} and NumPy {numpy}.
"""

# Measured by hand: a run tells of its own machine alone.
BESIDE = """
Where a processor lacks AVX-512, NumPy takes the `exp` of float64 one number at a time, and what needs it
loses more. On two cores of an AMD EPYC without it, on 2026-11-28, the transformer block took 1.08 times as
long as PyTorch and 0.97 times as long as jax.jit in float32, 1.05 and 1.48 in float64; a step of the larger
GPT 1.41 and 0.55, 0.99 and 0.66; softmax + cross-entropy of 10 classes 1.01 and 1.32, 1.02 and 1.18, of 5,000
classes 0.67 and 1.21, 0.81 and 1.70. Each is a median of 9 or 15 turns; the machine's own speed varied by
half.
"""

WHY = """
NumPy goes through memory once for each operation, on one core; only its products of matrices take several.
revgraph lets it do less: fewer passes, results written over what nobody reads any more, and large work by
blocks of rows that stay in the cache, in as many threads as there are cores. Where a work is little
arithmetic on arrays of a few megabytes, as in normalization, PyTorch and JAX do all of it in one or two
passes on all cores, and win.
"""

METHOD = """
## How it is measured

Each engine runs in a process of its own, with the threads and the kernels that its libraries take by
themselves: settings such as OPENBLAS_CORETYPE are dropped. All start from the same arrays, and their results
are compared before anything is timed. Then they take turns, in which the others stand still, stopped by
signals, since threads that wait in a loop would take a core: an engine works {settle:.0f} ms unmeasured, and
then does the work as often as fits into about {turn:.0f} ms of our own time. A ratio is the median of the
ratios of turns that followed each other, over {rounds} rounds; a time is a median too. What is compiled is
compiled before.

- A step is forward, backward and the update by Adam; the others are forward and backward, by the inputs and
  the weights, for a given gradient of the result. `predict` is forward alone.
- PyTorch is written as modules and functions, with its own attention, its own losses, and images in its own
  order of axes. Compiled, it is the same through `torch.compile`, the optimizer's step too.
- JAX is written by hand as one jitted function a step, whose weights and moments are donated. Its inputs lie
  at the device before the clock runs, and its results stay there. What revgraph has JAX compute is fed
  NumPy's arrays, which JAX copies unless they begin at a multiple of 64 bytes, as large variables do; it
  checks labels and indices, and gives NumPy's arrays, those below a megabyte as copies. `predict` and small
  works pay for that.
- In the row of scalars PyTorch computes with tensors of one number, and by hand is a scalar engine of forty
  lines; in the row of the XOR net by hand is plain NumPy.
- Memory is the highest that Linux reports of the process during preparation and a few calls, over what it was
  before; it counts what the engine itself loads at its first call.
"""


def machine() -> str:
    """The processor, how many of it, the memory, the system."""
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    names = [line.split(":")[1].strip() for line in info.splitlines() if line.startswith("model name")]
    gigabytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    name = names[0] if names else platform.processor()
    return f"{usable_cores()} cores of {name}, {gigabytes:.0f} GB, {platform.system()}"


def is_lost(column: str, value: float) -> bool:
    return round(value, 2) > AIMS.get(column, 1)


def ratio_text(value: float | None, column: str = "") -> str:
    if value is None:
        return ""
    return f"**{value:.2f}**" if is_lost(column, value) else f"{value:.2f}"


def rows(results: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """A row for each work and dtype that was measured."""
    for name, work in WORKS.items():
        for dtype in work.dtypes:
            found = results.get(f"{name} {dtype}")
            if found:
                peaks = found.get("memory")
                share = ratio_text(peaks["revgraph"] / peaks["eager"]) if peaks else ""
                ratios = [ratio_text(found["ratios"].get(column), column) for column in COLUMNS]
                yield work.title, dtype, f"{found['times']['revgraph']:.3g} ms", *ratios, share


def table(results: dict[str, Any]) -> str:
    columns = [HEADS.get(column, column) for column in COLUMNS]
    heads = ("", "dtype", "revgraph", *columns, "memory / eager")
    lines = [heads, ("---",) * len(heads), *rows(results)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def text(results: dict[str, Any]) -> str:
    """What was found, as lines in a terminal."""
    alone = [line for found in results.values() for line in found.get("lines", ())]
    lines = [f"{what:<62} {value:>10}   at most {aim or '-'}" for what, aim, value in alone]
    for title, dtype, own, *ratios, memory in rows(results):
        against = "".join(
            f"{ratio:>10} {column:<8}" for ratio, column in zip(ratios, COLUMNS, strict=True) if ratio
        )
        lines.append(f"{title:<62} {dtype} {own:>10}{against}  memory {memory}")
    return "\n".join(lines)


def losses(results: dict[str, Any]) -> Iterator[str]:
    for name, work in WORKS.items():
        for dtype in work.dtypes:
            for rival, value in results.get(f"{name} {dtype}", {}).get("ratios", {}).items():
                if is_lost(rival, value):
                    yield f"- {work.title}, {dtype}: {LOST[rival].format(f'{value:.2f}')}"


def alone_table(lines: list[list[str]]) -> str:
    head = "| | at most | measured |\n| --- | --- | --- |\n"
    return head + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def rounds_of(results: dict[str, Any]) -> str:
    """How many rounds the rows were measured in."""
    counts = sorted({found["rounds"] for found in results.values() if "rounds" in found})
    return " to ".join(dict.fromkeys(str(count) for count in (counts[0], counts[-1])))


def missing_text(results: dict[str, Any]) -> str:
    """A line that names the works that no run has measured."""
    found = {key.split()[0] for key in results}
    titles = [work.title for name, work in WORKS.items() if name not in found]
    return f"\nNot measured by this run: {'; '.join(titles)}.\n" if titles else ""


def page(results: dict[str, Any], settle: float, turn: float) -> str:
    dates = sorted({found["date"] for found in results.values()})
    introduction = INTRODUCTION.format(
        torch=version("torch"), jax=version("jax"), numpy=version("numpy"), python=platform.python_version(),
        date=dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}", machine=machine(),
    )  # fmt: skip
    lost = "\n".join(losses(results)) or "Nowhere, of what was measured."
    alone = [line for found in results.values() for line in found.get("lines", ())]
    return "\n".join([
        introduction + BESIDE, table(results), missing_text(results), "## Where revgraph loses\n", lost, WHY,
        *(["## Beside itself\n", alone_table(alone)] if alone else []),
        METHOD.format(settle=1e3 * settle, turn=1e3 * turn, rounds=rounds_of(results)),
    ])  # fmt: skip
