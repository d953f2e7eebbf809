"""A check that takes long says how far it is, and what would make it faster."""

import numpy as np
import pytest

from revgraph.checks import check, exercises, waiting
from revgraph.checks import notebook as nb

FIT = exercises()["fit"]


def learners(own_batches):
    """`fit` of a learner, beside the `batches` of their own or the reference's."""
    names = {"np": np, "batches": FIT.course["batches"].reference}
    source = (
        "def fit(step, x, y, epochs, batch_size, rng):\n"
        "    def loss():\n"
        "        return sum(step(xb, yb) * len(xb) for xb, yb in batches(x, y, batch_size, rng)) / len(x)\n"
        "    return [loss() for _ in range(epochs)]\n"
    )
    exec(source, names)
    if own_batches:
        names["batches"] = lambda *args: FIT.course["batches"].reference(*args)
    return names["fit"]


@pytest.fixture
def clock(monkeypatch):
    """Each look at it is a second later."""
    times = iter(range(1000))
    monkeypatch.setattr(waiting, "own_time", lambda: next(times))
    return times


def told(candidate):
    lines = []
    watched = waiting.telling_progress(FIT, candidate, lines.append, iter("abcdef"), 6)
    assert list(watched) == list("abcdef")
    return lines


@pytest.mark.usefixtures("clock")
def test_after_a_while_it_says_what_is_left_and_at_the_end_nothing():
    first, second, last = told(learners(own_batches=False))
    assert first == "fit: 4 of 6 cases took 4 s; about 2 s to go."
    assert second == "fit: 5 of 6 cases took 5 s; about 1 s to go."
    assert last == ""


@pytest.mark.usefixtures("clock")
def test_it_says_which_piece_can_be_borrowed():
    assert told(learners(own_batches=True))[0].endswith(
        'If what it uses is slow, borrow the reference\'s for now: `batches = mine("batches", own=False)`.'
    )


def test_a_quick_check_says_nothing():
    assert told(learners(own_batches=True)) == []


@pytest.mark.usefixtures("clock")
def test_a_terminal_is_told_once(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("REVGRAPH_HOME", str(tmp_path))
    check(learners(own_batches=True))
    printed = capsys.readouterr().out
    assert printed.count("to go.") == 1
    assert "all" in printed.splitlines()[-1] or "Not saved" in printed


@pytest.mark.usefixtures("clock")
def test_a_notebook_keeps_one_line_up_to_date(monkeypatch):
    shown = []

    class Line:
        def update(self, data, raw):
            shown.append(data["text/plain"])

    def display(data, raw, display_id):
        shown.append(data["text/plain"])
        return Line()

    monkeypatch.setattr(nb, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", display)
    assert FIT.judge(
        FIT.reference, watch=lambda a, n: waiting.telling_progress(FIT, None, nb._progress_line(), a, n)
    ).passed
    assert len(shown) > 2
    assert shown[-1] == ""
