"""Reading an exercise's form: every case is put to a candidate, and what came back gives a verdict."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

from revgraph.checks.blame import Blame, to_blame
from revgraph.checks.call import SECONDS, Answer, Case, few_prints, put_cases
from revgraph.checks.compare import Difference
from revgraph.checks.diagnose import Diagnosis, Trial, describe, diagnose, shown_case
from revgraph.checks.explain import Failure, explain
from revgraph.checks.form import Call, Form
from revgraph.checks.panel import html
from revgraph.checks.report import (
    Fold,
    Report,
    Share,
    blame_report,
    failure_report,
    report_text,
    success_report,
)
from revgraph.checks.source import function_source, in_one_form


@dataclass(frozen=True)
class Verdict:
    """What a check found. ``message`` is plain text; in a notebook the verdict shows itself as a panel.

    ``cases`` tells of each case that counts whether it passed, ``edges`` names the edge cases that failed;
    ``misconception`` names the diagnosed one, if any. One that has not passed has earned points by parts, as
    ``shares`` tell.
    """

    exercise: str
    passed: bool
    points: float
    message: str
    misconception: str | None = None
    cases: tuple[bool, ...] = ()
    edges: tuple[str, ...] = ()
    shares: tuple[Share, ...] = ()
    report: Report | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        return self.message

    def with_remark(self, remark: str) -> Verdict:
        """The same verdict with a sentence below its title; an empty one changes nothing."""
        return self._telling(lambda told: replace(told, remarks=(*told.remarks, remark))) if remark else self

    def with_fold(self, fold: Fold | None) -> Verdict:
        """The same verdict with something to fold open below it."""
        return self._telling(lambda told: replace(told, folds=(*told.folds, fold))) if fold else self

    def to_attach_again(self) -> Verdict:
        """The same verdict on a class that lacks what is written, but was attached to the class before it."""
        next = "run the cells named above once more, then this one."
        return self._telling(lambda told: replace(told, title=f"{self.exercise}: not attached", next=next))

    def right_or_wrong(self) -> Verdict:
        """The same verdict, told without diagnosis, inputs and expected values, as in a quiz."""
        word = "right" if self.passed else "not right yet"
        return self._telling(
            lambda told: Report(f"{self.exercise}: {word}", self.passed, remarks=told.remarks)
        )

    def _telling(self, change: Callable[[Report], Report]) -> Verdict:
        if self.report is None:
            return self
        told = change(self.report)
        return replace(self, report=told, message=report_text(told))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        assert self.report is not None
        return {"text/plain": self.message, "text/html": html(self.report)}


Watch = Callable[[Iterator[Answer | None], int], Iterable[Answer | None]]


def as_they_come(answers: Iterator[Answer | None], n: int) -> Iterator[Answer | None]:
    return answers


def judge(
    exercise: Form,
    candidate: Any,
    seed: int = 0,
    call: Call | None = None,
    source: Callable[[], str] | None = None,
    watch: Watch = as_they_come,
    drawn: tuple[list[Case], list[Answer]] | None = None,
    again: Call | None = None,
) -> Verdict:
    """Put every case to the candidate and say what was found.

    ``call`` overrides how a case is put, ``source`` reads the candidate's text, where it lives elsewhere;
    ``drawn`` are the cases of ``seed`` and their right answers, where they were drawn before; ``again`` puts
    one of them once more, by the same chance each time.
    """
    cases, expected = drawn or exercise.draw(seed)
    with few_prints():
        coming = put_cases(cases, call or exercise.caller(candidate, SECONDS))
        answers = list(watch(coming, len(cases)))
    compared = [
        (case, right, got, exercise.compare(right, got)) if got else None
        for case, right, got in zip(cases, expected, answers, strict=True)
    ]
    n = sum(not case.edge for case in cases)  # the edge cases come last
    passed = tuple(one is not None and one[-1] is None for one in compared[:n])
    edges = [Failure(*one[:3], one[3]) for one in compared[n:] if one and one[3]]
    shares = _shares(exercise, list(zip(cases[:n], expected, passed, strict=False)))
    if all(passed):
        return _verdict(exercise, passed, success_report(exercise, n, edges), shares, edges=edges)
    if call is None and (blame := _blame(exercise, candidate, seed, answers[0])):
        return blamed(exercise, passed, shares, blame)
    came, text = [one for one in compared[:n] if one], source or partial(function_source, candidate)
    again = again if call else exercise.caller(candidate, SECONDS)
    with few_prints():
        failure, diagnosis = _told(exercise, came, cache(lambda: in_one_form(text())), again)
    told = failure_report(exercise, failure, diagnosis, passed, shares)
    return _verdict(exercise, passed, told, shares, diagnosis, edges)


def blamed(exercise: Form, passed: tuple[bool, ...], shares: Sequence[Share], blame: Blame) -> Verdict:
    """The verdict on a candidate that is right by itself, and fails by what it uses."""
    told = blame_report(exercise, blame, passed, shares)
    return _verdict(exercise, passed, told, shares, Diagnosis(f"uses {blame.names[0]}", ""))


def _blame(exercise: Form, candidate: Any, seed: int, first: Answer | None) -> Blame | None:
    """The exercises whose functions, not the candidate itself, are wrong."""
    if first and first.not_written:
        return None
    return to_blame(exercise, candidate, lambda form, function: _passes(form, function, seed))


def _passes(exercise: Form, candidate: Any, seed: int) -> bool:
    """Whether a candidate is right in all cases that count."""
    pairs = [pair for pair in zip(*exercise.draw(seed), strict=True) if not pair[0].edge]
    call = exercise.caller(candidate, SECONDS)
    return all(exercise.compare(right, call(case)) is None for case, right in pairs)


# A case, its right answer, what came, and the difference.
Compared = tuple[Case, Answer, Answer, Difference | None]


def _told(
    exercise: Form, came: Sequence[Compared], read: Callable[[], str], again: Call | None
) -> tuple[Failure, Diagnosis]:
    """The mistake, and the case that shows it. Nothing is searched for where the first failing case is of a
    part that is not written or never ends; elsewhere such a part says nothing of the others.
    """
    first = next(got for _, _, got, found in came if found)
    whole = first.ends_its_part
    cases, expected, answers, differences = zip(
        *(one for one in came if whole or not one[2].ends_its_part), strict=True
    )
    trial = Trial(exercise, cases, expected, answers, differences, read, again)
    found = None if whole else _searched(diagnose, trial)
    failure = _failure(trial, found)
    explained = explain(trial.exercise, failure)
    if found is None and not whole and not explained.name and (found := _searched(describe, trial)):
        failure = _failure(trial, found)
    if found is None:
        return failure, explained
    return failure, replace(found, next=found.next or explained.next or trial.exercise.next)


def _failure(trial: Trial, found: Diagnosis | None) -> Failure:
    """The case in which a diagnosis can be seen; without one, the first with something to look at."""
    at = shown_case(trial) if found is None or found.at is None else found.at
    differs, some_return = trial.differences[at], not all(answer.error for answer in trial.answers)
    assert differs is not None
    return Failure(trial.cases[at], trial.expected[at], trial.answers[at], differs, some_return)


def _searched(search: Callable[[Trial], Diagnosis | None], trial: Trial) -> Diagnosis | None:
    """A verdict is given, and points are, even where the search for the mistake fails."""
    try:
        return search(trial)
    except Exception as error:
        warnings.warn(f"no diagnosis of {trial.exercise.name}: {error!r}", stacklevel=2)
        return None


def _shares(exercise: Form, judged: Sequence[tuple[Case, Answer, bool]]) -> list[Share]:
    """What each part has earned: its points where all its cases pass. Something that returns has to be right
    as well: a function that always raises earns nothing, not even where that is right."""
    returns = any(passed and not right.error for _, right, passed in judged)
    whole = {
        name: returns and all(passed for case, _, passed in judged if case.part == name)
        for name in exercise.parts
    }
    return [Share(name, points if whole[name] else 0, points) for name, points in exercise.parts.items()]


def _verdict(
    exercise: Form,
    passed: tuple[bool, ...],
    told: Report,
    shares: Sequence[Share],
    diagnosis: Diagnosis | None = None,
    edges: Iterable[Failure] = (),
) -> Verdict:
    return Verdict(
        exercise=exercise.name,
        passed=all(passed),
        points=exercise.points if all(passed) else sum(share.earned for share in shares),
        message=report_text(told),
        misconception=(diagnosis.name or None) if diagnosis else None,
        cases=passed,
        edges=tuple(failure.case.edge for failure in edges),
        shares=tuple(shares),
        report=told,
    )
