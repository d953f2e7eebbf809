"""`revgraph course`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from revgraph.commands import assignments


def command(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ASSIGNMENT]...",
            help="Such as 05_unbroadcast; all when left out.",
            autocompletion=assignments,
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say whether course/ is up to date.")] = False,
    keep_copies: Annotated[
        bool, typer.Option(help="Keep changed notebooks as copies beside the new ones.")
    ] = False,
) -> None:
    """Release assignments: enter them into the gradebook, and generate course/ from solutions/ with nbgrader.

    A notebook in course/ that somebody has changed is left alone. In other courses the folders are called as
    nbgrader_config.py says, by default release/ and source/.
    """
    from revgraph.authoring.chapters import PipelineError
    from revgraph.authoring.release import course_of, differences, update_course, update_text

    try:
        course = course_of(Path.cwd())
        release, source = course.release_directory, course.source_directory
        if check:
            different = differences(Path.cwd())
            if different:
                sys.exit(f"{release}/ is not what nbgrader makes of {source}/: " + ", ".join(different))
            return
        update = update_course(Path.cwd(), keep_copies, names or [])
    except (PipelineError, OSError) as error:
        sys.exit(f"revgraph course: {error}")
    typer.echo(update_text(update, release, source))
    raise typer.Exit(1 if update.refused else 0)
