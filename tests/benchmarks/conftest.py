"""Work beside its rivals in the same minute, and after the benchmarks a table of what each took."""

import time
from statistics import median

import pytest


@pytest.fixture
def beside(benchmark, request):
    """`beside(own, rivals, rounds, steps)`: measure a function and, in turns with it, its rivals.

    Machines speed up and slow down: in turns they do so for all. Before a measured turn each works
    unmeasured, so that the threads of the one before have come to rest. A turn takes `steps` calls.
    """

    def measure(own, rivals, rounds, steps=1):
        times = {name: [] for name in rivals}

        def turn(work):
            for _ in range(steps):
                work()

        def setup():
            for name, rival in rivals.items():
                turn(rival)
                start = time.perf_counter()
                turn(rival)
                times[name].append(time.perf_counter() - start)
            turn(own)

        benchmark.pedantic(turn, (own,), setup=setup, rounds=rounds)
        benchmark.extra_info |= {"rivals": times, "steps": steps}

    return measure


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    session = getattr(config, "_benchmarksession", None)
    benchmarks = getattr(session, "benchmarks", ())
    compare(terminalreporter, [bench for bench in benchmarks if "rivals" in bench.extra_info])
    report_accuracies(terminalreporter, [bench for bench in benchmarks if "accuracy" in bench.extra_info])


def compare(terminalreporter, measured):
    if not measured:
        return
    terminalreporter.section("medians, and the median of the ratios of turns that followed each other")
    for bench in measured:
        own, steps = bench.stats.data, bench.extra_info["steps"]
        work = bench.name.removeprefix("test_")
        terminalreporter.write_line(f"{work:<46} {'revgraph':<14} {1e3 * median(own) / steps:10.3f} ms")
        for rival, times in bench.extra_info["rivals"].items():
            ratio = median(one / other for one, other in zip(own, times, strict=True))
            line = f"{work:<46} {rival:<14} {1e3 * median(times) / steps:10.3f} ms  {ratio:6.2f} of its time"
            terminalreporter.write_line(line)


def report_accuracies(terminalreporter, trained):
    if not trained:
        return
    terminalreporter.section("accuracy on what was never seen, and the time of the training")
    for bench in trained:
        work, seconds = bench.name.removeprefix("test_"), bench.stats.data[0]
        terminalreporter.write_line(f"{work:<46} {bench.extra_info['accuracy']:8.2%} {seconds:10.2f} s")
    total = sum(bench.stats.data[0] for bench in trained)
    worst = min(bench.extra_info["accuracy"] for bench in trained)
    terminalreporter.write_line(f"{'all together':<46} {worst:8.2%} {total:10.2f} s")
