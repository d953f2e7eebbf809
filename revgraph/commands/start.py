"""`revgraph start`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    folder: Annotated[Path | None, typer.Argument(help="Where your notebooks lie; made if need be.")] = None,
    port: Annotated[int, typer.Option(help="JupyterLab's port.")] = 8888,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
) -> None:
    """Open the course in JupyterLab, in a folder of your own; nothing you have changed is written over."""
    from revgraph.authoring.start import start

    start(folder, port, browser)
