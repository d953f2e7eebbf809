"""The student's side of a check: put the cases that came in to the student's work and send the answers back.

All of this runs in the student's own process and is treated as the student's: what it sends is only ever
compared with the right answers, which are not here.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from typing import Any

from revgraph.checks.call import Answer, Case, call
from revgraph.grading.student.serialize import decode, encode

MIME = "application/vnd.revgraph.answers"  # text that is JSON, and ASCII alone: so all that travels is read


def answer(message: str) -> None:
    """Display the answers to the cases of `message`, as the runner expects them."""
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    request = json.loads(message)
    shell = get_ipython()
    assert shell is not None
    candidate = _evaluate(request["candidate"], shell.user_ns)
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        answers = [candidate] if isinstance(candidate, Answer) else _put(candidate, request)
    display({MIME: json.dumps([as_message(one) for one in answers])}, raw=True)


def _evaluate(expression: str, names: dict[str, Any]) -> Any:
    try:
        return eval(expression, names)
    except Exception as error:
        return Answer(error=type(error).__name__, detail=str(error))


def _put(candidate: Any, request: dict[str, Any]) -> list[Answer]:
    probe = pickle.loads(base64.b64decode(request["probe"])) if request["probe"] else None
    function = partial(probe, candidate) if probe else candidate
    answers = []
    for args, kwargs in request["cases"]:
        answers.append(call(function, Case(decode(args), decode(kwargs)), request["seconds"]))
        if answers[-1].not_written or answers[-1].timed_out:
            break
    return answers


def as_message(one: Answer) -> dict[str, Any]:
    return {
        "value": encode(one.value),
        "error": one.error,
        "detail": one.detail[:500],
        "line": one.line[:200],
        "changed": list(one.changed),
        "warned": [text[:200] for text in one.warned[:5]],
    }
