"""What a check does differently in a browser, tried where there is none: its clock, and a short stack."""

import contextlib
import itertools
import sys
import threading
import time

import pytest

from revgraph.checks import browser, exercises
from revgraph.checks import call as calling
from revgraph.checks.browser import DEPTH, short_stack, watched


class TooLong(BaseException):
    pass


def never():
    while True:
        pass


def counts():
    for _ in itertools.count():
        pass


def stubborn():
    while True:
        with contextlib.suppress(BaseException):
            never()


def calls_without_end():
    while True:
        abs(-1) if calls_without_end else None


def feeds_a_sum():
    return sum(1 for _ in itertools.count())


needs_monitoring = pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is of Python 3.12")


@needs_monitoring
@pytest.mark.parametrize("function", [never, counts, stubborn, calls_without_end, feeds_a_sum])
def test_a_loop_that_never_ends_is_stopped_without_a_thread(function):
    start = time.perf_counter()
    with pytest.raises(TooLong), watched(0.1, TooLong):
        function()
    assert time.perf_counter() - start < 5
    assert sys.monitoring.get_tool(browser.TOOL) is None


@needs_monitoring
def test_a_limit_ends_no_other_thread():
    """Of the tests' own threads one would be gone that stops what never ends."""
    over, ended = threading.Event(), []

    def goes_on():
        while not over.is_set():
            pass
        ended.append("in time")

    thread = threading.Thread(target=goes_on)
    thread.start()
    with pytest.raises(TooLong), watched(0.1, TooLong):
        never()
    over.set()
    thread.join()
    assert ended == ["in time"]


@needs_monitoring
def test_what_ends_in_time_is_left_alone():
    with watched(0.05, TooLong), watched(0.0, TooLong):  # the outer one holds
        result = sum(range(10))
    assert result == 45
    time.sleep(0.06)
    assert list(range(3)) == [0, 1, 2]  # nothing arrives late
    assert sys.monitoring.get_tool(browser.TOOL) is None


@pytest.fixture
def in_a_browser(monkeypatch):
    monkeypatch.setattr(browser, "IN_BROWSER", True)
    monkeypatch.setattr(calling, "IN_BROWSER", True)


def test_endless_recursion_meets_pythons_limit_early(in_a_browser):
    before, deepest = sys.getrecursionlimit(), 0

    def deeper(n):
        nonlocal deepest
        deepest = n
        deeper(n + 1)

    with pytest.raises(RecursionError), short_stack():
        deeper(1)
    assert DEPTH / 2 < deepest < DEPTH + 5
    assert sys.getrecursionlimit() == before


@needs_monitoring
def test_a_check_judges_the_same_there(in_a_browser):
    for name in ("unbroadcast", "graph_order", "topological_order"):
        exercise = exercises()[name]
        assert exercise.judge(exercise.reference).passed
    exercise = exercises()["unbroadcast"]
    verdict = exercise.judge(endless := lambda g, shape: never(), call=exercise.caller(endless, seconds=0.1))
    assert "Is there a loop that never ends?" in verdict.message


def test_a_chain_of_nodes_frees_itself_one_by_one_there(monkeypatch):
    """A node that ends with its user ends inside of it; one that holds itself waits for the collector."""
    from revgraph.checks.chapters.ch02_scalar_autodiff import graphs
    from revgraph.checks.chapters.ch06_backprop import graph

    monkeypatch.setattr(sys, "platform", "emscripten")
    for node in (graphs.Node("y = x", [], [100]), graph.Node()):
        assert node in vars(node).values()
    monkeypatch.undo()
    assert graph.Node() not in vars(graph.Node()).values()
