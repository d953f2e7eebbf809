"""`revgraph course`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def command(
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
