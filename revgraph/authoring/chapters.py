"""The chapters of a project, and nbgrader's settings for it."""

from __future__ import annotations

import logging
import os
import sysconfig
from pathlib import Path

from jupyter_core.paths import jupyter_config_path
from traitlets.config import Application, Config


class PipelineError(Exception):
    """A mistake that the author of a notebook, or of settings, has to correct; the message says which."""


class NoCourse(PipelineError):
    """There is no course in this folder, nor above it."""


def find_chapters(folder: Path) -> list[Path]:
    """Every NN_name/NN_name.ipynb in `folder`, in order."""
    return sorted(path for path in folder.glob("*/*.ipynb") if path.stem == path.parent.name)


def choose_chapters(folder: Path, names: list[str]) -> list[Path]:
    """The chapters named, or all of them; an unknown name is an error that lists the known ones."""
    chapters = {path.stem: path for path in find_chapters(folder)}
    if not chapters:
        raise PipelineError(f"{folder} holds no chapters: run this in the project's folder")
    unknown = [name for name in names if name not in chapters]
    if unknown:
        raise PipelineError(f"no chapter {', '.join(unknown)} in {folder}; there are {', '.join(chapters)}")
    return [chapters[name] for name in names or chapters]


def nbgrader_settings(root: Path) -> Config:
    """nbgrader's settings for the course in `root`, as nbgrader itself would load them from there: those of
    Jupyter's own folders too, with the course's in front. Raises NoCourse where there is none, and
    PipelineError for settings that cannot be read and where the course lies above.

    Whoever is about to use nbgrader asks for these first, so its helpers are made known here too.
    """
    app = Application(raise_config_file_errors=True, log_level=logging.CRITICAL)
    try:
        app.load_config_file(SETTINGS, path=[str(root), *jupyter_config_path()])
    except Exception as error:  # whatever a file of Python may raise
        raise PipelineError(f"{SETTINGS}.py cannot be read: {type(error).__name__}: {error}") from error
    config = app.config
    if "root" in config.CourseDirectory:  # nbgrader's courses may lie elsewhere
        config.CourseDirectory.root = str(root / config.CourseDirectory.root)
    else:
        _expect_a_course(root, config)
        config.CourseDirectory.root = str(root)
    put_helpers_on_path()
    return config


SETTINGS = "nbgrader_config"


def _expect_a_course(root: Path, config: Config) -> None:
    """nbgrader takes any folder for a course; so do we, where it has settings or notebooks to release."""
    source = config.CourseDirectory.get("source_directory", "source")
    if any((root / name).exists() for name in (f"{SETTINGS}.py", f"{SETTINGS}.json", source)):
        return
    above = next((path for path in root.parents if (path / f"{SETTINGS}.py").is_file()), None)
    wrong = f"{root} is no course: it holds no {SETTINGS}.py and no {source}/. Next: cd"
    if above:
        raise PipelineError(f"{wrong} {above}")
    raise NoCourse(f"{wrong} into the folder of the course, the one with its settings")


def put_helpers_on_path() -> None:
    """nbgrader starts alembic by its bare name. It lies beside our Python, also where nobody has activated
    the environment."""
    scripts, path = sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)
    if scripts not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([scripts, path])
