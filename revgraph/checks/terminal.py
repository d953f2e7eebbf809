"""How far a learner is, in a terminal: `revgraph progress`."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress_bar import ProgressBar
from rich.table import Table

from revgraph.checks import library, registry
from revgraph.checks.progress import Progress, Row


def show_progress() -> None:
    """A table with bars; plain lines where the output goes into a file or another program."""
    progress = Progress(registry.listed(), library.passed_exercises(), library.chapter_here())
    if sys.stdout.isatty():
        screen = Console(highlight=False, soft_wrap=True)
        screen.print(_table(progress), progress.next_in_words(), _kept_in(), sep="\n", markup=False)
    else:
        print(progress, _kept_in(), sep="\n")


def _kept_in() -> str:
    folder = library.learners_folder()
    return f"{'Kept in' if folder.exists() else 'Nothing has passed yet in'} {folder}"


def _table(progress: Progress) -> Table:
    table = Table(box=None, pad_edge=False)
    for name, side in (("Chapter", "left"), ("", "left"), ("Exercises", "right"), ("Points", "right")):
        table.add_column(name, justify=side)  # type: ignore[arg-type]
    for row in progress.rows:
        table.add_row(*_cells(row), style="bold" if row.chapter == progress.here else "")
    table.add_section()
    table.add_row(*_cells(progress.course))
    return table


def _cells(row: Row) -> tuple[str | ProgressBar, ...]:
    bar = ProgressBar(row.total, row.points, width=20, complete_style="blue", finished_style="blue")
    return row.chapter, bar, f"{row.passed} of {row.exercises}", f"{row.points:g} of {row.total:g}"
