"""What needs no rival, each as a line: what was measured, what it is to be, and the value.

Times here are those of this process's processor, so that other programs disturb them little.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import numpy as np

import revgraph.core as rc
from revgraph import dl
from tests.benchmarks.speed import ours
from tests.benchmarks.speed.worker import memory
from tests.benchmarks.speed.works import LETTERS, WORKS, arrays_of

Line = tuple[str, str, str]  # what, the aim, the value


def seconds(function: Callable[..., Any], *args: Any) -> tuple[Any, float]:
    begun = time.process_time()
    result = function(*args)
    return result, time.process_time() - begun


def ratio(one: Callable[[], Any], other: Callable[[], Any], rounds: int) -> float:
    """How long `one` takes over how long `other` takes, in turns."""
    return median(seconds(one)[1] / seconds(other)[1] for _ in range(rounds))


def fit() -> Iterator[Line]:
    """What training costs beside its steps, and a step beside its program."""
    a = arrays_of("mlp", "float32")
    model = ours.model_of(a, ours.mlp_layers(), dl.categorical_cross_entropy())
    x, y = (np.concatenate([a[name]] * 400) for name in ("x", "y"))

    def steps(order: list[Any]) -> None:
        for place in order:
            model.train_on_batch(x[place], y[place])

    def epoch(shuffle: bool) -> None:
        model.fit(x, y, epochs=1, batch_size=128, verbose=False, shuffle=shuffle)

    in_order = [slice(start, start + 128) for start in range(0, len(x), 128)]
    cost = ratio(lambda: epoch(False), lambda: steps(in_order), 5)
    yield "an epoch of `fit`, 400 batches in order, over its 400 steps", "1.03", f"{cost:.2f}"

    def shuffled() -> list[Any]:
        return np.split(np.random.permutation(len(x)), 400)

    cost = ratio(lambda: epoch(True), lambda: steps(shuffled()), 5)
    yield "the same shuffled, over 400 steps on rows taken by hand", "1.03", f"{cost:.2f}"
    feed = {**model._feed([a["x"]]), model.target: a["y"]}

    def programs() -> None:
        for _ in range(200):
            rc.run(model._step, feed)

    def batches() -> None:
        for _ in range(200):
            model.train_on_batch(a["x"], a["y"])

    yield "a step of a model over its compiled program", "1.05", f"{ratio(batches, programs, 9):.2f}"


def gpt_step(blocks: int, context: int = 32) -> dl.Model:
    """A GPT built, and its step compiled, by a first batch."""
    net = dl.sequential(dl.inputs((None,)), dl.gpt(LETTERS, context, units=64, heads=4, blocks=blocks))
    loss = dl.sparse_categorical_cross_entropy(fold="mean", from_logits=True)
    model = dl.Model(net, loss, dl.adam(), dtype="float32").compile()
    tokens = np.zeros((1, 1))
    model.train_on_batch(tokens, tokens)
    return model


def compiling() -> Iterator[Line]:
    """How long it takes until a network can train."""
    seconds(gpt_step, 2)
    turns = [[seconds(gpt_step, blocks)[1] for blocks in (2, 20)] for _ in range(3)]
    small, growth = median(turn[0] for turn in turns), median(turn[1] / turn[0] for turn in turns)
    yield "the step of a GPT of 2 layers, built, compiled and run once", "1 s", f"{small:.2f} s"
    yield "the same with ten times the layers", "11 times", f"{growth:.1f} times"


def chain(length: int) -> None:
    x = y = rc.variable(1.0)
    for _ in range(length):
        y = y + 1e-5
    nodes = [y, rc.gradients(y, x)]
    rc.run(nodes)
    rc.run(nodes)


def chains() -> Iterator[Line]:
    """A chain of operations built, differentiated, and run twice."""
    chain(10_000)
    turns = []
    for _ in range(3):
        small = median(seconds(chain, 10_000)[1] for _ in range(3))
        turns.append(seconds(chain, 100_000)[1] / small / 10)
    yield "a chain of 100,000 operations over ten of 10,000", "1.2", f"{median(turns):.2f}"
    hundred = seconds(chain, 100_000)[1]
    gc.collect()
    before = memory("VmRSS")
    x = y = rc.variable(1.0)
    begun = time.process_time()
    for _ in range(1_000_000):
        y = y + 1e-5
    node = [y, rc.gradients(y, x)]
    rc.run(node)
    rc.run(node)
    million = time.process_time() - begun
    yield "a chain of a million over ten of 100,000", "1.2", f"{million / hundred / 10:.2f}"
    each = (memory("VmRSS") - before) * 1024 / 1_000_000
    yield "memory of a node of it, its gradient and program included", "1 kB", f"{each:.2f} kB"
    while y.args:  # so long a chain is taken apart from its end
        y = y.args[0]


def flat() -> Iterator[Line]:
    """Memory after many steps and many models."""
    a = arrays_of("xor", "float64")
    step = ours.xor(a)
    grown = [growth_of(step, 20_000), growth_of(lambda: small_model(a), 1_000)]
    yield "memory after 20,000 more steps of a small network", "flat", f"{grown[0]:+.1f} MB"
    yield "memory after 1,000 more small models, each trained a step", "flat", f"{grown[1]:+.1f} MB"


def small_model(a: Any) -> None:
    net = dl.sequential(dl.inputs(2), dl.dense(8, activation="tanh"), dl.dense(2, activation="softmax"))
    dl.Model(net, dl.categorical_cross_entropy(), dl.sgd()).compile().train_on_batch(a["x"], a["y"])


def growth_of(work: Callable[[], Any], times: int) -> float:
    """The MB that `times` calls leave behind, after a tenth of them went before."""
    for _ in range(times // 10):
        work()
    gc.collect()
    before = memory("VmRSS")
    for _ in range(times):
        work()
    gc.collect()
    return memory("VmRSS") - before


def processor_time(code: str) -> float:
    """The least that five processes take which run this code."""
    script = f"import time; {code}; print(time.process_time())"
    runs = [subprocess.run([sys.executable, "-c", script], capture_output=True, check=True) for _ in range(5)]
    return min(float(run.stdout.split()[-1]) for run in runs)


def imports() -> Iterator[Line]:
    numpy, core = processor_time("import numpy"), processor_time("import revgraph.core")
    checks = processor_time("import revgraph.checks")
    yield "`import revgraph.core` over `import numpy`", "", f"{core / numpy:.2f}"
    yield "`import revgraph.checks`", "0.6 s", f"{checks:.2f} s"


def checking() -> Iterator[Line]:
    """Each exercise's check of a right answer, as a learner meets it."""
    from revgraph.checks import exercises

    found = {exercise.name: check_time(exercise) for exercise in exercises().values()}
    slow = sorted((name for name in found if found[name] > 0.3), key=found.__getitem__, reverse=True)
    names = ", ".join(f"{name} {found[name]:.2f} s" for name in slow) or "none"
    yield f"checks of {len(found)} exercises above 0.3 s", "none", names
    yield "the median check", "", f"{1e3 * median(found.values()):.0f} ms"
    begun = "from revgraph.checks import progress; from contextlib import redirect_stdout; import io"
    with_progress = processor_time(f"{begun}; progress()")
    yield "`progress()`, once imported", "0.1 s", f"{with_progress - processor_time(begun):.2f} s"


def check_time(exercise: Any) -> float:
    """The quickest of three: in a notebook, the first one includes what Python loads only once."""
    answer = exercise.reference
    exercise.judge(answer)
    return min(seconds(exercise.judge, answer)[1] for _ in range(2))


LINES: dict[str, Callable[[], Iterator[Line]]] = {
    "fit": fit,
    "compiling": compiling,
    "chains": chains,
    "flat": flat,
    "imports": imports,
    "checks": checking,
}

assert not LINES.keys() & WORKS.keys()
