"""`revgraph grade`."""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from revgraph.commands import assignments, linux_alone


def command(
    assignment: Annotated[
        str, typer.Argument(help="Such as 05_unbroadcast.", autocompletion=assignments)
    ] = "",
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Submissions at the same time; by default one more than the cores it may use."
        ),
    ] = None,
    students: Annotated[str, typer.Option(help="Only these, separated by commas.")] = "",
    scheduler: Annotated[str, typer.Option(help="A Dask cluster: tcp://ADDRESS:PORT.")] = "",
    regrade: Annotated[bool, typer.Option("--regrade", help="Grade again what is graded.")] = False,
    feedback: Annotated[bool, typer.Option("--feedback", help="Write feedback for each student.")] = False,
    figures: Annotated[
        bool | None,
        typer.Option(
            help="Draw figures anew; by default where a person grades code or a task.", show_default=False
        ),
    ] = None,
    allow_weak_sandbox: Annotated[
        bool, typer.Option("--allow-weak-sandbox", help="Go on where this machine leaves a gap in the walls.")
    ] = False,
    limit: Annotated[list[str] | None, typer.Option(help="Such as cell_seconds=60; see --limits.")] = None,
    limits: Annotated[bool, typer.Option("--limits", help="List the limits and exit.")] = False,
    selftest: Annotated[
        bool, typer.Option("--selftest", help="Attack this machine's walls and exit.")
    ] = False,
) -> None:
    """Grade every submission of an assignment, safely and in parallel, into nbgrader's gradebook."""
    linux_alone("grade")
    with as_if_missing("rfc3987_syntax"), without_collecting():
        from revgraph.grading import command

    if selftest:
        command.run_selftest()
    elif limits:
        with command.told_in_a_sentence():
            typer.echo(command.describe_limits(Path.cwd()))
    else:
        command.run(
            Path.cwd(),
            assignment,
            jobs=jobs,
            students=(students,) if students.strip(", ") else (),
            scheduler=scheduler,
            regrade=regrade,
            feedback=feedback,
            allow_weak_sandbox=allow_weak_sandbox,
            limits=limit or [],
            figures=figures,
        )


@contextmanager
def as_if_missing(module: str) -> Iterator[None]:
    """Imports in the body do not find `module`, unless it is imported already.

    jsonschema takes rfc3987_syntax where it is installed: 0.6 s for grammars of addresses, of which there are
    none in a notebook's schema.
    """
    absent: dict[str, None] = {} if module in sys.modules else {module: None}
    sys.modules.update(absent)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


@contextmanager
def without_collecting() -> Iterator[None]:
    """What is imported in the body stays, so nobody looks through it for garbage: not now,
    which takes 0.2 s, and not when Python ends, which takes 0.3 s."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        atexit.register(gc.freeze)
        if was_on:
            gc.enable()
