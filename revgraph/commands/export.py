"""`revgraph export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from revgraph.commands import assignments


def command(
    assignment: Annotated[str, typer.Argument(help="Such as 05_unbroadcast.", autocompletion=assignments)],
    canvas: Annotated[Path | None, typer.Option(help="The gradebook that Canvas exported.")] = None,
    moodle: Annotated[Path | None, typer.Option(help="The grading worksheet that Moodle exported.")] = None,
    column: Annotated[str, typer.Option(help="The column's title, where it is not the assignment's.")] = "",
    feedback_column: Annotated[
        str, typer.Option(help="The title of Moodle's comments, in a language other than English or German.")
    ] = "",
    scale: Annotated[
        bool, typer.Option("--scale", help="Convert where the LMS's points are not ours.")
    ] = False,
    zip_feedback: Annotated[
        bool, typer.Option("--zip-feedback", help="Pack the pages of feedback for the LMS too.")
    ] = False,
    submissions: Annotated[
        list[Path] | None,
        typer.Option(
            help="Canvas's zip of the submissions, for --zip-feedback; else those in downloaded/ are taken."
        ),
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Write here, and leave the LMS's file.")] = None,
) -> None:
    """Fill an assignment's scores into the file that Canvas or Moodle exported, and nothing else."""
    if sys.platform != "linux":
        sys.exit(
            "revgraph export reads what revgraph grade has noted, so it needs Linux: run it where you grade."
        )
    from revgraph.grading.lms import export

    options = export.Options(column, feedback_column, scale, zip_feedback, tuple(submissions or ()), to)
    export.run(Path.cwd(), assignment, canvas, moodle, options)
