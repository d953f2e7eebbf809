"""A word on a check that takes long: how far it is, what is left, and what `mine` would lend meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from revgraph.checks.blame import names_around
from revgraph.checks.call import own_time
from revgraph.checks.form import Form

PATIENCE = 3.0  # seconds of a check in silence


def telling_progress(
    exercise: Form, candidate: Any, show: Callable[[str], None], answers: Iterator[Any], of: int
) -> Iterator[Any]:
    """The answers as they come, of so many; ``show(line)`` is called again as more come, and last with ""."""
    started, told = own_time(), False
    for done, answer in enumerate(answers, 1):
        yield answer
        took = own_time() - started
        if took > PATIENCE and done < of:
            left = took * (of - done) / done
            show(
                f"{exercise.name}: {done} of {of} cases took {took:.0f} s; about {left:.0f} s to go."
                f"{lent_instead(exercise, candidate)}"
            )
            told = True
    if told:
        show("")


def lent_instead(exercise: Form, candidate: Any) -> str:
    """Of other exercises' functions that are the learner's own here: how to borrow a fast one."""
    around, course = names_around(candidate), exercise.course
    own = [name for name in exercise.uses if name in around and name in course]
    own = [name for name in own if around[name] is not course[name].reference]
    if not own:
        return ""
    steps = " or ".join(f'`{name} = mine("{name}", own=False)`' for name in own)
    return f" If what it uses is slow, borrow the reference's for now: {steps}."
