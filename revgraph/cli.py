"""The `revgraph` command. Each command is a thin function here; the work is done in the package it names."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from revgraph import __version__

with contextlib.suppress(ModuleNotFoundError):  # the base install is numpy and dill alone
    import typer


def revgraph(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Rebuild a deep-learning library piece by piece: the course, and the grading of it."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


def start(
    folder: Annotated[Path | None, typer.Argument(help="Where your notebooks lie; made if need be.")] = None,
    port: Annotated[int, typer.Option(help="JupyterLab's port.")] = 8888,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
) -> None:
    """Open the course in JupyterLab, in a folder of your own; nothing you have changed is written over."""
    from revgraph.authoring.start import start

    start(folder, port, browser)


def course(
    check: Annotated[bool, typer.Option("--check", help="Only say whether course/ is up to date.")] = False,
    keep_copies: Annotated[
        bool, typer.Option(help="Keep changed notebooks as copies beside the new ones.")
    ] = False,
) -> None:
    """Generate course/ from solutions/ with nbgrader; a notebook somebody has changed is left alone."""
    from revgraph.authoring.chapters import PipelineError
    from revgraph.authoring.release import differences, report, update_course

    try:
        if check:
            different = differences(Path.cwd())
            if different:
                sys.exit("course/ is not what nbgrader makes of solutions/: " + ", ".join(different))
            return
        update = update_course(Path.cwd(), keep_copies)
    except PipelineError as error:
        sys.exit(f"revgraph course: {error}")
    typer.echo(report(update))
    raise typer.Exit(1 if update.refused else 0)


def solutions(
    chapters: Annotated[
        list[str] | None, typer.Argument(help="Such as 05_unbroadcast; all when left out.")
    ] = None,
) -> None:
    """Execute the solution notebooks and save their outputs."""
    from revgraph.authoring.chapters import PipelineError, choose_chapters
    from revgraph.authoring.execute import execute

    try:
        for path in choose_chapters(Path.cwd() / "solutions", chapters or []):
            execute(path)
            typer.echo(f"executed {path.stem}")
    except PipelineError as error:
        sys.exit(f"revgraph solutions: {error}")


def progress() -> None:
    """Show how far you are in the course: chapters, exercises, points, and what is next."""
    from revgraph.checks import terminal

    terminal.show_progress()


def _linux_alone(command: str) -> None:
    """Its modules cannot even be imported elsewhere, so this comes before them."""
    if sys.platform != "linux":
        sys.exit(
            f"revgraph {command} needs Linux, whose kernel makes its walls: run it there, in a container or "
            "in WSL; nbgrader autograde grades here as well, without walls."
        )


def class_(
    chapter: Annotated[str, typer.Argument(help="A chapter in solutions/.")] = "05_unbroadcast",
    folder: Annotated[Path | None, typer.Option(help="Keep the course folder here.")] = None,
) -> None:
    """Show a small class end to end: release, hand in, collect, grade, feedback."""
    _linux_alone("class")
    from revgraph.grading.demo import show_class

    show_class(Path.cwd(), chapter, folder)


def grade(
    assignment: Annotated[str, typer.Argument(help="Such as 05_unbroadcast.")] = "",
    jobs: Annotated[int, typer.Option(help="Submissions that run at the same time.")] = os.cpu_count() or 1,
    students: Annotated[str, typer.Option(help="Only these, separated by commas.")] = "",
    scheduler: Annotated[str, typer.Option(help="A Dask cluster: tcp://ADDRESS:PORT.")] = "",
    regrade: Annotated[bool, typer.Option("--regrade", help="Grade again what is graded.")] = False,
    feedback: Annotated[bool, typer.Option("--feedback", help="Write feedback for each student.")] = False,
    allow_weak_sandbox: Annotated[
        bool, typer.Option("--allow-weak-sandbox", help="Go on where this machine leaves a gap in the walls.")
    ] = False,
    limit: Annotated[list[str] | None, typer.Option(help="Such as cell_seconds=60; see --limits.")] = None,
    limits: Annotated[bool, typer.Option("--limits", help="List the limits and exit.")] = False,
    selftest: Annotated[
        bool, typer.Option("--selftest", help="Attack this machine's walls and exit.")
    ] = False,
) -> None:
    """Grade every submission of an assignment, safely and in parallel, into nbgrader's gradebook."""
    _linux_alone("grade")
    from revgraph.grading import command

    if selftest:
        command.run_selftest()
    elif limits:
        typer.echo(command.describe_limits())
    else:
        named = tuple(name.strip() for name in students.split(",") if name.strip())
        command.run(
            Path.cwd(), assignment, jobs, named, scheduler, regrade, feedback, allow_weak_sandbox, limit or []
        )


COMMANDS: dict[str, Callable[..., None]] = {
    "start": start,
    "progress": progress,
    "course": course,
    "solutions": solutions,
    "class": class_,
    "grade": grade,
}


def main() -> None:
    if "typer" not in globals():
        sys.exit("revgraph: this command needs typer, which comes with: pip install 'revgraph[course]'")
    app = typer.Typer(no_args_is_help=True, add_completion=False)
    app.callback(invoke_without_command=True)(revgraph)
    for name, command in COMMANDS.items():
        app.command(name)(command)
    app(prog_name="revgraph")
