"""Reading an exercise's form: every case is put to a candidate, and what came back gives a verdict."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from revgraph.checks.call import SECONDS, Answer, Case
from revgraph.checks.form import Call, Form, Misconception
from revgraph.checks.panel import html
from revgraph.checks.report import Failure, Report, Share, failure_report, success_report, text
from revgraph.checks.source import function_source

ANOTHER = "That explains most of the failing cases; the others have another reason."
ADDRESS = re.compile("0x[0-9a-f]+", re.IGNORECASE)  # of an object, in its repr: new in every call


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


def judge(exercise: Form, candidate: Any, seed: int = 0, call: Call | None = None) -> Verdict:
    """Put every case to the candidate and say what was found; ``call`` overrides how a case is put."""
    cases, expected = exercise.draw(seed)
    answers = _answers(cases, call or exercise.caller(candidate, SECONDS))
    failures = [
        Failure(case, right, got, found)
        for case, right, got in zip(cases, expected, answers, strict=False)
        if (found := exercise.compare(right, got)) is not None
    ]
    counted = tuple(case for case in cases if not case.edge)
    failed = {id(failure.case) for failure in failures} | {id(case) for case in cases[len(answers) :]}
    passed = tuple(id(case) not in failed for case in counted)
    edges = [failure for failure in failures if failure.case.edge]
    if all(passed):
        return _verdict(exercise, passed, success_report(exercise, len(passed), edges), edges=edges)
    shares = _shares(exercise, counted, passed)
    known = None
    if len(answers) == len(cases):
        known = _diagnose(exercise, counted, answers[: len(counted)], passed, function_source(candidate))
    told = failure_report(exercise, failures[0], known, passed, shares)
    return _verdict(exercise, passed, told, known, edges, sum(share.earned for share in shares))


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


def _diagnose(
    exercise: Form, cases: Sequence[Case], answers: Sequence[Answer], passed: Sequence[bool], source: str
) -> Misconception | None:
    """The first misconception that gives the learner's own result on every case.

    If there is none, the one that gives it on the first failing case and on most of them, at least three:
    the learner has made this mistake and another one.
    """
    first = passed.index(False)
    best, most = None, max(2, passed.count(False) // 2)
    for known in exercise.misconceptions:
        if known.seen and not known.seen(source):
            continue
        wrong = exercise.caller(known.answer)
        if not _same(exercise, wrong(cases[first]), answers[first]):
            continue  # one call rules out most of them
        same = [_same(exercise, wrong(c), a) for c, a in zip(cases, answers, strict=True)]
        if all(same):
            return known
        explained = sum(s and not p for s, p in zip(same, passed, strict=True))
        if explained > most:
            best, most = known, explained
    return best and replace(best, diagnosis=f"{best.diagnosis} {ANOTHER}")


def _same(exercise: Form, wrong: Answer, got: Answer) -> bool:
    """Whether a known mistake gives the learner's own result; of an error, its words must be the same."""
    if wrong.error not in ("", "RecursionError") and _words(wrong) != _words(got):
        return False
    alike = exercise.compare(replace(wrong, changed=(), warned=()), replace(got, changed=(), warned=()))
    return (
        alike is None
        and wrong.changed == got.changed
        and (not exercise.quiet or bool(wrong.warned) == bool(got.warned))
    )


def _words(answer: Answer) -> str:
    """What an error says, the same in every call."""
    return ADDRESS.sub("", answer.detail)


def _verdict(
    exercise: Form,
    passed: tuple[bool, ...],
    told: Report,
    known: Misconception | None = None,
    edges: Iterable[Failure] = (),
    earned: float = 0,
) -> Verdict:
    return Verdict(
        exercise=exercise.name,
        passed=all(passed),
        points=exercise.points if all(passed) else earned,
        message=text(told),
        misconception=known.name if known else None,
        cases=passed,
        edges=tuple(failure.case.edge for failure in edges),
        report=told,
    )
