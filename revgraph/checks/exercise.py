"""An exercise, declared once: it serves the notebook, the grader and the tests."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from revgraph.checks import call as calls
from revgraph.checks.call import Answer, Case
from revgraph.checks.compare import Difference, Tolerance, difference
from revgraph.checks.panel import html
from revgraph.checks.report import Failure, Report, failure_report, success_report, text

DEFAULT = Tolerance()
ANOTHER = "That explains most of the failing cases; the others have another reason."
ADDRESS = re.compile("0x[0-9a-f]+", re.IGNORECASE)  # of an object, in its repr: new in every call
Ask = Callable[[Case], Answer]


@dataclass(frozen=True)
class Misconception:
    """A wrong answer that learners really give, as code, with the sentence that tells them so.

    ``answer`` takes what the exercise's reference takes and returns what such a learner returns.
    ``next`` is a question or a hint that leads on; where it is empty, the exercise's own is shown.
    """

    name: str
    answer: Any
    diagnosis: str
    next: str = ""


@dataclass(frozen=True)
class Recorded:
    """A value from elsewhere (PyTorch, a paper, a calculation by hand): the reference can err too."""

    case: Case
    value: Any
    source: str


@dataclass(frozen=True)
class Verdict:
    """What a check found. ``message`` is plain text; in a notebook the verdict shows itself as a panel.

    ``cases`` tells of each case whether it passed; ``misconception`` names the diagnosed one, if any.
    """

    exercise: str
    passed: bool
    points: float
    message: str
    misconception: str | None = None
    cases: tuple[bool, ...] = ()
    report: Report | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        return self.message

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        assert self.report is not None
        return {"text/plain": self.message, "text/html": html(self.report)}


@dataclass(frozen=True)
class Exercise:
    """What a learner is to write, and how it is judged.

    reference        the right answer
    cases(rng)       yields the inputs, from simple to hard; every one is plain data
    recorded         values from elsewhere, which the reference too is held to
    probe            for candidates that are not functions of plain data (a class, a function that takes
                     functions): ``probe(candidate, *inputs)`` calls the candidate and returns plain data
    canonical        where several answers are right: turns any value into the form that is compared
    misconceptions   the known wrong answers, tried when a check fails
    next             the next step, where no misconception knows a better one
    quiet            whether a NumPy warning (an overflow, a division by zero) is a mistake here
    """

    name: str
    points: float
    reference: Any
    cases: Callable[[np.random.Generator], Iterable[Case]]
    recorded: Sequence[Recorded] = ()
    probe: Callable[..., Any] | None = None
    canonical: Callable[[Any], Any] | None = None
    misconceptions: Sequence[Misconception] = ()
    next: str = ""
    tolerance: Tolerance = DEFAULT
    quiet: bool = False
    chapter: str = ""

    def judge(self, candidate: Any, seed: int = 0, ask: Ask | None = None) -> Verdict:
        """Put every case to the candidate and say what was found.

        ``ask(case)`` overrides how a case is put, so that the candidate can live in another process;
        ``candidate`` is not touched then. The same seed draws the same cases.
        """
        ask = ask or self.asker(candidate, calls.SECONDS)
        cases, expected = self.questions(seed)
        answers: list[Answer] = []
        for question in cases:
            answers.append(ask(question))
            if answers[-1].not_written or answers[-1].timed_out:
                break  # the other cases would tell the same, some of them slowly
        found = [self.compare(e, a) for e, a in zip(expected, answers, strict=False)]
        passed = tuple(f is None for f in found) + (False,) * (len(cases) - len(answers))
        if all(passed):
            return self._verdict(passed, success_report(self, len(cases)))
        at = passed.index(False)
        failure = Failure(cases[at], expected[at], answers[at], found[at])
        known = self._diagnose(cases, answers, passed) if len(answers) == len(cases) else None
        return self._verdict(passed, failure_report(self, failure, known, passed), known)

    def asker(self, candidate: Any, seconds: float | None = None) -> Ask:
        """How a case is put to a candidate in this process; a call may take ``seconds``, or forever."""
        call = candidate if self.probe is None else partial(self.probe, candidate)
        return partial(calls.ask, call, seconds=seconds)

    def compare(self, expected: Answer, got: Answer) -> Difference | None:
        """The first way in which an answer falls short of the expected one, None where it is right."""
        if got.error or expected.error:
            same = got.error == expected.error
            return None if same else Difference("error", expected.error, got.error)
        form = self.canonical or (lambda value: value)
        found = difference(form(expected.value), form(got.value), self.tolerance)
        if found is None and got.changed:
            return Difference("changed", (), got.changed)
        if found is None and self.quiet and got.warned:
            return Difference("warned", (), got.warned)
        return found

    def questions(self, seed: int) -> tuple[list[Case], list[Answer]]:
        """The cases that this seed draws, then the recorded ones; and the right answer to each."""
        drawn = list(self.cases(np.random.default_rng(seed)))
        right = self.asker(self.reference)
        cases = drawn + [
            r.case for r in self.recorded
        ]  # the simplest first: a learner reads the first failure
        return cases, [right(c) for c in drawn] + [Answer(value=r.value) for r in self.recorded]

    def _diagnose(
        self, cases: list[Case], answers: list[Answer], passed: Sequence[bool]
    ) -> Misconception | None:
        """The first misconception that gives the learner's own result on every case.

        If there is none, the one that gives it on the first failing case and on most of them, at least three:
        the learner has made this mistake and another one.
        """
        first = passed.index(False)
        best, most = None, max(2, passed.count(False) // 2)
        for known in self.misconceptions:
            wrong = self.asker(known.answer)
            if not self._same(wrong(cases[first]), answers[first]):
                continue  # one call rules out most of them
            same = [self._same(wrong(c), a) for c, a in zip(cases, answers, strict=True)]
            if all(same):
                return known
            explained = sum(s and not p for s, p in zip(same, passed, strict=True))
            if explained > most:
                best, most = known, explained
        return best and replace(best, diagnosis=f"{best.diagnosis} {ANOTHER}")

    def _same(self, wrong: Answer, got: Answer) -> bool:
        """Whether a known mistake gives the learner's own result; of an error, its words must be the same."""
        if wrong.error not in ("", "RecursionError") and _words(wrong) != _words(got):
            return False
        alike = self.compare(replace(wrong, changed=(), warned=()), replace(got, changed=(), warned=()))
        return (
            alike is None
            and wrong.changed == got.changed
            and (not self.quiet or bool(wrong.warned) == bool(got.warned))
        )

    def _verdict(self, passed: tuple[bool, ...], told: Report, known: Misconception | None = None) -> Verdict:
        return Verdict(
            exercise=self.name,
            passed=all(passed),
            points=self.points if all(passed) else 0,
            message=text(told),
            misconception=known.name if known else None,
            cases=passed,
            report=told,
        )


def _words(answer: Answer) -> str:
    """What an error says, the same in every call."""
    return ADDRESS.sub("", answer.detail)
