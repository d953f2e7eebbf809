"""Every exercise of this course: its reference is right, and each known mistake is found and named."""

from pathlib import Path

import pytest

from revgraph.authoring.trial import course_exercises, faults

EXERCISES = course_exercises(Path(__file__).parents[1])
MISTAKES = [(exercise, known) for exercise in EXERCISES for known in exercise.misconceptions]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_an_exercise_judges_as_it_should(exercise):
    assert faults(exercise) == []


@pytest.mark.parametrize(("exercise", "known"), MISTAKES, ids=lambda part: part.name)
def test_each_misconception_is_named(exercise, known):
    verdict = exercise.judge(known.answer)
    assert not verdict.passed
    assert verdict.misconception == known.name
    assert known.diagnosis in verdict.message
