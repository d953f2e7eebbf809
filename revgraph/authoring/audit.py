"""Do the checks depend on luck? Every known answer is judged over many seeds: ``make audit``.

Known are each exercise's misconceptions, the mutants of its reference, which differ from it by one small
slip, and what two folders of a course's tests hold: other right answers (``alternatives/ch*.py``, each with
``ALTERNATIVES = {exercise: [answer, ...]}``) and wrong ones that learners gave (``wrong_answers/ch*.py``,
``WRONG = {exercise: [answer, ...]}``). Mutants that are right all the same stand in ``equal_mutants.py``
beside them, each with a reason: ``EQUAL = {exercise: {mutant: reason}}``.
"""

from __future__ import annotations

import argparse
import gc
import os
import pickle
import runpy
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass, field, fields
from functools import cache, partial
from math import prod
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from revgraph.checks import Answer, Case, Exercise, exercises
from revgraph.checks.call import TimeLimitReached
from revgraph.checks.compare import Difference
from revgraph.checks.form import Form
from revgraph.checks.slips import slips
from revgraph.checks.source import function_source

SECONDS = 2.0  # for one call of a mutant: some never end
SETTLED = 60  # seeds on which one that two fixed cases refuse is named alike, before the others are left out
ESCAPE = 1e-6  # an answer that fewer fixed cases refuse may escape the drawn ones no more often


@dataclass(frozen=True)
class Candidate:
    """An answer whose worth is known: ``kind`` is 'misconception', 'alternative', 'answer' or 'mutant'."""

    exercise: str
    kind: str
    name: str
    answer: Any = field(repr=False)

    @property
    def right(self) -> bool:
        return self.kind == "alternative"


@dataclass(frozen=True, eq=False)
class Finding:
    """What judging a candidate over many seeds has shown.

    ``seeds`` are those it was judged on, ``accepted`` counts those that let it through; ``fixed`` the cases
    that no seed takes away and that refuse it; ``escape`` is an upper bound for how often all drawn cases
    would let it through; ``names`` counts its diagnoses.
    """

    exercise: str
    kind: str
    name: str
    seeds: int
    accepted: int
    fixed: int
    escape: float
    names: Counter[str | None]

    @property
    def faults(self) -> list[str]:
        """Why the checks are not yet as they should be; nothing where all is well."""
        if self.kind == "alternative":
            return [f"refused on {self.seeds - self.accepted} seeds"] if self.accepted < self.seeds else []
        found = [f"accepted on {self.accepted} seeds"] if self.accepted else []
        if not self.accepted and self.fixed < 2 and self.escape > ESCAPE:
            found.append(f"refused by {self.fixed} fixed cases")
        if len(self.names) > 1:
            found.append(f"named {', '.join(map(str, self.names))}")
        if self.kind == "misconception" and not self.accepted and set(self.names) != {self.name}:
            found.append(f"named {', '.join(map(str, self.names))}")
        return found

    @property
    def always_named(self) -> bool:
        return self.accepted == 0 and len(self.names) == 1 and None not in self.names


# Everything that is known


def known_candidates(exercise: Exercise, tests: Path) -> Iterator[Candidate]:
    """Misconceptions, other right answers, and wrong ones that learners gave."""
    for known in exercise.misconceptions:
        yield Candidate(exercise.name, "misconception", known.name, known.answer)
    for kind, folder, table in (
        ("alternative", "alternatives", "ALTERNATIVES"),
        ("answer", "wrong_answers", "WRONG"),
    ):
        for path in sorted((tests / folder).glob("ch*.py")):
            if path.stem[2:4] == exercise.chapter[:2]:
                for answer in _table(path, table).get(exercise.name, ()):
                    yield Candidate(exercise.name, kind, answer.__name__, answer)


def mutant_candidates(exercise: Exercise, tests: Path) -> Iterator[Candidate]:
    """The mutants of its reference, without those that are listed as equal."""
    equal = equal_mutants(tests).get(exercise.name, {})
    others = frozenset(other.reference for other in exercises().values()) - {exercise.reference}
    for slip in slips(exercise.reference, others):
        if slip.change not in equal:
            yield Candidate(exercise.name, "mutant", slip.change, slip.answer)


def equal_mutants(tests: Path) -> dict[str, dict[str, str]]:
    path = tests / "equal_mutants.py"
    return _table(path, "EQUAL") if path.exists() else {}


@cache
def _table(path: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = runpy.run_path(str(path))[name]
    return found


# Judging it


class Memory:
    """What judging one exercise need not do again: what no seed changes is kept, the rest for one seed.

    A case is known by its pickle, so that equal ones of two seeds are one; ``steady`` are those that two
    seeds have in common, ``ids`` theirs that no seed has missed. ``kept`` holds values by their identity,
    which is safe as long as they are kept alive.
    """

    def __init__(self, exercise: Exercise):
        first, second = ({pickle.dumps(case): case for case in exercise.draw(seed)[0]} for seed in (0, 1))
        self.steady = {key: case for key, case in first.items() if key in second}
        self.ids = {id(case) for case in self.steady.values()}
        self.always: dict[Any, Any] = {}
        self.now: dict[Any, Any] = {}
        self.seed = -1
        self.kept: dict[int, Any] = {}

    def of_seed(self, seed: int, make: Callable[[], Any]) -> Any:
        if seed != self.seed:
            self.seed, self.now = seed, {}
        return self.recall(self.now, "drawn", make)

    def answer(self, candidate: Any, case: Case, make: Callable[[], Answer]) -> Answer:
        """A candidate's answer to a case."""
        if id(case) not in self.ids:
            return self.recall(self.now, (candidate, id(case)), make)
        found: Answer = self.recall(self.always, (candidate, id(case)), make)
        self.kept[id(found.value)] = found.value
        return found

    def recall(self, memory: dict[Any, Any], key: Any, make: Callable[[], Any]) -> Any:
        if key not in memory:
            memory[key] = make()
        return memory[key]


def _itself(value: Any) -> Any:
    return value


@dataclass(frozen=True, kw_only=True)
class Remembering(Exercise):
    """Draws the cases of a seed once for all candidates, puts a case that no seed changes to a candidate
    once, and compares once what is the same object every time.
    """

    plain: Exercise
    memory: Memory

    def draw(self, seed: int) -> tuple[list[Case], list[Answer]]:
        return self.memory.of_seed(seed, lambda: self._draw(seed))

    def _draw(self, seed: int) -> tuple[list[Case], list[Answer]]:
        memory, (cases, answers) = self.memory, self.plain.draw(seed)
        cases = [memory.steady.get(pickle.dumps(case), case) for case in cases]
        memory.ids &= {id(case) for case in cases}
        places = enumerate(zip(cases, answers, strict=True))
        right = [memory.answer(("right", i), case, partial(_itself, answer)) for i, (case, answer) in places]
        return cases, right

    def caller(self, candidate: Any, seconds: float | None = None) -> Callable[[Case], Answer]:
        put = self.plain.caller(candidate)
        return lambda case: self.memory.answer(candidate, case, lambda: within(seconds, put, case))

    def compare(self, expected: Answer, got: Answer) -> Difference | None:
        one, other, kept = id(expected.value), id(got.value), self.memory.kept
        if one not in kept or other not in kept:
            return super().compare(expected, got)
        key = (one, expected.error, other, got.error, got.changed, got.warned)
        return self.memory.recall(self.memory.always, key, lambda: Form.compare(self, expected, got))


def within(seconds: float | None, put: Callable[[Case], Answer], case: Case) -> Answer:
    """An answer, of which TimeLimitReached is one: the processor's time is limited by a signal, which costs
    much less than the thread that watches over a learner's calls.
    """
    if seconds is None:
        return put(case)
    before = signal.signal(signal.SIGPROF, partial(_at_the_limit, seconds))
    signal.setitimer(signal.ITIMER_PROF, seconds, seconds)
    try:
        return put(case)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _at_the_limit(seconds: float, signum: int, frame: Any) -> None:
    raise TimeLimitReached(f"{seconds:.2g}")


def remembering(exercise: Exercise) -> Remembering:
    form = {field.name: getattr(exercise, field.name) for field in fields(exercise)}
    return Remembering(**form, plain=exercise, memory=Memory(exercise))


class Trials:
    """One candidate, judged on seed after seed."""

    def __init__(self, candidate: Candidate, exercise: Remembering):
        self.candidate, self.exercise = candidate, exercise
        self.call = exercise.caller(candidate.answer, SECONDS)
        self.source = cache(partial(function_source, candidate.answer))
        self.seeds = self.accepted = 0
        self.names = Counter[str | None]()
        self.steady = Counter[tuple[int, int]]()  # refusals by the position and the identity of a steady case
        self.at = Counter[int]()  # all refusals, by position

    def judge(self, seed: int) -> None:
        verdict = self.exercise.judge(self.candidate.answer, seed, self.call, self.source)
        self.seeds += 1
        self.accepted += verdict.passed
        if not verdict.passed:
            self.names[verdict.misconception] += 1
        cases, ids = self.exercise.draw(seed)[0], self.exercise.memory.ids
        wrong = [i for i, right in enumerate(verdict.cases) if not right]  # the edge cases come last
        self.at.update(wrong)
        self.steady.update((i, id(cases[i])) for i in wrong if id(cases[i]) in ids)

    @property
    def everywhere(self) -> set[tuple[int, int]]:
        """The cases that no seed takes away and that refuse it on every seed."""
        ids = self.exercise.memory.ids
        return {key for key, count in self.steady.items() if count == self.seeds and key[1] in ids}

    @property
    def settled(self) -> bool:
        """Whether more seeds say nothing new: two cases that are in each refuse it, and it has one name."""
        return self.seeds >= SETTLED and len(self.names) == 1 and len(self.everywhere) > 1

    def finding(self) -> Finding:
        everywhere = self.everywhere
        drawn = self.at - Counter(i for i, _ in everywhere for _ in range(self.seeds))
        escape = prod(1 - (count + 1) / (self.seeds + 2) for count in drawn.values())
        one, names = self.candidate, self.names
        return Finding(
            one.exercise, one.kind, one.name, self.seeds, self.accepted, len(everywhere), escape, names
        )


def audit_exercise(name: str, tests: Path, seeds: int, mutant_seeds: int) -> list[Finding]:
    """Everything that is known of one exercise, seed by seed, so that a seed's cases are drawn once."""
    exercise = remembering(exercises()[name])
    known = [Trials(one, exercise) for one in known_candidates(exercise, tests)]
    mutants = [Trials(one, exercise) for one in mutant_candidates(exercise, tests)]
    gc.freeze()  # what is there by now stays, and need not be walked through again and again
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):  # some answers print
        for seed in range(max(seeds, mutant_seeds)):
            for trials in known * (seed < seeds) + mutants * (seed < mutant_seeds):
                if not trials.settled:
                    trials.judge(seed)
    return [trials.finding() for trials in known + mutants]


def without_strangers(findings: list[Finding]) -> list[Finding]:
    """A class is checked piece by piece: a mutant of it that one exercise refuses is none of the others'."""
    shared: dict[tuple[Any, str], list[Finding]] = {}
    for one in findings:
        key = (exercises()[one.exercise].reference, one.name) if one.kind == "mutant" else (one, "")
        shared.setdefault(key, []).append(one)
    kept = []
    for group in shared.values():
        kept += [one for one in group if not one.accepted] or group[:1]
    return kept


# Telling it


def table(findings: Iterable[Finding], first: str, key: Callable[[Finding], str]) -> Table:
    """A row for each exercise or kind of answer."""
    shown = Table(
        first, "wrong answers", "accepted", "by fewer than two cases", "named", "always alike", box=None
    )
    groups: dict[str, list[Finding]] = {}
    for one in findings:
        if one.kind != "alternative":
            groups.setdefault(key(one), []).append(one)
    for name, group in groups.items():
        dead = [one for one in group if not one.accepted]
        few = sum(one.fixed < 2 and one.escape > ESCAPE for one in dead)
        named = sum(None not in one.names for one in dead) / max(1, len(dead))
        alike = sum(one.always_named for one in dead) / max(1, len(dead))
        counts = (len(group), len(group) - len(dead), few)
        shown.add_row(name, *map(str, counts), f"{named:.0%}", f"{alike:.0%}")
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("tests", type=Path, help="the folder of alternatives/ and wrong_answers/")
    parser.add_argument(
        "names", nargs="*", help="exercises, or chapters by their numbers; all, if none is named"
    )
    parser.add_argument("--seeds", type=int, default=300)
    parser.add_argument("--mutant-seeds", type=int, default=20)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--unnamed", action="store_true", help="list what has no name, too")
    options = parser.parse_args()
    known = exercises()
    asked = [one for one in known.values() if {one.name, one.chapter[:2]} & set(options.names or known)]
    references = {one.reference for one in asked}  # of a class, with all exercises that ask for a part of it
    wanted = [name for name, one in known.items() if one.reference in references]
    work = partial(
        audit_exercise, tests=options.tests, seeds=options.seeds, mutant_seeds=options.mutant_seeds
    )
    with ProcessPoolExecutor(options.processes) as pool:
        findings = without_strangers([one for group in pool.map(work, wanted) for one in group])
    console = Console(soft_wrap=True, highlight=False)
    for one in findings:
        unnamed = options.unnamed and one.kind != "alternative" and not one.accepted and None in one.names
        told = one.faults + ["without a name"] * (unnamed and len(one.names) == 1)
        if told:
            console.print(f"{one.exercise}: {one.kind} {one.name!r} is {'; '.join(told)}", markup=False)
    console.print(table(findings, "exercise", lambda one: one.exercise))
    console.print(table(findings, "kind", lambda one: one.kind))
    raise SystemExit(any(one.faults for one in findings if one.kind != "mutant" or one.accepted))


if __name__ == "__main__":
    main()
