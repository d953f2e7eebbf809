"""`revgraph start`: a folder of one's own with the course in it, opened in JupyterLab."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from revgraph.authoring.chapters import PipelineError, find_chapters
from revgraph.authoring.placing import Update, bring_up_to_date, digest, read_manifest
from revgraph.checks.options import OWN_STUDY

PACKAGE = Path(__file__).parents[1]
FOLDER = "revgraph-course"
# What greets a learner with questions, or is for teachers. It is switched off for this start alone.
NOT_FOR_LEARNERS = ("@jupyterlab/apputils-extension:announcements", "@jupyter/nbgrader")
LEARNERS_OWN = shutil.ignore_patterns("my_revgraph", ".*", "__pycache__")


def packaged_course() -> Path:
    """Where the course lies: in the installed package, or beside it in a clone."""
    for course in (PACKAGE / "course", PACKAGE.parent / "course"):
        if find_chapters(course):
            return course
    raise PipelineError("this installation holds no course. Next: pip install --force-reinstall revgraph")


def chosen_folder(folder: Path | None) -> Path:
    """The learner's, or that of the course one stands in or beside, or a new one."""
    if folder is not None:
        return folder
    here = Path.cwd()
    return next((path for path in (here, here / "course") if find_chapters(path)), here / FOLDER)


def bring_course(folder: Path) -> list[str]:
    """Put the course into `folder`, or what is new of it, and say what was done.

    A notebook that the learner has changed stays as it is, also where there is a newer one.
    """
    course = packaged_course()
    if folder.resolve() == course.resolve():
        return []
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / "course"
        shutil.copytree(course, fresh, ignore=LEARNERS_OWN)
        update = bring_up_to_date(fresh, folder)
        known = read_manifest(folder)
        newer = [name for name in update.refused if digest(fresh / name) != known.get(name)]
    return list(say(update, newer, folder))


def say(update: Update, newer: list[str], folder: Path) -> Iterator[str]:
    written = [name for name in update.written if name.endswith(".ipynb")]
    if written:
        yield f"Put {len(written)} chapter{'s' * (len(written) > 1)} into {folder}"
    for name in newer:
        yield f"Left your {name} as it is. There is a newer one: rename yours, and start again to get it"


def open_lab(folder: Path, port: int, browser: bool) -> None:
    """Open JupyterLab at the first chapter, in this process, until the learner ends it."""
    try:
        from jupyterlab.labapp import LabApp
    except ModuleNotFoundError:
        raise PipelineError("JupyterLab is missing. Next: pip install 'revgraph[course]'") from None
    first = find_chapters(folder)[0].relative_to(folder).as_posix()
    options = [f"--LabApp.default_url=/lab/tree/{first}", f"--port={port}"]
    options += [] if browser else ["--no-browser"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # as in a container; JupyterLab wants to be told
        options.append("--allow-root")
    os.chdir(folder)
    with settings_for_one(Path.cwd()):
        LabApp.launch_instance(argv=options)


@contextmanager
def settings_for_one(folder: Path) -> Iterator[None]:
    """What JupyterLab reads beside the learner's own settings, and its kernels know, while it runs.

    Python looks into the course's folder too: `from my_revgraph import conv2d` may be a kernel's first line.
    """
    with tempfile.TemporaryDirectory() as scratch:
        page = Path(scratch) / "labconfig" / "page_config.json"
        page.parent.mkdir()
        page.write_text(json.dumps({"disabledExtensions": dict.fromkeys(NOT_FOR_LEARNERS, True)}))
        before = os.environ.copy()
        for name, path in (("JUPYTER_CONFIG_PATH", scratch), ("PYTHONPATH", str(folder))):
            os.environ[name] = os.pathsep.join(filter(None, [path, before.get(name, "")]))
        os.environ[OWN_STUDY] = "yes"
        try:
            yield
        finally:
            for name in ("JUPYTER_CONFIG_PATH", "PYTHONPATH", OWN_STUDY):
                os.environ.pop(name, None)
                os.environ |= {name: before[name]} if name in before else {}


def start(given: Path | None, port: int = 8888, browser: bool = True) -> None:
    """The whole of the command; what goes wrong is said in a sentence."""
    folder = chosen_folder(given)
    try:
        for line in bring_course(folder):
            print(line)
        print(f"The course is in {folder.resolve()}; Ctrl-C ends JupyterLab.")
        open_lab(folder, port, browser)
    except PipelineError as error:
        sys.exit(f"revgraph start: {error}")
    except OSError as error:
        sys.exit(f"revgraph start: {error}. Next: name a folder of your own, revgraph start FOLDER")
