"""Wrong answers that were once told a false or an empty sentence are told what they are."""

import runpy
from pathlib import Path

import pytest

from tests.checks.remembering import remembered_exercise

FILES = [runpy.run_path(str(path)) for path in sorted((Path(__file__).parent / "wrong_answers").glob("*.py"))]
# Of an answer's name: words that its message holds in every draw, or in none.
SAID = {name: words for file in FILES for name, words in file.get("SAID", {}).items()}
NOT_SAID = {name: words for file in FILES for name, words in file.get("NOT_SAID", {}).items()}
ANSWERS = [
    pytest.param(exercise, answer, id=f"{exercise}-{answer.__name__}")
    for file in FILES
    for exercise, answers in file["WRONG"].items()
    for answer in answers
    if answer.__name__ in SAID | NOT_SAID
]


@pytest.mark.parametrize(("name", "answer"), ANSWERS)
def test_what_is_said_is_true(name, answer):
    exercise = remembered_exercise(name)
    for seed in range(5):
        message = exercise.judge(answer, seed).message
        assert SAID.get(answer.__name__, "") in message
        assert answer.__name__ not in NOT_SAID or NOT_SAID[answer.__name__] not in message, message
