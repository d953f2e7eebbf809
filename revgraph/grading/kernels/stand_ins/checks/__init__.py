"""What a notebook's check cell calls, while a submission is graded: the verdict is reached elsewhere."""

from revgraph.checks import library
from revgraph.checks.call import Answer, Case, case, edge, part
from revgraph.checks.exercise import Exercise, Misconception, Recorded, Tolerance
from revgraph.checks.hints import watch_cells
from revgraph.checks.judge import Verdict
from revgraph.checks.library import mine, pieces
from revgraph.checks.notebook import CheckFailed, check, progress
from revgraph.checks.questions import good_answer, warm_up

__all__ = [
    "Answer",
    "Case",
    "CheckFailed",
    "Exercise",
    "Misconception",
    "Recorded",
    "Tolerance",
    "Verdict",
    "case",
    "check",
    "edge",
    "exercises",
    "good_answer",
    "mine",
    "part",
    "pieces",
    "progress",
    "warm_up",
]


class OpenExercises(dict[str, Exercise]):
    """The exercises whose answers are not judged just now."""

    def __missing__(self, name: str) -> Exercise:
        raise ImportError(f"{name} is closed while your answers are judged")


def exercises() -> dict[str, Exercise]:
    return OpenExercises(library.exercises())


watch_cells()
