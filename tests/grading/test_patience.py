"""A busy machine costs nobody points: waits count the time that a kernel has had, and no output is lost."""

import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import pytest

from revgraph.grading import patience, runner, worker
from revgraph.grading.bounded import Ended, in_a_process
from revgraph.grading.kernels.isolated import IsolatedKernel
from revgraph.grading.patience import Clock
from revgraph.grading.schedule import on_this_machine
from revgraph.grading.source import Source
from revgraph.grading.student.limits import Limits
from revgraph.grading.submission.read import Loaded, Submission
from revgraph.grading.worker import Setting, run_and_judge, start_warm_process

from . import corpus
from .conftest import LIMITS


def never_comes(clock, seconds):
    """How long one waits for what never comes, which has to be in vain."""
    begun = time.monotonic()
    assert not clock.comes(lambda: False, time.sleep, seconds)
    return time.monotonic() - begun


def test_what_a_kernel_had_to_wait_for_is_not_counted():
    begun = time.monotonic()
    half = Clock(lambda: (time.monotonic() - begun) / 2, 100)
    assert 1.9 < never_comes(half, 1) < 4
    assert 98 < half.left < 99.2


def test_a_thread_that_ends_takes_no_time_from_the_others():
    """What it had to wait for is not to be seen any more."""
    clock = Clock(iter([9.0, 0.0] * 99).__next__, 100)
    never_comes(clock, 1.2)
    assert 98 < clock.left < 99.5


def test_what_a_kernel_has_started_waits_for_a_processor_too():
    """Two that compute on one processor: each has to wait, while the one who started them only sleeps."""
    only = f"import os; os.sched_setaffinity(0, {{{min(os.sched_getaffinity(0))}}})\nwhile True: pass"
    script = (
        "import subprocess, sys, time\n"
        f"both = [subprocess.Popen([sys.executable, '-c', {only!r}]) for _ in range(2)]\ntime.sleep(60)"
    )
    started = subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
    kernel = SimpleNamespace(_handle=os.pidfd_open(started.pid))
    waited, looks = 0.0, iter(range(100))
    while waited < 0.3 and next(looks, None) is not None:
        time.sleep(0.1)
        waited = IsolatedKernel.waited(kernel)
    os.killpg(started.pid, signal.SIGKILL)  # all at once: one that it starts meanwhile would never end
    started.wait()
    os.close(kernel._handle)
    assert waited > 0.3


def test_others_make_nothing_last_without_end():
    starved = Clock(time.monotonic, 0.3)
    with pytest.raises(TimeoutError):
        never_comes(starved, 0.3)
    assert starved.left > 0


def test_time_in_which_this_process_stood_still_is_not_counted(monkeypatch):
    seen = iter(range(100, 900, 100))  # between any two looks at it a hundred seconds are gone
    monkeypatch.setattr(patience, "time", SimpleNamespace(monotonic=lambda: next(seen)))
    clock = Clock(lambda: 0.0, 5)
    assert never_comes(clock, 0.1) < 5
    assert clock.left > 4.8


def test_the_time_for_all_waits_is_over():
    clock = Clock(lambda: 0.0, 0.1)
    never_comes(clock, 0.1)
    with pytest.raises(TimeoutError):
        never_comes(clock, 0.1)


@pytest.fixture(scope="module")
def setting():
    source = Source(json.dumps(corpus.small_chapter()))
    given = Setting(corpus.NAME, ((corpus.NAME, source),), 1, LIMITS)
    warm = start_warm_process(given)
    yield replace(given, run_folder=warm.run_folder)
    warm.close()


def handed_in(setting, change):
    draft = corpus.Draft(setting.source(corpus.NAME).notebook())
    change(draft)
    return Submission("ada", corpus.NAME, loaded=Loaded(json.dumps(draft.notebook), {}))


MANY = "from IPython.display import clear_output\nfor i in range(2_500): print(i, flush=True); clear_output()"


def test_no_output_is_lost_where_the_grader_is_slow_to_read(setting, monkeypatch):
    """ZeroMQ keeps 1,000 messages for one that does not listen, and drops the next: the end of a cell too."""
    read, first = runner.Runner.process_message, []

    def slowly(self, message, cell, index):
        if message["msg_type"] == "stream" and not first:
            first.append(time.sleep(2))
        return read(self, message, cell, index)

    monkeypatch.setattr(runner.Runner, "process_message", slowly)
    graded = run_and_judge(setting, handed_in(setting, corpus.right_before(MANY)))
    assert (graded.notes, sum(check.points for check in graded.checks)) == ([], 100)
    assert first


TO_NO_CELL = """
import os, threading, time
from revgraph.grading.student.messages import packets
channel = get_ipython().kernel.session.channel.fileno()
def send():
    told = list(packets([["status", "", {"execution_state": "busy", "x": X}]]))
    while True:
        for packet in told: os.write(channel, packet)
threading.Thread(target=send, daemon=True).start()
"""


@pytest.mark.parametrize("content", ["'x' * 5_000_000", "[[]] * 1_000_000"])
def test_what_is_sent_to_no_cell_takes_no_more_of_the_grader_s_time(setting, content):
    """Else the grader would be ended, and the student have no score, or the one from before."""
    flooded = replace(setting, limits=replace(LIMITS, grader_seconds=3, cell_seconds=20))
    change = corpus.right_before(f"{TO_NO_CELL.replace('X', content)}\ntime.sleep(60)")
    graded = pickle.loads(
        in_a_process(partial(run_and_judge, flooded, handed_in(setting, change)), flooded.limits)
    )
    assert graded.notes == ["wrote without end"]
    assert [check.points for check in graded.checks] == [30]


@pytest.mark.parametrize("most", [0, 1, 100])
def test_who_prints_more_than_is_shown_loses_no_point_by_it(setting, most):
    little = replace(setting, limits=replace(LIMITS, output_bytes=most))
    graded = run_and_judge(little, handed_in(little, corpus.right_before("print('x' * 50_000)")))
    assert (graded.notes, sum(check.points for check in graded.checks)) == ([], 100)


@pytest.mark.parametrize("prints", ["", "print('x' * 50_000)", "print('x' * 300_000)"])
@pytest.mark.parametrize(
    ("ends_in", "points"), [("7.5", 7.5), ("np.float64(7.5)", 7.5), ("1 / 0", 0), ("None", 20)]
)
def test_what_a_test_ends_in_counts_however_much_is_printed_above_it(setting, prints, ends_in, points):
    chapter = corpus.small_chapter()
    chapter.cells[-1].source = f"added_axes((2,), (3, 2))\n{ends_in}"
    asks = replace(setting, sources=((corpus.NAME, Source(json.dumps(chapter))),))

    def also(draft):
        first, *rest = corpus.ANSWERS["added_axes"].splitlines()
        draft.answer("\n".join([first, f"    {prints}", *rest]), "added_axes")

    graded = run_and_judge(asks, handed_in(asks, also))
    assert [check.points for check in graded.checks] == [30, 50, points]


def test_who_has_used_up_what_all_cells_may_show_gets_no_score_by_it(setting):
    chapter = corpus.small_chapter()
    chapter.cells[-1].source = "7.5"
    asks = replace(setting, sources=((corpus.NAME, Source(json.dumps(chapter))),))

    def prints(draft):
        for _ in range(runner.CELLS_OUTPUT + 1):
            draft.add("print('x' * 250_000)")

    graded = run_and_judge(asks, handed_in(asks, prints))
    assert [check.points for check in graded.checks] == [30, 50, 7.5]


@pytest.mark.parametrize(("ends_in", "points"), [("7.5", 7.5), ("1 / 0", 0)])
def test_what_a_test_ends_in_counts_where_it_shows_what_cannot_be_made_safe_in_time(
    setting, monkeypatch, ends_in, points
):
    monkeypatch.setattr(worker, "SECONDS_TO_SANITIZE", 0.0)
    chapter = corpus.small_chapter()
    chapter.cells[-1].source = f"display('x')\n{ends_in}"
    asks = replace(setting, sources=((corpus.NAME, Source(json.dumps(chapter))),))
    graded = run_and_judge(asks, handed_in(asks, lambda draft: None))
    assert "it takes too long" in graded.notebook.cells[-1].outputs[0].text
    assert [check.points for check in graded.checks] == [30, 50, points]


def test_a_grader_that_computes_without_end_is_ended_and_it_is_said():
    def compute():
        while True:
            pass

    with pytest.raises(Ended, match="computed 1 seconds for it, without coming to an end"):
        in_a_process(compute, Limits(grader_seconds=1))


FORKS = """
import os, time
end = time.monotonic() + 5
for _ in range(40):
    if os.fork() == 0:
        os.setsid()
        while time.monotonic() < end: pass
        os._exit(0)
"""
COMPUTES = "import time\nend = time.process_time() + 1.5\nwhile time.process_time() < end: pass"


def forks(draft):
    """More than its limit allows: the last fork fails, and the student's own answers earn their points."""
    draft.add(FORKS)
    for _ in range(2):
        draft.add("time.sleep(1.8)")


def test_forty_forks_of_a_neighbour_cost_nobody_a_point(setting):
    """A cell that computes for 1.5 of its 2 seconds ends, whatever another submission has started."""
    classmates = [handed_in(setting, change) for change in (forks, corpus.extra(COMPUTES))]
    for _, graded in on_this_machine(partial(run_and_judge, setting), classmates, 2):
        assert (graded.notes, sum(check.points for check in graded.checks)) == ([], 100)


def test_a_warm_process_that_is_killed_costs_nobody_a_score(setting):
    """Its kernels end with it, and not by what a submission did."""
    warm = start_warm_process(replace(setting, run_folder=""))
    alone = replace(setting, run_folder=warm.run_folder)
    killer = threading.Timer(1, warm._process.kill)
    killer.start()
    graded = run_and_judge(alone, handed_in(alone, corpus.right_before("import time; time.sleep(1.9)")))
    killer.join()
    assert (graded.final, graded.notes) == (
        False,
        ["the grader failed: WarmProcessEnded: the warm process ended"],
    )
    graded = run_and_judge(alone, handed_in(alone, corpus.right_before("pass")))
    assert not graded.final
    assert "the warm process ended" in graded.notes[0]
