"""A folder of exercise files becomes exercises.

Each file is a module of a package that is named after the folder's content, so a file that was edited is read
anew, and two courses never meet. A file with a list EXERCISES holds exercises; any other is a helper.
"""

from __future__ import annotations

import atexit
import importlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from revgraph.checks.call import not_learners
from revgraph.checks.exercise import Exercise
from revgraph.checks.own.broken import Broken, broken_by, line_of, path_text
from revgraph.checks.own.bundle import Bundle
from revgraph.checks.own.siblings import with_siblings

PREFIX = "revgraph_exercises_"
_folders: dict[str, Path] = {}  # by the name of the package
_loaded: dict[str, Loaded] = {}  # by the bundle's digest


@dataclass(frozen=True)
class Loaded:
    """The exercises by name, and the file below the folder in which each stands. ``package`` holds them."""

    package: str
    folder: Path
    exercises: dict[str, Exercise]
    files: dict[str, str]

    def where(self, name: str) -> str:
        """`exercises/trimmed_mean.py, line 40`, for messages."""
        path = self.folder / self.files[name]
        return path_text(path, self.folder) + line_of(name, path)


def load(bundle: Bundle, folder: Path | None = None) -> Loaded:
    """The exercises of a bundle, from the folder it was made of, or else from one of its own.

    Raises Broken, which names file and line.
    """
    if bundle.digest not in _loaded:
        _loaded[bundle.digest] = _load(bundle, folder or _laid_out(bundle))
    return _loaded[bundle.digest]


def _laid_out(bundle: Bundle) -> Path:
    """Its files, written into a temporary folder that goes when this process ends."""
    above = Path(tempfile.mkdtemp(prefix="revgraph-exercises-"))
    atexit.register(shutil.rmtree, above, ignore_errors=True)
    for name, content in bundle.files:
        path = above / bundle.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return above / bundle.folder


def _load(bundle: Bundle, folder: Path) -> Loaded:
    package = f"{PREFIX}{bundle.digest[:16]}"
    _folders[package] = folder
    not_learners.add(str(folder))
    loaded = Loaded(package, folder, {}, {})
    for name in exercise_files(bundle.sources):
        for exercise in _declared(_imported(package, folder, name), folder / name, folder):
            _add(loaded, exercise, name)
    return loaded


def exercise_files(sources: dict[str, bytes]) -> list[str]:
    """All Python files but tests; a helper is imported like any other, and lists nothing."""
    return [name for name in sources if not name.split("/")[-1].startswith(("test_", "conftest"))]


def _imported(package: str, folder: Path, file: str) -> ModuleType:
    parts = file.removesuffix(".py").split("/")
    name = ".".join([package, *(parts[:-1] if parts[-1] == "__init__" else parts)])
    try:
        return importlib.import_module(name)
    except Exception as error:
        raise broken_by(error, folder, folder / file) from error


def _declared(module: ModuleType, path: Path, folder: Path) -> list[Exercise]:
    """The exercises that a file lists; one that makes some and lists none has forgotten to."""
    listed = getattr(module, "EXERCISES", None)
    made = [value for value in vars(module).values() if isinstance(value, Exercise)]
    if listed is None and any(getattr(one.reference, "__module__", "") == module.__name__ for one in made):
        raise Broken(f"{path_text(path, folder)}: it lists no exercise. Next: end it with EXERCISES = [...]")
    for one in _entries(listed, path, folder):
        if not isinstance(one, Exercise):
            raise Broken(f"{path_text(path, folder)}: EXERCISES holds {one!r}, which is no Exercise")
        if not one.name.isidentifier():
            raise Broken(f"{path_text(path, folder)}: {one.name!r} is no name that a function can have")
    return list(listed or ())


def _entries(listed: Any, path: Path, folder: Path) -> list[Any]:
    if listed is not None and not isinstance(listed, list | tuple):
        raise Broken(f"{path_text(path, folder)}: EXERCISES is no list, but {type(listed).__name__}")
    return list(listed or ())


def _add(loaded: Loaded, exercise: Exercise, file: str) -> None:
    if exercise.name in loaded.exercises:
        second = path_text(loaded.folder / file, loaded.folder) + line_of(exercise.name, loaded.folder / file)
        raise Broken(
            f"{second}: there is an exercise {exercise.name!r} already, in {loaded.where(exercise.name)}. "
            "Next: give one of them, and its function, another name"
        )
    loaded.exercises[exercise.name] = replace(exercise, course=loaded.exercises)
    loaded.files[exercise.name] = file


class Loader(SourceFileLoader):
    """Compiles a file anew, with imports of its siblings as they are meant, and leaves nothing beside it."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> CodeType:  # type: ignore[override]
        folder = next(f for f in _folders.values() if Path(path).is_relative_to(f))
        files = [found.relative_to(folder).as_posix() for found in folder.rglob("*.py")]
        try:
            tree = with_siblings(data, Path(path).relative_to(folder).as_posix(), files)
        except SyntaxError as error:
            error.filename = path
            raise
        return compile(tree, path, "exec", dont_inherit=True)


class Finder:
    """Finds the modules of the packages that are made of exercise folders."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        package, *parts = name.split(".")
        if package not in _folders:
            return None
        place = _folders[package].joinpath(*parts)
        for file, inside in list(_candidates(place))[: None if parts else 1]:
            if file.is_file():
                return spec_from_file_location(
                    name, file, loader=Loader(name, str(file)), submodule_search_locations=inside
                )
        if not place.is_dir():
            return None
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(place)]
        return spec


def _candidates(place: Path) -> Iterator[tuple[Path, list[str] | None]]:
    yield place / "__init__.py", [str(place)]
    yield place.with_name(f"{place.name}.py"), None


sys.meta_path.insert(0, Finder)
