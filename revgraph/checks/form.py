"""The form of an exercise: what is declared once, for the notebook, the grader and the tests."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from revgraph.checks.call import Answer, Case, call
from revgraph.checks.compare import Difference, Tolerance, difference

DEFAULT = Tolerance()
Call = Callable[[Case], Answer]  # how a case is put to a candidate, wherever that lives


@dataclass(frozen=True)
class Misconception:
    """A wrong answer that learners really give, as code, with the sentence that tells them so.

    answer       takes what the exercise's reference takes and returns what such a learner returns
    diagnosis    the sentence
    next         a question or a hint that leads on; where it is empty, the exercise's own is shown
    seen         for a sentence that speaks of the source (an operator, a name): ``seen(source)`` says of the
                 text of the learner's function ("" where it is not to be had) whether that stands there
    """

    name: str
    answer: Any
    diagnosis: str
    next: str = ""
    seen: Callable[[str], bool] | None = None


@dataclass(frozen=True)
class Recorded:
    """A value from elsewhere (PyTorch, a paper, a calculation by hand): the reference can err too."""

    case: Case
    value: Any
    source: str


@dataclass(frozen=True)
class Form:
    """What a learner is to write, and what judging it needs to know.

    reference        the right answer
    cases(rng)       yields the inputs, from simple to hard; every one is plain data
    recorded         values from elsewhere, which the reference itself has to give
    probe            for candidates that are not functions of plain data (a class, a function that takes
                     functions): ``probe(candidate, *inputs)`` calls the candidate and returns plain data
    canonical        where several answers are right: turns any value into the form that is compared
    misconceptions   the known wrong answers, tried when a check fails
    next             the next step, where no misconception knows a better one
    tolerance        how far a number may be from the right one: ``Tolerance(relative=1e-7, absolute=1e-9)``
    quiet            whether a NumPy warning (an overflow, a division by zero) is a mistake here
    parts            points for groups of cases, which add up to ``points``: ``{"tables": 12, "rows": 8}``;
                     every case that is no edge case then names its part
    uses             the exercises whose functions a right answer may call: where it fails, those are suspects
    why              one sentence: why the reference is written as it is
    methods          where several exercises build one class: those of its methods that are this one's
    chapter, course  filled in by the registry: where the exercise stands, and all exercises by name

    Raises ValueError where the parts do not add up.
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
    parts: Mapping[str, float] = field(default_factory=dict)
    uses: tuple[str, ...] = ()
    why: str = ""
    methods: tuple[str, ...] = ()
    chapter: str = ""
    course: Mapping[str, Form] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.parts and sum(self.parts.values()) != self.points:
            raise ValueError(
                f"{self.name}: its parts give {sum(self.parts.values())} of {self.points} points"
            )

    def caller(self, candidate: Any, seconds: float | None = None) -> Call:
        """How a case is put to a candidate in this process; a call may take ``seconds``, or forever."""
        function = candidate if self.probe is None else partial(self.probe, candidate)
        return partial(call, function, seconds=seconds, candidate=candidate)

    def compare(self, expected: Answer, got: Answer) -> Difference | None:
        """The first way in which an answer falls short of the expected one, None where it is right."""
        if got.error or expected.error:
            raised = {got.error, *got.bases} - {""}
            return None if expected.error in raised else Difference("error", expected.error, got.error)
        found = self.value_difference(expected, got)
        if found is None and got.changed:
            return Difference("changed", (), got.changed)
        if found is None and self.quiet and got.warned:
            return Difference("warned", (), got.warned)
        return found

    def value_difference(self, expected: Answer, got: Answer) -> Difference | None:
        """The first way in which the value of an answer differs, whatever else the call did."""
        return difference(self.formed(expected.value), self.formed(got.value), self.tolerance)

    def formed(self, value: Any) -> Any:
        """A value in the form that is compared; one that has no such form as it is."""
        try:
            return value if self.canonical is None else self.canonical(value)
        except Exception:  # anything may come back from a learner's function
            return value

    def argument_names(self) -> list[str]:
        """The names under which a message speaks of a case's positional arguments."""
        target: Callable[..., Any] = self.probe or self.reference
        names: list[str] = []
        for parameter in inspect.signature(target).parameters.values():
            if parameter.kind is parameter.VAR_POSITIONAL:
                return names + [f"{parameter.name}[{i}]" for i in range(9)]
            names.append(parameter.name)
        return names[1:] if self.probe else names

    def draw(self, seed: int) -> tuple[list[Case], list[Answer]]:
        """The cases that this seed draws and the recorded ones, then the edge cases; and all right answers.

        The simplest come first, since a learner reads the first failure; an edge case keeps none from being
        put that counts.
        """
        right = self.caller(self.reference)
        drawn = [(one, right(one)) for one in self.cases(np.random.default_rng(seed))]
        both = [*drawn, *((r.case, Answer(value=r.value)) for r in self.recorded)]
        both.sort(key=lambda pair: bool(pair[0].edge))
        parts = {one.part for one, _ in both if not one.edge}
        if parts != set(self.parts or [""]):
            raise ValueError(f"{self.name}: its cases belong to {parts}, its points to {set(self.parts)}")
        return [one for one, _ in both], [answer for _, answer in both]
