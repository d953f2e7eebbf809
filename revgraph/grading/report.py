"""What the instructor sees at the end: a table on the terminal, a CSV for the register."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from rich.table import Table
from rich.text import Text

from revgraph.grading.grade import Row


def table(rows: Iterable[Row], title: str) -> Table:
    shown = Table("student", "score", "reason", title=title)
    for row in rows:
        shown.add_row(Text(row.student), f"{row.score:g} of {row.max_score:g}", Text("\n".join(row.reasons)))
    return shown


def write_csv(rows: Iterable[Row], path: Path) -> None:
    """One line a student; readable by the instructor alone."""
    path.touch(mode=0o600)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["student", "score", "max_score", "reason"])
        for row in rows:
            writer.writerow(
                [_harmless(row.student), row.score, row.max_score, _harmless("; ".join(row.reasons))]
            )


def _harmless(text: str) -> str:
    """A spreadsheet takes a cell that begins so for a formula, and students choose the text."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
