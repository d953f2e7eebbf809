"""After the benchmarks, a table: what each took beside its rivals in the same run."""

from collections import defaultdict

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    session = getattr(config, "_benchmarksession", None)
    rivals: dict[str, dict[str, float]] = defaultdict(dict)
    for bench in getattr(session, "benchmarks", ()):
        options = dict(bench.params or {})
        engine = str(options.pop("engine", ""))
        if engine:
            work = " ".join([bench.name.split("[")[0].removeprefix("test_"), *map(str, options.values())])
            rivals[work][engine] = bench.stats.median
    if not rivals:
        return
    terminalreporter.section("medians in one run")
    for work, medians in rivals.items():
        own = medians.get("revgraph")
        for engine, median in medians.items():
            ratio = f"{own / median:6.2f} of its time" if own and engine != "revgraph" else ""
            terminalreporter.write_line(f"{work:<44} {engine:<14} {1e3 * median:10.3f} ms   {ratio}")
