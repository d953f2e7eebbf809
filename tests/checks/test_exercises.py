"""Of every exercise: right answers pass, and each known wrong one fails and is diagnosed as itself."""

import os
import runpy
from pathlib import Path

import numpy as np
import pytest

from revgraph.checks import exercises
from revgraph.checks.same import same_data
from tests.checks.remembering import remembering

SEEDS = range(int(os.environ.get("REVGRAPH_SEEDS", 20)))
ALTERNATIVES = {
    name: candidates
    for path in sorted(Path(__file__).parent.glob("alternatives/ch*.py"))
    for name, candidates in runpy.run_path(str(path))["ALTERNATIVES"].items()
}
EXERCISES = {name: remembering(exercise) for name, exercise in exercises().items()}
every_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


@every_exercise
def test_the_reference_passes_without_warnings(exercise):
    call = exercise.caller(exercise.reference)
    for seed in SEEDS:
        verdict = exercise.judge(exercise.reference, seed, call)
        assert verdict.passed, verdict.message
        assert verdict.points == exercise.points
    for answer in map(call, exercise.draw(0)[0]):
        assert not answer.warned
        assert not answer.changed
        assert answer.error in ("", "ValueError"), answer.detail  # any other is no answer, but an accident


@every_exercise
def test_the_reference_gives_the_recorded_values(exercise):
    assert exercise.recorded, "no value from elsewhere: the reference could be wrong with itself"
    for recorded in exercise.recorded:
        answer = exercise.caller(exercise.reference)(recorded.case)
        assert not answer.error, answer.detail
        assert exercise.compare(type(answer)(value=recorded.value), answer) is None, recorded.source


@pytest.mark.parametrize(
    ("exercise", "candidate"),
    [
        pytest.param(e, c, id=f"{e.name}-{c.__name__}")
        for e in EXERCISES.values()
        for c in ALTERNATIVES.get(e.name, [])
    ],
)
def test_other_right_answers_pass(exercise, candidate):
    for seed in SEEDS:
        verdict = exercise.judge(candidate, seed, exercise.caller(candidate))
        assert verdict.passed, verdict.message


@pytest.mark.parametrize(
    ("exercise", "known"),
    [pytest.param(e, m, id=f"{e.name}-{m.name}") for e in EXERCISES.values() for m in e.misconceptions],
)
def test_each_misconception_is_diagnosed_as_itself(exercise, known):
    for seed in SEEDS:
        verdict = exercise.judge(known.answer, seed, exercise.caller(known.answer))
        assert not verdict.passed
        assert verdict.points < exercise.points
        assert verdict.misconception == known.name, verdict.message
        assert known.diagnosis in verdict.message


@every_exercise
def test_an_exercise_is_complete(exercise):
    assert len(exercise.misconceptions) >= 4
    place = f"tests/checks/alternatives/ch{exercise.chapter[:2]}.py"
    others = ALTERNATIVES.get(exercise.name, [])
    assert len(others) >= 2, f"{exercise.name} needs two other right answers in {place}"
    assert exercise.next
    assert exercise.points > 0
    for known in exercise.misconceptions:
        assert known.diagnosis.endswith("."), known.diagnosis
        assert known.diagnosis[0].isupper() or known.diagnosis[0] == "`", known.diagnosis
    questions = [known.next for known in exercise.misconceptions] + [exercise.next]
    assert all(q == "" or q[-1] in ".?" for q in questions)


@every_exercise
def test_the_same_seed_draws_the_same_cases(exercise):
    cases = exercises()[exercise.name].cases
    drawn = [[(c.args, dict(c.kwargs)) for c in cases(np.random.default_rng(3))] for _ in range(2)]
    assert same_data(*drawn)
