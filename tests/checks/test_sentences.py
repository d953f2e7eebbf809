"""Wrong answers that were once told a false or an empty sentence are told what they are."""

import runpy
from pathlib import Path

import pytest

from tests.checks.remembering import remembered_exercise

FILES = [runpy.run_path(str(path)) for path in sorted((Path(__file__).parent / "wrong_answers").glob("*.py"))]


def told(key):
    """Of a file's answers: words that a message holds in every draw (SAID), or in none (NOT_SAID)."""
    return [
        pytest.param(exercise, answer, words, id=f"{exercise}-{answer.__name__}")
        for file in FILES
        for exercise, answers in file["WRONG"].items()
        for answer in answers
        if (words := file.get(key, {}).get(answer.__name__))
    ]


def messages(exercise, answer):
    return [remembered_exercise(exercise).judge(answer, seed).message for seed in range(5)]


@pytest.mark.parametrize(("exercise", "answer", "words"), told("SAID"))
def test_what_is_true_is_said(exercise, answer, words):
    assert all(words in message for message in messages(exercise, answer))


@pytest.mark.parametrize(("exercise", "answer", "words"), told("NOT_SAID"))
def test_what_is_false_is_not_said(exercise, answer, words):
    assert not any(words in message for message in messages(exercise, answer))
