"""What the instructor sees at the end: tables on the terminal, a CSV for the register."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import mean

from rich.table import Table
from rich.text import Text

from revgraph.grading.grade import Outcome, Row
from revgraph.grading.runner import Checked


def table(rows: Iterable[Row], title: str) -> Table:
    shown = Table("student", "score", "reason", title=title)
    for row in rows:
        shown.add_row(Text(row.student), f"{row.score:g} of {row.max_score:g}", Text("\n".join(row.reasons)))
    return shown


def questions(rows: Iterable[Row]) -> Table:
    """Of each question: how many got it right, and what the others believe."""
    by_exercise: dict[str, list[Checked]] = defaultdict(list)
    for row in rows:
        for checked in row.checks:
            by_exercise[checked.exercise].append(checked)
    shown = Table("question", "right", "mean", "misconceptions", title="questions")
    for exercise, checks in by_exercise.items():
        right = sum(checked.points >= checked.max_points for checked in checks)
        average = f"{mean(checked.points for checked in checks):.1f} of {checks[0].max_points:g}"
        shown.add_row(exercise, f"{right} of {len(checks)}", average, "\n".join(misconceptions(checks)))
    return shown


def misconceptions(checks: list[Checked]) -> Iterator[str]:
    """`31 of 120: averages`, the most frequent first."""
    known = Counter(checked.misconception for checked in checks if checked.misconception)
    return (f"{count} of {len(checks)}: {name}" for name, count in known.most_common())


def summary(rows: list[Row]) -> Text:
    if not rows:
        return Text("No student.")
    average = mean(row.score for row in rows)
    return Text(f"{len(rows)} students, mean {average:.1f} of {rows[0].max_score:g}")


def remarks(outcome: Outcome) -> Iterator[Text]:
    """What to know before reading the scores."""
    if outcome.missing:
        yield Text(
            f"This machine lacks: {', '.join(outcome.missing)}. The walls are thinner here.", "bold red"
        )
    if outcome.changed:
        count = len(outcome.changed)
        yield Text(f"The source notebook or an exercise has changed since: {count} were graded again.")
    if outcome.kept:
        yield Text(f"{outcome.kept} were graded before and have not changed.")


def write_csv(rows: Iterable[Row], path: Path) -> None:
    """One line a student; readable by the instructor alone."""
    path.touch(mode=0o600)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["student", "score", "max_score", "reason"])
        for row in rows:
            reasons = "; ".join(row.reasons)
            writer.writerow([_harmless(row.student), row.score, row.max_score, _harmless(reasons)])


def _harmless(text: str) -> str:
    """A spreadsheet takes a cell that begins so for a formula, and students choose the text."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
