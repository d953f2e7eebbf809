"""The chapters of a project, and nbgrader's settings for it."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

from traitlets.config import Config, PyFileConfigLoader


class PipelineError(Exception):
    """Something the author of a notebook has to mend; the message says what."""


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
    """The project's nbgrader_config.py, as nbgrader itself would load it from `root`.

    Whoever is about to use nbgrader asks for these first, so its helpers are made known here too.
    """
    if not (root / "nbgrader_config.py").is_file() or not (root / "solutions").is_dir():
        raise PipelineError(
            f"{root} holds no nbgrader_config.py and solutions/: run this in the project's folder"
        )
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.CourseDirectory.root = str(root)
    put_helpers_on_path()
    return config


def put_helpers_on_path() -> None:
    """nbgrader starts alembic by its bare name. It lies beside our Python, also where nobody has activated
    the environment."""
    scripts, path = sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)
    if scripts not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([scripts, path])
