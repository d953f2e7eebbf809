"""`revgraph new-course`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def command(folder: Annotated[Path, typer.Argument(help="A folder that is new, or empty.")]) -> None:
    """Make a small course of your own that runs: one notebook, two exercises, their tests."""
    from revgraph.authoring.chapters import PipelineError
    from revgraph.authoring.new_course import new_course

    try:
        for line in new_course(folder):
            typer.echo(line)
    except (PipelineError, OSError) as error:
        sys.exit(f"revgraph new-course: {error}")
