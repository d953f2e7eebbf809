"""`revgraph solutions`."""

from __future__ import annotations

import sys
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from revgraph.commands import assignments


def command(
    chapters: Annotated[
        list[str] | None,
        typer.Argument(help="Such as 05_unbroadcast; all when left out.", autocompletion=assignments),
    ] = None,
) -> None:
    """Execute the solution notebooks and save their outputs."""
    from revgraph.authoring.chapters import PipelineError, choose_chapters
    from revgraph.authoring.execute import execute

    try:
        for path in choose_chapters(Path.cwd() / "solutions", chapters or []):
            typer.echo(f"executing {path.stem} ... ", nl=False)
            begun = monotonic()
            execute(path)
            typer.echo(f"{monotonic() - begun:.0f} s")
    except (PipelineError, OSError) as error:
        sys.exit(f"revgraph solutions: {error}")
