"""The command: measure rows, print them, keep what was measured; write the page once every row has been."""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
from typing import Any

from tests.benchmarks.speed import page
from tests.benchmarks.speed.measure import CACHE, PROJECT, ROUNDS, TURN, compared, peak_memory, surroundings
from tests.benchmarks.speed.worker import SETTLE
from tests.benchmarks.speed.works import WORKS

ALONE = ("fit", "compiling", "chains", "flat", "imports", "checks")
KEPT = CACHE / "results.json"

LINES = """
import json, sys
from tests.benchmarks.speed.alone import LINES
print(json.dumps(list(LINES[sys.argv[1]]())))
"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.speed", description=__doc__)
    parser.add_argument("rows", nargs="*", help="names of rows, or how they begin; all by default")
    parser.add_argument("--list", action="store_true", help="the names of all rows")
    parser.add_argument("--dtype", choices=("float32", "float64"), help="only this one")
    parser.add_argument("--engines", default="", help='only these rivals: "eager,compile,jax,on jax"')
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how many turns each engine takes")
    parser.add_argument("--no-memory", action="store_true", help="leave peak memory out")
    return parser.parse_args()


def chosen(given: list[str]) -> list[str]:
    names = [*WORKS, *ALONE]
    unknown = [start for start in given if not any(name.startswith(start) for name in names)]
    if unknown:
        raise SystemExit(f"no row is called {', '.join(unknown)}. There are: {', '.join(names)}")
    return [name for name in names if not given or any(name.startswith(start) for start in given)]


def measured(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """What was found of a row: an entry for each dtype, or one for what stands alone."""
    today = datetime.date.today().isoformat()
    if name in ALONE:
        command = [sys.executable, "-c", LINES, name]
        pipe = subprocess.PIPE
        done = subprocess.run(command, cwd=PROJECT, env=surroundings(), stdout=pipe, text=True, check=True)
        return {name: {"date": today, "lines": json.loads(done.stdout.splitlines()[-1])}}
    found = {}
    for dtype in WORKS[name].dtypes:
        if options.dtype in (None, dtype):
            rivals = [r for r in WORKS[name].rivals if not options.engines or r in options.engines.split(",")]
            entry = {"rounds": options.rounds, **compared(name, dtype, rivals, options.rounds)}
            entry |= {} if options.no_memory else {"memory": peak_memory(name, dtype)}
            found[f"{name} {dtype}"] = {"date": today, **entry}
    return found


def kept_with(found: dict[str, Any]) -> dict[str, Any]:
    """All that was measured so far, and this, written down."""
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    kept |= {key: together(kept.get(key, {}), entry) for key, entry in found.items()}
    CACHE.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps(kept, indent=1))
    return kept


def together(before: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """An entry as it was found now, with the rivals and the memory that only an earlier run measured."""
    merged = before | found
    for part in ("times", "ratios"):
        if part in found:
            merged[part] = before.get(part, {}) | found[part]
    return merged


def main() -> None:
    options = arguments()
    if options.list:
        print(*WORKS, *ALONE, sep="\n")
        return
    for name in chosen(options.rows):
        found = measured(name, options)
        print(page.text(found), flush=True)
        kept = kept_with(found)
    missing = [name for name in (*WORKS, *ALONE) if not any(key.split()[0] == name for key in kept)]
    if missing:
        print(f"docs/speed.md is written once all rows have been measured; missing: {', '.join(missing)}")
    else:
        page.PAGE.write_text(page.page(kept, SETTLE, TURN))
        print(f"written: {page.PAGE}")


main()
