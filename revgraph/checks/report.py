"""A verdict in words: what was called, what came back, what was expected, why, and what to try next."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from revgraph.checks.call import SECONDS, Answer, Case
from revgraph.checks.compare import Difference
from revgraph.checks.form import Form, Misconception
from revgraph.checks.hints import undefined, unwritten

SHOWN = 6  # entries of an array that a line shows


@dataclass(frozen=True)
class Failure:
    """The first case that failed."""

    case: Case
    expected: Answer
    got: Answer
    difference: Difference | None


@dataclass(frozen=True)
class Share:
    """The points of one part of an exercise, and how many of them are earned."""

    part: str
    earned: float
    points: float


@dataclass(frozen=True)
class Report:
    """The parts of a message. ``rows`` are (label, text) pairs; a text may mark an entry as «0.35».

    A panel also shows ``outcomes`` (of each case, whether it passed) and, of the first case that failed, the
    ``difference`` and the inputs: ``case``, whose positional arguments go by ``names``.
    """

    title: str
    passed: bool
    rows: Sequence[tuple[str, str]] = ()
    diagnosis: str = ""
    next: str = ""
    outcomes: tuple[bool, ...] = ()
    difference: Difference | None = field(default=None, repr=False, compare=False)
    case: Case | None = field(default=None, repr=False, compare=False)
    names: tuple[str, ...] = ()


def success_report(exercise: Form, n_cases: int, edges: Sequence[Failure] = ()) -> Report:
    points = f", {exercise.points:g} points" if exercise.points else ""
    told = f"Right. {' '.join(_beyond(failure) for failure in edges)}" if edges else ""
    return Report(f"{exercise.name}: all {n_cases} cases pass{points}", passed=True, diagnosis=told)


def _beyond(failure: Failure) -> str:
    """What would go wrong in an edge case, in a sentence."""
    got = failure.got
    if got.timed_out:
        what = "it is still running after a while"
    elif got.error:
        what = f"{got.error}{f': {got.detail}' if got.detail else ''}"
    elif failure.difference is not None and failure.difference.kind == "changed":
        what = "it changes its input"
    elif failure.difference is not None and failure.difference.kind == "warned":
        what = f"NumPy warns: {got.warned[0]}"
    else:
        what = f"it gives {_brief(got.value)}, expected is {_expected_in_words(failure.expected)}"
    return f"For {failure.case.edge} it would fail: {what.rstrip('.')}."


def failure_report(
    exercise: Form,
    failure: Failure,
    known: Misconception | None,
    outcomes: Sequence[bool],
    shares: Sequence[Share] = (),
) -> Report:
    if failure.got.not_written:
        return _not_written(exercise, failure.got.missing)
    earned = sum(share.earned for share in shares)
    points = f", {earned:g} of {exercise.points:g} points" if earned else ""
    title = f"{exercise.name}: {sum(outcomes)} of {len(outcomes)} cases pass{points}"
    called = ("called with", _describe_call(exercise, failure.case))
    diagnosis = known.diagnosis if known else _explain(exercise, failure)
    hint = (known.next if known else "") or _next_step(exercise, failure)
    return Report(
        title,
        passed=False,
        rows=(*_earned(shares), called, *_compared(failure)),
        diagnosis=diagnosis,
        next=hint,
        outcomes=tuple(outcomes),
        difference=failure.difference,
        case=failure.case,
        names=tuple(argument_names(exercise)),
    )


def _earned(shares: Sequence[Share]) -> list[tuple[str, str]]:
    """The parts with their points, once the exercise has any."""
    parts = ", ".join(f"{share.part} {share.earned:g} of {share.points:g}" for share in shares)
    return [("earned", parts)] if parts else []


def _next_step(exercise: Form, failure: Failure) -> str:
    returned_nothing = not failure.got.error and failure.got.value is None
    told_already = failure.got.timed_out or returned_nothing or _called_wrongly(failure.got)
    if failure.difference is None or told_already:
        return ""  # the endless loop, the missing return or the first line is the next step
    if failure.difference.kind == "changed":
        return "make a new array: `a + 1` leaves a as it is, `a += 1` writes into it."
    return _about_form(failure.difference) or exercise.next


def _about_form(found: Difference) -> str:
    """The step for a result that comes in another form than it should."""
    forms = (type(found.expected), type(found.got))
    if found.kind != "type" or _in_words(found):
        return ""
    if forms == (np.ndarray, list):
        return "`np.array(...)` makes an array of a list."
    if isinstance(found.got, tuple) and len(found.got) == 1:
        return "look for a comma behind what you return: `return a,` makes a tuple."
    if forms == (tuple, np.ndarray):
        return f"return {len(found.expected)} results with commas between them: `return a, b`."
    return "look at your `return`: what is of this type there?"


def _not_written(exercise: Form, function: str) -> Report:
    if function != exercise.name and function in exercise.course:
        return Report(f"{exercise.name}: it uses {function}", passed=False, next=unwritten(function))
    return Report(
        f"{exercise.name}: not written yet",
        passed=False,
        next="replace `raise NotImplementedError` by your own lines, run that cell, then this one again.",
    )


# What was called, and the two results


def _describe_call(exercise: Form, case: Case) -> str:
    names = argument_names(exercise)
    positional = [f"{name}={_brief(value)}" for name, value in zip(names, case.args, strict=False)]
    return ", ".join(positional + [f"{name}={_brief(value)}" for name, value in case.kwargs.items()])


def argument_names(exercise: Form) -> list[str]:
    """The names under which a message speaks of a case's positional arguments."""
    target: Callable[..., Any] = exercise.probe or exercise.reference
    names: list[str] = []
    for parameter in inspect.signature(target).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            return names + [f"{parameter.name}[{i}]" for i in range(9)]
        names.append(parameter.name)
    return names[1:] if exercise.probe else names


def _brief(value: Any) -> str:
    """A value in a few words: small ones whole, large arrays by their shape."""
    if isinstance(value, np.ndarray):
        if value.size > SHOWN or value.size == 0:
            return f"array of shape {value.shape}"
        written = np.array2string(value, separator=", ", formatter={"all": entry})
        return " ".join(written.split())
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    if isinstance(value, tuple | list) and any(isinstance(v, np.ndarray | float) for v in value):
        inside = ", ".join(map(_brief, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {_brief(part)}' for key, part in value.items())}}}"
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _compared(failure: Failure) -> list[tuple[str, str]]:
    found, got, expected = failure.difference, failure.got, failure.expected
    if got.error:
        detail = f": {got.detail}" if got.detail else ""
        line = [("in your line", got.line)] if got.line else []
        what = "nothing: it was still running" if got.timed_out else f"raised {got.error}{detail}"
        return [("yours", what), *line, ("expected", _expected_in_words(expected))]
    if found is None or found.kind in ("changed", "warned"):
        return []
    if expected.error:
        return [("yours", _brief(got.value)), ("expected", _expected_in_words(expected))]
    where = [("differs in", _path_in_words(found))] if found.path else []
    return [*where, ("yours", _piece(found.got, found)), ("expected", _piece(found.expected, found))]


def _expected_in_words(expected: Answer) -> str:
    if expected.error:
        return f"raises {expected.error}"
    return "no error" if isinstance(expected.value, dict) else _brief(expected.value)


def _path_in_words(found: Difference) -> str:
    ordinals = ("first", "second", "third", "fourth", "fifth", "sixth")
    words = [
        f"the {ordinals[step]} result" if isinstance(step, int) and step < len(ordinals) else str(step)
        for step in found.path
    ]
    return ", then ".join(words)


def _piece(value: Any, found: Difference) -> str:
    """One side of the comparison; arrays as shape and entries, the first differing entry marked."""
    n_digits = digits(found)
    if (
        found.kind == "value"
        and np.shape(value) == ()
        and isinstance(value, float | np.floating | np.ndarray)
    ):
        return f"{float(value):.{max(n_digits, 6)}g}"
    if not isinstance(value, np.ndarray):
        return _brief(value)
    kind = f"{value.dtype} " if found.kind == "dtype" else ""
    marked = int(np.ravel_multi_index(found.entries[0], value.shape)) if found.entries else None
    start = max(0, min((marked or 0) - 1, value.size - SHOWN))
    entries = [
        f"«{entry(v, n_digits)}»" if i == marked else entry(v)
        for i, v in enumerate(value.ravel()[start : start + SHOWN], start)
    ]
    dots_before, dots_after = "… " * (start > 0), " …" * (start + SHOWN < value.size)
    return f"{kind}shape {value.shape}  {dots_before}{'  '.join(entries)}{dots_after}".rstrip()


def digits(found: Difference) -> int:
    """As many digits as it takes to tell the differing entries apart."""
    if found.kind != "value":
        return 4
    got, expected = np.asarray(found.got), np.asarray(found.expected)
    if got.dtype.kind != "f" or expected.dtype.kind != "f":
        return 4
    index = found.entries[0] if found.entries else ()
    pairs = ((n, f"{got[index]:.{n}g}", f"{expected[index]:.{n}g}") for n in (4, 8, 12))
    return next((n for n, one, other in pairs if one != other), 17)


def entry(value: Any, digits: int = 4) -> str:
    return (
        f"{value + 0.0:.{digits}g}" if isinstance(value, float | np.floating) else str(value)
    )  # 0, never -0


# Why: what can be said without a known misconception


def _explain(exercise: Form, failure: Failure) -> str:
    found, got = failure.difference, failure.got
    if found is None:
        return ""
    if got.timed_out:
        return f"It did not return within {SECONDS:g} s. Is there a loop that never ends?"
    if found.kind == "error":
        return _explain_error(failure)
    if found.kind == "changed":
        return f"The result is right, but your code changed its input {_names(exercise, got)} on the way."
    if found.kind == "warned":
        return f"The result is right, but NumPy warned on the way: {got.warned[0]}."
    return _EXPLAIN[found.kind](found)


def _explain_error(failure: Failure) -> str:
    if not failure.got.error:
        return f"These inputs have no answer: your function should raise {failure.expected.error}."
    if failure.got.error == "NameError" and failure.got.missing:
        return undefined(failure.got.missing)
    if failure.got.error == "RecursionError":
        return "It called itself deeper than Python allows. Write it as a loop."
    if failure.got.error == "KeyError":
        return f"A dict has no entry {failure.got.detail} at this point. Is it there at the first call?"
    if failure.got.line:
        return "Your code raised an error on these inputs."
    if _called_wrongly(failure.got):
        return "It cannot be called like this. Is its first line, `def ...`, as it was given?"
    return "The error arose when your function was called, or when its result was used."


def _called_wrongly(got: Answer) -> bool:
    """Whether the function does not even begin, since it does not take these arguments."""
    return got.error == "TypeError" and not got.line and "argument" in got.detail


def _names(exercise: Form, got: Answer) -> str:
    names = argument_names(exercise)
    return " and ".join(names[c] if isinstance(c, int) and c < len(names) else str(c) for c in got.changed)


def _explain_type(found: Difference) -> str:
    if found.got is None:
        return "It returned None. Is a `return` missing?"
    if _in_words(found):
        return f"What came back: {found.got}."
    return f"It returned {_a(found.got)}; expected is {_a(found.expected)}."


def _in_words(found: Difference) -> bool:
    """Whether a probe, instead of the facts it tells, says why there are none."""
    return isinstance(found.got, str) and isinstance(found.expected, dict)


def _a(value: Any) -> str:
    name = "array" if isinstance(value, np.ndarray) else type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _explain_length(found: Difference) -> str:
    return f"It returned {len(found.got)} items; expected are {len(found.expected)}."


def _explain_shape(found: Difference) -> str:
    got, expected = np.asarray(found.got), np.asarray(found.expected)
    if got.T.shape == expected.shape and np.allclose(got.T, expected, equal_nan=True):
        return "It is the transpose of what is expected."
    if got.size == expected.size and np.allclose(got.ravel(), expected.ravel(), equal_nan=True):
        return f"The values are right, but the shape is {got.shape} instead of {expected.shape}."
    return f"The shape is {got.shape}; expected is {expected.shape}."


def _explain_dtype(found: Difference) -> str:
    got, expected = np.asarray(found.got).dtype, np.asarray(found.expected).dtype
    return f"The numbers come as {got}; expected is {expected}."


def _explain_value(found: Difference) -> str:
    try:
        got, expected = np.asarray(found.got, float), np.asarray(found.expected, float)
    except (TypeError, ValueError):
        in_words = found.path[-1:] == ("the result",)  # what a probe says of it
        return f"It returned {found.got}; expected is {found.expected}." if in_words else ""
    if np.isnan(got).any() and not np.isnan(expected).any():
        return "Some of it is nan, not a number."
    factor = _common_factor(got, expected)
    if np.isclose(factor, -1):
        return "The sign is wrong: everything is the negative of what is expected."
    if factor != 1 and np.count_nonzero(expected) > 1:
        return f"Everything is {factor:.4g} times what is expected."
    if got.size > 1:
        return f"{len(found.entries)} of {got.size} entries differ."
    return ""


def _common_factor(got: np.ndarray, expected: np.ndarray) -> float:
    """What every entry, zeros included, was multiplied by; 1 where there is no such factor."""
    with np.errstate(all="ignore"):
        ratios = (got / expected)[expected != 0]
        if not ratios.size or not np.isfinite(ratios[0]) or np.isclose(ratios[0], [0, 1]).any():
            return 1.0
        return float(ratios[0]) if np.allclose(got, ratios[0] * expected, rtol=1e-6) else 1.0


_EXPLAIN: dict[str, Callable[[Difference], str]] = {
    "type": _explain_type,
    "length": _explain_length,
    "shape": _explain_shape,
    "dtype": _explain_dtype,
    "value": _explain_value,
}


# Plain text; panel.py makes the panel of a notebook


def text(report: Report) -> str:
    """The message for a terminal, a log, a screen reader."""
    lines = [report.title, *(f"  {label:<12}  {words}" for label, words in report.rows)]
    lines += [f"  {report.diagnosis}"] if report.diagnosis else []
    lines += [f"  Next: {report.next}"] if report.next else []
    return "\n".join(lines)
