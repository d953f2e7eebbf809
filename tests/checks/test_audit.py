"""A small part of `make audit`: no wrong answer passes, each is named, and a slip in a reference is found."""

import time
from functools import cache
from pathlib import Path

import pytest

from revgraph.authoring.audit import (
    Candidate,
    Finding,
    Trials,
    equal_mutants,
    known_candidates,
    remembering,
    table,
    without_strangers,
)
from revgraph.checks import Exercise, Misconception, case, exercises
from revgraph.checks.slips import slips

TESTS = Path(__file__).parent
EXERCISES = exercises()
ANSWERS = [
    one
    for exercise in EXERCISES.values()
    for one in known_candidates(exercise, TESTS)
    if one.kind == "answer"
]


@cache
def over_three_seeds(name):
    """What judging the answers to one exercise has shown; a seed's cases are drawn once for all of them."""
    exercise = remembering(EXERCISES[name])
    trials = [Trials(one, exercise) for one in ANSWERS if one.exercise == name]
    for seed in range(3):
        for one in trials:
            one.judge(seed)
    return {one.candidate: one.finding() for one in trials}


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda one: f"{one.exercise}-{one.name}")
def test_a_wrong_answer_is_refused_on_every_seed(answer):
    found = over_three_seeds(answer.exercise)[answer]
    assert found.accepted == 0
    assert found.fixed > 1 or found.escape < 0.1  # three seeds bound it no better


def test_nine_of_ten_answers_that_learners_gave_are_named_always_alike():
    named = [over_three_seeds(answer.exercise)[answer].always_named for answer in ANSWERS]
    assert len(named) >= 80
    assert sum(named) >= 0.9 * len(named)


@cache
def drawn(name):
    """The cases that count, with the right answers, and the seconds for one call of a slip, since some never
    end: many times what the reference takes."""
    began = time.perf_counter()
    pairs = list(zip(*EXERCISES[name].draw(0), strict=True))
    seconds = 0.2 + 20 * (time.perf_counter() - began) / len(pairs)
    return [(one, right) for one, right in pairs if not one.edge], seconds


def passes(exercise, candidate):
    """Whether a candidate is right in all cases that count; the first that is wrong ends it."""
    pairs, seconds = drawn(exercise.name)
    call = exercise.caller(candidate, seconds)
    return all(exercise.compare(right, call(one)) is None for one, right in pairs)


REFERENCES = {}
for name, exercise in EXERCISES.items():
    REFERENCES.setdefault(exercise.reference, []).append(name)


@pytest.mark.parametrize("names", REFERENCES.values(), ids="-".join)
def test_a_slip_in_the_reference_is_found_or_listed_with_a_reason(names):
    reference = EXERCISES[names[0]].reference
    others = frozenset(exercise.reference for exercise in EXERCISES.values()) - {reference}
    equal = {change for name in names for change in equal_mutants(TESTS).get(name, {})}
    made = {slip.change: slip.answer for slip in slips(reference, others)}
    survivors = {
        change
        for change, answer in made.items()
        if change not in equal and all(passes(EXERCISES[name], answer) for name in names)
    }
    assert survivors == set()
    assert equal <= set(made), "these are no slips of the reference any more"


def double(x):
    return 2 * x


def lucky(x):
    return 2 * x if x < 0.5 else x


DOUBLE = Exercise(
    "double",
    1,
    double,
    lambda rng: [case(0.25), case(float(rng.uniform(0, 1)))],
    misconceptions=[Misconception("squares", lambda x: x * x, "You squared.")],
)


def audited(answer, kind="answer"):
    trials = Trials(Candidate("double", kind, "one", answer), remembering(DOUBLE))
    for seed in range(20):
        trials.judge(seed)
    return trials.finding()


def test_luck_is_found_out():
    found = audited(lucky)
    assert 0 < found.accepted < 20
    assert found.faults[0] == f"accepted on {found.accepted} seeds"


def test_too_few_cases_are_found_out():
    found = audited(lambda x: x if x == 0.25 else 2 * x)
    assert (found.accepted, found.fixed) == (0, 1)
    assert "refused by 1 fixed cases" in found.faults
    assert audited(lambda x: -x).escape < 0.1


def test_a_right_answer_that_is_refused_is_found_out():
    assert audited(double, "alternative").faults == []
    assert audited(lucky, "alternative").faults[0].startswith("refused on ")


def test_names_that_change_with_the_seed_are_found_out():
    found = audited(lambda x: x * x if x == 0.25 or x < 0.5 else 3 * x)
    assert any(fault.startswith("named ") for fault in found.faults)


def test_the_table_counts():
    shown = table(
        [audited(lucky), audited(lambda x: x * x), audited(double, "alternative")], "kind", lambda f: f.kind
    )
    assert [list(column.cells) for column in shown.columns[:3]] == [["answer"], ["2"], ["1"]]


def test_a_slip_in_a_class_is_found_by_the_exercise_that_asks_for_it():
    def finding(exercise, accepted):
        return Finding(exercise, "mutant", "a → b", 1, accepted, 2, 1.0, {})

    kept = without_strangers([finding("value_add", 1), finding("value_mul", 0)])
    assert [one.exercise for one in kept] == ["value_mul"]
    kept = without_strangers([finding("value_add", 1), finding("value_mul", 1)])
    assert [one.exercise for one in kept] == ["value_add"]
