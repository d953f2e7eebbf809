"""The student's side of a check: put the cases that came in to the student's work and send the answers back.

All of this runs in the student's own process and is treated as the student's: what it sends is only ever
compared with the right answers, which are not here. Once all points are given some may be lent, to find out
which of the student's functions is to blame.
"""

from __future__ import annotations

import base64
import os
import pickle
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import replace
from functools import partial
from json import dumps, loads  # the functions themselves, whatever a cell makes of `json.dumps`
from typing import Any

import numpy as np

from revgraph.checks.call import (
    SECONDS,
    Answer,
    Case,
    TimeLimitReached,
    call,
    own_time,
    put_cases,
    put_in_place,
    same_chance,
)
from revgraph.grading.student.serialize import decode, encode

SHORTEST = 0.1  # seconds that a call has where hardly any are left
MOST = 48_000_000  # characters of all answers to a question; within a message they may become twice as many


def answer(message: str, names: dict[str, Any]) -> str:
    """The answers to the cases of `message`, which are put to what it names among `names` of a notebook. Both
    are JSON."""
    request = loads(message)
    candidate = _evaluate(request["candidate"], names)
    references = _received(request["lent"]) if request["lent"] else {}
    lent = {name: one for name, one in references.items() if name in names}
    chance = same_chance() if request["same_chance"] else nullcontext()
    with silence(), put_in_place(names, lent), chance:
        answers = [candidate] if isinstance(candidate, Answer) else _put(candidate, request)
        return f"[{', '.join(texts(answers))}]"


@contextmanager
def silence() -> Iterator[None]:
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        yield


def _evaluate(expression: str, names: dict[str, Any]) -> Any:
    try:
        return eval(expression, names)
    except Exception as error:
        return Answer(error=type(error).__name__, detail=str(error))


def _received(by_value: str) -> Any:
    return pickle.loads(base64.b64decode(by_value))


def _put(candidate: Any, request: dict[str, Any]) -> Iterator[Answer]:
    probe = _received(request["probe"]) if request["probe"] else None
    function = partial(probe, candidate) if probe else candidate
    cases = (Case(decode(args), decode(kwargs), **rest) for args, kwargs, rest in request["cases"])
    ends = own_time() + request["seconds"]

    def in_time(case: Case) -> Answer:
        """All calls have so much time together, and one at most a part of what is left: several parts may
        never end, and the others are to be judged."""
        seconds = min(SECONDS, max(SHORTEST, (ends - own_time()) / 2))
        try:
            return call(function, case, seconds, candidate)
        except KeyboardInterrupt:  # the time of the cell is over; what was answered before is kept
            return Answer(error=TimeLimitReached.__name__, detail=f"{seconds:.2g}")

    return filter(None, put_cases(cases, in_time))


def texts(answers: Iterable[Answer]) -> Iterator[str]:
    """Each answer as JSON, written before the next one is asked for: memory may not hold several large ones.
    Of a value that is too large to be sent with those before it the kind alone; so of one that holds itself,
    or is deeper than Python goes."""
    left = MOST
    for one in answers:
        text = "" if isinstance(one.value, np.ndarray) and one.value.nbytes > left else _text(one)
        if not text or len(text) > left:
            text = _without_value(one, " too large to be compared")
        left -= len(text)
        yield text


def _text(one: Answer) -> str:
    """Nothing for what memory does not hold twice, or takes more time to write than the cell has left."""
    try:
        return dumps(as_message(one))
    except RecursionError:
        return _without_value(one)
    except (MemoryError, KeyboardInterrupt):
        return ""


def _without_value(one: Answer, why: str = "") -> str:
    kind = "array" if isinstance(one.value, np.ndarray) else type(one.value).__name__
    return dumps(as_message(replace(one, value=None)) | {"value": {"other": kind + why}})


def as_message(one: Answer) -> dict[str, Any]:
    return {
        "value": encode(one.value),
        "error": one.error,
        "detail": one.detail[:500],
        "line": one.line[:200],
        "inner": one.inner[:200],
        "missing": one.missing[:200],
        "bases": list(one.bases[:5]),
        "changed": list(one.changed),
        "warned": [text[:200] for text in one.warned[:5]],
    }
