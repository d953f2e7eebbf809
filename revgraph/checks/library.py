"""The learner's own library: ``my_revgraph/``, beside the notebooks.

A solution that passes its check is written there as source, one file a chapter, together with what it needs
from the notebook: imports, helpers, constants. Later chapters take their pieces from it with ``mine``.
Nothing in the folder is ever lost: a file that was edited by hand is kept under another name before the next
solution is written.
"""

import hashlib
import json
import os
import sys
from functools import cache
from html import escape
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from revgraph.checks import registry, source
from revgraph.checks.blame import names_around
from revgraph.checks.exercise import Exercise
from revgraph.checks.hints import going_on_without
from revgraph.checks.own import packages
from revgraph.checks.own.loading import PREFIX
from revgraph.checks.registry import exercises
from revgraph.files import write_atomically

HEADER = '''"""Your solutions of chapter {chapter}, written here when they passed their checks.

This file is rewritten when another solution of the chapter passes. If you have edited it by then, your
version is kept beside it.
"""


'''
PACKAGE = '''"""Your own library, piece by piece: import what has passed its check from here, by its name."""


def __getattr__(name):
    from revgraph.checks.library import own_piece

    return own_piece(name)
'''
EARLIER_PACKAGES = ('"""Your own deep-learning library, piece by piece."""\n',)


def learners_folder() -> Path:
    """``my_revgraph/`` beside the chapters, or where the environment variable REVGRAPH_HOME says.

    The chapters are found from one of their folders, from the course's, and from the project's.
    """
    chosen = os.environ.get("REVGRAPH_HOME")
    if chosen:
        return Path(chosen)
    here = Path.cwd()
    if home := registry.home():
        return home / "my_revgraph"
    if chapter_here():
        return here.parent / "my_revgraph"
    in_the_project = next(here.glob("course/[0-9][0-9]_*"), None)
    return (here / "course" if in_the_project else here) / "my_revgraph"


def chapter_here() -> str:
    """The name of the chapter that runs this code, such as 05_unbroadcast; empty outside of a chapter."""
    name = Path.cwd().name
    chapters = {one.chapter for one in registry.listed().values()}
    return name if name in chapters or (name[:2].isdigit() and name[2:3] == "_") else ""


def being_graded() -> bool:
    """Whether an instructor's grading runs this code: it neither reads nor leaves a trace here."""
    return bool(os.environ.get("NBGRADER_EXECUTION"))


def is_lent(candidate: Any) -> bool:
    """Whether a function or class is the reference's own, which `mine` gives where the learner has none."""
    home = str(getattr(candidate, "__module__", ""))
    return home.startswith(("revgraph.", PREFIX, *(f"{name}." for name in packages.names())))


def is_saved(candidate: Any) -> bool:
    """Whether a function or class comes from the learner's own library already."""
    return str(getattr(candidate, "__module__", "")).startswith("my_revgraph.")


def whose(candidate: Any) -> str:
    """Whose work a check judges, where it is not the notebook's; in a sentence, or nothing."""
    if is_lent(candidate):
        return "This is the reference's, which `mine` lends where you have none: it does not count as yours."
    if is_saved(candidate):
        return f"This is yours, as saved in {candidate.__module__.replace('.', '/')}.py."
    return ""


# Saving


def save(exercise: Exercise, candidate: Any) -> str:
    """Write a passed candidate's source into the chapter's file; what passed before stays there.

    Returns what to tell the learner, if anything: why it could not be saved, or that an edited file was kept.
    """
    path = _file_of(exercise)
    state = _read_json(path.with_suffix(".json"), {"parts": {}, "written": ""})
    try:
        new = source.parts(exercise.name, candidate, _piece_name)
        new = _without_strangers(new, {**state["parts"], **new})
        parts = _merged(exercise, state["parts"], _of_the_same_file(new, state["parts"]))
        parts = _as_in_the_notebook(exercise, candidate, parts)
    except source.NotSaved as reason:
        return str(reason)
    text = _file_text(exercise, parts)
    kept = _keep_edits(path, state["written"])
    _write_package(path.parent / "__init__.py")
    _write(path, text)
    _write(path.with_suffix(".json"), json.dumps({"parts": parts, "written": _digest(text)}, indent=1))
    return kept


def _file_of(exercise: Exercise) -> Path:
    """``ch05_unbroadcast.py``, or ``ps1.py`` for an assignment without a number."""
    name = f"ch{exercise.chapter}" if exercise.chapter[:1].isdigit() else exercise.chapter
    return learners_folder() / f"{name}.py"


def _without_strangers(new: dict[str, str], known: dict[str, str]) -> dict[str, str]:
    """Without what is attached to a class that this file does not hold."""
    owners = {name: name.partition(".")[0] for name in new}  # an import has no name
    return {
        name: text for name, text in new.items() if owners[name] in known or not owners[name].isidentifier()
    }


def _of_the_same_file(new: dict[str, str], old: dict[str, str]) -> dict[str, str]:
    """A piece that stands in the same file is not taken with `mine`, which would have to load that file."""
    known = {f'{name} = mine("{piece}")': (name, piece) for name in new for piece in old}
    found = {}
    for name, text in new.items():
        alias, piece = known.get(text, ("", ""))
        if not alias:
            found[name] = text
        elif alias != piece:
            found[name] = f"{alias} = {piece}"
    return found


def _file_text(exercise: Exercise, parts: dict[str, str]) -> str:
    return HEADER.format(chapter=exercise.chapter) + source.assemble(parts)


def _merged(exercise: Exercise, old: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    """The old parts and the new ones. What passed before has to pass still: a new part that spoils it stays
    out, as does half of a class that is being built in a second session.

    Raises NotSaved where the file would not run, or the exercise itself would not pass.
    """
    whole = {**old, **new}
    source.try_out(_file_text(exercise, whole))
    passed = [other for other in _sharing(exercise) if other.name in passed_exercises()]
    if all(_passes(other, _file_text(exercise, whole)) for other in passed):
        return whole
    kept = {**new, **old}  # new names are added, the others stay as they were
    for name in new:
        tried = {**kept, name: new[name]}
        if all(_passes(other, _file_text(exercise, tried)) for other in passed):
            kept = tried
    if not _passes(exercise, _file_text(exercise, kept)):
        raise source.NotSaved("Not saved to my_revgraph: together with what is there it does not pass.")
    return kept


def _as_in_the_notebook(exercise: Exercise, candidate: Any, parts: dict[str, str]) -> dict[str, str]:
    """The parts, with values as they are now where the file would not pass without: a loop, another cell or
    `+=` has changed what its line makes.

    Raises NotSaved where that cannot be written down.
    """
    around = names_around(candidate)
    made = source.try_out(_file_text(exercise, parts))
    both = [name for name in made if name in around and not name.startswith("__")]
    changed = [name for name in both if source.has_changed(around[name], made[name])]
    if not changed or _passes(exercise, _file_text(exercise, parts)):
        return parts
    for name in changed:
        parts = {**parts, **source.as_it_is(name, around[name])}
    if not _passes(exercise, _file_text(exercise, parts)):
        raise source.NotSaved("Not saved to my_revgraph: outside the notebook it does not pass.")
    return parts


def _sharing(exercise: Exercise) -> list[Exercise]:
    """The exercises of the same class, which are saved as one."""
    same = [other for other in exercises().values() if other.reference is exercise.reference]
    return same if isinstance(exercise.reference, type) else []


def _passes(exercise: Exercise, text: str) -> bool:
    """Whether the file of this text holds a right answer to an exercise."""
    try:
        made = source.try_out(text)
    except source.NotSaved:
        return False
    name = exercise.reference.__name__ if isinstance(exercise.reference, type) else exercise.name
    return name in made and exercise.judge(made[name]).passed


def _write_package(path: Path) -> None:
    """What makes a package of the folder; one that the learner has written stays."""
    if not path.exists() or path.read_text(encoding="utf-8") in EARLIER_PACKAGES:
        _write(path, PACKAGE)


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


def failures() -> dict[str, int]:
    """How often a check of the learner's own answer failed, by the exercise's name."""
    return dict(_read_json(learners_folder() / "failed.json", {}))


def record_failure(exercise: Exercise) -> None:
    """Count a check that failed; one that failed lately stands at the end."""
    found = failures()
    found[exercise.name] = found.pop(exercise.name, 0) + 1
    _write(learners_folder() / "failed.json", json.dumps(found, indent=2) + "\n")


def asked() -> dict[str, list[str]]:
    """The exercises that a chapter's first questions were about, where they were chosen for this learner."""
    return dict(_read_json(learners_folder() / "asked.json", {}))


def record_asked(chapter: str, names: list[str]) -> None:
    _write(learners_folder() / "asked.json", json.dumps({**asked(), chapter: names}, indent=2) + "\n")


# Taking pieces out again

_loading: set[Path] = set()  # a file that asks for a piece of itself gets the reference's


def is_loading() -> bool:
    """Whether a saved file is being imported: a check that stands in it is not meant now."""
    return bool(_loading)


def mine(*names: str, own: bool = True) -> Any:
    """The learner's own functions of these names where ``my_revgraph/`` has them, otherwise the reference's.

    One name gives the function, several give a tuple: ``unbroadcast = mine("unbroadcast")``. With
    ``own=False`` it is the reference's in any case: where one's own is right but slow.

    Raises LookupError for a name that no chapter makes.
    """
    found = tuple(_piece(name)[0] if own else _exercise_of(name).reference for name in names)
    return found[0] if len(names) == 1 else found


def own_piece(name: str) -> Any:
    """The learner's own piece, as `from my_revgraph import conv2d` takes it; graded, what `mine` gives.

    Raises ImportError for a piece that has not passed yet, AttributeError for anything else.
    """
    if name not in all_pieces():
        raise AttributeError(f"my_revgraph has no {name!r}")
    piece, own = _piece(name)
    if not own and not being_graded():  # `from ... import` would not show the message of an AttributeError
        raise ImportError(
            f"my_revgraph has no {name}: no check of it has passed yet.{going_on_without(name)}"
        )
    return piece


def _piece(name: str) -> tuple[Any, bool]:
    """A piece, and whether it is the learner's own."""
    exercise = _exercise_of(name)
    path = _file_of(exercise)
    if path.exists() and path not in _loading and not being_graded():
        own = getattr(_load(path, _changed(path.parent)), name, None)
        if own is not None and not _says_what_is_missing(own, exercise.reference):
            return own, True
    return exercise.reference, False


def _says_what_is_missing(own: Any, reference: Any) -> bool:
    """A class that is built piece by piece serves later chapters once it has all its methods."""
    if not isinstance(reference, type):
        return False
    missing = [name for name, value in vars(reference).items() if callable(value) and not hasattr(own, name)]
    if missing:
        print(f"Your {reference.__name__} has no {', '.join(missing)} yet: the reference's is lent for now.")
    return bool(missing)


def _piece_name(name: str, value: Any) -> str:
    """The name by which `mine` gives this value; empty for what the notebook made itself."""
    if not callable(value) or getattr(value, "__module__", "") == "__main__":
        return ""
    lent = (key for key in all_pieces() if _exercise_of(key).reference is value)
    saved = (key for key, other in names_around(value).items() if other is value and is_saved(value))
    known = name if name in all_pieces() and is_saved(value) else ""
    return next(lent, "") or next((key for key in saved if key in all_pieces()), "") or known


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


def _changed(folder: Path) -> int:
    """When any file of the library changed last: they take pieces from each other."""
    return max(path.stat().st_mtime_ns for path in folder.glob("*.py"))


@cache
def _load(path: Path, changed: int) -> ModuleType:
    """The module at this path; ``changed`` is when the library changed: an edited file is read anew."""
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


class Finder:
    """Finds `my_revgraph` beside the chapters, wherever a notebook runs; graded, it is what `mine` gives."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
        if name != "my_revgraph":
            return None
        if being_graded():
            return spec_from_file_location(name, Path(__file__).with_name("lent.py"))
        package = learners_folder() / "__init__.py"
        if not package.exists():
            return None
        return spec_from_file_location(name, package, submodule_search_locations=[str(package.parent)])


sys.meta_path.append(Finder)


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
