"""`revgraph solutions`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def command(
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
