"""After the benchmarks of the capstone and of the GPT, a table of what they have reached."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    session = getattr(config, "_benchmarksession", None)
    benchmarks = getattr(session, "benchmarks", ())
    report_accuracies(terminalreporter, [bench for bench in benchmarks if "accuracy" in bench.extra_info])
    report_losses(terminalreporter, [bench for bench in benchmarks if "loss" in bench.extra_info])


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


def report_losses(terminalreporter, trained):
    if not trained:
        return
    bar = trained[0].extra_info["bar"]
    terminalreporter.section(f"loss a letter on text that was never seen, the best 3-gram's being {bar}")
    for bench in trained:
        loss, seconds = bench.extra_info["loss"], bench.stats.data[0]
        terminalreporter.write_line(f"{bench.name.removeprefix('test_'):<46} {loss:8.3f} {seconds:10.2f} s")
