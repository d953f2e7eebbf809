"""`revgraph exercises`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def command(
    names: Annotated[list[str] | None, typer.Argument(help="Only these; all when left out.")] = None,
) -> None:
    """Try every exercise of your own course: the reference, the cases, and whether each mistake is named."""
    from revgraph.authoring.chapters import PipelineError
    from revgraph.authoring.trial import show_trial
    from revgraph.checks.own.broken import Broken

    try:
        all_well = show_trial(Path.cwd(), names or [])
    except (PipelineError, Broken) as error:
        sys.exit(f"revgraph exercises: {error}")
    raise typer.Exit(0 if all_well else 1)
