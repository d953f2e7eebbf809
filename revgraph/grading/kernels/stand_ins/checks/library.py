"""Stands in while a submission is graded: pieces of chapters whose answers are judged are closed."""

from typing import Any

from revgraph.checks.chapters import exercises


def mine(*names: str) -> Any:
    """The reference's functions of these names: a learner's own stay in the learner's notebook."""
    found = tuple(map(_piece, names))
    return found[0] if len(names) == 1 else found


def _piece(name: str) -> Any:
    """An exercise goes by its name, a class built over several exercises by the class's name."""
    known = exercises()
    if name in known:
        return known[name].reference
    for exercise in known.values():
        if isinstance(exercise.reference, type) and exercise.reference.__name__ == name:
            return exercise.reference
    raise ImportError(f"{name} is closed while your answers are judged")


def pieces(*names: str) -> None:
    print("Shown in the learner's own notebook.")
