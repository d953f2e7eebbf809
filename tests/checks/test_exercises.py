"""Of every exercise: right answers pass, and each known wrong one fails and is diagnosed as itself."""

import os
import runpy
from pathlib import Path

import numpy as np
import pytest

from revgraph.checks import exercises

SEEDS = range(int(os.environ.get("REVGRAPH_SEEDS", 20)))
ALTERNATIVES = {
    name: candidates
    for path in sorted(Path(__file__).parent.glob("alternatives/ch*.py"))
    for name, candidates in runpy.run_path(str(path))["ALTERNATIVES"].items()
}
every_exercise = pytest.mark.parametrize("exercise", exercises().values(), ids=exercises())


@every_exercise
def test_the_reference_passes_without_warnings(exercise):
    ask = exercise.asker(exercise.reference)
    for seed in SEEDS:
        verdict = exercise.judge(exercise.reference, seed)
        assert verdict.passed, verdict.message
        assert verdict.points == exercise.points
    for case in exercise.cases(np.random.default_rng(0)):
        assert not ask(case).warned
        assert not ask(case).changed


@every_exercise
def test_the_reference_gives_the_recorded_values(exercise):
    assert exercise.recorded, "no value from elsewhere: the reference could be wrong with itself"
    for recorded in exercise.recorded:
        answer = exercise.asker(exercise.reference)(recorded.case)
        assert not answer.error, answer.detail
        assert exercise.compare(type(answer)(value=recorded.value), answer) is None, recorded.source


@pytest.mark.parametrize(
    ("exercise", "candidate"),
    [
        pytest.param(e, c, id=f"{e.name}-{c.__name__}")
        for e in exercises().values()
        for c in ALTERNATIVES[e.name]
    ],
)
def test_other_right_answers_pass(exercise, candidate):
    for seed in SEEDS:
        verdict = exercise.judge(candidate, seed)
        assert verdict.passed, verdict.message


@pytest.mark.parametrize(
    ("exercise", "known"),
    [pytest.param(e, m, id=f"{e.name}-{m.name}") for e in exercises().values() for m in e.misconceptions],
)
def test_each_misconception_is_diagnosed_as_itself(exercise, known):
    for seed in SEEDS:
        verdict = exercise.judge(known.answer, seed)
        assert not verdict.passed
        assert verdict.points == 0
        assert verdict.misconception == known.name, verdict.message
        assert known.diagnosis in verdict.message


@every_exercise
def test_an_exercise_is_complete(exercise):
    assert len(exercise.misconceptions) >= 4
    assert len(ALTERNATIVES[exercise.name]) >= 2
    assert exercise.next
    assert exercise.points > 0
    for known in exercise.misconceptions:
        assert known.diagnosis.endswith("."), known.diagnosis
        assert known.diagnosis[0].isupper() or known.diagnosis[0] == "`", known.diagnosis
    questions = [known.next for known in exercise.misconceptions] + [exercise.next]
    assert all(q == "" or q[-1] in ".?" for q in questions)


@every_exercise
def test_the_same_seed_draws_the_same_cases(exercise):
    known = exercise.misconceptions[0].answer
    assert exercise.judge(known, 3).message == exercise.judge(known, 3).message
