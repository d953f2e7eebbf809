"""Stands in while a submission is graded: the verdict is reached elsewhere."""

from typing import Any


class CheckFailed(AssertionError):
    """Never raised here."""


def check(what: Any, candidate: Any = None) -> None:
    print("Judged by the grader.")


def progress() -> None:
    print("Your progress is kept in your own notebook.")
