"""`revgraph new-exercise`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def command(name: Annotated[str, typer.Argument(help="The function's name, such as weighted_mean.")]) -> None:
    """Write the skeleton of an exercise into the course's folder of exercises."""
    from revgraph.authoring.chapters import PipelineError
    from revgraph.authoring.new_course import new_exercise
    from revgraph.checks.own.broken import Broken

    try:
        for line in new_exercise(Path.cwd(), name):
            typer.echo(line)
    except (PipelineError, Broken, OSError) as error:
        sys.exit(f"revgraph new-exercise: {error}")
