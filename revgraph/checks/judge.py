"""Reading an exercise's form: every case is put to a candidate, and what came back gives a verdict."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from revgraph.checks.call import SECONDS, Answer, Case, few_prints
from revgraph.checks.diagnose import Diagnosis, Trial, diagnose, shown_case
from revgraph.checks.explain import Failure, explain
from revgraph.checks.form import Call, Form
from revgraph.checks.panel import html
from revgraph.checks.report import Report, Share, failure_report, success_report, text
from revgraph.checks.source import function_source


@dataclass(frozen=True)
class Verdict:
    """What a check found. ``message`` is plain text; in a notebook the verdict shows itself as a panel.

    ``cases`` tells of each case that counts whether it passed, ``edges`` names the edge cases that failed;
    ``misconception`` names the diagnosed one, if any. One that has not passed has earned points by parts.
    """

    exercise: str
    passed: bool
    points: float
    message: str
    misconception: str | None = None
    cases: tuple[bool, ...] = ()
    edges: tuple[str, ...] = ()
    report: Report | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        return self.message

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        assert self.report is not None
        return {"text/plain": self.message, "text/html": html(self.report)}


def judge(
    exercise: Form, candidate: Any, seed: int = 0, call: Call | None = None, source: str | None = None
) -> Verdict:
    """Put every case to the candidate and say what was found.

    ``call`` overrides how a case is put, ``source`` is the candidate's text, where it lives elsewhere.
    """
    cases, expected = exercise.draw(seed)
    with few_prints():
        answers = _answers(cases, call or exercise.caller(candidate, SECONDS))
    differences = [exercise.compare(right, got) for right, got in zip(expected, answers, strict=False)]
    n = sum(not case.edge for case in cases)  # the edge cases come last
    passed = tuple(found is None for found in differences[:n]) + (False,) * (n - len(answers))
    edges = [
        Failure(case, right, got, found)
        for case, right, got, found in list(zip(cases, expected, answers, differences, strict=False))[n:]
        if found
    ]
    if all(passed):
        return _verdict(exercise, passed, success_report(exercise, n, edges), edges=edges)
    shares = _shares(exercise, cases[:n], passed)
    read = partial(function_source, candidate) if source is None else lambda: source
    trial = Trial(exercise, cases[:n], expected, answers[:n], differences[:n], read)
    failure, diagnosis = _told(trial, complete=len(answers) >= n)
    told = failure_report(exercise, failure, diagnosis, passed, shares)
    return _verdict(exercise, passed, told, diagnosis, edges, sum(share.earned for share in shares))


def _told(trial: Trial, complete: bool) -> tuple[Failure, Diagnosis]:
    """The mistake, and the case that shows it."""
    diagnosis = _diagnosed(trial) if complete else None
    at = shown_case(trial) if diagnosis is None or diagnosis.at is None else diagnosis.at
    found, some_pass = trial.differences[at], len(trial.failing) < len(trial.cases)
    assert found is not None
    failure = Failure(trial.cases[at], trial.expected[at], trial.answers[at], found, some_pass)
    explained = explain(trial.exercise, failure)
    if diagnosis is None:
        return failure, explained
    return failure, replace(diagnosis, next=diagnosis.next or explained.next or trial.exercise.next)


def _diagnosed(trial: Trial) -> Diagnosis | None:
    """A verdict is given, and points are, even where the search for the mistake fails."""
    try:
        return diagnose(trial)
    except Exception as error:
        warnings.warn(f"no diagnosis of {trial.exercise.name}: {error!r}", stacklevel=2)
        return None


def _answers(cases: Sequence[Case], call: Call) -> list[Answer]:
    """The answers, up to one after which the others would tell the same, some of them slowly."""
    answers: list[Answer] = []
    for case in cases:
        answers.append(call(case))
        if answers[-1].not_written or answers[-1].timed_out:
            break
    return answers


def _shares(exercise: Form, cases: Sequence[Case], passed: Sequence[bool]) -> list[Share]:
    """What each part has earned: its points where all its cases pass."""
    whole = {
        name: all(right for case, right in zip(cases, passed, strict=True) if case.part == name)
        for name in exercise.parts
    }
    return [Share(name, points if whole[name] else 0, points) for name, points in exercise.parts.items()]


def _verdict(
    exercise: Form,
    passed: tuple[bool, ...],
    told: Report,
    diagnosis: Diagnosis | None = None,
    edges: Iterable[Failure] = (),
    earned: float = 0,
) -> Verdict:
    return Verdict(
        exercise=exercise.name,
        passed=all(passed),
        points=exercise.points if all(passed) else earned,
        message=text(told),
        misconception=(diagnosis.name or None) if diagnosis else None,
        cases=passed,
        edges=tuple(failure.case.edge for failure in edges),
        report=told,
    )
