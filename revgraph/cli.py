"""The `revgraph` command; each subcommand is a file in commands/."""

from __future__ import annotations

import contextlib
import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated

from revgraph import __version__, commands

with contextlib.suppress(ModuleNotFoundError):  # the base install is numpy and dill alone
    import typer


def revgraph(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Rebuild a deep-learning library piece by piece: the course, and the grading of it."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    if "typer" not in globals():
        sys.exit("revgraph: this command needs typer, which comes with: pip install 'revgraph[course]'")
    app = typer.Typer(no_args_is_help=True)
    app.callback(invoke_without_command=True)(revgraph)
    for name in sorted(module.name for module in iter_modules(commands.__path__)):
        known = import_module(f"{commands.__name__}.{name}")
        app.command(name.rstrip("_").replace("_", "-"))(known.command)
    app(prog_name="revgraph")
