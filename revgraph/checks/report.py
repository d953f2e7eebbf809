"""A verdict in words: what was called, what came back, what was expected, why, and what to try next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from revgraph.checks import tables
from revgraph.checks.blame import Blame
from revgraph.checks.call import Answer, Case
from revgraph.checks.compare import Difference
from revgraph.checks.diagnose import Diagnosis, place_in_words
from revgraph.checks.explain import OF_KIND, Failure
from revgraph.checks.form import Form
from revgraph.checks.hints import going_on_without, unwritten

SHOWN = 6  # entries of an array that a line shows


@dataclass(frozen=True)
class Share:
    """The points of one part of an exercise, and how many of them are earned."""

    part: str
    earned: float
    points: float


@dataclass(frozen=True)
class Fold:
    """What folds open below a verdict in a notebook: a summary, a sentence, and code."""

    summary: str
    words: str
    code: str


@dataclass(frozen=True)
class Report:
    """The parts of a message. ``rows`` are (label, text) pairs; a text may mark an entry as «0.35».
    ``remarks`` say what was judged, where that is not plain.

    A panel also shows ``outcomes`` (of each case, whether it passed) and, of the first case that failed, the
    ``difference`` and the inputs: ``case``, whose positional arguments go by ``names``.
    """

    title: str
    passed: bool
    rows: Sequence[tuple[str, str]] = ()
    diagnosis: str = ""
    next: str = ""
    remarks: tuple[str, ...] = ()
    folds: tuple[Fold, ...] = ()
    outcomes: tuple[bool, ...] = ()
    difference: Difference | None = field(default=None, repr=False, compare=False)
    case: Case | None = field(default=None, repr=False, compare=False)
    names: tuple[str, ...] = ()


def success_report(exercise: Form, n_cases: int, edges: Sequence[Failure] = ()) -> Report:
    points = f", {exercise.points:g} points" if exercise.points else ""
    beyond = dict.fromkeys(map(_beyond, edges))  # two cases may tell the same
    told = f"Right. {' '.join(beyond)}" if edges else ""
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
        what = _other_result(failure)
    return f"For {failure.case.edge} it would fail: {what.rstrip('.')}."


def _other_result(failure: Failure) -> str:
    """What came back and what was expected: the whole where that tells them apart, or what differs in it."""
    found, got, right = failure.difference, _brief(failure.got.value), _right_in_words(failure.expected)
    if found is None or (not found.fact and got != right):
        return f"it gives {got}, expected is {right}"
    where = f"“{place_in_words(found.path)}”: " if found.path else ""
    if found.kind == "dtype":
        told = OF_KIND["dtype"](found).sentence
        return f"{where}{told[0].lower()}{told[1:]}"
    return f"{where}it gives {_piece(found.got, found)}, expected is {_piece(found.expected, found)}"


def failure_report(
    exercise: Form,
    failure: Failure,
    diagnosis: Diagnosis,
    outcomes: Sequence[bool],
    shares: Sequence[Share] = (),
) -> Report:
    if failure.got.not_written and not any(outcomes):
        return _not_written(exercise, failure.got.missing)
    called = ("called with", _describe_call(exercise, failure.case))
    return Report(
        _title(exercise, outcomes, shares),
        passed=False,
        rows=(*_earned(shares), called, *_compared(failure)),
        diagnosis=diagnosis.sentence,
        next=diagnosis.next,
        outcomes=tuple(outcomes),
        difference=failure.difference,
        case=failure.case,
        names=tuple(exercise.argument_names()),
    )


def blame_report(exercise: Form, blame: Blame, outcomes: Sequence[bool], shares: Sequence[Share]) -> Report:
    """The candidate is right; what it uses of other exercises is not."""
    names, several = " and ".join(blame.names), len(blame.names) > 1
    told = f"Your {exercise.name} is right. {names}, which it uses, {'are' if several else 'is'} not yet."
    step = f"{' and '.join(f'`check({name})`' for name in blame.names)} tell{'' if several else 's'} more."
    if not blame.fail_too:
        told = f"Your {exercise.name} is right with the reference's {names}, and wrong with yours."
        step = (
            f"yours {'pass their own checks' if several else 'passes its own check'}. So print what comes "
            f"back where {exercise.name} calls it: does it call it as the text does?"
        )
    title, rows = _title(exercise, outcomes, shares), _earned(shares)
    return Report(title, passed=False, rows=rows, diagnosis=told, next=step, outcomes=tuple(outcomes))


def with_shares(report: Report, exercise: Form, outcomes: Sequence[bool], shares: Sequence[Share]) -> Report:
    """The same report with the points of other parts earned."""
    rows = [row for row in report.rows if row[0] != EARNED]
    return replace(report, title=_title(exercise, outcomes, shares), rows=(*_earned(shares), *rows))


EARNED = "earned"


def _title(exercise: Form, outcomes: Sequence[bool], shares: Sequence[Share]) -> str:
    earned = sum(share.earned for share in shares)
    points = f", {earned:g} of {exercise.points:g} points" if earned else ""
    return f"{exercise.name}: {sum(outcomes)} of {len(outcomes)} cases pass{points}"


def _earned(shares: Sequence[Share]) -> list[tuple[str, str]]:
    """The parts with their points, once the exercise has any."""
    parts = "; ".join(f"{share.part}: {share.earned:g} of {share.points:g}" for share in shares)
    return [(EARNED, parts)] if parts else []


def _not_written(exercise: Form, function: str) -> Report:
    if function != exercise.name and function in exercise.course:
        title = f"{exercise.name}: it uses {function}"
        return Report(title, passed=False, next=unwritten(function) + going_on_without(function))
    piece = exercise.reference.__name__ if isinstance(exercise.reference, type) else exercise.name
    step = "replace `raise NotImplementedError` by your own lines, run that cell, then this one again."
    return Report(f"{exercise.name}: not written yet", passed=False, next=step + going_on_without(piece))


# What was called, and the two results


def _describe_call(exercise: Form, case: Case) -> str:
    names = exercise.argument_names()
    positional = [f"{name}={_brief(value)}" for name, value in zip(names, case.args, strict=False)]
    return ", ".join(positional + [f"{name}={_brief(value)}" for name, value in case.kwargs.items()])


def _brief(value: Any) -> str:
    """A value in a few words: small ones whole, large arrays by their shape."""
    if tables.kind(value):
        return tables.brief(value)
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
        line += [("which calls", got.inner)] if got.inner else []
        what = "nothing: it was still running" if got.timed_out else f"raised {got.error}{detail}"
        return [("yours", what), *line, ("expected", _expected_in_words(expected))]
    if found is None or found.kind in ("changed", "warned"):
        return []
    if expected.error:
        return [("yours", _brief(got.value)), ("expected", _expected_in_words(expected))]
    where = [("differs in", place_in_words(found.path))] if found.path else []
    return [*where, ("yours", _piece(found.got, found)), ("expected", _piece(found.expected, found))]


def _right_in_words(expected: Answer) -> str:
    return f"raises {expected.error}" if expected.error else _brief(expected.value)


def _expected_in_words(expected: Answer) -> str:
    if expected.error:
        return f"raises {expected.error}"
    return "no error" if isinstance(expected.value, dict) else _brief(expected.value)


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
    if isinstance(value, float | np.floating):
        return f"{value + 0.0:.{digits}g}"  # 0 instead of -0
    return repr(str(value)) if isinstance(value, str) else str(value)


# Plain text; panel.py makes the panel of a notebook


def report_text(report: Report) -> str:
    """The message for a terminal, a log, a screen reader."""
    lines = [report.title, *(f"  {remark}" for remark in report.remarks)]
    lines += [*(f"  {label:<12}  {words}" for label, words in report.rows)]
    lines += [f"  {report.diagnosis}"] if report.diagnosis else []
    lines += [f"  Next: {report.next}"] if report.next else []
    return "\n".join(lines)
