"""`revgraph class`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from revgraph.commands import linux_alone


def command(
    chapter: Annotated[str, typer.Argument(help="A chapter in solutions/.")] = "05_unbroadcast",
    folder: Annotated[Path | None, typer.Option(help="Keep the course folder here.")] = None,
) -> None:
    """Show a small class end to end: release, hand in, collect, grade, feedback."""
    linux_alone("class")
    from revgraph.grading.demo import show_class

    show_class(Path.cwd(), chapter, folder)
