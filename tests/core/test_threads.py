"""Work that threads share is done once each, fails as it would alone, and survives a fork."""

import os
import threading

import numpy as np
import pytest

import revgraph.core as rc
from revgraph.core import threads
from revgraph.core.optimizers import SHARED, SHARED_BLOCK


@pytest.fixture(autouse=True)
def two_threads(monkeypatch):
    monkeypatch.setattr(threads, "threads", lambda: 2)


def test_each_task_is_done_once():
    done, together = [], threading.Barrier(2, timeout=20)

    def work(i):
        if i < 2:
            together.wait()  # which one thread alone never passes
        done.append(i)

    threads.share(work, [(i,) for i in range(100)])
    assert sorted(done) == list(range(100))


def test_an_error_is_raised_and_nothing_more_begun():
    done = []

    def work(i):
        if i == 3:
            raise ValueError("the third")
        done.append(i)

    with pytest.raises(ValueError, match="the third"):
        threads.share(work, [(i,) for i in range(1000)])
    threads.share(work, [(-1,)])
    assert done[-1] == -1


def test_numpys_settings_hold_in_every_thread():
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        threads.share(lambda i: np.ones(10) / np.zeros(10), [(i,) for i in range(4)])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own():
    done = []
    threads.share(lambda i: done.append(i), [(i,) for i in range(4)])
    child = os.fork()
    if not child:
        threads.share(lambda i: done.append(i), [(i,) for i in range(4)])
        os._exit(0 if len(done) == 8 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("rule", [rc.adam, rc.rmsprop, rc.adagrad, rc.adadelta, rc.adamw, rc.sgd])
def test_a_large_variable_is_updated_as_a_small_one_is(rule):
    start = np.linspace(-1, 1, SHARED + 3, dtype="float32")
    ends = [0, SHARED_BLOCK - 1, SHARED_BLOCK, SHARED + 2]
    large, small = rc.variable(start), rc.variable(start[ends])
    for v in (large, small):
        step = rule(lr=0.1).minimize(rc.sum(rc.square(v) * v))
        rc.simple_loop(3, step)
    np.testing.assert_allclose(large.data[ends], small.data, rtol=1e-6)
    assert not np.array_equal(large.data, start)
