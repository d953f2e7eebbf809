"""The `revgraph` command. Each command is a thin function here; the work is done in the package it names."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Annotated

from revgraph import __version__

with contextlib.suppress(ModuleNotFoundError):  # the base install is numpy and dill alone
    import typer


def revgraph(version: Annotated[bool, typer.Option(help="Print the version and exit.")] = False) -> None:
    """Rebuild a deep-learning library piece by piece: the course, and the grading of it."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


COMMANDS: dict[str, Callable[..., None]] = {}


def main() -> None:
    if "typer" not in globals():
        sys.exit("revgraph: this command needs typer, which comes with: pip install 'revgraph[course]'")
    app = typer.Typer(no_args_is_help=True, add_completion=False)
    app.callback(invoke_without_command=True)(revgraph)
    for name, command in COMMANDS.items():
        app.command(name)(command)
    app(prog_name="revgraph")
