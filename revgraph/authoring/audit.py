"""Do the checks depend on luck? Every known answer is judged over many seeds: ``make audit``.

Known are each exercise's misconceptions and the mutants of its reference, which a small slip each tells from
it, and what two folders of a course's tests hold: other right answers (``alternatives/ch*.py``, each with
``ALTERNATIVES = {exercise: [answer, ...]}``) and wrong ones that learners gave (``wrong_answers/ch*.py``,
``WRONG = {exercise: [answer, ...]}``). Mutants that are right all the same stand in ``equal_mutants.py``
beside them, each with a reason: ``EQUAL = {exercise: {mutant: reason}}``.
"""

from __future__ import annotations

import argparse
import os
import pickle
import runpy
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass, field, fields
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from revgraph.checks import Answer, Case, Exercise, exercises
from revgraph.checks.slips import slips

SECONDS = 2.0  # for one call of a mutant: some never end
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

    ``accepted`` counts seeds; ``fixed`` the cases that no seed takes away and that refuse it; ``escape`` is
    an upper bound for how often all drawn cases would let it through; ``names`` counts its diagnoses.
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
                for answer in runpy.run_path(str(path))[table].get(exercise.name, ()):
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
    return runpy.run_path(str(path))["EQUAL"] if path.exists() else {}


# Judging it


class Remembering(Exercise):
    """Draws the cases of a seed once, and puts a case that no seed changes to a candidate once.

    A case is remembered by its identity, so together with the answer it is kept alive.
    """

    def draw(self, seed: int) -> tuple[list[Case], list[Answer]]:
        return _remembered((self.name, seed), lambda: self._draw(seed))

    def _draw(self, seed: int) -> tuple[list[Case], list[Answer]]:
        cases, answers = super().draw(seed)
        return [_the_same(self.name, case) for case in cases], answers

    def caller(self, candidate: Any, seconds: float | None = None) -> Callable[[Case], Answer]:
        put = super().caller(candidate, seconds)
        return lambda case: _remembered((self.name, candidate, id(case)), lambda: (case, put(case)))[1]


_memory: dict[Any, Any] = {}


def _remembered(key: Any, make: Callable[[], Any]) -> Any:
    if key not in _memory:
        _memory[key] = make()
    return _memory[key]


def _the_same(exercise: str, case: Case) -> Case:
    """One object for all cases that are alike, whatever the seed."""
    return _remembered((exercise, pickle.dumps(case)), lambda: case)


def judge_over_seeds(candidate: Candidate, seeds: Sequence[int], exercise: Exercise | None = None) -> Finding:
    """Judge one candidate on every seed."""
    plain = exercise or exercises()[candidate.exercise]
    exercise = Remembering(**{field.name: getattr(plain, field.name) for field in fields(plain)})
    call = exercise.caller(candidate.answer, SECONDS)
    accepted, names = 0, Counter[str | None]()
    refused: Counter[tuple[int, int]] = Counter()  # by the position and the identity of the case
    for seed in seeds:
        verdict = exercise.judge(candidate.answer, seed, call)
        cases = [case for case in exercise.draw(seed)[0] if not case.edge]
        accepted += verdict.passed
        if not verdict.passed:
            names[verdict.misconception] += 1
        passed = verdict.cases
        refused.update(
            (i, id(case)) for i, (case, right) in enumerate(zip(cases, passed, strict=True)) if not right
        )
    everywhere = {key for key, count in refused.items() if count == len(seeds)}
    drawn = Counter(position for position, _ in refused.elements() if (position, _) not in everywhere)
    escape = prod(1 - (count + 1) / (len(seeds) + 2) for count in drawn.values())
    one = candidate
    return Finding(one.exercise, one.kind, one.name, len(seeds), accepted, len(everywhere), escape, names)


def audit_exercise(name: str, tests: Path, seeds: int, mutant_seeds: int) -> list[Finding]:
    """Everything that is known of one exercise."""
    _memory.clear()
    exercise = exercises()[name]
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):  # some answers print
        found = [judge_over_seeds(one, range(seeds)) for one in known_candidates(exercise, tests)]
        found += [judge_over_seeds(one, range(mutant_seeds)) for one in mutant_candidates(exercise, tests)]
    return found


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
    wanted = [
        name
        for name, exercise in exercises().items()
        if not options.names or {name, exercise.chapter[:2]} & set(options.names)
    ]
    work = partial(
        audit_exercise, tests=options.tests, seeds=options.seeds, mutant_seeds=options.mutant_seeds
    )
    with ProcessPoolExecutor(options.processes) as pool:
        findings = without_strangers([one for group in pool.map(work, wanted) for one in group])
    console = Console(soft_wrap=True, highlight=False)
    for one in findings:
        unnamed = options.unnamed and one.kind != "alternative" and not one.accepted and None in one.names
        told = one.faults + ["has no name"] * (unnamed and len(one.names) == 1)
        if told:
            console.print(f"{one.exercise}: {one.kind} {one.name!r} is {'; '.join(told)}", markup=False)
    console.print(table(findings, "exercise", lambda one: one.exercise))
    console.print(table(findings, "kind", lambda one: one.kind))
    raise SystemExit(any(one.faults for one in findings if one.kind != "mutant" or one.accepted))


if __name__ == "__main__":
    main()
