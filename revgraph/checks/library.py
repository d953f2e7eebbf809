"""The learner's own library: ``my_revgraph/``, beside the notebooks.

A solution that passes its check is written there as source, one file a chapter, together with what it needs
from the notebook: imports, helpers, constants. Later chapters take their pieces from it with ``mine``.
Nothing in the folder is ever lost: a file that was edited by hand is kept under another name before the next
solution is written.
"""

import hashlib
import json
import os
from functools import cache
from html import escape
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from revgraph.checks import source
from revgraph.checks.chapters import exercises
from revgraph.checks.exercise import Exercise
from revgraph.files import write_atomically

HEADER = '''"""Your solutions of chapter {chapter}, written here when they passed their checks.

This file is rewritten when another solution of the chapter passes. If you have edited it by then, your
version is kept beside it.
"""


'''
PACKAGE = '"""Your own deep-learning library, piece by piece."""\n'


def learners_folder() -> Path:
    """``my_revgraph/`` beside the chapters, or where the environment variable REVGRAPH_HOME says.

    The chapters are found from one of their folders, from the course's, and from the project's.
    """
    chosen = os.environ.get("REVGRAPH_HOME")
    if chosen:
        return Path(chosen)
    here = Path.cwd()
    if chapter_here():
        return here.parent / "my_revgraph"
    in_the_project = next(here.glob("course/[0-9][0-9]_*"), None)
    return (here / "course" if in_the_project else here) / "my_revgraph"


def chapter_here() -> str:
    """The name of the chapter that runs this code, such as 05_unbroadcast; empty outside of a chapter."""
    name = Path.cwd().name
    return name if name[:2].isdigit() and name[2:3] == "_" else ""


def being_graded() -> bool:
    """Whether an instructor's grading runs this code: it neither reads nor leaves a trace here."""
    return bool(os.environ.get("NBGRADER_EXECUTION"))


def is_lent(candidate: Any) -> bool:
    """Whether a function or class is the reference's own, which `mine` gives where the learner has none."""
    return str(getattr(candidate, "__module__", "")).startswith("revgraph.")


def whose(candidate: Any) -> str:
    """Whose work a check judges, where it is not the notebook's; in a sentence, or nothing."""
    if is_lent(candidate):
        return "This is the reference's, which `mine` lends where you have none: it does not count as yours."
    home = str(getattr(candidate, "__module__", ""))
    return (
        f"This is yours, as saved in {home.replace('.', '/')}.py." if home.startswith("my_revgraph.") else ""
    )


# Saving


def save(exercise: Exercise, candidate: Any) -> str:
    """Write a passed candidate's source into the chapter's file.

    Returns what to tell the learner, if anything: why it could not be saved, or that an edited file was kept.
    """
    path = learners_folder() / f"ch{exercise.chapter}.py"
    state = _read_json(path.with_suffix(".json"), {"parts": {}, "written": ""})
    try:
        parts = {**state["parts"], **source.parts(exercise.name, candidate, own=all_pieces())}
        text = HEADER.format(chapter=exercise.chapter) + source.assemble(parts)
        source.try_out(text)
    except source.NotSaved as reason:
        return str(reason)
    kept = _keep_edits(path, state["written"])
    _write(path.parent / "__init__.py", PACKAGE)
    _write(path, text)
    _write(path.with_suffix(".json"), json.dumps({"parts": parts, "written": _digest(text)}, indent=1))
    return kept


def _keep_edits(path: Path, written: str) -> str:
    """Move a file that is not as we wrote it out of the way."""
    if not path.exists() or _digest(path.read_text(encoding="utf-8")) == written:
        return ""
    n = 1
    while (kept := path.with_name(f"{path.stem}_yours_{n}.py")).exists():
        n += 1
    path.rename(kept)
    return f"You had edited {path.name}; your version is kept as {kept.name}."


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text)


def _read_json(path: Path, empty: dict[str, Any]) -> dict[str, Any]:
    """A damaged file counts as empty and is kept aside."""
    try:
        return {**empty, **json.loads(path.read_text(encoding="utf-8"))}
    except FileNotFoundError:
        return empty
    except (ValueError, TypeError):
        path.replace(path.with_suffix(".damaged"))
        return empty


# Progress


def passed_exercises() -> dict[str, float]:
    """The learner's passed exercises and their points."""
    return _read_json(learners_folder() / "progress.json", {})


def record(exercise: Exercise) -> None:
    """Remember a pass."""
    done = passed_exercises()
    if exercise.name not in done:
        done[exercise.name] = exercise.points
        _write(learners_folder() / "progress.json", json.dumps(done, indent=2) + "\n")


# Taking pieces out again

_loading: set[Path] = set()  # a file that asks for a piece of itself gets the reference's


def mine(*names: str) -> Any:
    """The learner's own functions of these names where ``my_revgraph/`` has them, else the reference's.

    One name gives the function, several give a tuple: ``unbroadcast = mine("unbroadcast")``.
    """
    found = tuple(_piece(name)[0] for name in names)
    return found[0] if len(names) == 1 else found


def _piece(name: str) -> tuple[Any, bool]:
    """A piece, and whether it is the learner's own."""
    exercise = _exercise_of(name)
    path = learners_folder() / f"ch{exercise.chapter}.py"
    if path.exists() and path not in _loading and not being_graded():
        own = getattr(_load(path, path.stat().st_mtime_ns), name, None)
        if own is not None:
            return own, True
    return exercise.reference, False


def all_pieces() -> set[str]:
    """The names that ``mine`` knows."""
    references = (e.reference for e in exercises().values())
    return {*exercises(), *(r.__name__ for r in references if isinstance(r, type))}


def _exercise_of(name: str) -> Exercise:
    """An exercise goes by its name, a class built over several exercises by the class's name."""
    known = exercises()
    by_class = (e for e in known.values() if isinstance(e.reference, type) and e.reference.__name__ == name)
    found = known.get(name) or next(by_class, None)
    if found is None:
        raise LookupError(f"No chapter makes a piece called {name!r}. The pieces are: {', '.join(known)}.")
    return found


@cache
def _load(path: Path, changed: int) -> ModuleType:
    """The module at this path; ``changed`` is its time of change, so that an edited file is read anew."""
    spec = spec_from_file_location(f"my_revgraph.{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    _loading.add(path)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ImportError(
            f"Your file {path} does not run: {type(error).__name__}: {error}. Mend it, or rename it to go on "
            "with the reference's pieces."
        ) from error
    finally:
        _loading.remove(path)
    return module


class Pieces:
    """Which pieces are the learner's own and which the reference's; a table in a notebook, text elsewhere."""

    def __init__(self, names: tuple[str, ...]):
        self.rows = [(name, _exercise_of(name).chapter, _piece(name)[1]) for name in names]

    def __repr__(self) -> str:
        width = max((len(name) for name, *_ in self.rows), default=0)
        return "\n".join(f"{name:<{width}}  {_whose(own):<9}  {chapter}" for name, chapter, own in self.rows)

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><td><code>{escape(name)}</code></td><td>{_whose(own)}</td><td>{escape(chapter)}</td></tr>"
            for name, chapter, own in self.rows
        )
        return f"<table><tr><th>piece</th><th>whose</th><th>chapter</th></tr>{cells}</table>"


def _whose(own: bool) -> str:
    return "yours" if own else "reference"


def pieces(*names: str) -> Pieces:
    """Show of each piece whether ``mine`` gives the learner's own or the reference's."""
    return Pieces(names)
