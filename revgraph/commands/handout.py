"""`revgraph handout`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from revgraph.commands import assignments


def command(
    chapters: Annotated[
        list[str] | None,
        typer.Argument(help="Such as 05_unbroadcast; all when left out.", autocompletion=assignments),
    ] = None,
    to: Annotated[Path, typer.Option(help="A .zip file, or a folder that is not there yet.")] = Path(
        "handout.zip"
    ),
    wheel: Annotated[
        Path | None, typer.Option(help="Put this wheel of revgraph in, where PyPI lacks your version.")
    ] = None,
) -> None:
    """Pack the course for students: notebooks, requirements, how to start; no answers, no git."""
    from revgraph.authoring.chapters import PipelineError
    from revgraph.authoring.handout import hand_out

    try:
        for line in hand_out(Path.cwd(), chapters or [], to, wheel):
            typer.echo(line)
    except (PipelineError, OSError) as error:
        sys.exit(f"revgraph handout: {error}")
